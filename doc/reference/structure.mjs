// Sections 3.3 and 3.4: where a byte stands in the CBOR of a body, and its nine contexts. The
// hash of section 3.2 comes first.

const START = 0x9E3779B9

function fold(h, v) {
  h = Math.imul(h ^ v, 0x85EBCA6B)
  return h ^ h >>> 13
}

export function finish(h) {
  h = Math.imul(h, 0xC2B2AE35)
  return h ^ h >>> 16
}

// Of a list.
export function hash(...numbers) {
  return finish(numbers.reduce(fold, START))
}

// A map over another one, which it leaves as it is.
export class Layered {
  constructor(below = null) {
    this.below = below
    this.own = new Map()
  }

  get(key) {
    return this.own.get(key) ?? this.below?.get(key)
  }

  set(key, value) {
    this.own.set(key, value)
  }
}

const FIRST = 0, ARGUMENT = 1, TEXT = 2, BYTES = 3 // the states
const DEEPEST = 16
const KEY_TO_COME = 1000, ARRAY = 2000 // elements of a path

export class Structure {
  constructor(base = null) {
    this.last = new Layered(base?.last)
    this.lastWord = base?.lastWord ?? 0
    this.recent = base?.recent ?? 0 // the last four bytes
    this.older = base?.older ?? 0 // the four before them
    this.begin()
  }

  // The start of a body.
  begin() {
    this.stack = []
    this.state = FIRST
    this.item = 0
    this.word = 0
    this.position = 0
    this.left = 0
    this.atEnd = false
    this.findPath()
  }

  step(b) {
    this.older = this.older << 8 | this.recent >>> 24
    this.recent = this.recent << 8 | b
    this.item = fold(this.item, b + 1)
    switch (this.state) {
      case FIRST: return this.first(b)
      case ARGUMENT: return this.more(b)
      case TEXT: return this.text(b)
      case BYTES: return this.string()
    }
  }

  first(b) {
    this.position = 0
    this.word = 0
    this.major = b >> 5
    const short = b & 31
    if (short >= 24 && short <= 27 && this.major < 6) {
      this.argument = this.argument32 = 0
      this.left = 1 << short - 24
      this.state = ARGUMENT
    } else {
      this.argument = this.argument32 = short
      this.headDone()
    }
  }

  // A length of 2⁵³ or more need not be exact, since no body reaches its end; a key is
  // needed modulo 2³² alone.
  more(b) {
    this.position++
    this.argument = this.argument * 256 + b
    this.argument32 = this.argument32 << 8 | b
    if (--this.left === 0) this.headDone()
  }

  text(b) {
    this.position++
    const small = b >= 0x41 && b <= 0x5A ? b + 32 : b
    if (small >= 0x61 && small <= 0x7A || b > 127) this.word = fold(this.word, small)
    else this.wordEnds()
    if (--this.left === 0) {
      this.wordEnds()
      this.itemEnds()
    }
  }

  string() {
    this.position++
    if (--this.left === 0) this.itemEnds()
  }

  wordEnds() {
    if (this.word !== 0) this.lastWord = this.word
    this.word = 0
  }

  headDone() {
    const { major, argument } = this
    if ((major === 2 || major === 3) && argument > 0) {
      this.state = major === 3 ? TEXT : BYTES
      this.left = argument
    } else if ((major === 4 || major === 5) && argument > 0 && this.stack.length < DEEPEST) {
      this.last.set(this.path, this.item)
      this.item = 0
      this.state = FIRST
      this.stack.push({ map: major === 5, keyToCome: major === 5, key: 0, toEnd: argument })
      this.findPath()
    } else {
      const top = this.stack.at(-1)
      if (top?.keyToCome) top.key = this.argument32 + 65536 * major | 0
      this.itemEnds()
    }
  }

  itemEnds() {
    this.last.set(this.path, this.item)
    this.item = 0
    this.state = FIRST
    for (let top; top = this.stack.at(-1); this.stack.pop()) {
      if (top.keyToCome) {
        top.keyToCome = false
        break
      }
      top.toEnd--
      top.keyToCome = top.map
      if (top.toEnd > 0) break
    }
    this.atEnd = this.stack.length === 0
    this.findPath()
  }

  findPath() {
    const elements = this.stack.map(e => !e.map ? ARRAY : e.keyToCome ? KEY_TO_COME : e.key)
    this.path = finish(elements.reduce(fold, 17))
  }

  get place() {
    switch (this.state) {
      case FIRST: return (this.path >>> 0) % 64
      case ARGUMENT: return 64 + (this.path >>> 0) % 61
      case TEXT: return 128 + 4 * Math.min(this.position, 7) + Math.min(this.left, 3) + (this.word === 0 ? 32 : 0)
      case BYTES: return 255
    }
  }

  before(count) {
    if (count < 4) return this.recent & (1 << 8 * count) - 1
    return this.recent ^ Math.imul(this.older & (1 << 8 * (count - 4)) - 1, 0x9E3779B1)
  }

  // The hashes of the nine contexts of the byte to come (3.4).
  contexts(hashes) {
    const { path, state, word, item } = this
    const left = state === TEXT ? Math.min(this.left, 20) : 0
    const start = i => fold(START, i)
    hashes[0] = finish(fold(fold(start(0), path), state))
    hashes[1] = finish(fold(fold(fold(start(1), path), state), this.before(1)))
    hashes[2] = finish(fold(fold(start(2), this.before(2)), state))
    hashes[3] = finish(fold(fold(start(3), this.before(3)), state))
    hashes[4] = finish(fold(start(4), this.before(5)))
    hashes[5] = finish(fold(fold(fold(start(5), word), state), left))
    hashes[6] = finish(fold(fold(fold(start(6), word), this.lastWord), state))
    hashes[7] = finish(fold(fold(fold(start(7), path), item), state))
    hashes[8] = finish(fold(fold(fold(start(8), path), item), this.last.get(path) ?? 0))
    for (let i = 0; i < 9; i++) if (hashes[i] === 0) hashes[i] = 1
  }
}
