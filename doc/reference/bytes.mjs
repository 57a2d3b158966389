// Base45 (RFC 9285), and the few things that every part needs.
import { createHash } from 'node:crypto';

export class Refused extends Error {}
export const refuse = (why) => { throw new Refused(why); };

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';

// Section 1: one spelling, nothing trimmed.
export function base45(text) {
  const out = [];
  for (let i = 0; i < text.length; i += 3) {
    const group = [...text.slice(i, i + 3)].map((c) => alphabet.indexOf(c));
    if (group.length === 1 || group.some((d) => d < 0)) refuse('base45');
    const n = group[0] + 45 * group[1] + 2025 * (group[2] ?? 0);
    if (n > (group.length === 3 ? 65535 : 255)) refuse('base45');
    if (group.length === 3) out.push(n >> 8);
    out.push(n & 255);
  }
  return Uint8Array.from(out);
}

export const hex = (b) => Buffer.from(b).toString('hex');
export const unhex = (s) => new Uint8Array(Buffer.from(s, 'hex'));
export const same = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)) === 0;
export const sha256 = (b) => new Uint8Array(createHash('sha256').update(b).digest());
export const concat = (...parts) => new Uint8Array(Buffer.concat(parts.map((p) => Buffer.from(p))));
export const ascii = (s) => new Uint8Array(Buffer.from(s, 'latin1'));
