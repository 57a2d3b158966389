// Bytes, and the one way in which a reader says no.

import { createHash } from 'node:crypto'

// What the format refuses. Any other error is a fault of this program.
export class Refused extends Error {}

export function refuse(why) {
  throw new Refused(why)
}

export function hex(bytes) {
  return Buffer.from(bytes).toString('hex')
}

export function fromHex(text = '') {
  return new Uint8Array(Buffer.from(text, 'hex'))
}

export function ascii(text) {
  return new Uint8Array(Buffer.from(text, 'latin1'))
}

export function concat(...arrays) {
  return new Uint8Array(Buffer.concat(arrays))
}

export function same(a, b) {
  return Buffer.compare(a, b) === 0
}

// An integer of several bytes: big-endian, everywhere.
export function integer(bytes) {
  return bytes.reduce((n, b) => n * 256 + b, 0)
}

export function sha256(bytes) {
  return new Uint8Array(createHash('sha256').update(bytes).digest())
}

// SHA-256[8]
export function sha256Head(bytes) {
  return sha256(bytes).subarray(0, 8)
}
