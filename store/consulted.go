package store

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/zoneblanche/zoneblanche/record"
)

// maxReason bounds why a card was opened, in bytes.
const maxReason = 4 << 10

// RecordConsulted appends that a card was opened, with the frozen submission that tells
// the recipient, and returns when both are on disk. The entry's identifier is c's, or a
// new UUIDv7 where it has none.
//
// Each opening is an entry of its own, however soon it follows another. The same
// identifier again, for the same card, person and author, is the same opening:
// duplicate is true, and what was given is dropped.
func (j *Journal) RecordConsulted(ctx context.Context, c record.Consulted, s record.Submission) (entry string, duplicate bool, err error) {
	const op = "record opened card"
	v := record.Consultation{ID: c.ID, Patient: c.Patient, Card: c.Card, ActedAt: c.At, Author: c.Author}
	id, err := checkRecord(&v, s)
	if err != nil {
		return "", false, err
	}
	if len(c.Reason) > maxReason || !utf8.ValidString(c.Reason) {
		return "", false, invalid(op, ReasonConsultation, "the reason is too long or not UTF-8")
	}
	made := j.newFact(v, s)
	made.Consulted = &openedWhy{Reason: strings.TrimSpace(c.Reason)}
	e, err := j.seal(kindConsulted, id, made, s)
	if err != nil {
		return "", false, err
	}
	defer clear(e.key)
	content := j.codec.contentHash(v)
	err = j.update(ctx, op, len(s.Body)+len(e.fact), func(t *writeTx) (err error) {
		if duplicate, err = t.findTaken(op, id, kindConsulted, content); err != nil || duplicate {
			return err
		}
		return t.appendEntry(e, j.now())
	})
	if err != nil {
		return "", false, err
	}
	return id.String(), duplicate, nil
}
