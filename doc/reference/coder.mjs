// Section 3: the context-mixing coder. Names are those of the text.
import { refuse } from './bytes.mjs';

const clamp = (x) => Math.max(-2047, Math.min(2047, x));
const knots = [1, 2, 4, 6, 10, 17, 27, 45, 74, 120, 194, 311, 488, 747, 1102, 1546, 2048, 2550, 2994, 3349, 3608,
  3785, 3902, 3976, 4022, 4051, 4069, 4079, 4086, 4090, 4092, 4094, 4095];

// 3.2: squash and stretch.
const squashes = new Int32Array(4096);
for (let i = 1; i < 4096; i++) {
  const w = i & 127;
  squashes[i] = (knots[i >> 7] * (128 - w) + knots[(i >> 7) + 1] * w + 64) >> 7;
}
const squash = (x) => squashes[x + 2048];
const stretches = new Int32Array(4096).fill(2047);
for (let x = 2047; x >= -2047; x--) for (let p = 0; p <= squash(x); p++) stretches[p] = x;

// 3.2: the hash.
const fold = (h, v) => { h = Math.imul(h ^ v, 0x85ebca6b); return h ^ (h >>> 13); };
const finish = (h) => { h = Math.imul(h, 0xc2b2ae35); return (h ^ (h >>> 16)) >>> 0; };
const hash = (...values) => finish(values.reduce(fold, 0x9e3779b9 | 0));

// 3.3: where a byte stands.
class Syntax {
  constructor() { Object.assign(this, { high: 0, low: 0, lastWord: 0, last: new Map() }); this.begin(); }

  begin() {
    Object.assign(this, { state: 0, major: 0, argument: 0, argumentLow: 0, argLeft: 0, left: 0, position: 0, stack: [], ended: false, item: 0, word: 0 });
    this.path = this.pathNow();
  }

  pathNow() {
    let h = 17;
    for (const c of this.stack) h = fold(h, !c.map ? 2000 : c.onKey ? 1000 : c.key);
    return finish(h);
  }

  next(b) {
    this.high = ((this.high << 8) | (this.low >>> 24)) >>> 0;
    this.low = ((this.low << 8) | b) >>> 0;
    this.item = fold(this.item, b + 1);
    if (this.state === 0) {
      this.position = 0; this.word = 0;
      this.major = b >> 5; this.argument = b & 31; this.argumentLow = this.argument;
      if (this.argument >= 24 && this.argument < 28 && this.major < 6) {
        this.argLeft = 1 << (this.argument - 24);
        this.argument = 0; this.argumentLow = 0; this.state = 1;
        return;
      }
      this.headDone();
      return;
    }
    this.position++;
    if (this.state === 1) {
      this.argument = this.argument * 256 + b; // exact up to 53 bits; longer strings never end
      this.argumentLow = ((this.argumentLow << 8) | b) >>> 0;
      if (--this.argLeft === 0) this.headDone();
      return;
    }
    if (this.state === 2) this.letter(b);
    if (--this.left === 0) {
      if (this.word !== 0) { this.lastWord = this.word; this.word = 0; }
      this.endItem();
    }
  }

  letter(b) {
    const letter = b >= 65 && b <= 90 ? b + 32 : (b >= 97 && b <= 122) || b > 127 ? b : 0;
    if (letter) this.word = fold(this.word, letter);
    else if (this.word !== 0) { this.lastWord = this.word; this.word = 0; }
  }

  headDone() {
    const { major, argument } = this;
    if ((major === 2 || major === 3) && argument > 0) {
      this.left = argument; this.state = major === 3 ? 2 : 3;
    } else if ((major === 4 || major === 5) && argument > 0 && this.stack.length < 16) {
      this.remember();
      this.stack.push({ map: major === 5, onKey: major === 5, key: 0, left: argument });
      this.path = this.pathNow();
    } else {
      const top = this.stack.at(-1);
      if (top?.map && top.onKey) top.key = (this.argumentLow + 65536 * major) >>> 0;
      this.endItem();
    }
  }

  remember() { this.last.set(this.path, this.item); this.item = 0; this.state = 0; }

  endItem() {
    this.remember();
    while (this.stack.length > 0) {
      const c = this.stack.at(-1);
      if (c.onKey) { c.onKey = false; break; }
      c.left--; c.onKey = c.map;
      if (c.left > 0) break;
      this.stack.pop();
    }
    this.ended = this.stack.length === 0;
    this.path = this.pathNow();
  }

  // 3.4
  contexts() {
    const { state, path, item, word, lastWord, low, high } = this;
    const left = state === 2 ? Math.min(this.left, 20) : 0;
    const five = low ^ Math.imul(high & 255, 0x9e3779b1);
    return [
      hash(0, path, state), hash(1, path, state, low & 255), hash(2, low & 65535, state), hash(3, low & 0xffffff, state), hash(4, five),
      hash(5, word, state, left), hash(6, word, lastWord, state), hash(7, path, item, state), hash(8, path, item, this.last.get(path) ?? 0),
    ].map((h) => h || 1);
  }

  place() {
    switch (this.state) {
      case 0: return this.path % 64;
      case 1: return 64 + (this.path % 61);
      case 2: return 128 + 4 * Math.min(this.position, 7) + Math.min(this.left, 3) + (this.word === 0 ? 32 : 0);
      default: return 255;
    }
  }
}

// 3.5: the match.
class Match {
  constructor() { Object.assign(this, { history: [], places: new Int32Array(65536), at: 0, length: 0 }); }

  next(b) {
    const predicted = this.history[this.at];
    this.history.push(b);
    if (this.length > 0) {
      this.at++; this.length++;
      if (b !== predicted) this.length = 0;
    }
    const size = this.history.length;
    if (size < 4) return;
    let h = 0;
    for (let i = 1; i <= 4; i++) h = hash(h, this.history[size - i]);
    const slot = h >>> 16;
    if (this.length === 0 && this.places[slot] !== 0) {
      this.at = this.places[slot];
      while (this.length < 32 && this.at > this.length && this.history[this.at - 1 - this.length] === this.history[size - 1 - this.length]) this.length++;
    }
    this.places[slot] = size;
  }
}

const bounds = [1, 2, 3, 4, 5, 7, 10, 16, 32];
const steps = Array.from({ length: 33 }, (_, c) => bounds.filter((b) => b <= c).length);
const step = (c) => steps[Math.min(c, 32)];
const tenths = [0, 10, 20, 30, 40, 55, 80, 120, 220, 500];

// Model is everything that is learnt: it goes on from body to body.
export class Model {
  constructor() {
    this.lists = new Map(); // context -> [byte, count, byte, count, …]
    this.syntax = new Syntax();
    this.match = new Match();
    this.adaptive = Array.from({ length: 9 }, () => {
      const cells = new Int32Array(100);
      for (let a = 0; a < 10; a++) for (let b = 0; b < 10; b++) cells[10 * a + b] = Math.floor((65535 * (tenths[b] + 3)) / (tenths[a] + tenths[b] + 6));
      return cells;
    });
    this.matched = Int32Array.from({ length: 32 }, (_, l) => 65535 - Math.floor(65536 / (l + 3)));
    this.weights = [new Int32Array(3 * 256 * 11).fill(9830), new Int32Array(256 * 8 * 11).fill(9830)];
    this.input = new Int32Array(11);
    this.cells = new Int32Array(9);
  }

  // A copy to be thrown away after one card: of the lists only those that change.
  fork() {
    const m = new Model();
    const base = this.lists;
    m.lists = { own: new Map(), get(k) { return this.own.get(k) ?? base.get(k); }, set(k, v) { this.own.set(k, v); } };
    Object.assign(m.syntax, structuredClone({ ...this.syntax }));
    m.match = Object.assign(new Match(), { history: this.match.history.slice(), places: this.match.places.slice(), at: this.match.at, length: this.match.length });
    m.adaptive = this.adaptive.map((c) => c.slice());
    m.matched = this.matched.slice();
    m.weights = this.weights.map((w) => w.slice());
    return m;
  }

  startByte() {
    this.keys = this.syntax.contexts();
    this.followers = this.keys.map((k) => this.lists.get(k) ?? []);
    this.partial = 1; this.n = 0;
    this.place = this.syntax.place();
  }

  predict() {
    const { input, cells, partial, n } = this;
    const shift = 7 - n;
    for (let i = 0; i < 9; i++) {
      const list = this.followers[i];
      let n0 = 0; let n1 = 0;
      for (let j = 0; j < list.length; j += 2) {
        if ((list[j] | 256) >> (shift + 1) !== partial) continue;
        if ((list[j] >> shift) & 1) n1 += list[j + 1]; else n0 += list[j + 1];
      }
      cells[i] = n0 + n1 === 0 ? -1 : 10 * step(n0) + step(n1);
      input[i] = cells[i] < 0 ? 0 : stretches[this.adaptive[i][cells[i]] >> 4];
    }
    const { match } = this;
    const expected = match.history[match.at];
    this.takesPart = match.length > 0 && (expected | 256) >> (shift + 1) === partial;
    input[9] = 0;
    if (this.takesPart) {
      const x = stretches[this.matched[Math.min(match.length, 31)] >> 4];
      this.expectedBit = (expected >> shift) & 1;
      input[9] = this.expectedBit ? x : -x;
    }
    input[10] = 256;
    const m = !this.takesPart ? 0 : match.length <= 15 ? 1 : 2;
    this.selected = [(256 * m + partial) * 11, (8 * this.place + n) * 11];
    this.mixed = this.selected.map((at, s) => {
      let sum = 0; // beyond 32 bits, within 53
      for (let j = 0; j < 11; j++) sum += input[j] * this.weights[s][at + j];
      return clamp(Math.floor(sum / 65536));
    });
    return squash((this.mixed[0] + this.mixed[1]) >> 1);
  }

  learn(bit) {
    for (let s = 0; s < 2; s++) {
      const miss = (4096 * bit - squash(this.mixed[s])) * 10;
      for (let j = 0; j < 11; j++) this.weights[s][this.selected[s] + j] += (this.input[j] * miss + 8192) >> 14;
    }
    for (let i = 0; i < 9; i++) {
      if (this.cells[i] >= 0) this.adaptive[i][this.cells[i]] += (65535 * bit - this.adaptive[i][this.cells[i]]) >> 7;
    }
    if (this.takesPart) {
      const l = Math.min(this.match.length, 31);
      this.matched[l] += ((this.expectedBit === bit ? 65535 : 0) - this.matched[l]) >> 6;
    }
    this.partial = 2 * this.partial + bit;
    this.n++;
  }

  endByte(b) {
    this.keys.forEach((key, i) => {
      const list = this.followers[i].slice();
      const at = list.findIndex((v, j) => j % 2 === 0 && v === b);
      for (let j = 0; j < list.length; j += 2) {
        if (j === at) list[j + 1] = Math.min(list[j + 1] + 1, 60);
        else if (list[j + 1] > 2) list[j + 1] = (list[j + 1] + 2) >> 1;
      }
      if (at < 0) {
        if (list.length === 48) list.splice(0, 2);
        list.push(b, 1);
      }
      this.lists.set(key, list);
    });
    this.match.next(b);
    this.syntax.next(b);
  }

  // 3.6: bodies that have gone by.
  teach(bytes, trained = bytes.length) {
    bytes.forEach((b, i) => {
      if (this.syntax.ended) this.syntax.begin();
      this.startByte();
      for (let s = 7; s >= 0 && i >= bytes.length - trained; s--) { this.predict(); this.learn((b >> s) & 1); }
      this.endByte(b);
    });
    return this;
  }

  static of(dictionary) { return new Model().teach(dictionary, 32768); }

  // 3.1: the inverse of the arithmetic coder. prior is the emergency message's body, or empty.
  decompress(prior, code, limit) {
    const m = this.fork().teach(prior);
    m.syntax.begin();
    let low = 0; let high = 0xffffffff; let at = 4;
    const byte = (i) => code[i] ?? 0;
    let x = ((byte(0) << 24) | (byte(1) << 16) | (byte(2) << 8) | byte(3)) >>> 0;
    const body = [];
    const settled = [];
    while (!m.syntax.ended) {
      if (body.length === limit) refuse('longer than a body');
      m.startByte();
      for (let i = 0; i < 8; i++) {
        const p = m.predict();
        const width = (high - low) >>> 0;
        const mid = low + (width >>> 12) * p + (((width & 4095) * p) >>> 12);
        const bit = x <= mid ? 1 : 0;
        if (bit) high = mid; else low = mid + 1;
        while (((low ^ high) >>> 24) === 0) {
          settled.push(low >>> 24);
          low = (low << 8) >>> 0; high = ((high << 8) | 255) >>> 0; x = ((x << 8) | byte(at++)) >>> 0;
        }
        m.learn(bit);
      }
      body.push(m.partial & 255);
      m.endByte(m.partial & 255);
      if (settled.length > code.length) refuse('the code ends too early');
    }
    if (low > 0) settled.push(Math.ceil(low / 2 ** 24));
    if (settled.length !== code.length || settled.some((b, i) => b !== code[i])) refuse('another code of the same body');
    return Uint8Array.from(body);
  }
}
