// Package trust answers "whose key is this, and may it still be believed?"
// without a network: issuers and their keys, the signed list of those that are
// accepted, what was revoked, and how fresh that knowledge is.
//
// Most programs need four calls. A practice makes its key with [NewIssuerKey]
// and keeps it with [SaveIssuerKey]; its [IssuerKey.Certificate] goes to whoever
// keeps the list. A reader opens a list with [OpenList], or the one installed in
// its data folder with [OpenFolder] and [Folder.Current], and asks it for
// [List.Keys] and [List.RevokedCard].
//
// # Nouns
//
// An issuer signs cards; an [IssuerKey] is its secret half. A certificate is the
// public half, signed by itself: it proves that its sender holds the key and
// that no character was lost on the way, and nothing about who the sender is.
// The [List] is where that is vouched for: issuers, their keys, revoked keys and
// revoked cards, with a sequence number, a date, and the date of the next one.
// It is signed by a [Root], which is kept offline. A root is known by its
// fingerprint, which people compare as eight [Words] over the telephone. A
// [Folder] is a list in use: it pins the first root that it sees, and from then
// on takes newer lists of that root, or of one that it names as its successor, and
// nothing else.
//
// # Files
//
// Lists and certificates are COSE_Sign1 messages (RFC 9052) over deterministic
// CBOR (RFC 8949, section 4.2.1), Ed25519 or ES256, each bound to its purpose by
// a context string that is signed but not sent. Certificates travel as lines of
// base64, so that they survive a mail. Secret keys are the same lines, inside an
// age file (age-encryption.org/v1, scrypt) when there is a passphrase: a lost
// program does not mean a lost key, since age opens it.
//
// Readers are strict: one spelling of the same content, no duplicate, no
// trailing byte, bounded sizes. Inside a signed map, an unknown number below 64
// is refused, because it may change the meaning of the rest, and one from 64 up
// is passed over. Every list and certificate of version 1 stays readable.
//
// doc/trust-list-format.md is the normative text. The payloads, in CDDL (RFC 8610); times are seconds since 1970, and a field
// that would be empty or zero is absent:
//
//	list        = {1: 1, 2: sequence, 3: issued, 4: next-update, 5: key, 6: [* listed], ? 7: cards, ? 8: [+ succession]}
//	listed      = {1: name, 2: kind, ? 3: RPPS, ? 4: FINESS, 5: [+ key]}
//	certificate = {1: 1, 2: issuer, 3: key}
//	issuer      = {1: name, 2: kind, ? 3: RPPS, ? 4: FINESS}
//	key         = {1: -8 / -7, 2: bstr, ? 3: not-before, ? 4: not-after, ? 5: revoked-at, ? 6: true}
//	cards       = bstr   ; 12 bytes a revoked card: its identifier, and when (32 bits, big-endian)
//	succession  = bstr   ; a COSE_Sign1 by the old root, whose payload is the statement
//	statement   = {1: 1, 2: key, 3: key}   ; the old root, and the one that follows it
//
// A key is 32 bytes for Ed25519 (-8) and 65, uncompressed, for P-256 (-7); its
// field 6 says that it is compromised. Its identifier, which the protected header
// carries as kid beside alg, is the first 8 bytes of the SHA-256 of the key in
// PKIX DER; of a root, all 32 are the fingerprint. The list's field 5 is the root,
// without dates. Issuers are sorted by name, kind, RPPS and FINESS as bytes, their
// keys by identifier, cards by identifier; nothing stands twice.
//
// # Replacing a root
//
// A list names in its field 8 how its root came to replace earlier ones: the first
// root's signed word for the second, the second's for the third, and so on to the
// root that signs the list. So each replacement carries the signatures of both
// roots, and a reader who missed many lists finds the way from the root that it
// pinned; every later list repeats the statements, 32 at most. A reader then pins
// the new root instead. A list by the new root without the old one's word is
// refused, one by the old root alone is refused from then on, and the sequence
// number goes on counting across the replacement, so that no list from before it
// comes back. The roots of statements, like a list's, have no dates.
//
// # Caveats
//
// A list tells nothing by itself about who signed it: the signature is checked
// with the key that the list names. Only a pinned fingerprint, or a person who
// compared the words, makes it worth anything.
//
// A stale list is still a list. [List.StaleAt] says so, and the reader's verdict
// shows the age; nothing here refuses an old list that is the newest known.
//
// A key file without a passphrase is protected by its mode alone (0600), which
// means little on a stick and nothing on Windows, where the folder's access
// rules decide. A passphrase is taken byte for byte, and there is no way back to
// a key whose passphrase is forgotten: revoke it and make another.
//
// The pins of a folder stop a rolled-back or foreign list that arrives from
// outside. They do not stop somebody who can write to the folder itself.
//
// A stolen root can name a successor too, and readers believe the first that they
// hear of. What a thief signed cannot be taken back by a list: its readers are told
// by telephone, and pin anew by hand.
package trust
