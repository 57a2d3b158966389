// Section 3.5: the match, which looks for the last four bytes earlier in the history.

import { hash } from './structure.mjs'

const LONGEST = 32

export class Match {
  constructor(base = null) {
    this.count = base?.count ?? 0 // of bytes of history
    this.history = new Uint8Array(this.count + 65536)
    if (base) this.history.set(base.history.subarray(0, base.count))
    this.places = base ? base.places.slice() : new Int32Array(65536)
    this.at = base?.at ?? 0
    this.length = base?.length ?? 0
    this.matched = base ? base.matched.slice()
      : Int32Array.from({ length: 32 }, (_, l) => 65535 - Math.floor(65536 / (l + 3)))
  }

  step(b) {
    if (this.length > 0) {
      this.length = this.history[this.at] === b ? this.length + 1 : 0
      this.at++
    }
    this.append(b)
    if (this.count < 4) return
    let h = 0
    for (let i = 1; i <= 4; i++) h = hash(h, this.history[this.count - i])
    const slot = h >>> 16
    if (this.length === 0 && this.places[slot] !== 0) {
      this.at = this.places[slot]
      while (this.length < LONGEST && this.length < this.at && this.sameBefore(this.length)) this.length++
    }
    this.places[slot] = this.count
  }

  sameBefore(i) {
    return this.history[this.at - 1 - i] === this.history[this.count - 1 - i]
  }

  append(b) {
    if (this.count === this.history.length) {
      const longer = new Uint8Array(2 * this.count)
      longer.set(this.history)
      this.history = longer
    }
    this.history[this.count++] = b
  }

  // The bit that the match predicts after the bits known, or −1 when it takes no part.
  bit(partial, known) {
    if (this.length === 0) return -1
    const byte = this.history[this.at] | 256
    return byte >> 8 - known === partial ? byte >> 7 - known & 1 : -1
  }

  get confidence() {
    return this.matched[Math.min(this.length, 31)]
  }

  learn(right) {
    const l = Math.min(this.length, 31)
    this.matched[l] += 65535 * right - this.matched[l] >> 6
  }
}
