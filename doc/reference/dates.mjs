// Section 4: dates as text, and how they are packed. Section 9.3: how old a date is.

const DATE = new RegExp('^([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})' +
  '(?:T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\\.([0-9]{1,9}))?(?:(Z)|([+-])([0-9]{2}):([0-9]{2})))?)?)?$')
const FIRST_YEAR = 1900

function daysOfMonth(year, month) {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  return [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0
}

// The fields of a date's text; null when it is none. What the text does not say is undefined.
export function parse(text) {
  const found = DATE.exec(text)
  if (!found) return null
  const [year, month, day, hour, minute, second] =
    found.slice(1, 7).map(digits => digits === undefined ? undefined : Number(digits))
  if (month !== undefined && (month < 1 || month > 12)) return null
  if (day !== undefined && (day < 1 || day > daysOfMonth(year, month))) return null
  if (hour === undefined) return { year, month, day }
  if (hour > 23 || minute > 59 || second > 60) return null
  const [fraction, zulu, sign, hours, minutes] = found.slice(7)
  if (!zulu && (Number(hours) > 14 || Number(minutes) > 59)) return null
  const offset = zulu ? 0 : (sign === '-' ? -1 : 1) * (60 * Number(hours) + Number(minutes)) // in minutes
  return { year, month, day, hour, minute, second, fraction, zulu: !!zulu, offset }
}

// The text that a packed date stands for; null when it stands for none. A reader checks it by
// packing it again.
export function read(item) {
  const text = typeof item === 'bigint' ? readDay(item) : Array.isArray(item) ? readInstant(item) : null
  return text !== null && parse(text) ? text : null
}

const two = n => String(n).padStart(2, '0')

function readDay(n) {
  if (n >= 0n) {
    const [year, month, day] = [n / 372n + 1900n, n % 372n / 31n + 1n, n % 31n + 1n]
    return year > 9999n ? null : `${year}-${two(month)}-${two(day)}`
  }
  const [year, month] = [(-1n - n) / 13n + 1900n, (-1n - n) % 13n]
  return year > 9999n ? null : month ? `${year}-${two(month)}` : `${year}`
}

function readInstant(array) {
  if (array.length < 2 || array.length > 3 || !array.every(n => typeof n === 'bigint')) return null
  const [day, time, quarters] = array
  const seconds = time >= 0n ? 60n * time : -1n - time
  if (day < 0n || seconds >= 86400n || time < 0n && seconds % 60n === 0n) return null
  const date = readDay(day)
  if (date === null) return null
  const clock = [seconds / 3600n, seconds / 60n % 60n, seconds % 60n].map(two).join(':')
  if (quarters === undefined) return `${date}T${clock}Z`
  const size = quarters < 0n ? -quarters : quarters
  return `${date}T${clock}${quarters < 0n ? '-' : '+'}${two(size / 4n)}:${two(size % 4n * 15n)}`
}

// The item that a date's text packs to; the text itself when it does not pack.
export function write(text) {
  const date = parse(text)
  if (!date || date.year < FIRST_YEAR) return text
  const { year, month, day, hour, minute, second, fraction, zulu, offset } = date
  if (day === undefined) return BigInt(-1 - (13 * (year - FIRST_YEAR) + (month ?? 0)))
  const packed = BigInt(372 * (year - FIRST_YEAR) + 31 * (month - 1) + day - 1)
  if (hour === undefined) return packed
  const minutes = 60 * hour + minute
  if (fraction !== undefined || second === 60 || offset % 15 || text.endsWith('-00:00')) return text
  const time = BigInt(second ? -1 - (60 * minutes + second) : minutes)
  return zulu ? [packed, time] : [packed, time, BigInt(offset / 15)]
}

// Instants, in nanoseconds of UTC since 1970.
const SECOND = 1_000_000_000n
const DAY = 86400n * SECOND

function instant(year, month, day, seconds = 0) {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  return BigInt(date.getTime()) * 1_000_000n + BigInt(seconds) * SECOND
}

function instantOf({ year, month, day, hour, minute, second, fraction = '', offset }) {
  return instant(year, month, day, 3600 * hour + 60 * (minute - offset) + second) + BigInt(fraction.padEnd(9, '0'))
}

// The instant that a text says to the second, as in a trust list.
export function instantOfText(text) {
  const date = parse(text)
  if (date?.hour === undefined) throw new Error(`not an instant: ${text}`)
  return instantOf(date)
}

// Messages count seconds since 2020 (section 2).
const EPOCH = instant(2020, 1, 1)

export function secondsOfText(text) {
  return Number((instantOfText(text) - EPOCH) / SECOND)
}

export function textOfSeconds(seconds) {
  const milliseconds = EPOCH / 1_000_000n + BigInt(seconds) * 1000n
  return new Date(Number(milliseconds)).toISOString().replace('.000', '')
}

function eighteenMonthsAfter(time) {
  const within = (time % DAY + DAY) % DAY
  const date = new Date(Number((time - within) / 1_000_000n))
  const months = date.getUTCFullYear() * 12 + date.getUTCMonth() + 18
  const [year, month] = [Math.floor(months / 12), months % 12 + 1]
  return instant(year, month, Math.min(date.getUTCDate(), daysOfMonth(year, month))) + within
}

// Section 9.3: whether a summary of this date is stale at this instant.
export function isStale(text, now) {
  const date = parse(text ?? '')
  if (!date || date.second === 60) return true
  const { year, month, day, hour } = date
  let first, last // the instants from which it is ahead, and from which 18 months count
  if (hour !== undefined) first = last = instantOf(date)
  else {
    first = instant(year, month ?? 1, day ?? 1)
    last = instant(year, month ?? 12, day ?? daysOfMonth(year, month ?? 12))
  }
  return now >= eighteenMonthsAfter(last) || first > now + DAY
}
