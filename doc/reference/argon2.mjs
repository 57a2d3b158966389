// Argon2id (RFC 9106) with the parameters of section 7: t = 3, m = 65536 KiB, p = 1, a tag of 32
// bytes. Node has one of its own from version 24.7 on; this one is for the others. 64-bit words
// are pairs of 32-bit halves, the lower first.
import * as crypto from 'node:crypto';
import { concat } from './bytes.mjs';

const passes = 3;
const blocks = 65536;
const tag = 32;

const le32 = (n) => Uint8Array.of(n, n >>> 8, n >>> 16, n >>> 24);
const blake2b512 = (...parts) => new Uint8Array(crypto.createHash('blake2b512').update(concat(...parts)).digest());

// H' of RFC 9106, section 3.3, for lengths of 32 (by BLAKE2b-256, which Node lacks: see blake2b) and 1024.
function long(length, x) {
  if (length <= 64) return blake2b(length, concat(le32(length), x));
  const out = [];
  let v = blake2b512(le32(length), x);
  while (length - 32 * out.length > 64) {
    out.push(v.slice(0, 32));
    v = blake2b512(v);
  }
  return concat(...out, v);
}

const iv = [0x6a09e667f3bcc908n, 0xbb67ae8584caa73bn, 0x3c6ef372fe94f82bn, 0xa54ff53a5f1d36f1n, 0x510e527fade682d1n, 0x9b05688c2b3e6c1fn, 0x1f83d9abfb41bd6bn, 0x5be0cd19137e2179n];
const sigma = ['0123456789abcdef', 'ea489fd61c02b753', 'b8c052fdae367194', '7931dcbe265a40f8', '905724afe1bc683d', '2c6a0b834d75fe19', 'c51fed4a0763928b', 'db7ec13950f4862a', '6fe9b308c2d714a5', 'a2847615fb9e3cd0'];
const u64 = (x) => BigInt.asUintN(64, x);
const ror = (x, n) => u64((x >> n) | (x << (64n - n)));

// BLAKE2b (RFC 7693) of a digest of any length, for the few short inputs that need one.
function blake2b(length, data) {
  const h = [...iv];
  h[0] ^= 0x01010000n ^ BigInt(length);
  const padded = new Uint8Array(Math.max(1, Math.ceil(data.length / 128)) * 128);
  padded.set(data);
  const view = new DataView(padded.buffer);
  for (let at = 0; at < padded.length; at += 128) {
    const last = at + 128 === padded.length;
    const m = Array.from({ length: 16 }, (_, i) => view.getBigUint64(at + 8 * i, true));
    const v = [...h, ...iv];
    v[12] ^= BigInt(last ? data.length : at + 128);
    if (last) v[14] ^= 0xffffffffffffffffn;
    const g = (a, b, c, d, x, y) => {
      v[a] = u64(v[a] + v[b] + x); v[d] = ror(v[d] ^ v[a], 32n); v[c] = u64(v[c] + v[d]); v[b] = ror(v[b] ^ v[c], 24n);
      v[a] = u64(v[a] + v[b] + y); v[d] = ror(v[d] ^ v[a], 16n); v[c] = u64(v[c] + v[d]); v[b] = ror(v[b] ^ v[c], 63n);
    };
    for (let r = 0; r < 12; r++) {
      const s = [...sigma[r % 10]].map((c) => m[parseInt(c, 16)]);
      g(0, 4, 8, 12, s[0], s[1]); g(1, 5, 9, 13, s[2], s[3]); g(2, 6, 10, 14, s[4], s[5]); g(3, 7, 11, 15, s[6], s[7]);
      g(0, 5, 10, 15, s[8], s[9]); g(1, 6, 11, 12, s[10], s[11]); g(2, 7, 8, 13, s[12], s[13]); g(3, 4, 9, 14, s[14], s[15]);
    }
    for (let i = 0; i < 8; i++) h[i] ^= v[i] ^ v[i + 8];
  }
  const out = new DataView(new ArrayBuffer(64));
  h.forEach((x, i) => out.setBigUint64(8 * i, x, true));
  return new Uint8Array(out.buffer).slice(0, length);
}

const q = new Uint32Array(256);

// a = a + b + 2·low(a)·low(b), of words at 2a and 2b.
function addMul(a, b) {
  const al = q[a]; const bl = q[b];
  const a0 = al & 65535; const a1 = al >>> 16; const b0 = bl & 65535; const b1 = bl >>> 16;
  const p00 = a0 * b0; const mid = a1 * b0 + (p00 >>> 16); const mid2 = a0 * b1 + (mid % 65536);
  const hi = a1 * b1 + Math.floor(mid / 65536) + Math.floor(mid2 / 65536);
  const lo = ((mid2 << 16) | (p00 & 65535)) >>> 0;
  const low = al + bl + ((lo << 1) >>> 0);
  q[a] = low;
  q[a + 1] = q[a + 1] + q[b + 1] + ((hi << 1) >>> 0) + (lo >>> 31) + Math.floor(low / 4294967296);
}

// d = (d xor a) rotated right by n.
function xorRotate(d, a, n) {
  const l = q[d] ^ q[a]; const h = q[d + 1] ^ q[a + 1];
  if (n === 32) { q[d] = h; q[d + 1] = l; } else if (n === 63) { q[d] = (l << 1) | (h >>> 31); q[d + 1] = (h << 1) | (l >>> 31); } else { q[d] = (l >>> n) | (h << (32 - n)); q[d + 1] = (h >>> n) | (l << (32 - n)); }
}

function mix(a, b, c, d) {
  addMul(a, b); xorRotate(d, a, 32); addMul(c, d); xorRotate(b, c, 24);
  addMul(a, b); xorRotate(d, a, 16); addMul(c, d); xorRotate(b, c, 63);
}

function permute(w) {
  mix(w[0], w[4], w[8], w[12]); mix(w[1], w[5], w[9], w[13]); mix(w[2], w[6], w[10], w[14]); mix(w[3], w[7], w[11], w[15]);
  mix(w[0], w[5], w[10], w[15]); mix(w[1], w[6], w[11], w[12]); mix(w[2], w[7], w[8], w[13]); mix(w[3], w[4], w[9], w[14]);
}

const rows = Array.from({ length: 8 }, (_, r) => Array.from({ length: 16 }, (_, i) => 2 * (16 * r + i)));
const columns = Array.from({ length: 8 }, (_, c) => Array.from({ length: 16 }, (_, i) => 2 * (16 * (i >> 1) + 2 * c + (i & 1))));

// out = G(x, y), xored into out from the second pass on.
function compress(out, x, y, again) {
  for (let i = 0; i < 256; i++) q[i] = x[i] ^ y[i];
  rows.forEach(permute);
  columns.forEach(permute);
  for (let i = 0; i < 256; i++) out[i] = (again ? out[i] : 0) ^ x[i] ^ y[i] ^ q[i];
}

const words = (b) => new Uint32Array(b.buffer.slice(b.byteOffset, b.byteOffset + b.length));

export function argon2id(password, salt) {
  if (crypto.argon2Sync) {
    return crypto.argon2Sync('argon2id', { message: password, nonce: salt, parallelism: 1, tagLength: tag, memory: blocks, passes });
  }
  const h0 = blake2b512(le32(1), le32(tag), le32(blocks), le32(passes), le32(0x13), le32(2), le32(password.length), password, le32(salt.length), salt, le32(0), le32(0));
  const memory = new Uint32Array(blocks * 256);
  const block = (i) => memory.subarray(256 * i, 256 * i + 256);
  block(0).set(words(long(1024, concat(h0, le32(0), le32(0)))));
  block(1).set(words(long(1024, concat(h0, le32(1), le32(0)))));
  const segment = blocks / 4;
  const zeros = new Uint32Array(256);
  const input = new Uint32Array(256);
  const addresses = new Uint32Array(256);
  for (let pass = 0; pass < passes; pass++) {
    for (let slice = 0; slice < 4; slice++) {
      const independent = pass === 0 && slice < 2;
      input.fill(0);
      [input[0], input[4], input[6], input[8], input[10]] = [pass, slice, blocks, passes, 2];
      const nextAddresses = () => {
        input[12]++;
        compress(addresses, zeros, input, false);
        compress(addresses, zeros, addresses.slice(), false);
      };
      const first = pass === 0 && slice === 0 ? 2 : 0;
      if (independent && first === 2) nextAddresses();
      for (let i = first; i < segment; i++) {
        if (independent && i % 128 === 0) nextAddresses();
        const at = slice * segment + i;
        const previous = block(at === 0 ? blocks - 1 : at - 1);
        const j1 = independent ? addresses[2 * (i % 128)] : previous[0];
        const area = (pass === 0 ? slice * segment : blocks - segment) + i - 1;
        const x = Number((BigInt(j1) * BigInt(j1)) >> 32n);
        const z = area - 1 - Math.floor((area * x) / 4294967296);
        const start = pass === 0 || slice === 3 ? 0 : (slice + 1) * segment;
        compress(block(at), previous, block((start + z) % blocks), pass > 0);
      }
    }
  }
  return long(tag, new Uint8Array(block(blocks - 1).slice().buffer));
}
