package store

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha1"
	"crypto/sha256"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// An entry that is handed over is known by two journals. The one in which it was
// recorded gives it and owes its delivery until a receipt is back; the other takes it,
// owes its delivery too, and answers with receipts. This file has the moves of both
// sides, each one transaction; what travels between them is the package handover's.

// CauseHandedOver is the cause of the attempt that stands for another journal's: this
// one looks the document up before it sends it itself.
const CauseHandedOver = "handed_over"

// viaHandover is what the receipt of an entry says that a peer delivered.
const viaHandover = "handover"

// Signer returns the private half of [Journal.PublicKey]. Whoever signs with it begins
// what is signed with a context of its own.
func (j *Journal) Signer() ed25519.PrivateKey { return j.codec.signer() }

// SealingSeed returns the 32 bytes from which the key is derived that others seal to.
// Like the signing key it comes from the store key and stays the same for ever.
func (j *Journal) SealingSeed() []byte { return bytes.Clone(j.codec.keys.handover) }

// Content names what is handed over, on both sides: a document and the exact bytes
// that deliver it.
type Content struct {
	DocumentID   string `json:"document_id"`
	DocumentSHA1 []byte `json:"document_sha1,omitempty"` // empty for an audit event, which has no document
	DocumentSize int    `json:"document_size,omitempty"`
	BodySHA256   []byte `json:"body_sha256"` // of the whole body, an attached document included
}

// Same reports whether two contents are one.
func (c Content) Same(d Content) bool {
	return c.DocumentID == d.DocumentID && c.DocumentSize == d.DocumentSize &&
		bytes.Equal(c.DocumentSHA1, d.DocumentSHA1) && bytes.Equal(c.BodySHA256, d.BodySHA256)
}

// ContentOf names a submission whose whole body has the given SHA-256.
func ContentOf(s record.Submission, body [sha256.Size]byte) Content {
	return Content{s.DocumentID, s.DocumentSHA1, s.DocumentSize, body[:]}
}

// Given is what an origin knows of an entry that it gave to a peer.
type Given struct {
	Entry     string    `json:"entry"`
	Peer      string    `json:"peer"`
	Content   Content   `json:"content"`
	GivenAt   time.Time `json:"given_at"`           // when a package was last made
	TakenAt   time.Time `json:"taken_at,omitzero"`  // when the peer says that it took it
	Attention bool      `json:"attention,omitzero"` // the peer says that it needs a person
	FinalAt   time.Time `json:"final_at,omitzero"`  // when the recipient's receipt came back
}

// Taken is what a holder knows of an entry that it took from a peer.
type Taken struct {
	Entry   string    `json:"entry"`
	Peer    string    `json:"peer"`
	Content Content   `json:"content"`
	TakenAt time.Time `json:"taken_at"`
	FinalAt time.Time `json:"final_at,omitzero"` // when a final receipt was last made

	Item record.Item `json:"-"`
}

// handedFrom is what the entry of a holder says of its origin.
type handedFrom struct {
	Peer string           `json:"peer"`
	Head string           `json:"head"` // the origin's signed head when it gave the entry
	Kind record.EntryKind `json:"kind"`
}

// Give notes that an entry is about to be given to a peer, before anything leaves. A
// pending item goes in flight with an unknown outcome; what needs a person or is
// cleared is a conflict "wrong_state". Giving again keeps what the peer answered; a
// content that differs from the one given before is a conflict "handover_other".
func (j *Journal) Give(ctx context.Context, g Given) error {
	const op = "give entry"
	g.GivenAt = stamp(g.GivenAt)
	return j.update(ctx, op, 0, func(t *writeTx) error {
		peer, err := t.peer(t.tx, op, g.Peer)
		if err == nil {
			err = peer.Refusal(op)
		}
		if err != nil {
			return err
		}
		o, err := t.entryByID(t.tx, g.Entry)
		if err != nil {
			return err
		}
		item, err := t.openItem(t.tx, o.seq)
		if err != nil {
			return err
		}
		if item.State != record.Pending && item.State != record.InFlight || item.Waits {
			return conflict(op, ReasonWrongState)
		}
		f := o.fact.Submission
		if peer.Relay() {
			f.DocumentSize, f.DocumentSHA1 = 0, nil // it must not know them
		}
		if g.Content.DocumentID != f.DocumentID || g.Content.DocumentSize != f.DocumentSize ||
			!bytes.Equal(g.Content.DocumentSHA1, f.DocumentSHA1) || len(g.Content.BodySHA256) != sha256.Size {
			return conflict(op, ReasonHandoverOther)
		}
		var before Given
		known, err := t.handoverRow(t.tx, rowGiven, g.Entry, g.Peer, &before)
		if err != nil {
			return err
		}
		if known {
			if !before.Content.Same(g.Content) {
				return conflict(op, ReasonHandoverOther)
			}
			g.TakenAt, g.Attention, g.FinalAt = before.TakenAt, before.Attention, before.FinalAt
		}
		if item.State == record.Pending {
			if err := t.doubt(o.seq, &item, item, g.GivenAt, CauseHandedOver); err != nil {
				return err
			}
		}
		return t.putHandover(rowGiven, g.Entry, g.Peer, g)
	})
}

// Heard is what a peer says of an entry that it took.
type Heard struct {
	At        time.Time // when it took it
	Attention bool      // its own delivery needs a person
}

// HeardTaken notes that a peer says it took an entry. It changes no duty. The content
// must be the one that was given to that peer.
func (j *Journal) HeardTaken(ctx context.Context, entry, peer string, c Content, h Heard) error {
	const op = "note hand-over"
	return j.update(ctx, op, 0, func(t *writeTx) error {
		g, err := t.givenTo(op, entry, peer, c)
		if err != nil {
			return err
		}
		if g.TakenAt.IsZero() {
			g.TakenAt = stamp(h.At)
		}
		g.Attention = h.Attention
		return t.putHandover(rowGiven, entry, peer, g)
	})
}

// HeardNothing notes that a peer, asked, does not know an entry that it took: its journal
// was restored from an older backup. It is given again.
func (j *Journal) HeardNothing(ctx context.Context, entry, peer string) error {
	const op = "note hand-over"
	return j.update(ctx, op, 0, func(t *writeTx) error {
		var g Given
		known, err := t.handoverRow(t.tx, rowGiven, entry, peer, &g)
		if err != nil || !known || g.TakenAt.IsZero() {
			return err
		}
		g.TakenAt, g.Attention = time.Time{}, false
		return t.putHandover(rowGiven, entry, peer, g)
	})
}

// HeardFinal clears an entry by the recipient's receipt that a peer brought back, and
// reports whether it did: one that is cleared already stays as it is, and one that
// needs a person goes on needing one. The content must be the one that was given to
// that peer, and so is the entry's own.
func (j *Journal) HeardFinal(ctx context.Context, entry, peer string, c Content, r record.Receipt) (cleared bool, err error) {
	const op = "clear entry"
	if r.Empty() {
		return false, invalid(op, ReasonNoReceipt, "nothing is cleared without a receipt")
	}
	now := stamp(j.now())
	err = j.update(ctx, op, 0, func(t *writeTx) error {
		cleared = false
		g, err := t.givenTo(op, entry, peer, c)
		if err != nil {
			return err
		}
		seq, old, err := t.itemByID(op, entry)
		if err != nil {
			return err
		}
		g.FinalAt = now
		if err := t.putHandover(rowGiven, entry, peer, g); err != nil {
			return err
		}
		if old.State != record.Pending && old.State != record.InFlight {
			return nil
		}
		item := old
		item.Epoch++
		item.State, item.Receipt, item.NextAttempt = record.Cleared, r, time.Time{}
		item.Receipt.At, item.Receipt.Via = stamp(r.At), viaHandover
		if r.At.Before(old.ActedAt) || r.At.After(now) {
			item.Receipt.At = now // another clock, which is wrong
		}
		if old.State == record.InFlight {
			if err := t.closeAttempt(seq, &item, now, attemptCleared, ""); err != nil {
				return err
			}
		}
		cleared = true
		return t.putItem(seq, &old, item)
	})
	return cleared, err
}

// givenTo returns what was given to a peer, if it is what the peer speaks of.
func (t *writeTx) givenTo(op, entry, peer string, c Content) (g Given, err error) {
	if err := t.usable(op, peer); err != nil {
		return g, err
	}
	known, err := t.handoverRow(t.tx, rowGiven, entry, peer, &g)
	switch {
	case err != nil:
		return g, err
	case !known:
		return g, invalid(op, ReasonHandoverUnasked, "nothing of that identifier was given to the sender")
	case !g.Content.Same(c):
		return g, conflict(op, ReasonHandoverOther)
	}
	return g, nil
}

// Handed is an entry as a package brings it.
type Handed struct {
	Entry      string
	Peer       string           // who gives it
	Kind       record.EntryKind // as its origin delivers it
	ActedAt    time.Time
	MadeAt     time.Time // when the package was made, by the origin's clock
	Head       string    // the origin's signed head then
	Submission record.Submission
}

// Take records an entry of another journal and that it is owed here too, in one
// transaction. What is known already under that identifier, here or before a purge, is a
// duplicate when it is the same content, and a conflict "handover_other" when it is not.
func (j *Journal) Take(ctx context.Context, h Handed) (duplicate bool, err error) {
	const op = "take entry"
	id, err := parseID(op, h.Entry)
	if err != nil {
		return false, err
	}
	c := record.Consultation{ID: h.Entry, ActedAt: h.ActedAt}
	if _, err := checkRecord(&c, h.Submission); err != nil {
		return false, err
	}
	if kindByte(h.Kind) == 0 {
		return false, invalid(op, ReasonSubmission, "an entry of a kind that there is not")
	}
	if n := len(h.Submission.DocumentSHA1); h.Submission.Attached != nil || n != 0 && n != sha1.Size {
		return false, invalid(op, ReasonSubmission, "what is taken is whole")
	}
	now := stamp(j.now())
	taken := Taken{Entry: h.Entry, Peer: h.Peer, Content: ContentOf(h.Submission, sha256.Sum256(h.Submission.Body)), TakenAt: now}
	boot, since := bootClock()
	text, err := factText(fact{
		RecordedAt: now, Boot: boot, SinceBoot: since, Device: j.device, Consultation: c,
		Submission: freeze(h.Submission), From: &handedFrom{h.Peer, h.Head, h.Kind},
	})
	if err != nil {
		return false, err
	}
	key := newDataKey()
	defer clear(key)
	body := j.codec.sealBody(id, key, h.Submission.Body)
	began := h.MadeAt
	if began.After(now) {
		began = now
	}
	err = j.update(ctx, op, len(h.Submission.Body)+len(text), func(t *writeTx) error {
		duplicate = false
		if err := t.usable(op, h.Peer); err != nil {
			return err
		}
		known, err := t.knownContent(op, h.Entry, h.Peer, taken.Content)
		if err != nil || known == knownHere {
			duplicate = err == nil
			return err
		}
		if known == knownOtherwise {
			duplicate = true
			return t.putHandover(rowTaken, h.Entry, h.Peer, taken)
		}
		err = t.appendEntry(newEntry{
			kind: kindConsultation, id: id, key: key, fact: text, body: body,
			consultation: c, documentID: h.Submission.DocumentID, as: h.Kind,
		}, now)
		if err != nil {
			return err
		}
		_, item, err := t.itemByID(op, h.Entry)
		if err != nil {
			return err
		}
		if err := t.doubt(t.head.Seq, &item, item, stamp(began), CauseHandedOver); err != nil {
			return err
		}
		return t.putHandover(rowTaken, h.Entry, h.Peer, taken)
	})
	return duplicate, err
}

// How an identifier is known.
const (
	unknownHere    = iota
	knownHere      // taken from that peer
	knownOtherwise // this journal's own, or taken from another peer
)

// knownContent says how an identifier is known, and refuses another content under it.
func (t *writeTx) knownContent(op, entry, peer string, c Content) (int, error) {
	var before Taken
	known, err := t.handoverRow(t.tx, rowTaken, entry, peer, &before)
	if err != nil {
		return 0, err
	}
	if known {
		if !before.Content.Same(c) {
			return 0, conflict(op, ReasonHandoverOther)
		}
		return knownHere, nil
	}
	id, err := parseID(op, entry)
	if err != nil {
		return 0, err
	}
	row, err := get(t.tx, bucketIDs, id[:])
	if err != nil || row == nil {
		return unknownHere, err
	}
	o, err := t.entryByID(t.tx, entry)
	if err != nil {
		return 0, err // a purged one says so: what it was cannot be compared any more
	}
	if f := o.fact.Submission; o.fact.Of != nil || !c.Same(Content{f.DocumentID, f.DocumentSHA1, f.DocumentSize, f.BodySHA256}) {
		return 0, conflict(op, ReasonHandoverOther)
	}
	return knownOtherwise, nil
}

// MadeFinal notes that the final receipt of an entry was made for the peer that gave it.
func (j *Journal) MadeFinal(ctx context.Context, entry, peer string) error {
	const op = "note receipt"
	return j.update(ctx, op, 0, func(t *writeTx) error {
		var row Taken
		known, err := t.handoverRow(t.tx, rowTaken, entry, peer, &row)
		if err != nil {
			return err
		}
		if !known {
			return noEntry(op)
		}
		row.FinalAt = stamp(j.now())
		return t.putHandover(rowTaken, entry, peer, row)
	})
}

// KeepSealed keeps what is sealed to the recipient for a relay, which is other bytes each
// time it is made: what was kept first is returned. It can be read by the recipient alone.
func (j *Journal) KeepSealed(ctx context.Context, entry, peer string, sealed []byte) (kept []byte, err error) {
	const op = "keep sealed submission"
	err = j.update(ctx, op, len(sealed), func(t *writeTx) error {
		known, err := t.handoverRow(t.tx, rowSealed, entry, peer, &kept)
		if err != nil || known {
			return err
		}
		kept = sealed
		return t.putHandover(rowSealed, entry, peer, sealed)
	})
	return kept, err
}

// Sealed returns what [Journal.KeepSealed] kept, nil when that is nothing.
func (j *Journal) Sealed(ctx context.Context, entry, peer string) (kept []byte, err error) {
	err = j.view(ctx, "read sealed submission", func(tx *snapshot) error {
		_, err := j.codec.handoverRow(tx, rowSealed, entry, peer, &kept)
		return err
	})
	return kept, err
}
