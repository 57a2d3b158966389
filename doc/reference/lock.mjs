// Section 7: the patient's code, and the full message that it locks.

import { createDecipheriv } from 'node:crypto'
import { argon2id } from './argon2.mjs'
import { ascii, concat, fromHex, hex, refuse, sha256 } from './bytes.mjs'
import { ARRAY, Decoder, MAP, TAG, UNSIGNED } from './cbor.mjs'

const ALPHABET = /^[0-9A-HJKMNP-TV-Z]{10}$/
const LABEL = ascii('Zone Blanche patient code 1')
const PROTECTED = fromHex('a1011818') // { 1: 24 }
const ENC_STRUCTURE = concat(fromHex('8368'), ascii('Encrypt0'), fromHex('44'), PROTECTED, fromHex('5843'))
const TAG_BYTES = 16

// The ten characters of what was typed; null when it is no code.
export function readCode(typed) {
  const capitals = typed.replace(/[\s\p{Dash}]/gu, '').replace(/[a-z]/g, letter => letter.toUpperCase())
  const code = capitals.replace(/O/g, '0').replace(/[IL]/g, '1')
  return ALPHABET.test(code) ? code : null
}

export function readLocked(bytes) {
  const cose = new Decoder(bytes)
  cose.expect(TAG, 16)
  cose.expect(ARRAY, 3)
  const header = cose.byteString(PROTECTED.length)
  if (header.some((b, i) => b !== PROTECTED[i])) refuse('another encryption')
  cose.expect(MAP, 2)
  cose.expect(UNSIGNED, 4)
  const hint = cose.byteString(4)
  cose.expect(UNSIGNED, 5)
  const iv = cose.byteString(12)
  const ciphertext = cose.byteString()
  cose.end()
  if (ciphertext.length <= TAG_BYTES) refuse('a ciphertext of nothing')
  return { bytes, hint, iv, ciphertext }
}

function externalAad(card, emergency) {
  return concat(LABEL, card, sha256(emergency))
}

// The key of a card, which takes 64 MiB and some time; many vectors are of one card.
export function deriveKey(code, card, emergency) {
  const salt = sha256(externalAad(card, emergency))
  const name = code + hex(salt)
  if (!derived.has(name)) {
    derived.set(name, argon2id(ascii(code), salt, { passes: 3, kibibytes: 65536, length: 32 }))
  }
  return derived.get(name)
}

const derived = new Map() // what was derived before, by code and salt

// What is inside, or null when the key does not open it.
export function open(locked, key, card, emergency) {
  const { iv, ciphertext } = locked
  const decipher = createDecipheriv('chacha20-poly1305', key, iv, { authTagLength: TAG_BYTES })
  decipher.setAAD(concat(ENC_STRUCTURE, externalAad(card, emergency)))
  decipher.setAuthTag(ciphertext.subarray(-TAG_BYTES))
  const inside = decipher.update(ciphertext.subarray(0, -TAG_BYTES))
  try {
    decipher.final()
  } catch {
    return null
  }
  return new Uint8Array(inside)
}
