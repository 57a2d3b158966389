// Section 4: texts as integers. pack gives undefined for what unpack would not give back to
// the letter; that text then stands as it is.

const digits = /^\d+$/;
const luhn = (s) => {
  let sum = 0;
  [...s].reverse().forEach((c, i) => {
    let d = Number(c);
    if (i % 2 === 0 && (d *= 2) > 9) d -= 9;
    sum += d;
  });
  return String((10 - (sum % 10)) % 10);
};
const whole = (s) => (digits.test(s) && s.length <= 18 ? BigInt(s) : undefined);
const withLuhn = (length) => ({
  pack: (s) => (s.length === length ? whole(s.slice(0, -1)) : undefined),
  unpack: (n) => {
    const s = String(n).padStart(length - 1, '0');
    return n < 0n || s.length !== length - 1 ? undefined : s + luhn(s);
  },
});
const pad = (n, width) => String(n).padStart(width, '0');

const plain = {
  'whole number': { pack: whole, unpack: (n) => (n < 0n ? undefined : String(n)) },
  decimal: {
    pack: (s) => {
      const m = /^(\d{0,12})\.(\d{1,3})$/.exec(s);
      if (!m) return whole(s);
      const mantissa = whole(m[1] + m[2]);
      return mantissa === undefined ? undefined : -1n - (3n * mantissa + BigInt(m[2].length) - 1n);
    },
    unpack: (n) => {
      if (n >= 0n) return String(n);
      n = -1n - n;
      const decimals = Number(n % 3n) + 1;
      const s = pad(n / 3n, decimals + 1);
      return `${s.slice(0, -decimals)}.${s.slice(-decimals)}`;
    },
  },
  RPPS: withLuhn(11),
  FINESS: withLuhn(9),
  telephone: {
    pack: (s) => {
      const m = /^(0|\+33 ?)(.*)$/.exec(s);
      if (!m) return undefined;
      const nine = whole(m[2].replaceAll(' ', ''));
      if (nine === undefined || m[2].replaceAll(' ', '').length !== 9) return undefined;
      const spelling = m[1] === '+33 ' ? 3n : m[1] === '+33' ? 2n : s.includes(' ') ? 1n : 0n;
      return 4n * nine + spelling;
    },
    unpack: (n) => {
      if (n < 0n || n / 4n > 999999999n) return undefined;
      const s = pad(n / 4n, 9);
      const spaced = [s.slice(0, 1), s.slice(1, 3), s.slice(3, 5), s.slice(5, 7), s.slice(7)].join(' ');
      return [`0${s}`, `0${spaced}`, `+33${s}`, `+33 ${spaced}`][Number(n % 4n)];
    },
  },
  ATC: {
    pack: (s) => (/^[A-Z]\d\d[A-Z][A-Z]\d\d$/.test(s) ? [...s].reduce((n, c) => (/\d/.test(c) ? n * 10n + BigInt(c) : n * 26n + BigInt(c.charCodeAt(0) - 65)), 0n) : undefined),
    unpack: (n) => {
      if (n < 0n) return undefined;
      let s = '';
      for (const radix of [10n, 10n, 26n, 26n, 10n, 10n, 26n]) {
        s = (radix === 10n ? String(n % 10n) : String.fromCharCode(65 + Number(n % 26n))) + s;
        n /= radix;
      }
      return n === 0n ? s : undefined;
    },
  },
  'ICD-10': {
    pack: (s) => {
      const m = /^([A-Z])(\d\d)(?:\.(\d))?$/.exec(s);
      if (!m) return undefined;
      const letter = BigInt(m[1].charCodeAt(0) - 65);
      return m[3] === undefined ? 100n * letter + BigInt(m[2]) : -1n - (1000n * letter + BigInt(m[2] + m[3]));
    },
    unpack: (n) => {
      const letter = (l) => String.fromCharCode(65 + Number(l));
      if (n >= 0n) return n < 2600n ? letter(n / 100n) + pad(n % 100n, 2) : undefined;
      n = -1n - n;
      return n < 26000n ? `${letter(n / 1000n)}${pad((n / 10n) % 100n, 2)}.${n % 10n}` : undefined;
    },
  },
  LOINC: {
    pack: (s) => (/^\d+-\d$/.test(s) ? whole(s.slice(0, -2)) : undefined),
    unpack: (n) => (n < 0n ? undefined : `${n}-${luhn(String(n))}`),
  },
  day: {
    pack: (s) => {
      const m = /^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?$/.exec(s);
      if (!m || Number(m[1]) < 1900) return undefined;
      const [year, month, day] = [Number(m[1]) - 1900, Number(m[2] ?? 0), Number(m[3] ?? 0)];
      return BigInt(m[3] === undefined ? -1 - (13 * year + month) : 372 * year + 31 * (month - 1) + day - 1);
    },
    unpack: (n) => {
      if (n >= 0n) return n / 372n < 8100n ? `${1900n + n / 372n}-${pad(((n % 372n) / 31n) + 1n, 2)}-${pad((n % 31n) + 1n, 2)}` : undefined;
      n = -1n - n;
      const year = 1900n + n / 13n;
      return year > 9999n ? undefined : n % 13n === 0n ? String(year) : `${year}-${pad(n % 13n, 2)}`;
    },
  },
  time: {
    pack: (s) => {
      const m = /^(\d\d):(\d\d):(\d\d)$/.exec(s);
      if (!m) return undefined;
      const minutes = Number(m[1]) * 60 + Number(m[2]);
      return BigInt(m[3] === '00' ? minutes : -1 - (minutes * 60 + Number(m[3])));
    },
    unpack: (n) => {
      const seconds = n >= 0n ? n * 60n : -1n - n;
      return seconds >= 86400n ? undefined : `${pad(seconds / 3600n, 2)}:${pad((seconds / 60n) % 60n, 2)}:${pad(seconds % 60n, 2)}`;
    },
  },
  offset: {
    pack: (s) => {
      const m = /^([+-])(\d\d):(\d\d)$/.exec(s);
      if (!m || Number(m[3]) % 15) return undefined;
      return BigInt((m[1] === '-' ? -1 : 1) * (Number(m[2]) * 4 + Number(m[3]) / 15));
    },
    unpack: (n) => {
      const q = n < 0n ? -n : n;
      return `${n < 0n ? '-' : '+'}${pad(q / 4n, 2)}:${pad((q % 4n) * 15n, 2)}`;
    },
  },
  // Three times thirteen digits, plus 1 for 2A and 2 for 2B, in six bytes; its key is computed.
  matricule: {
    pack: (s) => {
      const m = /^(\d{5})(\d\d|2A|2B)(\d{6})\d\d$/.exec(s);
      if (!m) return undefined;
      const corsica = ['2A', '2B'].indexOf(m[2]) + 1;
      return 3n * BigInt(m[1] + (corsica ? '20' : m[2]) + m[3]) + BigInt(corsica);
    },
    unpack: (n) => {
      const s = pad(n / 3n, 13);
      const corsica = Number(n % 3n);
      if (s.length !== 13 || (corsica && s.slice(5, 7) !== '20')) return undefined;
      const number = BigInt(s.slice(0, 5) + ['' + s.slice(5, 7), '19', '18'][corsica] + s.slice(7));
      return s.slice(0, 5) + [s.slice(5, 7), '2A', '2B'][corsica] + s.slice(7) + pad(97n - (number % 97n), 2);
    },
  },
};

// Each made lossless by its own inverse.
export const packing = Object.fromEntries(Object.entries(plain).map(([name, p]) => [name, {
  pack: (s) => { const n = p.pack(s); return n !== undefined && p.unpack(n) === s ? n : undefined; },
  unpack: (n) => { const s = p.unpack(n); return s !== undefined && p.pack(s) === n ? s : undefined; },
}]));
