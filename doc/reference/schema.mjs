// The tables of card-format-tables.md, read from the text itself, as types (section 4).

import { readFileSync } from 'node:fs'
import { packings } from './packing.mjs'
import * as structs from './structs.mjs'
import * as values from './values.mjs'

const FILE = process.env.ZB_TABLES || new URL('../card-format-tables.md', import.meta.url)
const source = readFileSync(FILE, 'utf8')

// The rows of every table, by the heading above it.
const tables = new Map()
// The ranks, by the name of their table.
const ranks = new Map()

let heading = ''
for (const line of source.split('\n')) {
  const title = /^##+ (.*)$/.exec(line)
  if (title) heading = title[1]
  const cells = /^\| (.*) \|$/.exec(line)?.[1].split('|').map(cell => cell.trim())
  if (cells && !cells.includes('written as') && !cells.includes('ranks of systems')) {
    tables.set(heading, [...tables.get(heading) ?? [], cells])
  }
  const table = /^\*\*(.*?)\*\*: (.*)\.$/.exec(line)
  if (table) {
    const texts = []
    for (const [, place, text] of table[2].matchAll(/([0-9]+) `([^`]*)`/g)) texts[place] = text === '""' ? '' : text
    ranks.set(table[1], texts)
  }
}

// D. How the codes of a system are packed.
const packingOfRank = []
for (const [places, packing] of tables.get('D. How the codes of a system are packed')) {
  for (const place of places.split(',')) packingOfRank[Number(place)] = packings.get(packing.replace('packed ', ''))
}

// What a field is worth that is left out, said of the other fields of its struct.
function defaultFrom(cell) {
  if (!cell) return () => ''
  const value = /^`(.*)`$/.exec(cell)
  if (value) return () => value[1]
  const withFrequency = /^"(.*)" if frequency is there$/.exec(cell)
  if (withFrequency) return ({ frequency }) => frequency ? withFrequency[1] : ''
  const ofMatricule = { 'that of the matricule': sexOf, 'characters 6 to 10 of the matricule': birthplaceOf }[cell]
  if (ofMatricule) return ({ ins }) => /^[\x00-\x7f]{15}$/.test(ins?.matricule ?? '') ? ofMatricule(ins.matricule) : ''
  throw new Error(`a default that is not understood: ${cell}`)
}

function sexOf(matricule) {
  return { 1: 'M', 2: 'F' }[matricule[0]] ?? ''
}

function birthplaceOf(matricule) {
  return matricule.slice(5, 10)
}

// "written as", of the column of that name.
function typeFrom(cell) {
  const [, kind, rest] = /^(rank of|list of|section of|tuple|packed) (.*)$/.exec(cell) ?? []
  switch (kind) {
    case 'rank of': return values.rank(known(ranks, rest))
    case 'list of': return values.list(typeFrom(rest))
    case 'section of': return structs.section(typeFrom(rest))
    case 'packed': return values.packed(known(packings, rest))
    case 'tuple': return structs.tuple(fieldsOf(rest))
  }
  switch (cell) {
    case 'text': return values.text
    case 'date': return values.date
    case 'number': return values.number
    case 'matricule': return values.matricule
    case 'true or absent': return values.trueOrAbsent
    case 'concept': return structs.concept(known(ranks, 'systems'), place => packingOfRank[place])
  }
  return structNamed(cell)
}

function known(map, name) {
  if (!map.has(name)) throw new Error(`not in the tables: ${name}`)
  return map.get(name)
}

function fieldsOf(heading) {
  return known(tables, heading).map(([key, field, written, byDefault]) => ({
    key: BigInt(key),
    name: field,
    get type() { return lazily(this, typeFrom(written)) },
    default: defaultFrom(byDefault),
    isSection: written.startsWith('section of '),
  }))
}

// Structs hold one another, a component even components: a field finds its type when it is asked.
function lazily(field, type) {
  Object.defineProperty(field, 'type', { value: type })
  return type
}

const named = new Map()

function structNamed(name) {
  if (!named.has(name)) {
    const bare = tables.has(`${name}, bare`)
    named.set(name, structs.struct({ fields: fieldsOf(bare ? `${name}, bare` : name), bare }))
  }
  return named.get(name)
}

export const summary = structNamed('Summary')
export const sections = fieldsOf('Summary').filter(field => field.isSection)
