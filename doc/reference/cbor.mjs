// The subset of CBOR of section 4, strictly: one spelling, bounded. Integers are
// BigInt, text is a string, byte strings are Uint8Array, maps are arrays of pairs.
import { refuse, same, concat } from './bytes.mjs';

const maxDepth = 16;
const maxItems = 8192;

export class CBORMap { constructor(pairs) { this.pairs = pairs; } }

export class Reader {
  constructor(bytes) { Object.assign(this, { bytes, at: 0, items: 0, depth: 0 }); }

  byte() { return this.at < this.bytes.length ? this.bytes[this.at++] : refuse('ends too early'); }

  head() {
    if (++this.items > maxItems) refuse('too many items');
    const first = this.byte();
    const major = first >> 5;
    const info = first & 31;
    if (info < 24) return [major, BigInt(info)];
    if (info > 27 || major === 7) refuse('not a head of the subset');
    let n = 0n;
    for (let i = 0; i < 1 << (info - 24); i++) n = (n << 8n) | BigInt(this.byte());
    if (n < [24n, 1n << 8n, 1n << 16n, 1n << 32n][info - 24]) refuse('not the shortest head');
    return [major, n];
  }

  take(n) {
    if (n > BigInt(this.bytes.length - this.at)) refuse('ends too early');
    this.at += Number(n);
    return this.bytes.subarray(this.at - Number(n), this.at);
  }

  item() {
    const [major, n] = this.head();
    switch (major) {
      case 0: case 1:
        if (n > 0x7fffffffffffffffn) refuse('integer beyond 63 bits');
        return major === 0 ? n : -1n - n;
      case 2: return this.take(n);
      case 3:
        try {
          return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.take(n));
        } catch { return refuse('not UTF-8'); }
      case 4: return this.nested(n, 1n, () => this.item());
      case 5: {
        let last = new Uint8Array();
        return new CBORMap(this.nested(n, 2n, () => {
          const start = this.at;
          const key = this.item();
          if (typeof key !== 'bigint') refuse('a key that is no integer');
          const spelled = this.bytes.slice(start, this.at);
          if (Buffer.compare(Buffer.from(last), Buffer.from(spelled)) >= 0) refuse('keys out of order');
          last = spelled;
          return [key, this.item()];
        }));
      }
      case 7:
        if (n === 20n || n === 21n) return n === 21n;
    }
    return refuse('not a type of the subset');
  }

  nested(n, least, read) {
    if (n * least > BigInt(this.bytes.length - this.at)) refuse('ends too early');
    if (++this.depth > maxDepth) refuse('too deep');
    const out = [];
    for (let i = 0n; i < n; i++) out.push(read());
    this.depth--;
    return out;
  }
}

export function decode(bytes) {
  const r = new Reader(bytes);
  const item = r.item();
  if (r.at !== bytes.length) refuse('bytes after the end');
  return item;
}

export function head(major, n) {
  n = BigInt(n);
  const size = n < 24n ? 0 : n < 1n << 8n ? 1 : n < 1n << 16n ? 2 : n < 1n << 32n ? 4 : 8;
  const out = [(major << 5) | (size === 0 ? Number(n) : 24 + Math.log2(size))];
  for (let i = size - 1; i >= 0; i--) out.push(Number((n >> BigInt(8 * i)) & 255n));
  return Uint8Array.from(out);
}

export function encode(item) {
  if (typeof item === 'bigint') return item < 0n ? head(1, -1n - item) : head(0, item);
  if (typeof item === 'boolean') return head(7, item ? 21 : 20);
  if (typeof item === 'string') {
    const text = Buffer.from(item, 'utf8');
    return concat(head(3, text.length), text);
  }
  if (item instanceof Uint8Array) return concat(head(2, item.length), item);
  if (item instanceof CBORMap) return concat(head(5, item.pairs.length), ...item.pairs.flatMap(([k, v]) => [encode(k), encode(v)]));
  return concat(head(4, item.length), ...item.map(encode));
}

export { same };
