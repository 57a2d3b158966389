// Section 4: text that is packed into an integer. Each packing has
//   read(n)     the text that packs to n, or null
//   write(text) the integer, or null when the text does not pack

// n as so many digits, or null when it takes more.
function digits(n, count) {
  const text = n.toString()
  return n >= 0n && text.length <= count ? text.padStart(count, '0') : null
}

const whole = {
  read: n => n >= 0n && n < 10n ** 18n ? n.toString() : null,
  write: text => /^(0|[1-9][0-9]{0,17})$/.test(text) ? BigInt(text) : null,
}

const decimal = {
  read(n) {
    if (n >= 0n) return whole.read(n)
    const packed = -1n - n
    const decimals = Number(packed % 3n) + 1
    const mantissa = (packed / 3n).toString().padStart(decimals + 1, '0')
    return mantissa.length <= 12 + decimals ? `${mantissa.slice(0, -decimals)}.${mantissa.slice(-decimals)}` : null
  },
  write(text) {
    const found = /^(0|[1-9][0-9]{0,11})\.([0-9]{1,3})$/.exec(text)
    if (!found) return whole.write(text)
    return -1n - (3n * BigInt(found[1] + found[2]) + BigInt(found[2].length - 1))
  },
}

const letter = { radix: 26n, from: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ' }
const digit = { radix: 10n, from: '0123456789' }
const ATC_CODE = [letter, digit, digit, letter, letter, digit, digit]

const atc = {
  read(n) {
    if (n < 0n) return null
    let text = ''
    for (const { radix, from } of [...ATC_CODE].reverse()) {
      text = from[Number(n % radix)] + text
      n /= radix
    }
    return n === 0n ? text : null
  },
  write(text) {
    if (text.length !== ATC_CODE.length) return null
    let n = 0n
    for (const [i, { radix, from }] of ATC_CODE.entries()) {
      const value = from.indexOf(text[i])
      if (value < 0) return null
      n = n * radix + BigInt(value)
    }
    return n
  },
}

const icd10 = {
  read(n) {
    const short = n >= 0n
    const packed = short ? n : -1n - n
    const size = short ? 2 : 3
    const first = letter.from[Number(packed / 10n ** BigInt(size))]
    const number = digits(packed % 10n ** BigInt(size), size)
    return first === undefined ? null : first + (short ? number : `${number.slice(0, 2)}.${number[2]}`)
  },
  write(text) {
    const found = /^([A-Z])([0-9]{2})(?:\.([0-9]))?$/.exec(text)
    if (!found) return null
    const first = BigInt(letter.from.indexOf(found[1]))
    if (found[3] === undefined) return 100n * first + BigInt(found[2])
    return -1n - (1000n * first + BigInt(found[2] + found[3]))
  },
}

// The digit that Luhn puts after these.
function luhn(text) {
  const sum = [...text].reverse().reduce((total, d, i) => {
    const value = Number(d) * (i % 2 ? 1 : 2)
    return total + (value > 9 ? value - 9 : value)
  }, 0)
  return String((10 - sum % 10) % 10)
}

const loinc = {
  read(n) {
    const text = whole.read(n)
    return text === null ? null : `${text}-${luhn(text)}`
  },
  write(text) {
    const found = /^([0-9]+)-([0-9])$/.exec(text)
    return found && found[2] === luhn(found[1]) ? whole.write(found[1]) : null
  },
}

// So many digits, of which the last is that of Luhn.
function checked(count) {
  return {
    read(n) {
      const text = digits(n, count - 1)
      return text === null ? null : text + luhn(text)
    },
    write(text) {
      if (!new RegExp(`^[0-9]{${count}}$`).test(text)) return null
      const body = text.slice(0, -1)
      return text === body + luhn(body) ? BigInt(body) : null
    },
  }
}

// The ten digits without the first, spelt in four ways.
const SPELLINGS = [
  [/^0([0-9]{9})$/, d => `0${d}`],
  [/^0([0-9])((?: [0-9]{2}){4})$/, d => `0${d[0]} ${pairs(d)}`],
  [/^\+33([0-9]{9})$/, d => `+33${d}`],
  [/^\+33 ([0-9])((?: [0-9]{2}){4})$/, d => `+33 ${d[0]} ${pairs(d)}`],
]

function pairs(nine) {
  return nine.slice(1).match(/../g).join(' ')
}

const telephone = {
  read(n) {
    const text = n < 0n ? null : digits(n / 4n, 9)
    return text === null ? null : SPELLINGS[Number(n % 4n)][1](text)
  },
  write(text) {
    for (const [i, [pattern]] of SPELLINGS.entries()) {
      const found = pattern.exec(text)
      if (found) return 4n * BigInt(found.slice(1).join('').replaceAll(' ', '')) + BigInt(i)
    }
    return null
  },
}

export const packings = new Map([
  ['whole number', whole],
  ['decimal', decimal],
  ['ATC', atc],
  ['ICD-10', icd10],
  ['LOINC', loinc],
  ['RPPS', checked(11)],
  ['FINESS', checked(9)],
  ['telephone', telephone],
])

// The INS matricule packs into six bytes: three times its thirteen digits, and which part of
// Corsica, if it is one.
const CORSICA = ['20', '2A', '2B']
const KEY_DIGITS = ['20', '19', '18'] // what stands for the department when the key is computed

function withDepartment(thirteen, department) {
  return thirteen.slice(0, 5) + department + thirteen.slice(7)
}

function keyOf(thirteen, corsica) {
  const number = corsica ? withDepartment(thirteen, KEY_DIGITS[corsica]) : thirteen
  return String(97n - BigInt(number) % 97n).padStart(2, '0')
}

export const matricule = {
  read(bytes) {
    if (bytes.length !== 6) return null
    const n = bytes.reduce((sum, b) => sum << 8n | BigInt(b), 0n)
    const corsica = Number(n % 3n)
    const thirteen = digits(n / 3n, 13)
    if (thirteen === null || corsica && thirteen.slice(5, 7) !== '20') return null
    const written = corsica ? withDepartment(thirteen, CORSICA[corsica]) : thirteen
    return written + keyOf(thirteen, corsica)
  },
  write(text) {
    if (!/^[0-9]{5}([0-9]{2}|2A|2B)[0-9]{8}$/.test(text)) return null
    const corsica = Math.max(0, CORSICA.indexOf(text.slice(5, 7)))
    const thirteen = corsica ? withDepartment(text.slice(0, 13), '20') : text.slice(0, 13)
    if (text.slice(13) !== keyOf(thirteen, corsica)) return null
    const n = 3n * BigInt(thirteen) + BigInt(corsica)
    return Uint8Array.from({ length: 6 }, (_, i) => Number(n >> BigInt(40 - 8 * i) & 255n))
  },
}
