// CBOR (RFC 8949) in its one spelling: shortest heads, definite lengths. Messages are read
// from it piece by piece (section 2), bodies as trees of the subset of section 4.
//
// In a tree an integer is a BigInt, a byte string a Uint8Array, text a string, an array an
// Array, a map a Map with BigInt keys; true and false are themselves.

import { concat, refuse } from './bytes.mjs'

export const UNSIGNED = 0, NEGATIVE = 1, BYTES = 2, TEXT = 3, ARRAY = 4, MAP = 5, TAG = 6, SIMPLE = 7

const DEEPEST = 16
const MOST_ITEMS = 8192
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export class Decoder {
  constructor(bytes) {
    this.bytes = bytes
    this.at = 0
    this.items = 0
  }

  take(count) {
    if (count > this.bytes.length - this.at) refuse('CBOR: cut')
    return this.bytes.subarray(this.at, this.at += count)
  }

  // The head of an item: its major type and its argument.
  head() {
    const [first] = this.take(1)
    const short = first & 31
    if (short < 24) return { major: first >> 5, argument: BigInt(short) }
    if (short > 27) refuse('CBOR: an indefinite length or a reserved head')
    const size = 1 << (short - 24)
    const argument = this.take(size).reduce((n, b) => n << 8n | BigInt(b), 0n)
    const least = size === 1 ? 24n : 1n << BigInt(size * 4)
    if (argument < least) refuse('CBOR: a head that is not the shortest')
    return { major: first >> 5, argument }
  }

  // A head that can only be this one.
  expect(major, argument) {
    const head = this.head()
    if (head.major !== major || head.argument !== BigInt(argument)) refuse('CBOR: another item is due')
  }

  byteString(length) {
    const { major, argument } = this.head()
    if (major !== BYTES) refuse('CBOR: a byte string is due')
    if (length !== undefined && argument !== BigInt(length)) refuse('CBOR: a byte string of another length is due')
    return this.take(Number(argument))
  }

  end() {
    if (this.at !== this.bytes.length) refuse('CBOR: bytes after the end')
  }

  // One item of the subset of section 4, within so many arrays and maps.
  item(depth = 0) {
    if (++this.items > MOST_ITEMS) refuse('CBOR: more than 8192 items')
    const { major, argument } = this.head()
    if ((major === ARRAY || major === MAP) && depth === DEEPEST) refuse('CBOR: more than 16 arrays and maps within one another')
    switch (major) {
      case UNSIGNED: return within64(argument)
      case NEGATIVE: return -1n - within64(argument)
      case BYTES: return this.take(Number(argument))
      case TEXT: return this.text(argument)
      case ARRAY: return this.array(argument, depth + 1)
      case MAP: return this.map(argument, depth + 1)
      case SIMPLE: if (argument === 20n || argument === 21n) return argument === 21n
    }
    refuse('CBOR: an item outside of the subset')
  }

  text(length) {
    const bytes = this.take(Number(length))
    try {
      return utf8.decode(bytes)
    } catch {
      refuse('CBOR: text that is not UTF-8')
    }
  }

  array(count, depth) {
    const array = []
    for (let i = 0n; i < count; i++) array.push(this.item(depth))
    return array
  }

  map(count, depth) {
    const map = new Map()
    let previous = null
    for (let i = 0n; i < count; i++) {
      const key = this.item(depth)
      if (typeof key !== 'bigint') refuse('CBOR: a key that is no integer')
      if (previous !== null && place(key) <= place(previous)) refuse('CBOR: keys out of order')
      map.set(key, this.item(depth))
      previous = key
    }
    return map
  }
}

// Keys come in the order of their bytes (RFC 8949, 4.2.1): those below zero after the others.
function place(key) {
  return key >= 0n ? key : (1n << 64n) - key
}

function within64(argument) {
  if (argument >= 1n << 63n) refuse('CBOR: an integer beyond 64 bits')
  return argument
}

// The tree that is all of these bytes.
export function decode(bytes) {
  const decoder = new Decoder(bytes)
  const item = decoder.item()
  decoder.end()
  return item
}

export function encode(item) {
  if (typeof item === 'bigint') return item >= 0n ? head(UNSIGNED, item) : head(NEGATIVE, -1n - item)
  if (typeof item === 'boolean') return head(SIMPLE, item ? 21 : 20)
  if (typeof item === 'string') return string(TEXT, new TextEncoder().encode(item))
  if (item instanceof Uint8Array) return string(BYTES, item)
  if (Array.isArray(item)) return concat(head(ARRAY, item.length), ...item.map(encode))
  return concat(head(MAP, item.size), ...[...item].flatMap(pair => pair.map(encode)))
}

function string(major, bytes) {
  return concat(head(major, bytes.length), bytes)
}

function head(major, argument) {
  let n = BigInt(argument)
  if (n < 24n) return Uint8Array.of(major << 5 | Number(n))
  const power = n < 1n << 8n ? 0 : n < 1n << 16n ? 1 : n < 1n << 32n ? 2 : 3
  const bytes = new Uint8Array(1 + (1 << power))
  bytes[0] = major << 5 | 24 + power
  for (let i = bytes.length - 1; i > 0; i--, n >>= 8n) bytes[i] = Number(n & 255n)
  return bytes
}
