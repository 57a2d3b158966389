// Section 5, Joining: the emergency message and the full one as one summary.
import { refuse } from './bytes.mjs';
import { kindOf, structs } from './body.mjs';

const empty = (v) => (Array.isArray(v) ? v.length === 0 : typeof v === 'object' ? Object.values(v).every(empty) : !v);

// A field is said by the core or by the details, never by both.
function complete(core, detail) {
  if (Array.isArray(core)) {
    if (detail.length > 0 && detail.length <= core.length && empty(detail.at(-1))) refuse('details that end with nothing');
    return [...core.map((c, i) => (i < detail.length ? complete(c, detail[i]) : c)), ...detail.slice(core.length)];
  }
  if (typeof core === 'object') return Object.fromEntries(Object.keys(core).map((k) => [k, complete(core[k], detail[k])]));
  if (empty(detail)) return core;
  return empty(core) ? detail : refuse('said twice');
}

const sections = structs.Summary.fields.filter((f) => f.kind.startsWith('section of ')).map((f) => f.name);
export const emptySummary = () => kindOf('Summary').none();

// hasDetails: what an emergency message never has.
export const hasDetails = (s) => sections.some((name) => s[name].details.length > 0);

// identified: what a full message never says.
export function identified({ patient, updated_at, language }) {
  const { original_name, identifiers, ...own } = patient;
  return !empty(own) || updated_at !== '' || language !== '';
}

export function join(e, rest) {
  const out = { ...e };
  let abridged = rest.abridged;
  for (const name of sections) {
    const [a, b] = [e[name], rest[name]];
    if (a.omitted !== b.entries.length + b.omitted || b.details.length > a.entries.length || b.none) refuse('counts that do not agree');
    abridged += b.details.filter((d) => !empty(d)).length;
    out[name] = { ...a, omitted: b.omitted, entries: [...a.entries.map((x, i) => (i < b.details.length ? complete(x, b.details[i]) : x)), ...b.entries] };
  }
  if (e.abridged !== abridged || e.contacts_omitted !== rest.contacts.length + rest.contacts_omitted) refuse('counts that do not agree');
  for (const name of ['author', 'consents']) {
    if (!empty(e[name]) && !empty(rest[name])) refuse('said twice');
    if (empty(e[name])) out[name] = rest[name];
  }
  const [p, q] = [e.patient, rest.patient];
  if (p.original_name !== '' && q.original_name !== '') refuse('said twice');
  out.patient = { ...p, original_name: p.original_name || q.original_name, identifiers: [...p.identifiers, ...q.identifiers] };
  Object.assign(out, { contacts: [...e.contacts, ...rest.contacts], contacts_omitted: rest.contacts_omitted, abridged: rest.abridged });
  return out;
}

// prune leaves out what is empty, so that summaries compare whatever writes them.
export function prune(v) {
  if (Array.isArray(v)) return v.map((x) => prune(x) ?? {});
  if (v === null || typeof v !== 'object') return v || undefined;
  const pairs = Object.entries(v).map(([k, x]) => [k, prune(x)]).filter(([, x]) => x !== undefined && !(typeof x === 'object' && empty(x)));
  return Object.fromEntries(pairs.sort(([a], [b]) => (a < b ? -1 : 1)));
}

// toJSON gives a summary as the program's JSON has it. Of a full message's body alone, the entries
// that its details complete are not there.
export function toJSON(s) {
  const out = { ...s };
  for (const name of sections) {
    const { entries, none, details } = s[name];
    const omitted = s[name].omitted + details.filter((d) => !empty(d)).length;
    out[name] = { state: none ? 'none_known' : entries.length + omitted > 0 ? 'entries' : 'no_information', entries, omitted };
  }
  return out;
}
