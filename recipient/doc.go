// Package recipient is a small FHIR endpoint that takes consultation notes, for
// demonstrations and tests: the other end of the line when there is no national
// one. It speaks the part of IHE MHD that a delivery needs (ITI-65 to provide a
// document, ITI-67 by unique id to find it, ITI-68 to fetch it) and nothing else,
// and says so at /metadata.
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
// # Caveats
//
// It asks nobody who they are and encrypts nothing: it refuses to listen on, or to
// answer to, anything but a loopback address. It has no directory of patients: a
// conditional reference to a patient stays as it was written. Without a condition
// a Bundle sent twice is kept twice, as the standard has it.
package recipient
