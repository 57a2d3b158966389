package handover

import (
	"context"
	"crypto/sha256"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
)

// A relay delivers what it must not read: the body that it takes is itself sealed to the
// recipient, and nothing beside it tells of the content. Its word is not enough either:
// a final receipt counts when the recipient has signed it.

// maxRelayed bounds what goes through a relay. Photographs do not: they wait for a holder
// that may read, or for a line.
const maxRelayed = 1 << 20

// sealToRecipient returns what a relay delivers of an entry; its body is nil when the
// entry is too large for relays. The same bytes are given each time.
func (d *Desk) sealToRecipient(ctx context.Context, item record.Item, s record.Submission, body []byte, peer store.Peer) (record.Submission, error) {
	if len(body) > maxRelayed || len(s.DocumentSHA1) == 0 {
		return record.Submission{}, nil // a photograph, or an event that is no document
	}
	kept, err := d.journal.Sealed(ctx, item.Entry, peer.ID)
	if err != nil {
		return record.Submission{}, err
	}
	sealed, err := fhir.SealSubmission(fhir.SealingKeys{Seal: peer.RelaySeal, Sign: peer.RelaySign}, s.DocumentID, body)
	if err != nil {
		return record.Submission{}, err
	}
	if kept == nil {
		if kept, err = d.journal.KeepSealed(ctx, item.Entry, peer.ID, sealed.Body); err != nil {
			return record.Submission{}, err
		}
	}
	sealed.Body = kept
	return sealed, nil
}

// proven checks the receipt that a relay brings against this journal's own bytes. Place
// and time are then the recipient's own words.
func (d *Desk) proven(ctx context.Context, entry string, peer store.Peer, r record.Receipt) (record.Receipt, error) {
	s, err := d.journal.Submission(ctx, entry)
	if record.ReasonOf(err) == store.ReasonEntryPurged {
		return r, nil // cleared long ago: nothing will change
	}
	if err != nil {
		return r, err
	}
	body, err := wholeBody(s)
	if err != nil {
		return r, err
	}
	said, err := fhir.CheckSealedReceipt(peer.RelaySign, r.Proof, s.DocumentID, sha256.Sum256(body))
	if err != nil {
		return r, err
	}
	r.Location, r.At = said.Location, said.At
	return r, nil
}
