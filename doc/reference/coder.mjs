// Sections 3.1 and 3.6: the arithmetic decoder, and what the model learns before a body.

import { readFileSync } from 'node:fs'
import { hex, refuse, sha256 } from './bytes.mjs'
import { Model } from './model.mjs'

const WITH_EVERYTHING = 32768 // the last bytes of a dictionary, which teach cells and weights too

const DICTIONARIES = new Map([[1, '04f3dd3cc12ffe6c3ecb329d5ca78543dc3acd10e5c71ed114cb68bff8b777a4']])
const FILE = process.env.ZB_DICTIONARY || new URL('../../qr/dictionary/1.bin', import.meta.url)

export const LONGEST_EMERGENCY = 4096
export const LONGEST_FULL = 16384

// A model that has learnt these bodies, one after the other.
function learn(model, bodies, lastBytes = bodies.length) {
  model.startBody()
  bodies.forEach((byte, i) => {
    if (model.atEnd) model.startBody()
    if (i >= bodies.length - lastBytes) {
      for (let n = 7; n >= 0; n--) {
        model.predict()
        model.learnBit(byte >> n & 1)
      }
    }
    model.learnByte(byte)
  })
  return model
}

export function learnDictionary(bodies) {
  return learn(new Model(), bodies, WITH_EVERYTHING)
}

const learnt = new Map([[0, new Model()]])

// The model of a dictionary's id: learnt once, and never changed.
function dictionary(id) {
  if (!learnt.has(id)) {
    if (!DICTIONARIES.has(id)) refuse('a dictionary of a later version')
    const bodies = readFileSync(FILE)
    if (hex(sha256(bodies)) !== DICTIONARIES.get(id)) throw new Error('the dictionary is not that of the format')
    learnt.set(id, learnDictionary(bodies))
  }
  return learnt.get(id)
}

// The body of a message; of a full message, `prior` is the body of its emergency message.
export function decompress(code, id, limit, prior = null) {
  return decompressAfter(code, dictionary(id), limit, prior)
}

export function decompressAfter(code, base, limit, prior = null) {
  const model = new Model(base)
  if (prior?.length) learn(model, prior)
  model.startBody()
  const decoder = new BitDecoder(code)
  const body = []
  while (!model.atEnd) {
    if (body.length === limit) refuse('a body that is too long')
    let byte = 0
    for (let n = 0; n < 8; n++) {
      const bit = decoder.bit(model.predict())
      model.learnBit(bit)
      byte = byte << 1 | bit
    }
    model.learnByte(byte)
    body.push(byte)
  }
  decoder.end()
  return Uint8Array.from(body)
}

// 3.1
class BitDecoder {
  constructor(code) {
    this.code = code
    this.at = 0 // bytes settled, as the encoder writes them
    this.low = 0
    this.high = 0xFFFFFFFF
    this.value = 0
    for (let i = 0; i < 4; i++) this.value = this.value * 256 + this.byte(i)
  }

  byte(i) {
    return i < this.code.length ? this.code[i] : 0
  }

  bit(p) {
    const width = this.high - this.low
    const mid = this.low + (width >>> 12) * p + ((width & 4095) * p >>> 12)
    const bit = this.value <= mid ? 1 : 0
    if (bit) this.high = mid
    else this.low = mid + 1
    while (this.low >>> 24 === this.high >>> 24) {
      this.low = this.low << 8 >>> 0
      this.high = (this.high << 8 | 255) >>> 0
      this.value = (this.value << 8 | this.byte(this.at + 4)) >>> 0
      if (++this.at > this.code.length) refuse('a code that is shorter than its body takes')
    }
    return bit
  }

  // Refuses what an encoder would not have written. The settled bytes are those that were
  // read, as long as there were any.
  end() {
    const last = this.low === 0 ? [] : [this.low + 0xFFFFFF >>> 24]
    if (this.code.length !== this.at + last.length) refuse('a code of another length than its body takes')
    if (last.length && this.code[this.at] !== last[0]) refuse('a code that ends otherwise than its body does')
  }
}
