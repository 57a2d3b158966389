// Sections 1, 2, 7 and 8: texts become messages, messages become cards, and each has a verdict.
import { readFileSync } from 'node:fs';
import { base45, hex, Refused, sha256, unhex } from './bytes.mjs';
import { readBody } from './body.mjs';
import { Model } from './coder.mjs';
import { emptySummary, hasDetails, identified, join, toJSON } from './join.mjs';
import { open, parseCode, parseLocked } from './lock.mjs';
import { parseMessage, verify } from './message.mjs';
import { joinParts, parsePart } from './parts.mjs';

const none = new Uint8Array();
const dictionary = () => new Uint8Array(readFileSync(new URL('../../qr/dictionary/1.bin', import.meta.url)));
const models = {};
export const model = (id) => (models[id] ??= id === 0 ? new Model() : Model.of(dictionary()));

// attempt gives undefined for what is refused; any other error is a fault of this program.
function attempt(f) {
  try { return f(); } catch (e) { if (e instanceof Refused) return undefined; throw e; }
}

// content returns the body of a message and the summary that it says, or undefined.
function content(m, prior) {
  return attempt(() => {
    if (m.dictionary > 1) throw new Refused('a dictionary to come');
    const body = model(m.dictionary).decompress(prior, m.code, m.kind === 2 ? 16384 : 4096);
    const said = readBody(body);
    if (m.kind === 2 && identified(said.summary)) throw new Refused('an identity, a date or a language of its own');
    return { body, ...said };
  });
}

const time = (s) => (s ? Date.parse(s) : undefined);

// Section 6 of the design's trust list, in the words of section 9: what a key's signature is worth.
function judgeKey(key, issued) {
  const revoked = time(key.revoked_at);
  if (key.compromised || (revoked !== undefined && issued >= revoked)) return 'revoked';
  if ((key.not_after && issued > time(key.not_after)) || issued < time(key.not_before)) return 'expired';
  return 'authentic';
}

// judge verifies an emergency message, and reads it if it is believed.
function judge(m, trust) {
  const e = { ...m, verdict: 'not_authentic' };
  if (m.declared) {
    if (verify(m, m.self)) Object.assign(e, { verdict: 'patient_declared', key: m.self });
  } else {
    const keys = (trust.keys ?? []).filter((k) => k.kid === hex(m.kid));
    if (keys.length === 0) e.verdict = 'unknown_issuer';
    for (const key of keys) {
      if (e.verdict !== 'authentic' && verify(m, key)) Object.assign(e, { verdict: judgeKey(key, m.issued), key });
    }
  }
  if (e.key && trust.revoked_cards?.some((c) => c.id === m.card)) e.verdict = 'revoked';
  if (!believed(e)) return e;
  const said = content(m, none);
  const counts = (s) => s.allergies.entries.length + s.medications.entries.length === 0 && s.allergies.omitted + s.medications.omitted > 0;
  if (!said || hasDetails(said.summary) || (m.withheld && !counts(said.summary))) e.verdict = 'unreadable';
  else Object.assign(e, said);
  if (e.summary && m.declared) e.summary.patient.qualified = false;
  return e;
}
const believed = (e) => e.verdict === 'authentic' || e.verdict === 'patient_declared';

// A summary is old from 18 months after its date on, of which a month or a year ends with its last
// day; without a date it cannot be called recent. Section 9.
function stale(date, now) {
  if (!(Date.parse(date) <= now + 86400e3)) return true; // no date and a second 60 as well
  const last = date.length === 4 ? `${date}-12-31` : date;
  const d = new Date(last);
  if (date.length === 7) d.setUTCMonth(d.getUTCMonth() + 1, 0);
  const day = d.getUTCDate();
  d.setUTCMonth(d.getUTCMonth() + 18, 1);
  d.setUTCDate(Math.min(day, new Date(Date.UTC(d.getUTCFullYear(), d.getUTCMonth() + 1, 0)).getUTCDate()));
  return d <= now;
}

// lacking is how many more of the parts of a message it takes.
const lacking = (parts) => parts[0].k - new Set(parts.map((p) => p.index)).size;

// read returns a reading for each card, and for each text that is none.
export function read({ texts, trust, now, code }) {
  now = Date.parse(now);
  const readings = [];
  const say = (verdict, more = {}) => readings.push({ verdict, complete: false, ...more });
  const [emergencies, fulls, locked, groups] = [[], [], [], new Map()];
  const keep = (list, m) => { if (!list.some((x) => hex(x.raw) === hex(m.raw))) list.push(m); };

  for (const text of new Set(texts)) {
    const known = attempt(() => {
      if (!text.startsWith('ZB1:') || text.length > 4296) throw new Refused('no card of version 1');
      const raw = base45(text.slice(4));
      if (raw[0] === 0xd2) {
        const m = parseMessage(raw);
        keep(m.kind === 2 ? fulls : emergencies, m);
      } else if (raw[0] === 0xd0) keep(locked, parseLocked(raw));
      else if (raw[0] === 1) {
        const p = parsePart(raw);
        if (!groups.has(p.group)) groups.set(p.group, []);
        groups.get(p.group).push(p);
      } else throw new Refused('a first byte to come');
      return true;
    });
    if (!known) say('unreadable');
  }

  const waiting = [];
  for (const parts of groups.values()) {
    if (lacking(parts) > 0) { waiting.push(parts); continue; }
    const raw = joinParts(parts);
    const ok = raw && attempt(() => {
      if (raw[0] === 0xd0) return keep(locked, parseLocked(raw)), true;
      const m = parseMessage(raw);
      return m.kind === 2 && (keep(fulls, m), true);
    });
    if (!ok) say('not_authentic');
  }

  const cards = emergencies.map((m) => judge(m, trust));
  const claimed = new Set();
  const refusedHints = new Set(cards.filter((e) => !believed(e)).map((e) => e.card.slice(0, 8)));
  for (const e of cards) {
    const flags = { declared: e.declared && e.verdict !== 'not_authentic' };
    const binding = hex(e.hash.slice(0, 8));
    let candidates = fulls.filter((f) => f.binding === binding);
    candidates.forEach((f) => claimed.add(f));
    if (!believed(e)) { say(e.verdict, flags); continue; }

    let shut = false; // a locked message is there and does not open
    if (e.locked) {
      const there = locked.filter((l) => l.hint === e.card.slice(0, 8));
      const typed = code === undefined ? undefined : parseCode(code);
      const opened = typed ? there.map((l) => open(l, typed, e)).filter(Boolean) : [];
      there.forEach((l) => claimed.add(l));
      shut = there.length > 0 && opened.length === 0;
      candidates = [...candidates, ...opened.map((raw) => ({ ...(attempt(() => parseMessage(raw)) ?? {}), inside: true }))];
    }
    const rests = [];
    for (const f of candidates) {
      const its = f.kind === 2 && f.binding === binding && e.k > 0 && !!f.inside === e.locked && verify(f, e.key);
      const rest = its ? content(f, e.body) : undefined;
      if (rest) rests.push(rest);
      else say(its ? 'unreadable' : 'not_authentic', { ...flags, declared: flags.declared && its });
    }
    const groupsOf = waiting.filter((g) => g[0].hint === e.card.slice(0, 8) && g[0].k === e.k);
    if (rests.length === 0 && e.k > 0) {
      const most = groupsOf.sort((a, b) => lacking(a) - lacking(b))[0];
      if (!shut && most) claimed.add(most);
      const missing = shut ? 1 : most ? lacking(most) : e.k;
      say('incomplete', { ...flags, missing, locked: e.locked, withheld: e.withheld, content: toJSON(e.summary) });
      continue;
    }
    const whole = rests.length > 1 ? undefined : attempt(() => join(e.summary, rests[0]?.summary ?? emptySummary()));
    if (!whole) { say('unreadable', flags); continue; }
    say(!e.declared && stale(whole.updated_at, now) ? 'stale' : e.verdict, { ...flags, complete: true, content: toJSON(whole) });
  }

  // What is left names no card that is there.
  for (const f of fulls.filter((x) => !claimed.has(x))) say('incomplete', { missing: 1 });
  for (const l of locked.filter((x) => !claimed.has(x))) {
    const its = cards.filter((e) => e.card.slice(0, 8) === l.hint);
    if (its.length === 0) say('incomplete', { missing: 1, locked: true });
    else if (its.some(believed)) say('not_authentic');
  }
  for (const g of waiting.filter((x) => !claimed.has(x) && !refusedHints.has(x[0].hint))) say('incomplete', { missing: 1 + lacking(g) });
  return readings;
}

export { sha256, unhex };
