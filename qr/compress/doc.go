// Package compress makes the body of a card small: a coder that predicts every
// bit from what came before it, and codes it in as few bits as the prediction was
// good. It is a context-mixing coder, of the family of Matt Mahoney's lpaq
// (Adaptive Weighing of Context Models for Lossless Data Compression, Florida
// Tech CS-2005-16), made small enough to be written again from doc/card-format.md,
// which is the normative text; this package follows it step by step.
//
// # Nouns
//
// A [Model] has learnt a dictionary, which is a sequence of bodies: of everything
// that a summary is likely to say it knows what usually follows. It is made once,
// takes a tenth of a second and some fifteen megabytes, never changes, and may be
// used by several goroutines. What one message adds to it is kept apart and thrown away
// with the message.
//
// A body is one CBOR item (RFC 8949). The coder reads its structure as it goes,
// because where a byte stands (which field, what part of an item) says more about it
// than the bytes before it; and because an item says itself where it ends, no
// length is written. Bytes that are not CBOR compress worse, and are refused if
// they do not end with an item's end.
//
// # One goroutine
//
// All of this is arithmetic in one goroutine, on tables of its own and on those of a
// model, which nobody writes once [NewModel] has returned. The functions where the
// time goes are left out of the race detector, which makes them ten times slower; a
// test uses one model from several goroutines and compares.
//
// # Integers only
//
// Two programs that disagree on one prediction decode different bodies from the
// same card. All arithmetic is of integers, and fits what every language has: 32
// bits, and for one sum 53.
//
// # What stays readable
//
// Everything here is part of format version 1: a change of any constant, or of a
// byte of the dictionary, makes cards that are printed unreadable. Vectors hold it
// in place.
package compress
