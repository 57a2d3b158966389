// Package handover brings entries from the journal in which they were recorded to
// another one that delivers them, and receipts back, by any road: a folder on a USB
// key, or the local network (doc/handover.md).
//
// Most programs make a [Desk] over a journal and call [Desk.Export] and [Desk.Import]
// with a folder. [Offer], [Accept], [Answered] and [Confirm] pair two journals.
// [Status] says who holds what.
//
// # Nouns
//
// A package is one sealed, signed file about one entry: the entry itself on its way to
// a holder, or a receipt on its way back to the origin. A peer is another journal that
// a person has confirmed.
//
// # What holds whatever breaks
//
// The origin keeps its copy and its duty until the recipient's own receipt is back and
// names the very document and bytes that were given. A package may be lost, doubled,
// reordered, cut, kept for a year or stolen. Whoever carries it learns identifiers,
// sizes, times and deadlines.
//
// # Caveats
//
// A holder that lies about the recipient's receipt is believed, as far as it names
// document and bytes: it is a peer that a person has confirmed. What it said stays in
// the journal, and "sync recheck" asks the recipient itself.
package handover
