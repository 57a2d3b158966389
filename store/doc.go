// Package store keeps the journal: one bbolt file to which consultations are
// appended, and from which the debts of delivery (the outbox) are paid.
//
// Most programs call [Open], [Journal.Record], the outbox methods
// ([Journal.Waiting], [Journal.Begin], [Journal.Clear] and their siblings),
// [Journal.Entries], [Journal.Verify] and [Journal.Close]. A [Journal] may be
// used by any number of goroutines.
//
// # Nouns
//
// An entry is one immutable fact; it holds the SHA-256 of the entry before it. It is a
// consultation ([Journal.Record], [Journal.Sign]), a photograph of one, the opening of a
// card ([Journal.RecordConsulted]), or the correction of a note ([Journal.Correct]).
// A body is the frozen bytes that are delivered for it. An item is the state of
// that debt, and an attempt one try to pay it. The head is the summary of all of
// it: how many entries, the hash of the last, how many items in each state.
//
// # Schema, version 1
//
// A folder holds store.key (keyfile.go, custody.go), periods.key (periods.go), journal.db, journal.id
// (identity_file.go), and journal.pid and the log while a process has it open for writing. Buckets of journal.db, keys in big endian:
//
//	meta         "journal" → schema, key id, sealed journal id, epoch, creation
//	             "head"    → sealed head
//	             "backups" → sealed list of the backups that were made
//	entries      seq(8) 0(4)                      → entry (see entry.go)
//	             seq(8) chunk(4), from 1          → sealed chunk of the body
//	items        seq(8) 0(8)                      → sealed item
//	             seq(8) number(8), from 1         → sealed attempt
//	ids          id(16)                           → seq(8)
//	by_deadline  deadline(12) seq(8)              → nothing; items that are not cleared
//	by_next      not before(12) seq(8)            → nothing; items that are pending
//	by_patient   pseudonym(32) act time(12) seq(8) → nothing
//	newest       pseudonym(32)                    → sealed: the newest card seen of a person
//	drafts       id(16)                           → slot of the data key, sealed draft
//	             id(16) number(2)                 → nothing: a photograph is being taken up
//	photographs  id(16) number(2) chunk(4), from 0 → sealed chunk of a photograph
//	handover     'p' peer(16)                     → sealed peer
//	             'o' hash(16)                     → sealed offer of a pairing
//	             'g' id(16) peer(16)              → sealed: an entry that was given to a peer
//	             't' id(16) peer(16)              → sealed: an entry that was taken from one
//	             's' id(16) peer(16)              → sealed: what a relay delivers, itself sealed to the recipient
//
// There are few buckets because each costs a commit two pages or three.
// Bodies are cut into chunks because bbolt writes the neighbours of a changed row
// again, and a neighbour may be a photograph.
//
// Identity and clinical text are only ever written sealed. A pseudonym is
// HMAC-SHA-256 under a key derived from the store key, because an INS is
// guessable. In clear are: how many entries there are, their identifiers (which
// tell when they were made), deadlines, next attempts, and sizes.
//
// # What is authenticated
//
// Every value is sealed with XChaCha20-Poly1305 under associated data that says
// which journal, kind, entry and sequence it belongs to, so that a flipped bit, or
// a value moved to another place, is noticed when it is read. A row of an index is
// only a hint: it is believed when the sealed value that it leads to says the
// same, and [Journal.Verify] checks that none is missing. bbolt's own pages are
// checked before bbolt may follow them (see pages.go).
//
// What this does not see is a whole file put back to an earlier state of its own.
// The head hash, told to somebody else, shows that.
//
// # Durability
//
// A method that changes something returns after the change is on disk, or says
// that it failed. It is there first in a log (wal.go), and reaches the bbolt file
// later, with others (apply.go); readers see the file through what is confirmed and
// not yet in it (layer.go). Changes that wait together share one commit. After a failed
// write whose outcome cannot be known, the journal refuses further changes until
// it is opened again, rather than build on what may not be there.
//
// # What stays readable
//
// Every schema version that was released stays readable by later programs. An
// older program refuses a newer schema with the reason "journal_newer".
//
// # Caveats
//
// One process holds the file for writing. The journal cannot be read without
// store.key: a backup of one without the other is no backup. Overwritten values
// linger in free pages of the file until those are used again.
package store
