// Section 5: what each of two messages may say, and both of them joined.

import { refuse } from './bytes.mjs'
import { sections } from './schema.mjs'
import { says } from './values.mjs'

// What the emergency message of this head may say (sections 4 and 7).
export function checkEmergency(content, head) {
  if (sections.some(({ name }) => content[name]?.details)) refuse('details in an emergency message')
  if (!head.withheld) return
  const withheld = [content.allergies ?? {}, content.medications ?? {}]
  if (withheld.some(s => s.entries)) refuse('an entry in a section that is withheld')
  if (!withheld.some(s => s.omitted)) refuse('sections withheld that have no entries anywhere')
}

// What an emergency message that has no full one may not say.
export function checkAlone(content) {
  if (sections.some(({ name }) => content[name]?.omitted) || content.contacts_omitted || content.abridged) {
    refuse('counts of what is elsewhere, where there is no full message')
  }
}

// What a full message may not say, whatever its emergency message says.
export function checkFull(content) {
  if (says(content.updated_at) || says(content.language)) refuse('a date or a language in a full message')
  const allowed = ['original_name', 'identifiers']
  if (Object.keys(content.patient ?? {}).some(name => !allowed.includes(name))) {
    refuse('a field of the patient that a full message does not carry')
  }
}

// The whole summary; refused when the two do not go together.
export function join(core, full) {
  const joined = { ...core }
  let abridged = full.abridged ?? 0
  for (const { name, type } of sections) {
    const part = full[name] ?? {}
    joined[name] = joinSection(core[name], part, type.entry)
    if (!joined[name]) delete joined[name]
    abridged += (part.details ?? []).filter(says).length
  }
  count(core.abridged, abridged)
  joined.abridged = full.abridged

  const contacts = full.contacts ?? []
  count(core.contacts_omitted, contacts.length + (full.contacts_omitted ?? 0))
  joined.contacts = [...core.contacts ?? [], ...contacts]
  joined.contacts_omitted = full.contacts_omitted

  joined.author = inOne(core.author, full.author)
  joined.consents = inOne(core.consents, full.consents)
  if (full.patient) joined.patient = joinPatient(core.patient, full.patient)
  return joined
}

function joinSection(core, part, entry) {
  if (part.state === 'none_known') refuse('a section of a full message that says "none known"')
  const { entries = [], details = [], omitted = 0 } = part
  count(core?.omitted, entries.length + omitted)
  const carried = core?.entries ?? []
  if (details.length > carried.length) refuse('details of an entry that is not there')
  if (!core) return core
  const completed = carried.map((e, i) => says(details[i]) ? entry.complete(e, details[i]) : e)
  return { state: core.state, entries: [...completed, ...entries], omitted }
}

function joinPatient(core = {}, full) {
  return {
    ...core,
    original_name: inOne(core.original_name, full.original_name),
    identifiers: [...core.identifiers ?? [], ...full.identifiers ?? []],
  }
}

function count(said = 0, carried) {
  if (said !== carried) refuse('a count of the emergency message that is not that of the full one')
}

function inOne(core, full) {
  if (says(core) && says(full)) refuse('in both messages what belongs in one')
  return says(full) ? full : core
}
