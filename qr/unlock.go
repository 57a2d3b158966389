package qr

import (
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

// unlock opens the locked messages of a card. When none of those that are there
// opens, the lock tells why; it is Unlocked when there is none at all.
func (c *collection) unlock(cl *cluster, e outcome) ([]*rest, record.Lock) {
	var there []*lockedFull
	for _, l := range c.locked {
		if l.hint != [hintSize]byte(cl.id[:hintSize]) {
			continue
		}
		there = append(there, l)
		if !l.used {
			l.used = true
			cl.texts = append(cl.texts, l.texts...)
		}
	}
	switch {
	case len(there) == 0:
		return nil, record.Unlocked
	case c.reader.Code == "" || c.derived >= maxDerivations:
		return nil, record.Locked
	}
	code, err := ParsePatientCode(c.reader.Code)
	if err != nil {
		return nil, record.WrongCode
	}
	c.derived++
	key, err := newLock(*code, cl.id, e.raw)
	if err != nil {
		return nil, record.WrongCode
	}
	var opened []*rest
	for _, l := range there {
		if signed, err := key.open(l.lockedMessage); err == nil {
			opened = append(opened, &rest{outcome: c.reader.judgeOpened(signed)})
		}
	}
	if len(opened) == 0 {
		return nil, record.WrongCode
	}
	return opened, record.Unlocked
}

// judgeOpened judges what was inside a locked message as if it had been read in
// clear: who knows the code may have put anything there.
func (r Reader) judgeOpened(signed []byte) outcome {
	m, err := parseMessage(signed)
	if err != nil {
		return outcome{message: new(message), judgement: record.Judgement{Verdict: record.NotAuthentic}}
	}
	return r.judge(m)
}

// behindLock is a card of which every code may be there, and that is not open.
func (r Reader) behindLock(e outcome, lock record.Lock) Reading {
	reading := r.finish(Reading{Missing: []string{wordPatientCode}, Summary: e.summary, Locked: true}, e)
	reading.Judgement.Lock = lock
	return reading
}

// loneLocked is the reading of a locked message whose emergency message is not
// there, or is one that locks nothing.
func (c *collection) loneLocked(l *lockedFull) []Reading {
	its := func(cl *cluster) bool { return l.hint == [hintSize]byte(cl.id[:hintSize]) }
	reading := Reading{Kind: KindCard, Texts: l.texts}
	switch i := slices.IndexFunc(c.order, its); {
	case i < 0:
		reading.Judgement = record.Judgement{Verdict: record.Incomplete, Detail: wordEmergencyCode}
		reading.Missing, reading.Locked = []string{wordEmergencyCode}, true
	case len(c.order[i].emergency) > 0:
		// Nobody signed that there is anything locked.
		reading.Judgement.Verdict = record.NotAuthentic
	default:
		return nil // its emergency message is refused, which is all there is to say
	}
	return []Reading{reading}
}
