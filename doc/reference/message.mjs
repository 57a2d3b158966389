// Sections 2 and 8: a message, which is a COSE_Sign1 in one spelling, and its head.

import { ascii, hex, integer, refuse, sha256Head } from './bytes.mjs'
import { ARRAY, Decoder, MAP, TAG, encode } from './cbor.mjs'

const EXTERNAL_AAD = ascii('Zone Blanche card 1')

export const EMERGENCY = 1, FULL = 2, DECLARED = 3 // kinds
export const EDDSA = -8, ES256 = -7 // alg

const LOCKED = 0x80, WITHHELD = 0x40
const MOST_PARTS = 10

export function readMessage(bytes) {
  const cose = new Decoder(bytes)
  cose.expect(TAG, 18)
  cose.expect(ARRAY, 4)
  const protectedHeader = cose.byteString()
  cose.expect(MAP, 0)
  const payload = cose.byteString()
  const signature = cose.byteString(64)
  cose.end()
  return {
    bytes,
    ...readHead(payload),
    ...readProtected(protectedHeader, payload[0]),
    hash: sha256Head(bytes),
    signed: encode(['Signature1', protectedHeader, EXTERNAL_AAD, payload]),
    signature,
  }
}

// { 1: alg } or, in kind 1 and in no other, { 1: alg, 4: kid }.
function readProtected(header, kind) {
  const [start, length] = kind === EMERGENCY ? ['a201', 13] : ['a101', 3]
  const alg = { 0x27: EDDSA, 0x26: ES256 }[header[2]]
  if (header.length !== length || hex(header.subarray(0, 2)) !== start || alg === undefined) {
    refuse('another protected header is due')
  }
  if (kind !== EMERGENCY) return { alg }
  if (hex(header.subarray(3, 5)) !== '0448') refuse('a key id is due')
  return { alg, kid: header.subarray(5) }
}

function readHead(payload) {
  let at = 0
  const take = count => {
    if (payload.length - at < count) refuse('a head that is cut')
    return payload.subarray(at, at += count)
  }
  const [kind] = take(1)
  const [dictionary] = take(1)
  switch (kind) {
    case FULL: return { kind, dictionary, binding: take(8), code: payload.subarray(at) }
    case EMERGENCY:
    case DECLARED: {
      const time = integer(take(4))
      const card = take(8)
      const parts = readParts(take(1)[0])
      const own = kind === DECLARED ? { public: take(32) } : {}
      return { kind, dictionary, time, card, ...parts, ...own, code: payload.subarray(at) }
    }
  }
  refuse('a message of another kind')
}

function readParts(byte) {
  const locked = Boolean(byte & LOCKED), withheld = Boolean(byte & WITHHELD)
  const k = byte & ~(LOCKED | WITHHELD)
  if (k > MOST_PARTS) refuse('more than ten data symbols')
  if (locked && k === 0) refuse('locked, and no full message')
  if (withheld && !locked) refuse('withheld, and not locked')
  return { k, locked, withheld }
}
