package store

import (
	"github.com/google/uuid"

	"github.com/zoneblanche/zoneblanche/record"
)

// A recipient's own words may name a patient. They are sealed under the data key of
// their entry, so that a purge destroys them with the rest, in old copies too. A
// cause, which is one of our own keys, stays in the item.

// lostWords stands for words that can be neither read nor kept, because their entry
// cannot be.
const lostWords = "words_lost"

// dataKey returns the data key of an entry.
func (c codec) dataKey(tx *snapshot, seq uint64) (uuid.UUID, []byte, error) {
	row, err := get(tx, bucketEntries, entryKey(seq, 0))
	if err != nil {
		return uuid.Nil, nil, err
	}
	h, err := parseHeader(row)
	if err != nil {
		return uuid.Nil, nil, err
	}
	if h.purged() {
		return h.id, nil, errPurged("open data key")
	}
	key, err := c.unwrapKey(h.id, h.slot)
	return h.id, key, err
}

func (c codec) wordsPlace(seq uint64, id uuid.UUID) []byte {
	return associate(c.journal, "words", seqKey(seq), id[:])
}

// sealWords moves words out of a row that is about to be written. An item whose
// entry cannot be read must still be able to move, so that what cannot be sealed is
// dropped rather than kept in the open.
func (c codec) sealWords(tx *snapshot, seq uint64, r *itemRow, old *record.Item) error {
	if r.LastError == "" || !c.areWords(tx, seq, r, old) {
		return nil
	}
	id, key, err := c.dataKey(tx, seq)
	if isDamaged(err) || isPurged(err) {
		r.LastError = lostWords
		return nil
	}
	if err != nil {
		return err
	}
	r.Words, r.LastError = seal(key, []byte(r.LastError), c.wordsPlace(seq, id)), ""
	return nil
}

// areWords reports whether the latest error is the recipient's: whatever a person is
// to look at, what an earlier change sealed, and what no cause looks like.
func (c codec) areWords(tx *snapshot, seq uint64, r *itemRow, old *record.Item) bool {
	if r.State == record.Attention || !looksLikeCause(r.LastError) {
		return true
	}
	if old == nil || old.LastError != r.LastError {
		return false
	}
	before, err := c.itemRow(tx, seq)
	return err != nil || before.Words != nil
}

func looksLikeCause(s string) bool {
	for _, b := range []byte(s) {
		if b != '_' && (b < 'a' || b > 'z') && (b < '0' || b > '9') {
			return false
		}
	}
	return len(s) <= 40
}

// openWords puts the words back.
func (c codec) openWords(tx *snapshot, seq uint64, r *itemRow) {
	if r.Words == nil {
		return
	}
	r.LastError = lostWords
	if id, key, err := c.dataKey(tx, seq); err == nil {
		if text, err := unseal(key, r.Words, c.wordsPlace(seq, id)); err == nil {
			r.LastError = string(text)
		}
	}
}
