// Checks the layers of testdata/vectors/v1/low one by one, each file a family of cases. A case
// that does not hold is named; what a case says is in the README of the vectors.
import { readFileSync } from 'node:fs';
import { ascii, base45, hex, refuse, Refused, sha256, unhex } from './bytes.mjs';
import { readBody } from './body.mjs';
import { Model } from './coder.mjs';
import { prune, toJSON } from './join.mjs';
import { open, parseCode, parseLocked } from './lock.mjs';
import { parseMessage } from './message.mjs';
import { joinParts, parsePart } from './parts.mjs';
import { model } from './reader.mjs';

const bytes = (s) => unhex(s ?? '');
const learnt = (c) => (c.learnt ? Model.of(bytes(c.learnt)) : model(c.dictionary ?? 0));

// What a message says, as a case has it. The body of a full message follows that of the emergency one.
function describe(raw, prior) {
  const m = parseMessage(raw);
  const said = {
    kind: m.kind, alg: Number(m.alg), kid: m.kid && hex(m.kid), dictionary: m.dictionary, issued: m.issued && (m.issued - Date.UTC(2020, 0, 1)) / 1000,
    card: m.card, k: m.k, binding: m.binding, code: hex(m.code), locked: m.locked, withheld: m.withheld,
    body: hex(model(m.dictionary).decompress(m.kind === 2 ? prior : new Uint8Array(), m.code, m.kind === 2 ? 16384 : 4096)),
  };
  return said;
}

// Each family gives what this reader makes of a case, in the fields that the case has.
const families = {
  base45: (c) => ({ bytes: hex(base45(c.text ?? '')) }),
  compress: (c) => ({ body: hex(learnt(c).decompress(bytes(c.prior), bytes(c.code), c.limit)) }),
  body: (c) => {
    const { summary, unknown } = readBody(bytes(c.body));
    return { content: prune(toJSON(summary)), unknown };
  },
  parts: (c) => {
    const parts = c.parts.map((p) => parsePart(bytes(p)));
    const { k } = parts[0];
    // The first k, and the last, parity and all.
    const joined = [parts.slice(0, k), parts.slice(-k)].map((some) => hex(joinParts(some) ?? refuse('no message')));
    return { message: joined[0] === joined[1] ? joined[0] : 'not one', k, card: c.card.startsWith(parts[0].hint) ? c.card : parts[0].hint };
  },
  lock: (c) => {
    const code = parseCode(c.typed) ?? refuse('no code');
    if (c.locked === undefined) return { code: hex(ascii(code)) };
    const locked = parseLocked(bytes(c.locked));
    const inside = open(locked, code, { card: c.card, hash: sha256(bytes(c.emergency)) });
    return { inside: hex(inside ?? refuse('does not open')), iv: hex(locked.iv) };
  },
};

// The messages of a vector, whose parts are joined.
function messages(c, folder) {
  const { texts } = JSON.parse(readFileSync(new URL(`../${c.vector}.json`, folder), 'utf8'));
  const raws = [];
  const parts = [];
  for (const raw of texts.map((t) => base45(t.slice(4)))) (raw[0] === 1 ? parts.push(parsePart(raw)) : raws.push(raw));
  if (parts.length > 0) raws.push(joinParts(parts));
  let prior = new Uint8Array();
  return { messages: raws.map((raw) => { const m = describe(raw, prior); prior = bytes(m.body); return prune(m); }) };
}

const sorted = (v) => JSON.stringify(v, (_, x) => (x && typeof x === 'object' && !Array.isArray(x) ? Object.fromEntries(Object.entries(x).sort()) : x));

function holds(family, c, folder) {
  let got;
  try { got = family === 'messages' ? messages(c, folder) : families[family](c); } catch (e) {
    if (!(e instanceof Refused)) throw e;
    return c.refused === true;
  }
  const empty = { unknown: 0, bytes: '', body: '', message: '' };
  return !c.refused && Object.entries(got).every(([k, v]) => sorted(prune({ v })) === sorted(prune({ v: c[k] ?? empty[k] })));
}

// checkLow says which cases of a file do not hold.
export function checkLow(family, url) {
  const { cases } = JSON.parse(readFileSync(url, 'utf8'));
  return cases.filter((c) => !holds(family, c, url)).map((c) => c.about);
}
