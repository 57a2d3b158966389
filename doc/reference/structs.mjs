// Section 4: how values are written that have fields: structs, tuples, concepts, sections.

import { refuse } from './bytes.mjs'
import { badType, list, number, packed, says, text } from './values.mjs'

// Objects are completed field by field.
function completeFields(fields, core = {}, details = {}) {
  const joined = { ...core }
  for (const { name, type } of fields) {
    if (details[name] !== undefined) joined[name] = type.complete(core[name], details[name])
  }
  return joined
}

function withoutEmpty(content) {
  for (const name of Object.keys(content)) if (!says(content[name])) delete content[name]
  return content
}

// What a field is worth that is left out: what its default says of the other fields.
function defaultOf(field, content, context) {
  return context.inDetails ? '' : field.default(content)
}

// A map; `fields` are { key, name, type, default }.
export function struct({ fields, bare }) {
  const byKey = new Map(fields.map(f => [f.key, f]))

  function pairs(item) {
    if (item instanceof Map) return [...item]
    return bare ? [[0n, item]] : badType()
  }

  return {
    read(item, context) {
      const content = {}
      const seen = new Set()
      for (const [key, value] of pairs(item)) {
        const field = byKey.get(key)
        if (field) {
          content[field.name] = field.type.read(value, context)
          seen.add(field)
        } else {
          if (key < 0n) refuse('a key below zero that this reader does not know')
          context.count.unknown++
        }
      }
      for (const field of fields) {
        if (!seen.has(field)) content[field.name] = defaultOf(field, content, context)
      }
      return withoutEmpty(content)
    },

    write(content = {}, context) {
      const map = new Map()
      for (const field of fields) {
        const value = content[field.name]
        const left = defaultOf(field, content, context)
        if (left ? value === left : !says(value)) continue
        map.set(field.key, field.type.write(value, context))
      }
      return bare && map.size === 1 && map.has(0n) ? map.get(0n) : map
    },

    complete: (core, details) => completeFields(fields, core, details),
  }
}

// An array of fields in order; the first alone stands for itself.
export function tuple(fields) {
  return {
    read(item, context) {
      const items = Array.isArray(item) ? item : [item]
      if (items.length > fields.length) badType()
      const content = {}
      fields.forEach((field, i) => {
        content[field.name] = i < items.length ? field.type.read(items[i], context) : defaultOf(field, content, context)
      })
      return withoutEmpty(content)
    },

    write(content = {}, context) {
      let count = fields.length
      const leftOut = field => (content[field.name] ?? '') === defaultOf(field, content, context)
      while (count > 1 && leftOut(fields[count - 1])) count--
      const items = fields.slice(0, count).map(f => f.type.write(content[f.name], context))
      return count === 1 ? items[0] : items
    },

    complete: (core, details) => completeFields(fields, core, details),
  }
}

// Text, or an array of the label, if any, and of codes; an empty one is the empty array. `systems` is their table of ranks,
// and packingOf(rank) how the codes of a system are packed.
export function concept(systems, packingOf) {
  const codeFields = ['system', 'code', 'label'].map(name => ({ name, type: text }))
  const code = { complete: (core, details) => completeFields(codeFields, core, details) }
  const fields = [{ name: 'label', type: text }, { name: 'codes', type: list(code) }]

  function readCode(items) {
    const first = items.shift()
    if (typeof first !== 'bigint') badType()
    const labelled = first < 0n
    const place = labelled ? -1n - first : first
    const next = type => items.length ? type.read(items.shift()) : refuse('a code that is cut')
    const system = place === 0n ? next(text) : systems[place] ?? refuse('a number that is no rank')
    const value = next(packed(packingOf(Number(place))))
    return withoutEmpty({ system, code: value, label: labelled ? next(text) : '' })
  }

  function writeCode({ system = '', code: value = '', label = '' }) {
    const place = Math.max(0, systems.indexOf(system))
    return [
      BigInt(label ? -1 - place : place),
      ...place === 0 ? [system] : [],
      packed(packingOf(place)).write(value),
      ...label ? [label] : [],
    ]
  }

  return {
    read(item) {
      if (typeof item === 'string') return withoutEmpty({ label: item })
      if (!Array.isArray(item)) badType()
      const items = [...item]
      const label = typeof items[0] === 'string' ? items.shift() : ''
      const codes = []
      while (items.length) codes.push(readCode(items))
      return withoutEmpty({ label, codes })
    },

    write({ label = '', codes = [] } = {}) {
      if (label && codes.length === 0) return label
      return [...label ? [label] : [], ...codes.flatMap(writeCode)]
    },

    complete: (core, details) => completeFields(fields, core, details),
  }
}

// A section: { state, entries, omitted, details }, absent without information.
export function section(entry) {
  const sectionKeys = struct({
    fields: [
      { key: 0n, name: 'omitted', type: number, default: () => '' },
      { key: 1n, name: 'entries', type: list(entry), default: () => '' },
      { key: 2n, name: 'details', type: detailsOf(entry), default: () => '' },
    ],
  })

  return {
    entry,

    read(item, context) {
      if (item === true) return { state: 'none_known' }
      if (item instanceof Map) return { state: 'entries', ...sectionKeys.read(item, context) }
      const items = Array.isArray(item) ? [...item] : [item]
      const omitted = typeof items[0] === 'bigint' ? number.read(items.shift()) : 0
      if (items.length === 0 && omitted === 0) refuse('a section that says nothing')
      if (items.length > 0 && !Array.isArray(item)) badType()
      return withoutEmpty({ state: 'entries', omitted, entries: items.map(i => entry.read(i, context)) })
    },

    write({ state, omitted = 0, entries = [], details = [] }, context) {
      if (state === 'none_known') return true
      if (details.length > 0) return sectionKeys.write({ omitted, entries, details }, context)
      if (entries.length === 0) return BigInt(omitted)
      return [...omitted ? [BigInt(omitted)] : [], ...entries.map(e => entry.write(e, context))]
    },
  }
}

function detailsOf(entry) {
  const type = list(entry)
  return {
    read(item, context) {
      const details = type.read(item, context.details)
      if (details.length > 0 && !says(details.at(-1))) refuse('a list of details of which the last is empty')
      return details
    },
    write: (content, context) => type.write(content, context.details),
  }
}
