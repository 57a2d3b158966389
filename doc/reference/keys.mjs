// Sections 2 and 9: signatures, and what a trust list says of the key that made one.
//
// A trust list is { keys, revoked }: keys are { kid, alg, public, issuer, notBefore, notAfter,
// revokedAt, compromised } with bytes as Uint8Array and instants in seconds since 2020, which
// may be absent; revoked is a set of card ids in hexadecimal.

import { createPublicKey, verify } from 'node:crypto'
import { hex, refuse, same, sha256Head } from './bytes.mjs'
import { DECLARED, EDDSA, ES256 } from './message.mjs'

const P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551n

// Whether the key has signed these bytes with its algorithm.
function holds(key, signed, signature) {
  const publicKey = imported(key)
  if (publicKey === null) return false
  if (key.alg === EDDSA) return verify(null, signed, publicKey, signature)
  if (BigInt(`0x${hex(signature.subarray(32))}`) > P256_ORDER / 2n) return false // the higher of two s
  return verify('sha256', signed, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature)
}

// The key for node's verify; null for bytes that are no key.
function imported({ alg, public: bytes }) {
  const part = (from, to) => Buffer.from(bytes.subarray(from, to)).toString('base64url')
  const jwk = alg === EDDSA && bytes.length === 32 ? { kty: 'OKP', crv: 'Ed25519', x: part(0, 32) }
    : alg === ES256 && bytes.length === 65 && bytes[0] === 4 ? { kty: 'EC', crv: 'P-256', x: part(1, 33), y: part(33, 65) }
    : null
  try {
    return jwk && createPublicKey({ key: jwk, format: 'jwk' })
  } catch {
    return null // not a point of the curve
  }
}

// A key as a list has it, of its bytes alone: the kid is of the PKIX DER.
export function keyOfBytes(bytes) {
  const key = { alg: bytes.length === 65 ? ES256 : EDDSA, public: bytes }
  const publicKey = imported(key) ?? refuse('bytes that are no public key')
  return { ...key, kid: sha256Head(publicKey.export({ type: 'spki', format: 'der' })) }
}

// Whether the key has signed the message, which names the algorithm of the key.
export function hasSigned(key, message) {
  return message.alg === key.alg && holds(key, message.signed, message.signature)
}

const GOOD = null

// What the list says of a signature of this key at this time.
function standing(key, time) {
  if (key.compromised || key.revokedAt <= time) return 'revoked'
  if (key.notBefore !== undefined && time < key.notBefore) return 'expired'
  if (key.notAfter !== undefined && time > key.notAfter) return 'expired'
  return GOOD
}

// Who has signed an emergency message: { key }, { verdict }, or both when the signature holds
// and is not believed (section 9.2). Of several keys that have signed a good one wins, else the last.
export function signer(message, trust) {
  const declared = message.kind === DECLARED
  const keys = declared ? [{ alg: EDDSA, public: message.public }]
    : trust.keys.filter(key => same(key.kid, message.kid))
  if (keys.length === 0) return { verdict: 'unknown_issuer' }
  const signers = keys.filter(key => hasSigned(key, message))
  if (signers.length === 0) return { verdict: 'not_authentic' }
  const standings = signers.map(key => declared ? GOOD : standing(key, message.time))
  const best = standings.includes(GOOD) ? standings.indexOf(GOOD) : standings.length - 1
  return { key: signers[best], verdict: trust.revoked.has(hex(message.card)) ? 'revoked' : standings[best] }
}
