// Package qr is the card: a patient's summary as signed QR codes on paper, and
// the way back from the texts of such codes to a summary that may be believed.
// It does no input or output and knows no images; package qr/picture opens files
// and package qr/scan finds symbols in them.
//
// # What a card is
//
// Two signed messages. The emergency message is one code that is read by itself:
// identity, allergies, treatments, long-term conditions, implants, whom to call,
// how many entries of each section are elsewhere, and of how many it leaves out
// details. The full message carries everything else, entries and details, in one
// code or in several of which some may be lost. It names
// the emergency message by its hash, so that the codes of two cards, or of two
// printings of one, never become one summary. What one code holds is one code.
//
// A patient's code may lock the full message ([PatientCode]); a card that a patient
// makes alone is declared, signed by a key of its own that nobody vouches for.
//
// A body is deterministic CBOR with integer keys (schema.go is the one table of
// them), compressed by package compress with a trained dictionary, in a
// COSE_Sign1 message, cut into parts, spelled in base45. doc/card-format.md is the
// specification.
//
// # Which calls most people need
//
// [Encode] makes a [Card] of a sorted summary; its symbols draw themselves
// ([Symbol.Modules]). A [Reader] turns whatever texts a camera or a scanner gave
// into one [Reading] a card. A reading always has a verdict, and it has a summary
// only when the verdict is believed: there is no way to get at content whose
// signature was not checked.
//
// # Keys
//
// This package signs with the key that it is given and keeps none. Whose keys are
// to be believed, and until when, is a [KeySource]'s business, in practice the
// signed trust list of package trust. Several keys may share an id: every one is
// tried, and the algorithm is always the key's own, never the message's choice.
//
// # Old cards
//
// Paper does not update itself. Every released version of the format stays
// readable by every later version of this package: dictionaries, tables and keys
// of the schema are added to and never changed, and test vectors of each version
// are kept and never made anew.
//
// # Caveats
//
// Texts, readings and summaries hold identity and clinical text: never log them.
// Errors of this package quote neither. A reading of an incomplete card is a true
// part of a summary and not a summary: what it does not say may exist.
package qr
