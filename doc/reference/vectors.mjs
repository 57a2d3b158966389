// The vectors: a file of texts, and what must be said of them.

import { fromHex } from './bytes.mjs'
import { instantOfText, secondsOfText } from './dates.mjs'
import { read } from './reader.mjs'

// A vector's list, as keys.mjs takes one.
function trustOf({ keys, revoked_cards: cards }) {
  const seconds = text => text ? secondsOfText(text) : undefined
  return {
    keys: (keys ?? []).map(key => ({
      kid: fromHex(key.kid),
      alg: key.alg,
      public: fromHex(key.public),
      issuer: key.issuer,
      notBefore: seconds(key.not_before),
      notAfter: seconds(key.not_after),
      revokedAt: seconds(key.revoked_at),
      compromised: Boolean(key.compromised),
    })),
    revoked: new Set((cards ?? []).map(card => card.id)),
  }
}

// JSON without what is empty, and with the names of objects in order.
export function pruned(value) {
  if (Array.isArray(value)) return value.map(pruned)
  if (value === null || typeof value !== 'object') return value
  const fields = Object.entries(value).map(([name, v]) => [name, pruned(v)]).filter(([, v]) => !isEmpty(v))
  return Object.fromEntries(fields.sort(([a], [b]) => a < b ? -1 : 1))
}

function isEmpty(value) {
  return !value || typeof value === 'object' && Object.keys(value).length === 0
}

const COMPARED = ['verdict', 'complete', 'missing', 'locked', 'withheld', 'declared', 'issuer', 'card', 'issued', 'content']

// Readings are compared as a set.
function comparable(readings) {
  const texts = readings.map(r => JSON.stringify(pruned(Object.fromEntries(COMPARED.map(name => [name, r[name]])))))
  return new Set(texts)
}

// What is read otherwise than the vector says, a line each; nothing when all is as it should be.
export function checkVector(vector) {
  const now = instantOfText(vector.now)
  const readings = read(vector.texts ?? [], { trust: trustOf(vector.trust ?? {}), now, typed: vector.code })
  const given = comparable(readings), due = comparable(vector.expect ?? [])
  const wrong = [
    ...[...due].filter(r => !given.has(r)).map(r => `due:   ${r}`),
    ...[...given].filter(r => !due.has(r)).map(r => `given: ${r}`),
  ]
  return wrong.length ? [...wrong, ...readings.filter(r => r.why).map(r => `because of ${r.why}`)] : []
}
