// Section 6: parts, any k of which give the message.
import { hex, refuse, sha256 } from './bytes.mjs';

const exp = new Uint8Array(512);
const log = new Uint8Array(256);
for (let i = 0, x = 1; i < 255; i++) {
  exp[i] = x; exp[i + 255] = x; log[x] = i;
  x <<= 1;
  if (x & 256) x ^= 0x11d;
}
const mul = (a, b) => (a && b ? exp[log[a] + log[b]] : 0);
const inverse = (a) => exp[255 - log[a]];
const power = (r, c) => (c === 0 ? 1 : r === 0 ? 0 : exp[(log[r] * c) % 255]);
const times = (a, b) => a.map((row) => b[0].map((_, c) => row.reduce((sum, x, i) => sum ^ mul(x, b[i][c]), 0)));

function invert(m) {
  const n = m.length;
  const a = m.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))]);
  for (let c = 0; c < n; c++) {
    const pivot = a.findIndex((row, r) => r >= c && row[c] !== 0);
    [a[c], a[pivot]] = [a[pivot], a[c]];
    const scale = inverse(a[c][c]);
    a[c] = a[c].map((x) => mul(x, scale));
    for (let r = 0; r < n; r++) if (r !== c && a[r][c]) { const f = a[r][c]; a[r] = a[r].map((x, i) => x ^ mul(f, a[c][i])); }
  }
  return a.map((row) => row.slice(n));
}

// matrix is V·T⁻¹, whose first k rows are those of the message itself.
function matrix(k, n) {
  const v = Array.from({ length: n }, (_, r) => Array.from({ length: k }, (_, c) => power(r, c)));
  return times(v, invert(v.slice(0, k)));
}

export function parsePart(b) {
  if (b.length <= 16) refuse('part');
  const p = { index: b[1] >> 4, k: b[1] & 15, n: b[2] >> 4, length: ((b[2] & 15) << 8) | b[3], hint: hex(b.slice(4, 8)), hash: hex(b.slice(8, 16)), data: b.slice(16) };
  const n = p.k === 2 ? 3 : p.k + 2;
  if (p.k < 2 || p.k > 10 || p.n !== n || p.index < 1 || p.index > n || p.length === 0 || p.data.length !== Math.ceil(p.length / p.k)) refuse('part');
  p.group = hex(b.slice(1, 16)).replace(/^./, ''); // the header without the index
  return p;
}

function* choices(items, k, from = 0) {
  if (k === 0) { yield []; return; }
  for (let i = from; i < items.length; i++) for (const rest of choices(items, k - 1, i + 1)) if (!rest.some((p) => p.index === items[i].index)) yield [items[i], ...rest];
}

// joinParts returns the message of parts with one header, or undefined.
export function joinParts(parts) {
  const { k, n, length, hash } = parts[0];
  const m = matrix(k, n);
  let tried = 0;
  for (const some of choices(parts, k)) {
    if (++tried > 128) break;
    const solve = invert(some.map((p) => m[p.index - 1]));
    const rows = times(solve, some.map((p) => [...p.data]));
    const message = Uint8Array.from(rows.flat()).slice(0, length);
    if (hex(sha256(message)).startsWith(hash) && rows.flat().slice(length).every((x) => x === 0)) return message;
  }
  return undefined;
}
