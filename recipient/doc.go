// Package recipient is a small FHIR endpoint that takes consultation notes, for
// demonstrations and tests: the other end of the line when there is no national
// one. It speaks the part of IHE MHD that a delivery needs (ITI-65 to provide a
// document or to replace one, ITI-67 by unique id to find it, ITI-68 to fetch it),
// takes audit events, and says at /metadata what it does.
//
// What it does it does for good: a transaction is applied whole or not at all and
// is on disk before the answer leaves, conditions on a create are honoured, and a
// Bundle that breaks the rules is refused with the rule. It can be told to
// misbehave, once or always, in the ways that real networks and servers do.
//
// # Nouns
//
// A [Server] keeps resources in one bbolt file of its own. A [Document] is what
// it holds under one unique id, counted over the resources themselves and not
// over an index, so that "held once" is a proof. A [Misbehaviour] says how it is
// to fail.
//
// # Security
//
// Told so, it speaks TLS 1.3, takes only clients with a certificate of an authority,
// and only those with an access token that it gave out itself at /token to the one
// client whose public keys it knows (SMART Backend Services). Without, it asks nobody
// who they are and encrypts nothing. In every case it refuses to listen on, or to
// answer to, anything but a loopback address: it is a demonstration.
//
// # Caveats
//
// It has no directory of patients: a conditional reference to a patient stays as it
// was written, and whether somebody has a record it knows from [Options] alone.
// Without a condition a Bundle sent twice is kept twice, as the standard has it. A
// document is never changed but for being marked as replaced.
package recipient
