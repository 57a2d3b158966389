// Sections 4 and 5: a body as the summary that it says, and back. A kind of value is an object
// with read (item -> value), write (value -> item) and empty.
import { refuse, same } from './bytes.mjs';
import { CBORMap, decode, encode } from './cbor.mjs';
import { packing } from './packing.mjs';
import { structs, tuples, ranks, packings } from './schema.mjs';

export let unknownKeys = 0;

const want = (ok) => { if (!ok) refuse('not a type that belongs here'); };
const text = { empty: (v) => v === '', none: () => '', read: (i) => { want(typeof i === 'string'); return i; }, write: (v) => v };
const number = {
  empty: (v) => v === 0, none: () => 0, write: (v) => BigInt(v),
  read: (i) => { want(typeof i === 'bigint' && i >= 0n && i < 1n << 31n); return Number(i); },
};
const yes = { empty: (v) => !v, none: () => false, read: (i) => { want(typeof i === 'boolean'); return i; }, write: (v) => v };

const packed = (p) => ({
  ...text,
  read: (i) => (typeof i === 'bigint' ? p.unpack(i) ?? refuse('out of range') : text.read(i)),
  write: (v) => p.pack(v) ?? v,
});
const rank = (table) => ({
  ...text,
  read: (i) => (typeof i === 'bigint' ? table[i] ?? refuse('out of range') : text.read(i)),
  write: (v) => (table.includes(v) ? BigInt(table.indexOf(v)) : v),
});

const matricule = {
  ...text,
  read: (i) => {
    if (!(i instanceof Uint8Array)) return text.read(i);
    want(i.length === 6);
    return packing.matricule.unpack(BigInt(`0x${Buffer.from(i).toString('hex')}`)) ?? refuse('out of range');
  },
  write: (v) => {
    const n = packing.matricule.pack(v);
    return n === undefined ? v : new Uint8Array(Buffer.from(n.toString(16).padStart(12, '0'), 'hex'));
  },
};

// A date as FHIR writes them: a year, a month, a day, or an instant with its offset, of whose
// bounds section 4 speaks.
export function isDate(s) {
  const m = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?(?:Z|[+-](\d\d):(\d\d)))?)?)?$/.exec(s);
  if (!m) return false;
  const [year, month, day, hour, minute, second, h, min] = m.slice(1).map((x) => Number(x ?? 0));
  if (m[2] !== undefined && (month < 1 || month > 12)) return false;
  if (m[3] !== undefined && (day < 1 || day > new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate())) return false;
  return hour < 24 && minute < 60 && second <= 60 && h <= 14 && min < 60;
}

const date = {
  ...text,
  read: (i) => {
    let s = i;
    const get = (p, n) => { want(typeof n === 'bigint'); return packing[p].unpack(n) ?? refuse('out of range'); };
    if (typeof i === 'bigint') s = get('day', i);
    else if (Array.isArray(i)) {
      want(i.length === 2 || i.length === 3);
      s = `${get('day', i[0])}T${get('time', i[1])}${i.length === 3 ? get('offset', i[2]) : 'Z'}`;
    }
    want(typeof s === 'string' && (s === '' || isDate(s)));
    return s;
  },
  write: (v) => {
    const day = packing.day.pack(v);
    if (day !== undefined) return day;
    const m = /^(.{10})T(.{8})(Z|.{6})$/.exec(v);
    if (m) {
      const parts = [packing.day.pack(m[1]), packing.time.pack(m[2])];
      if (m[3] !== 'Z') parts.push(packing.offset.pack(m[3]));
      if (!parts.includes(undefined)) return parts;
    }
    return v;
  },
};

const concept = {
  empty: (v) => v.label === '' && v.codes.length === 0,
  none: () => ({ label: '', codes: [] }),
  read: (i) => {
    if (typeof i === 'string') return { label: i, codes: [] };
    want(Array.isArray(i));
    const items = [...i];
    const next = (type) => { const v = items.shift(); want(typeof v === type); return v; };
    const out = { label: typeof items[0] === 'string' ? next('string') : '', codes: [] };
    while (items.length > 0) {
      let r = next('bigint');
      const labelled = r < 0n;
      if (labelled) r = -1n - r;
      want(r < BigInt(ranks.systems.length));
      const system = r === 0n ? next('string') : ranks.systems[r];
      want(items.length > 0);
      out.codes.push({ system, code: packed(packing[packings[r]]).read(items.shift()), label: labelled ? next('string') : '' });
    }
    return out;
  },
  write: (v) => {
    if (v.codes.length === 0 && v.label !== '') return v.label;
    const out = v.label === '' ? [] : [v.label];
    for (const c of v.codes) {
      const r = Math.max(ranks.systems.indexOf(c.system), 0);
      out.push(c.label === '' ? BigInt(r) : BigInt(-1 - r));
      if (r === 0) out.push(c.system);
      out.push(packed(packing[packings[r]]).write(c.code));
      if (c.label !== '') out.push(c.label);
    }
    return out;
  },
};

const list = (kind) => ({
  empty: (v) => v.length === 0, none: () => [],
  read: (i) => { want(Array.isArray(i)); return i.map((x) => kind.read(x)); },
  write: (v) => v.map((x) => kind.write(x)),
});

// What a matricule says by itself, if it has the form of one.
const said = (ins, from, to) => (/^[\x00-\x7f]{15}$/.test(ins.matricule) ? ins.matricule.slice(from, to) : '');

// A field's default, which may depend on the fields that have none.
function defaultOf(field, v) {
  switch (field.default) {
    case 'that of the matricule': return { 1: 'M', 2: 'F' }[said(v.ins, 0, 1)] ?? '';
    case 'characters 6 to 10 of the matricule': return said(v.ins, 5, 10);
    case '"1" if frequency is there': return v.frequency === 0 ? '' : '1';
    case '"d" if frequency is there': return v.frequency === 0 ? '' : 'd';
    default: return field.default;
  }
}

function fieldsOf(fields, plain) {
  return fields.map((f) => ({ ...f, default: plain ? '' : f.default, get is() { return kindOf(f.kind, plain); } }));
}
const absent = (f, v) => (f.default === '' ? f.is.empty(v[f.name]) : v[f.name] === defaultOf(f, v));
const setDefaults = (fields, seen, v) => fields.forEach((f) => { if (f.default !== '' && !seen.has(f.name)) v[f.name] = defaultOf(f, v); });
const zero = (fields) => Object.fromEntries(fields.map((f) => [f.name, f.is.none()]));

function struct({ bare, fields }, plain) {
  fields = fieldsOf(fields, plain);
  return {
    empty: (v) => fields.every((f) => f.is.empty(v[f.name])),
    none: () => zero(fields),
    read: (item) => {
      const v = zero(fields);
      const seen = new Set();
      const set = (f, i) => { v[f.name] = f.is.read(i); seen.add(f.name); };
      if (bare && !(item instanceof CBORMap)) set(fields[0], item);
      else {
        want(item instanceof CBORMap);
        for (const [key, i] of item.pairs) {
          if (key < 0n) refuse('critical');
          const f = fields.find((x) => x.key === key);
          if (f) set(f, i); else unknownKeys++;
        }
      }
      setDefaults(fields, seen, v);
      return v;
    },
    write: (v) => {
      const present = fields.filter((f) => !absent(f, v));
      if (bare && present.length === 1 && present[0].key === 0n) return present[0].is.write(v[present[0].name]);
      return new CBORMap(present.map((f) => [f.key, f.is.write(v[f.name])]));
    },
  };
}

function tuple({ fields }, plain) {
  fields = fieldsOf(fields, plain);
  return {
    empty: (v) => fields.every((f) => f.is.empty(v[f.name])),
    none: () => zero(fields),
    read: (item) => {
      const items = Array.isArray(item) ? item : [item];
      want(!Array.isArray(item) || (items.length > 1 && items.length <= fields.length));
      const v = zero(fields);
      items.forEach((i, n) => { v[fields[n].name] = fields[n].is.read(i); });
      setDefaults(fields, new Set(fields.slice(0, items.length).map((f) => f.name)), v);
      return v;
    },
    write: (v) => {
      let n = fields.length;
      while (n > 1 && absent(fields[n - 1], v)) n--;
      const out = fields.slice(0, n).map((f) => f.is.write(v[f.name]));
      return n === 1 ? out[0] : out;
    },
  };
}

// A section: its entries, whether it says "none known", how many entries are elsewhere, details.
function section(name) {
  const entry = kindOf(name);
  const detail = kindOf(name, true);
  return {
    empty: (v) => v.entries.length === 0 && !v.none && v.omitted === 0 && v.details.length === 0,
    none: () => ({ entries: [], none: false, omitted: 0, details: [] }),
    read: (item) => {
      const v = { entries: [], none: false, omitted: 0, details: [] };
      if (typeof item === 'boolean') v.none = item;
      else if (typeof item === 'bigint') v.omitted = number.read(item);
      else if (item instanceof CBORMap) {
        for (const [key, i] of item.pairs) {
          if (key < 0n) refuse('critical');
          else if (key === 0n) v.omitted = number.read(i);
          else if (key === 1n) v.entries = list(entry).read(i);
          else if (key === 2n) v.details = list(detail).read(i);
          else unknownKeys++;
        }
      } else {
        want(Array.isArray(item) && item.length > 0);
        const counted = typeof item[0] === 'bigint';
        if (counted) v.omitted = number.read(item[0]);
        v.entries = item.slice(counted ? 1 : 0).map((i) => entry.read(i));
      }
      if (v.details.length > 0 && detail.empty(v.details.at(-1))) refuse('a section that contradicts itself');
      return v;
    },
    write: (v) => {
      if (v.details.length > 0) {
        const pairs = [[0n, BigInt(v.omitted)], [1n, list(entry).write(v.entries)], [2n, list(detail).write(v.details)]];
        return new CBORMap(pairs.filter(([, i]) => i !== 0n && i.length !== 0));
      }
      if (v.none) return true;
      if (v.entries.length === 0) return BigInt(v.omitted);
      return [...(v.omitted > 0 ? [BigInt(v.omitted)] : []), ...v.entries.map((e) => entry.write(e))];
    },
  };
}

const known = new Map();
function kindOf(name, plain = false) {
  const key = `${name} ${plain}`;
  if (!known.has(key)) known.set(key, makeKind(name, plain));
  return known.get(key);
}
function makeKind(name, plain) {
  const rest = (prefix) => (name.startsWith(prefix) ? name.slice(prefix.length) : undefined);
  let r;
  if ((r = rest('list of '))) return list(kindOf(r, plain));
  if ((r = rest('section of '))) return section(r);
  if ((r = rest('packed '))) return packed(packing[r]);
  if ((r = rest('rank of '))) return rank(ranks[r]);
  if ((r = rest('tuple '))) return tuple(tuples[r], plain);
  const simple = { text, number, 'true or absent': yes, date, concept, matricule };
  return simple[name] ?? struct(structs[name], plain);
}

// readBody returns the summary of a body, and how many keys of it are of a later version. When
// there is none, the summary written again must be the body.
export function readBody(bytes) {
  unknownKeys = 0;
  const summary = kindOf('Summary');
  const item = decode(bytes);
  want(item instanceof CBORMap);
  const v = summary.read(item);
  if (unknownKeys === 0 && !same(encode(summary.write(v)), bytes)) refuse('another spelling');
  return { summary: v, unknown: unknownKeys };
}

export { kindOf, structs };
