package qr

import (
	"bytes"
	"slices"

	"github.com/zoneblanche/zoneblanche/record"
)

// This file brings locked messages to the emergency messages that they go with.
// A code is tried only where a person has typed one and a locked message is there
// to be opened, once a card, and on no more than maxDerivations cards a call:
// anybody can print declared cards, and each costs time and memory.

// lockedFull is a locked message that was read.
type lockedFull struct {
	lockedMessage
	texts []string
	used  bool // a card that may be its own was found
}

// lockedMessage keeps a locked message for its card; false when raw is none.
func (c *collection) lockedMessage(raw []byte, texts ...string) bool {
	m, err := parseLocked(raw)
	if err != nil {
		return false
	}
	if key := "message " + string(raw); !c.seen[key] {
		c.seen[key] = true
		c.locked = append(c.locked, &lockedFull{lockedMessage: m, texts: texts})
	}
	return true
}

// unlock opens the locked messages of a card. Nothing of what was inside is
// believed yet: who knows the code may have put anything there. When none of those
// that are there opens, the lock tells why, and the card's texts are theirs too;
// it is Unlocked when there is none at all.
func (c *collection) unlock(e *outcome) ([]*fullMessage, record.Lock) {
	var there []*lockedFull
	var texts []string
	for _, l := range c.locked {
		if l.hint == hintOf(e.head.card) {
			l.used = true
			there, texts = append(there, l), append(texts, l.texts...)
		}
	}
	fail := func(why record.Lock) ([]*fullMessage, record.Lock) {
		e.texts = slices.Concat(e.texts, texts)
		return nil, why
	}
	switch {
	case len(there) == 0:
		return nil, record.Unlocked
	case c.reader.Code == "" || c.derived >= maxDerivations:
		return fail(record.Locked)
	}
	code, err := ParsePatientCode(c.reader.Code)
	if err != nil {
		return fail(record.WrongCode)
	}
	c.derived++
	key, err := newLock(*code, e.head.card, e.raw)
	if err != nil {
		return fail(record.WrongCode)
	}
	var opened []*fullMessage
	for _, l := range there {
		signed, err := key.open(l.lockedMessage)
		again := func(f *fullMessage) bool { return bytes.Equal(f.raw, signed) }
		if err != nil || slices.ContainsFunc(opened, again) {
			continue
		}
		m, err := parseMessage(signed)
		if err != nil {
			m = &message{raw: signed} // of no kind, and so refused
		}
		opened = append(opened, &fullMessage{message: m, texts: l.texts, locked: true})
	}
	if len(opened) == 0 {
		return fail(record.WrongCode)
	}
	return opened, record.Unlocked
}

// behindLock is a card of which every code may be there, and that is not open.
func (r Reader) behindLock(e outcome, lock record.Lock) Reading {
	reading := r.finish(Reading{Missing: []string{wordPatientCode}, Summary: e.summary, Locked: true}, e)
	reading.Judgement.Lock = lock
	return reading
}
