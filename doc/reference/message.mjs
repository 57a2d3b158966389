// Section 2 and 8: messages, each a COSE_Sign1 with a head before its compressed body.
import { createPublicKey, verify as check } from 'node:crypto';
import { ascii, concat, hex, refuse, same, sha256 } from './bytes.mjs';
import { Reader, encode, head } from './cbor.mjs';

const context = ascii('Zone Blanche card 1');
const algorithms = { '-8': 0x27, '-7': 0x26 };

const envelope = (prot, payload, signature) => concat([0xd2, 0x84], encode(prot), [0xa0], encode(payload), encode(signature));

export function parseMessage(raw) {
  const r = new Reader(raw);
  if (r.byte() !== 0xd2 || r.byte() !== 0x84) refuse('no COSE_Sign1');
  const prot = r.item();
  if (!(prot instanceof Uint8Array) || r.byte() !== 0xa0) refuse('headers');
  const [payload, signature] = [r.item(), r.item()];
  if (![payload, signature].every((x) => x instanceof Uint8Array) || signature.length !== 64 || !same(envelope(prot, payload, signature), raw)) refuse('another spelling');

  const m = { raw, prot, payload, signature, kind: payload[0], dictionary: payload[1], hash: sha256(raw) };
  m.declared = m.kind === 3;
  const withKid = m.kind === 1;
  m.alg = Object.keys(algorithms).find((a) => prot[2] === algorithms[a]);
  if (m.alg === undefined) refuse('algorithm');
  m.kid = withKid ? prot.slice(5) : undefined;
  const expected = withKid ? concat([0xa2, 0x01, algorithms[m.alg], 0x04, 0x48], m.kid) : Uint8Array.of(0xa1, 0x01, algorithms[m.alg]);
  if (!same(prot, expected) || (withKid && m.kid.length !== 8)) refuse('protected header');

  const size = { 1: 15, 2: 10, 3: 47 }[m.kind] ?? refuse('kind');
  if (payload.length < size) refuse('head');
  m.code = payload.slice(size);
  if (m.kind === 2) {
    m.binding = hex(payload.slice(2, 10));
    return m;
  }
  const view = new DataView(payload.buffer, payload.byteOffset);
  m.issued = Date.UTC(2020, 0, 1) + 1000 * view.getUint32(2);
  m.card = hex(payload.slice(6, 14));
  m.k = payload[14] & 0x3f;
  m.locked = (payload[14] & 0x80) !== 0;
  m.withheld = (payload[14] & 0x40) !== 0;
  if (m.k > 10 || (m.locked && m.k === 0) || (m.withheld && !m.locked)) refuse('k and flags');
  if (m.declared) m.self = { alg: -8, public: hex(payload.slice(15, 47)) };
  return m;
}

const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

// verify checks a message against a key of the list, whose algorithm decides.
export function verify(m, key) {
  if (Number(m.alg) !== key.alg) return false;
  const pub = Buffer.from(key.public, 'hex');
  const b64 = (b) => b.toString('base64url');
  const data = concat(head(4, 4), encode('Signature1'), encode(m.prot), encode(context), encode(m.payload));
  if (key.alg === -8) {
    if (pub.length !== 32) return false;
    return check(null, data, createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: b64(pub) } }), m.signature);
  }
  if (pub.length !== 65 || BigInt(`0x${hex(m.signature.slice(32))}`) > order / 2n) return false;
  const jwk = { kty: 'EC', crv: 'P-256', x: b64(pub.subarray(1, 33)), y: b64(pub.subarray(33)) };
  return check('sha256', data, { key: createPublicKey({ format: 'jwk', key: jwk }), dsaEncoding: 'ieee-p1363' }, m.signature);
}
