// Section 9: what a reader says of a set of texts.
//
// A reading is { verdict, complete, missing, locked, withheld, declared, issuer, card, issued,
// content }, as section 9.4 has them; what is false, 0 or unknown is left out. `why` says of
// what is refused what is wrong with it; no vector asks for it.

import { readText } from './base45.mjs'
import { readBody, shown } from './body.mjs'
import { Refused, hex, refuse, same } from './bytes.mjs'
import { LONGEST_EMERGENCY, LONGEST_FULL, decompress } from './coder.mjs'
import { isStale, textOfSeconds } from './dates.mjs'
import { checkAlone, checkEmergency, checkFull, join } from './join.mjs'
import { hasSigned, signer } from './keys.mjs'
import { deriveKey, open, readCode, readLocked } from './lock.mjs'
import { DECLARED, FULL, readMessage } from './message.mjs'
import { indices, joinParts, readPart } from './parts.mjs'

// Section 10.
const MOST_TEXTS = 1024
const MOST_DECLARED = 64
const MOST_FULLS = 4 // that one card's key has signed
const MOST_DERIVATIONS = 4 // section 7

// First bytes (section 1).
const WHOLE = 0xD2, LOCKED = 0xD0, PART = 0x01

// What `act` gives, or what `otherwise` makes of its being refused.
function attempt(act, otherwise) {
  try {
    return act()
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return otherwise(error)
  }
}

// `trust` is what keys.mjs says, `now` in nanoseconds since 1970, `typed` the patient's code,
// if a person has typed one.
export function read(texts, { trust, now, typed = '' }) {
  return new Reader(trust, now, readCode(typed)).read(texts)
}

class Reader {
  constructor(trust, now, code) {
    this.trust = trust
    this.now = now
    this.code = code
    this.readings = []
    this.cards = new Map() // the emergency messages that are there, by their hash
    this.fulls = new Map() // by their bytes, as the locked ones
    this.locked = new Map()
    this.sets = new Map() // of parts, by what their headers have in common
    this.waiting = [] // sets that are not enough
  }

  // The steps of section 9.1.
  read(texts) {
    for (const text of texts.slice(0, MOST_TEXTS)) this.sort(text)
    if (texts.length > MOST_TEXTS) this.say('unreadable', { why: 'more than 1024 texts at once' })
    for (const set of this.sets.values()) this.joinSet([...set.values()])
    for (const card of this.cards.values()) this.believe(card)
    for (const full of this.fulls.values()) this.placeFull(full)
    this.unlock()
    for (const locked of this.locked.values()) this.placeUnopened(locked)
    for (const card of this.believed()) this.takeParts(card)
    for (const card of this.believed()) this.finish(card)
    for (const parts of this.waiting) this.leaveParts(parts)
    return this.readings
  }

  say(verdict, reading = {}) {
    const known = Object.entries(reading).filter(([, value]) => value)
    this.readings.push({ verdict, ...Object.fromEntries(known) })
  }

  // Step 1.
  sort(text) {
    attempt(() => {
      const bytes = readText(text)
      switch (bytes[0]) {
        case WHOLE: return this.sortMessage(readMessage(bytes))
        case LOCKED: return this.locked.set(hex(bytes), readLocked(bytes))
        case PART: return this.sortPart(readPart(bytes))
      }
      refuse('a card of a later version')
    }, error => this.say('unreadable', { why: error.message }))
  }

  sortMessage(message) {
    if (message.kind === FULL) return this.fulls.set(hex(message.bytes), message)
    const hash = hex(message.hash)
    if (this.cards.has(hash)) return
    this.cards.set(hash, { message, believed: false, own: new Map(), unopened: false, parts: 0 })
  }

  sortPart(part) {
    const set = this.sets.get(part.set) ?? new Map()
    set.set(hex(part.data) + part.index, part)
    this.sets.set(part.set, set)
  }

  // Step 2.
  joinSet(parts) {
    if (indices(parts) < parts[0].k) return this.waiting.push(parts)
    attempt(() => {
      const bytes = joinParts(parts)
      if (bytes[0] === LOCKED) return this.locked.set(hex(bytes), readLocked(bytes))
      const message = readMessage(bytes)
      if (message.kind !== FULL) refuse('parts of what is no full message')
      this.sortMessage(message)
    }, error => this.say('not_authentic', { why: error.message }))
  }

  // Step 3. Of a card that is not believed, what is said here is all.
  believe(card) {
    const { message } = card
    const declared = message.kind === DECLARED
    if (declared && this.declaredBefore(card) >= MOST_DECLARED) {
      return this.say('unreadable', { why: 'more than 64 declared cards' })
    }
    const { verdict, key } = signer(message, this.trust)
    if (!key) return this.say(verdict)
    card.about = { declared, issuer: key.issuer, card: hex(message.card), issued: textOfSeconds(message.time) }
    if (verdict) return this.say(verdict, card.about)
    attempt(() => {
      card.body = decompress(message.code, message.dictionary, LONGEST_EMERGENCY)
      card.content = readBody(card.body).content
      checkEmergency(card.content, message)
      card.key = key
      card.believed = true
    }, error => this.say('unreadable', { ...card.about, why: error.message }))
  }

  declaredBefore(card) {
    const declared = [...this.cards.values()].filter(c => c.message.kind === DECLARED)
    return declared.indexOf(card)
  }

  believed() {
    return [...this.cards.values()].filter(card => card.believed)
  }

  // The cards that a hint names, believed or not.
  hinted(hint) {
    return [...this.cards.values()].filter(({ message }) => same(message.card.subarray(0, 4), hint))
  }

  // Step 4, and the table of section 2.
  placeFull(full) {
    const card = this.cards.get(hex(full.binding))
    if (!card) return this.say('incomplete', { missing: 1 })
    if (!card.believed) return
    const { k, locked } = card.message
    if (k > 0 && !locked && hasSigned(card.key, full)) card.own.set(hex(full.bytes), full)
    else this.say('not_authentic')
  }

  // Step 4, and section 7: all locked messages of a card's hint are tried with its key. What
  // opens must be the full message of the card.
  unlock() {
    if (!this.code) return
    let derivations = 0
    for (const card of this.believed().filter(card => card.message.locked)) {
      const { card: id, bytes, hash } = card.message
      const tried = [...this.locked].filter(([, { hint }]) => same(hint, id.subarray(0, 4)))
      if (tried.length === 0 || derivations++ >= MOST_DERIVATIONS) continue
      const key = deriveKey(this.code, id, bytes)
      for (const [name, locked] of tried) {
        const inside = open(locked, key, id, bytes)
        if (inside === null) continue
        this.locked.delete(name)
        const full = attempt(() => readMessage(inside), () => null)
        const own = full?.kind === FULL && same(full.binding, hash) && hasSigned(card.key, full)
        if (own) card.own.set(hex(inside), full)
        else this.say('not_authentic')
      }
    }
  }

  // Steps 5 and 7, of a locked message that was not opened. It is said with the cards that may
  // be waiting for it.
  placeUnopened(locked) {
    const hinted = this.hinted(locked.hint)
    const believed = hinted.filter(card => card.believed)
    const expecting = believed.filter(card => card.message.locked)
    if (hinted.length > 0 && believed.length === 0) return
    if (believed.length > 0 && expecting.length === 0) return this.say('not_authentic')
    if (believed.length === 0) return this.say('incomplete', { missing: 1, locked: true })
    for (const card of expecting.filter(card => card.own.size === 0)) card.unopened = true
  }

  // Step 6.
  takeParts(card) {
    const { k, card: id } = card.message
    if (k === 0 || card.own.size > 0 || card.unopened) return
    const own = this.waiting.filter(([part]) => part.k === k && same(part.hint, id.subarray(0, 4)))
    if (own.length === 0) return
    const taken = own.reduce((best, parts) => indices(parts) > indices(best) ? parts : best)
    card.parts = indices(taken)
    this.waiting = this.waiting.filter(parts => parts !== taken)
  }

  // Steps 5 and 7, of parts that no card has taken.
  leaveParts(parts) {
    const hinted = this.hinted(parts[0].hint)
    if (hinted.length > 0 && !hinted.some(card => card.believed)) return
    this.say('incomplete', { missing: 1 + parts[0].k - indices(parts) })
  }

  // Steps 4 and 6: what is said of a believed card.
  finish(card) {
    const { message, about, content, own } = card
    attempt(() => {
      if (message.k === 0) {
        checkAlone(content)
        return this.complete(card, content)
      }
      if (own.size > MOST_FULLS) refuse('more than four full messages for one emergency message')
      const fulls = [...own.values()].map(full => this.contentOfFull(card, full)).filter(Boolean)
      if (fulls.length > 1) refuse('two full messages for one emergency message')
      if (fulls.length === 1) this.complete(card, join(content, fulls[0]))
      else this.incomplete(card)
    }, error => this.say('unreadable', { ...about, why: error.message }))
  }

  // What a full message of the card says, if it can be read.
  contentOfFull({ body, about }, full) {
    return attempt(() => {
      const { content } = readBody(decompress(full.code, full.dictionary, LONGEST_FULL, body))
      checkFull(content)
      return content
    }, error => this.say('unreadable', { ...about, why: error.message }))
  }

  complete({ message, about }, content) {
    const verdict = message.kind === DECLARED ? 'patient_declared'
      : isStale(content.updated_at, this.now) ? 'stale' : 'authentic'
    this.say(verdict, { ...about, complete: true, content: this.show(message, content) })
  }

  incomplete({ message, about, content, unopened, parts }) {
    const { k, locked, withheld } = message
    const missing = unopened ? 1 : k - parts
    this.say('incomplete', { ...about, missing, locked, withheld, content: this.show(message, content) })
  }

  // The identity of a declared card is taken for unqualified (section 8).
  show(message, content) {
    if (message.kind !== DECLARED || !content.patient) return shown(content)
    return shown({ ...content, patient: { ...content.patient, qualified: false } })
  }
}
