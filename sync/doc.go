// Package sync delivers the outbox: it brings every entry that is owed to the
// recipient, once, and keeps the receipt.
//
// # Nouns
//
// A [Worker] stands between an [Outbox], which is the journal's side, and a
// [Transport], which is the recipient's. An attempt is one try to deliver one
// entry. A look-up asks the recipient what it holds under a document's unique
// identifier. A clearance removes an entry from the outbox and needs a receipt:
// a complete answer, or a look-up that shows exactly our document.
//
// # What holds whatever breaks
//
// An entry is in flight on disk before its first byte leaves, so that after a
// crash nobody takes it for unsent. A request whose outcome is not known is never
// repeated before a look-up, made when the first request can no longer be
// running, has shown nothing; and after a repeated request the documents are
// counted once more. What the recipient holds twice, or with another content,
// goes to a person. Nothing is ever given up: what the line refuses today stays
// in the outbox, late or not.
//
// There are two levels of patience. When nothing answers, it is the endpoint that
// is down: entries wait without penalty and a probe goes out at least once a
// minute. When the endpoint lives and one entry keeps failing, that entry alone
// backs off.
//
// # Caveats
//
// A [Worker] trusts the transport's classes of failure. One that calls an outcome
// "unavailable" although the recipient took the document makes us send it again
// (after a look-up, and with the same bytes); the suite in transporttest exists to
// catch such transports.
//
// One worker at a time may serve an outbox. Two are safe, because every change of
// an item is a compare-and-swap, but they get in each other's way.
//
// The package shares its name with a standard one. Import it as outsync.
package sync
