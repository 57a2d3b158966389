// Argon2id (RFC 9106), version 0x13, with one lane, no secret and no associated data.
// Words of 64 bits are pairs of integers of 32, the lower one first.

import { concat } from './bytes.mjs'
import { blake2b } from './blake2b.mjs'

const ARGON2ID = 2, VERSION = 0x13, LANES = 1
const SLICES = 4
const WORDS = 256 // of 32 bits in a block of 1024 bytes

function le32(...numbers) {
  return new Uint8Array(Uint32Array.from(numbers).buffer)
}

// H′ (3.3): a hash of any length.
function longHash(bytes, length) {
  if (length <= 64) return blake2b(concat(le32(length), bytes), length)
  const pieces = []
  let left = length
  let piece = blake2b(concat(le32(length), bytes), 64)
  for (; left > 64; left -= 32) {
    pieces.push(piece.subarray(0, 32))
    piece = blake2b(piece, left - 32 > 64 ? 64 : left - 32)
  }
  return concat(...pieces, piece)
}

// v[a] += v[b] + 2·(lower half of v[a])·(lower half of v[b]). All in integers of 32 bits, of
// which a comparison tells the carry.
function add(v, a, b) {
  const x = v[a], y = v[b]
  const x0 = x & 0xFFFF, x1 = x >>> 16, y0 = y & 0xFFFF, y1 = y >>> 16
  const middle = Math.imul(x1, y0) + (Math.imul(x0, y0) >>> 16) | 0
  const other = Math.imul(x0, y1) + (middle & 0xFFFF) | 0
  const high = Math.imul(x1, y1) + (middle >>> 16) + (other >>> 16) | 0
  const low = Math.imul(x, y)
  const sum = x + y | 0
  const total = sum + (low << 1) | 0
  const carry = (sum >>> 0 < x >>> 0 ? 1 : 0) + (total >>> 0 < sum >>> 0 ? 1 : 0)
  v[a] = total
  v[a + 1] = v[a + 1] + v[b + 1] + (high << 1 | low >>> 31) + carry | 0
}

// v[a] = v[a] xor v[b], turned right by 32, 24, 16 or 63 bits.
function turn32(v, a, b) {
  const low = v[a] ^ v[b], high = v[a + 1] ^ v[b + 1]
  v[a] = high
  v[a + 1] = low
}

function turn24(v, a, b) {
  const low = v[a] ^ v[b], high = v[a + 1] ^ v[b + 1]
  v[a] = low >>> 24 | high << 8
  v[a + 1] = high >>> 24 | low << 8
}

function turn16(v, a, b) {
  const low = v[a] ^ v[b], high = v[a + 1] ^ v[b + 1]
  v[a] = low >>> 16 | high << 16
  v[a + 1] = high >>> 16 | low << 16
}

function turn63(v, a, b) {
  const low = v[a] ^ v[b], high = v[a + 1] ^ v[b + 1]
  v[a] = low << 1 | high >>> 31
  v[a + 1] = high << 1 | low >>> 31
}

function g(v, a, b, c, d) {
  add(v, a, b)
  turn32(v, d, a)
  add(v, c, d)
  turn24(v, b, c)
  add(v, a, b)
  turn16(v, d, a)
  add(v, c, d)
  turn63(v, b, c)
}

// P (3.6) on sixteen words: eight pairs of neighbours, a pair every `step` from `at`.
function permute(v, at, step) {
  const a = at, b = at + step, c = b + step, d = c + step
  const e = d + step, f = e + step, h = f + step, i = h + step
  g(v, a, c, e, h); g(v, a + 2, c + 2, e + 2, h + 2); g(v, b, d, f, i); g(v, b + 2, d + 2, f + 2, i + 2)
  g(v, a, c + 2, f, i + 2); g(v, a + 2, d, f + 2, h); g(v, b, d + 2, e, h + 2); g(v, b + 2, c, e + 2, i)
}

const r = new Int32Array(WORDS), z = new Int32Array(WORDS)

// G (3.5): into `out`, and over what is there when `over`.
function compress(x, y, out, over) {
  for (let i = 0; i < WORDS; i++) z[i] = r[i] = x[i] ^ y[i]
  for (let row = 0; row < 8; row++) permute(z, 32 * row, 4)
  for (let column = 0; column < 8; column++) permute(z, 4 * column, 32)
  for (let i = 0; i < WORDS; i++) out[i] = r[i] ^ z[i] ^ (over ? out[i] : 0)
}

// The pseudorandom words of a segment that does not depend on data (3.4.1.2).
function* addresses(pass, slice, blocks, passes) {
  const zero = new Int32Array(WORDS), input = new Int32Array(WORDS), block = new Int32Array(WORDS)
  input.set([pass, 0, 0, 0, slice, 0, blocks, 0, passes, 0, ARGON2ID, 0])
  for (;;) {
    input[12]++
    compress(zero, input, block, false)
    compress(zero, block, block, false)
    for (let i = 0; i < WORDS; i += 2) yield block[i]
  }
}

// How far back a block refers, of so many blocks that it may (3.4.2).
function relative(j1, area) {
  const square = Number(BigInt(j1) * BigInt(j1) >> 32n)
  return area - 1 - Number(BigInt(area) * BigInt(square) >> 32n)
}

export function argon2id(password, salt, { passes, kibibytes, length }) {
  const h0 = blake2b(concat(
    le32(LANES, length, kibibytes, passes, VERSION, ARGON2ID),
    le32(password.length), password, le32(salt.length), salt, le32(0), le32(0)), 64)
  const blocks = Math.floor(kibibytes / SLICES) * SLICES
  const segment = blocks / SLICES
  const memory = new Int32Array(blocks * WORDS)
  const block = i => memory.subarray(i * WORDS, (i + 1) * WORDS)
  for (const i of [0, 1]) block(i).set(new Int32Array(longHash(concat(h0, le32(i, 0)), 4 * WORDS).slice().buffer))

  for (let pass = 0; pass < passes; pass++) {
    for (let slice = 0; slice < SLICES; slice++) {
      const fixed = pass === 0 && slice < 2 ? addresses(pass, slice, blocks, passes) : null
      for (let i = 0; i < segment; i++) {
        const j = fixed?.next().value
        const at = slice * segment + i
        if (pass === 0 && at < 2) continue
        const previous = block((at + blocks - 1) % blocks)
        const area = pass === 0 ? at - 1 : blocks - segment + i - 1
        const start = pass === 0 ? 0 : (slice + 1) * segment % blocks
        const reference = block((start + relative((j ?? previous[0]) >>> 0, area)) % blocks)
        compress(previous, reference, block(at), pass > 0)
      }
    }
  }
  const last = block(blocks - 1)
  return longHash(new Uint8Array(last.slice().buffer), length)
}
