// Section 3.2: the prediction of a bit, mixed from what the contexts and the match say.

import { Match } from './match.mjs'
import { Layered, Structure } from './structure.mjs'

const CONTEXTS = 9
const MATCH = 9 // the inputs after those of the contexts
const CONSTANT = 10
const INPUTS = 11

const KNOTS = [1, 2, 4, 6, 10, 17, 27, 45, 74, 120, 194, 311, 488, 747, 1102, 1546, 2048, 2550, 2994, 3349, 3608,
  3785, 3902, 3976, 4022, 4051, 4069, 4079, 4086, 4090, 4092, 4094, 4095]

function squash(x) {
  const i = x + 2048, w = i & 127
  return KNOTS[i >> 7] * (128 - w) + KNOTS[(i >> 7) + 1] * w + 64 >> 7
}

const STRETCH = Int16Array.from({ length: 4096 }, (_, p) => {
  let x = -2047
  while (x < 2047 && squash(x) < p) x++
  return x
})

// step(c): how many of the bounds are at most c.
const BOUNDS = [1, 2, 3, 4, 5, 7, 10, 16, 32]
const STEP = Uint8Array.from({ length: 24 * 60 + 1 }, (_, c) => BOUNDS.filter(bound => bound <= c).length)

const T = [0, 10, 20, 30, 40, 55, 80, 120, 220, 500]
const FIRST_CELLS = T.flatMap(a => T.map(b => Math.floor(65535 * (b + 3) / (a + b + 6))))

// A list of the bytes that followed a context: each is byte·64 + count.
const MOST_BYTES = 24
const MOST_COUNT = 60

function follow(list, byte) {
  let found = false
  for (let i = 0; i < list.length; i++) {
    const count = list[i] & 63
    if (list[i] >> 6 === byte) {
      found = true
      if (count < MOST_COUNT) list[i]++
    } else if (count > 2) {
      list[i] += (count + 2 >> 1) - count
    }
  }
  if (found) return
  if (list.length === MOST_BYTES) list.shift()
  list.push(byte << 6 | 1)
}

// One of the two sets of weights: eleven for every selection.
class Mixer {
  constructor(selections, base) {
    this.weights = base ? base.weights.slice() : new Float64Array(selections * INPUTS).fill(9830)
    this.start = 0
    this.x = 0
  }

  mix(inputs, selection) {
    this.start = selection * INPUTS
    let sum = 0
    for (let j = 0; j < INPUTS; j++) sum += inputs[j] * this.weights[this.start + j]
    this.x = Math.max(-2047, Math.min(2047, Math.floor(sum / 65536)))
    return this.x
  }

  learn(inputs, bit) {
    const miss = (4096 * bit - squash(this.x)) * 10
    for (let j = 0; j < INPUTS; j++) this.weights[this.start + j] += inputs[j] * miss + 8192 >> 14
  }
}

export class Model {
  // A model that knows what another one does, and leaves that as it is.
  constructor(base = null) {
    this.lists = new Layered(base?.lists)
    this.structure = new Structure(base?.structure)
    this.match = new Match(base?.match)
    this.cells = base ? base.cells.slice() : Int32Array.from(Array(CONTEXTS).fill(FIRST_CELLS).flat())
    this.first = new Mixer(3 * 256, base?.first)
    this.second = new Mixer(8 * 256, base?.second)
    this.inputs = new Int32Array(INPUTS)
    this.hashes = new Int32Array(CONTEXTS)
    this.found = [] // the lists of the nine contexts
    this.cell = new Int32Array(CONTEXTS) // the cell that each context uses for this bit, or −1
    this.matchBit = -1
    this.startByte()
  }

  startBody() {
    this.structure.begin()
    this.startByte()
  }

  get atEnd() {
    return this.structure.atEnd
  }

  startByte() {
    this.partial = 1
    this.known = 0
    this.structure.contexts(this.hashes)
    for (let i = 0; i < CONTEXTS; i++) this.found[i] = this.lists.get(this.hashes[i])
  }

  // The probability, of 4096, that the next bit is one.
  predict() {
    const { inputs, partial, known } = this
    for (let i = 0; i < CONTEXTS; i++) {
      this.cell[i] = this.cellOf(i)
      inputs[i] = this.cell[i] < 0 ? 0 : STRETCH[this.cells[this.cell[i]] >> 4]
    }
    this.matchBit = this.match.bit(partial, known)
    const sure = this.matchBit < 0 ? 0 : STRETCH[this.match.confidence >> 4]
    inputs[MATCH] = this.matchBit === 1 ? sure : -sure
    inputs[CONSTANT] = 256
    const m = this.matchBit < 0 ? 0 : this.match.length < 16 ? 1 : 2
    const x1 = this.first.mix(inputs, 256 * m + partial)
    const x2 = this.second.mix(inputs, 8 * this.structure.place + known)
    return squash(x1 + x2 >> 1)
  }

  cellOf(i) {
    const list = this.found[i]
    if (list === undefined) return -1
    const { partial, known } = this
    let n0 = 0, n1 = 0
    for (let j = 0; j < list.length; j++) {
      const byte = list[j] >> 6 | 256
      if (byte >> 8 - known !== partial) continue
      if (byte >> 7 - known & 1) n1 += list[j] & 63
      else n0 += list[j] & 63
    }
    return n0 + n1 === 0 ? -1 : 100 * i + 10 * STEP[n0] + STEP[n1]
  }

  // What the bit was, after it has been predicted.
  learnBit(bit) {
    for (const c of this.cell) if (c >= 0) this.cells[c] += 65535 * bit - this.cells[c] >> 7
    if (this.matchBit >= 0) this.match.learn(bit === this.matchBit ? 1 : 0)
    this.first.learn(this.inputs, bit)
    this.second.learn(this.inputs, bit)
    this.partial = 2 * this.partial + bit
    this.known++
  }

  // What the byte was, after its bits.
  learnByte(byte) {
    for (let i = 0; i < CONTEXTS; i++) follow(this.ownList(this.hashes[i]), byte)
    this.structure.step(byte)
    this.match.step(byte)
    this.startByte()
  }

  ownList(h) {
    let list = this.lists.own.get(h)
    if (list === undefined) {
      list = this.lists.get(h)?.slice() ?? []
      this.lists.set(h, list)
    }
    return list
  }
}
