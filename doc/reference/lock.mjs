// Section 7: the patient's code.
import { createDecipheriv } from 'node:crypto';
import { argon2id } from './argon2.mjs';
import { ascii, concat, hex, refuse, same, sha256, unhex } from './bytes.mjs';
import { Reader, encode, head } from './cbor.mjs';

const protectedHeader = unhex('a1011818');
const start = (hint, iv) => concat([0xd0, 0x83], encode(protectedHeader), [0xa2, 0x04], encode(hint), [0x05], encode(iv));

export function parseLocked(raw) {
  const r = new Reader(raw.slice(28));
  const m = { hint: raw.slice(10, 14), iv: raw.slice(16, 28), ciphertext: r.item() };
  if (!(m.ciphertext instanceof Uint8Array) || m.ciphertext.length <= 16 || !same(concat(start(m.hint, m.iv), encode(m.ciphertext)), raw)) refuse('locked message');
  return { ...m, hint: hex(m.hint), raw };
}

// parseCode gives the ten characters of what was typed, or undefined.
export function parseCode(typed) {
  const code = typed.toUpperCase().replace(/[ \t\u00a0\u202f\u2212\p{Pd}]/gu, '').replaceAll('O', '0').replace(/[IL]/g, '1');
  return /^[0-9A-HJKMNP-TV-Z]{10}$/.test(code) ? code : undefined;
}

const keys = new Map();

// open returns what is inside, or undefined when the code does not open it.
export function open(locked, code, emergency) {
  const external = concat(ascii('Zone Blanche patient code 1'), unhex(emergency.card), emergency.hash);
  const name = code + hex(external);
  if (!keys.has(name)) keys.set(name, argon2id(ascii(code), sha256(external)));
  const decipher = createDecipheriv('chacha20-poly1305', keys.get(name), locked.iv, { authTagLength: 16 });
  decipher.setAAD(concat(head(4, 3), encode('Encrypt0'), encode(protectedHeader), encode(external)), { plaintextLength: locked.ciphertext.length - 16 });
  decipher.setAuthTag(locked.ciphertext.slice(-16));
  try {
    return new Uint8Array(Buffer.concat([decipher.update(locked.ciphertext.slice(0, -16)), decipher.final()]));
  } catch { return undefined; }
}
