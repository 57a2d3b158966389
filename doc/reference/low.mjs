// The vectors of the layers, a family for each. The check of a case throws Wrong, or Refused.

import { decode, readText } from './base45.mjs'
import { readBody, shown } from './body.mjs'
import { Refused, ascii, fromHex, hex, refuse } from './bytes.mjs'
import { LONGEST_EMERGENCY, LONGEST_FULL, decompress, decompressAfter, learnDictionary } from './coder.mjs'
import { deriveKey, open, readCode, readLocked } from './lock.mjs'
import { FULL, readMessage } from './message.mjs'
import { indices, joinParts, readPart, split } from './parts.mjs'
import { pruned } from './vectors.mjs'

class Wrong extends Error {}

function equal(what, given, due) {
  if (given !== due) throw new Wrong(`${what}: ${given} instead of ${due}`)
}

function base45(c) {
  equal('bytes', hex(decode(c.text ?? '')), c.bytes ?? '')
}

function compress(c) {
  const code = fromHex(c.code), prior = fromHex(c.prior)
  const limit = c.limit ?? LONGEST_FULL
  const body = c.learnt ? decompressAfter(code, learnDictionary(fromHex(c.learnt)), limit, prior)
    : decompress(code, c.dictionary ?? 0, limit, prior)
  equal('body', hex(body), c.body ?? '')
}

function body(c) {
  const { content, unknown } = readBody(fromHex(c.body))
  equal('content', comparable(shown(content)), comparable(shown(c.content ?? {})))
  equal('unknown', unknown, c.unknown ?? 0)
}

function comparable(value) {
  return JSON.stringify(pruned(value))
}

// The parts of a message are those of the case, and the first k, the last k and k without the
// second give it.
function parts(c) {
  const all = c.parts.map(part => readPart(fromHex(part)))
  if (!c.message) return
  equal('parts', split(fromHex(c.message), c.k, fromHex(c.card)).map(hex).join(), c.parts.join())
  for (const some of [all.slice(0, c.k), all.slice(-c.k), all.filter((_, i) => i !== 1).slice(0, c.k)]) {
    equal('message', hex(joinParts(some)), c.message)
  }
}

function lock(c) {
  const code = readCode(c.typed) ?? refuse('no code')
  if (!c.locked) return equal('code', hex(ascii(code)), c.code)
  const locked = readLocked(fromHex(c.locked))
  const card = fromHex(c.card), emergency = fromHex(c.emergency)
  const inside = open(locked, deriveKey(code, card, emergency), card, emergency) ?? refuse('does not open')
  equal('inside', hex(inside), c.inside ?? '')
  if (c.iv) equal('iv', hex(locked.iv), c.iv)
}

function messages(c, load) {
  const given = messagesOf(load(c.vector).texts.map(readText)).map(comparable)
  const due = c.messages.map(comparable)
  equal('messages', given.sort().join(), due.sort().join())
}

function messagesOf(codes) {
  const sets = new Map()
  for (const part of codes.filter(bytes => bytes[0] === 0x01).map(readPart)) {
    sets.set(part.set, [...sets.get(part.set) ?? [], part])
  }
  const joined = [...sets.values()].filter(set => indices(set) >= set[0].k).map(joinParts)
  const all = [...codes, ...joined].filter(bytes => bytes[0] === 0xD2).map(readMessage)
  const bodies = new Map() // of emergency messages, by their hash
  for (const m of all.filter(m => m.kind !== FULL)) {
    bodies.set(hex(m.hash), decompress(m.code, m.dictionary, LONGEST_EMERGENCY))
  }
  return all.map(m => {
    const body = m.kind !== FULL ? bodies.get(hex(m.hash))
      : decompress(m.code, m.dictionary, LONGEST_FULL, bodies.get(hex(m.binding)))
    const { kind, alg, kid, dictionary, time, card, k, binding, code } = m
    const fields = Object.entries({ kind, alg, kid, dictionary, issued: time, card, k, binding, code, body })
    return Object.fromEntries(fields.map(([name, v]) => [name, v instanceof Uint8Array ? hex(v) : v]))
  })
}

const families = { base45, compress, body, parts, lock, messages }

// What is wrong in the cases of a family, a line each.
export function checkFamily(name, { cases }, load) {
  return cases.flatMap(c => {
    const problem = problemOf(() => families[name](c, load), c.refused)
    return problem ? [`${c.about}: ${problem}`] : []
  })
}

function problemOf(check, refused) {
  try {
    check()
    return refused ? 'is not refused' : null
  } catch (error) {
    if (error instanceof Refused) return refused ? null : error.message
    if (error instanceof Wrong) return refused ? 'is not refused' : error.message
    throw error
  }
}
