// Section 4: how values are written that have no fields, and lists. A type, here and in
// structs.mjs, has
//   read(item, context)      the content that a CBOR item says
//   write(content, context)  the item that says a content; undefined is what is empty
//   complete(core, details)  both of them joined (section 5)
// Contents are what JSON would hold: text, numbers, booleans, lists, objects; empty fields are
// left out of objects.

import { refuse } from './bytes.mjs'
import * as dates from './dates.mjs'
import { matricule as matriculePacking } from './packing.mjs'

// Whether there is anything in a content. Keys that the tables do not have count for nothing.
export function says(content) {
  if (Array.isArray(content)) return content.length > 0
  if (content === null || typeof content !== 'object') return Boolean(content)
  return Object.values(content).some(says)
}

// What reading and writing share: whether defaults count, and how many keys were unknown.
export class Context {
  constructor(count = { unknown: 0 }, inDetails = false) {
    this.count = count
    this.inDetails = inDetails
  }

  get details() {
    return new Context(this.count, true)
  }
}

export function badType() {
  refuse('a value of a type that does not belong where it stands')
}

// Text, a number or a boolean is in one of the two, never in both (section 5).
function inOne(core, details) {
  if (says(core) && says(details)) refuse('details say again what the emergency message says')
  return says(details) ? details : core
}

export const text = {
  read: item => typeof item === 'string' ? item : badType(),
  write: (content = '') => content,
  complete: inOne,
}

export const number = {
  read(item) {
    if (typeof item !== 'bigint') badType()
    if (item < 0n || item >= 1n << 31n) refuse('a number that is none')
    return Number(item)
  },
  write: (content = 0) => BigInt(content),
  complete: inOne,
}

export const trueOrAbsent = {
  read: item => item === true || badType(),
  write: content => content === true,
  complete: inOne,
}

export const date = {
  read(item) {
    const content = typeof item === 'string' ? item : dates.read(item)
    if (content !== '' && (content === null || !dates.parse(content))) refuse('not a date')
    return content
  },
  write: (content = '') => dates.write(content),
  complete: inOne,
}

export const matricule = {
  read(item) {
    if (typeof item === 'string') return item
    if (!(item instanceof Uint8Array)) badType()
    return matriculePacking.read(item) ?? refuse('bytes to which no matricule packs')
  },
  write: (content = '') => matriculePacking.write(content) ?? content,
  complete: inOne,
}

export function packed(packing) {
  return {
    read(item) {
      if (typeof item === 'string') return item
      if (typeof item !== 'bigint') badType()
      return packing.read(item) ?? refuse('a number to which no text packs')
    },
    write: (content = '') => packing.write(content) ?? content,
    complete: inOne,
  }
}

export function rank(table) {
  return {
    read(item) {
      if (typeof item === 'string') return item
      if (typeof item !== 'bigint') badType()
      return table[item] ?? refuse('a number that is no rank')
    },
    write(content = '') {
      const place = table.indexOf(content)
      return place < 0 ? content : BigInt(place)
    },
    complete: inOne,
  }
}

export function list(type) {
  return {
    read: (item, context) => Array.isArray(item) ? item.map(i => type.read(i, context)) : badType(),
    write: (content = [], context) => content.map(c => type.write(c, context)),
    complete(core = [], details = []) {
      if (details.length > 0 && details.length <= core.length && !says(details.at(-1))) {
        refuse('a list of details that ends with an item that says nothing')
      }
      const items = core.map((c, i) => i < details.length ? type.complete(c, details[i]) : c)
      return [...items, ...details.slice(core.length)]
    },
  }
}
