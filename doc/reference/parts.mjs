// Section 6: the parts of a full message, of which any k give it.

import { concat, hex, integer, refuse, same, sha256Head } from './bytes.mjs'

const HEADER = 16
const MOST_TRIES = 128

function partsFor(k) {
  return k === 2 ? 3 : k + 2
}

export function readPart(bytes) {
  if (bytes.length < HEADER) refuse('a part that is cut')
  const index = bytes[1] >> 4, k = bytes[1] & 15
  const n = bytes[2] >> 4, length = integer(bytes.subarray(2, 4)) & 0xFFF
  const size = Math.ceil(length / k)
  if (k < 2 || k > 10) refuse('a part of another number of parts')
  if (n !== partsFor(k)) refuse('a number of parts that is not that of its k')
  if (index === 0 || index > n) refuse('a part of an index that there is not')
  if (length === 0) refuse('a part of nothing')
  if (bytes.length !== HEADER + size) refuse('a part of another size than its header says')
  return {
    index, k, n, length,
    hint: bytes.subarray(4, 8),
    hash: bytes.subarray(8, HEADER),
    data: bytes.subarray(HEADER),
    // Parts with different headers, but for the index, never mix.
    set: hex(Uint8Array.of(k, ...bytes.subarray(2, HEADER))),
  }
}

// V·T⁻¹: the first k rows are those of the message itself.
function matrix(n, k) {
  const v = Array.from({ length: n }, (_, r) => Uint8Array.from({ length: k }, (_, c) => power(r, c)))
  return product(v, inverted(v.slice(0, k)))
}

// The choices of k parts of different indices.
function* choices(parts, k, from = 0, chosen = []) {
  if (chosen.length === k) yield chosen
  else {
    for (let i = from; i < parts.length; i++) {
      if (chosen.at(-1)?.index === parts[i].index) continue
      yield* choices(parts, k, i + 1, [...chosen, parts[i]])
    }
  }
}

// How many different indices parts have.
export function indices(parts) {
  return new Set(parts.map(p => p.index)).size
}

// The message of parts of one set, k at least.
export function joinParts(parts) {
  const { n, k, length, hash } = parts[0]
  const rows = matrix(n, k)
  const sorted = [...parts].sort((a, b) => a.index - b.index)
  let tries = 0
  for (const chosen of choices(sorted, k)) {
    if (tries++ === MOST_TRIES) break
    const solve = inverted(chosen.map(p => rows[p.index - 1]))
    const filled = concat(...product(solve, chosen.map(p => p.data)))
    const message = filled.subarray(0, length)
    if (same(sha256Head(message), hash) && filled.subarray(length).every(b => b === 0)) return message
  }
  refuse('parts that give no message')
}

// All n parts of a message.
export function split(message, k, card) {
  const n = partsFor(k)
  const size = Math.ceil(message.length / k)
  const filled = concat(message, new Uint8Array(k * size - message.length))
  const data = Array.from({ length: k }, (_, i) => filled.subarray(i * size, (i + 1) * size))
  const header = [n << 4 | message.length >> 8, message.length & 255, ...card.subarray(0, 4), ...sha256Head(message)]
  return product(matrix(n, k), data).map((part, i) => Uint8Array.of(1, i + 1 << 4 | k, ...header, ...part))
}

// The field GF(2⁸) with the polynomial 0x11D, and matrices over it.

const EXP = new Uint8Array(510)
const LOG = new Uint8Array(256)
for (let i = 0, x = 1; i < 255; i++) {
  EXP[i] = EXP[i + 255] = x
  LOG[x] = i
  x = x << 1 ^ (x & 0x80 ? 0x11D : 0)
}

function multiply(a, b) {
  return a && b ? EXP[LOG[a] + LOG[b]] : 0
}

function inverse(a) {
  return EXP[255 - LOG[a]]
}

function power(a, n) {
  return n === 0 ? 1 : a && EXP[LOG[a] * n % 255]
}

// A row of factors times a matrix (or a list of strings of bytes).
function combine(factors, rows) {
  const sum = new Uint8Array(rows[0].length)
  factors.forEach((factor, i) => rows[i].forEach((byte, j) => { sum[j] ^= multiply(factor, byte) }))
  return sum
}

function product(matrix, rows) {
  return matrix.map(factors => combine([...factors], rows))
}

// By Gauss and Jordan; every matrix of section 6 has an inverse.
function inverted(matrix) {
  const size = matrix.length
  const beside = i => Array.from({ length: size }, (_, j) => Number(i === j)) // of the identity
  const rows = matrix.map((row, i) => Uint8Array.of(...row, ...beside(i)))
  for (let c = 0; c < size; c++) {
    const pivot = rows.findIndex((row, r) => r >= c && row[c])
    ;[rows[c], rows[pivot]] = [rows[pivot], rows[c]]
    const factor = inverse(rows[c][c])
    rows[c] = rows[c].map(v => multiply(v, factor))
    rows.forEach((row, r) => {
      if (r !== c) rows[r] = row.map((v, j) => v ^ multiply(row[c], rows[c][j]))
    })
  }
  return rows.map(row => row.subarray(size))
}
