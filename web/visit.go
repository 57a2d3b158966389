package web

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/zoneblanche/zoneblanche/record"
)

// visit is one card that was opened, and what is being written about it. Its fields
// are guarded by mu, except id and author. Its identifier is that of the consultation
// that signing records, so that signing twice is signing the same thing, and a page
// that stayed open over a restart of the program finds its draft again.
type visit struct {
	id     string
	author Account

	mu        sync.Mutex
	texts     []string // every code that was read for it
	code      string   // the patient's, as typed
	reading   Reading
	readAt    time.Time
	opened    bool      // the journal has an entry of it
	reason    string    // why it was opened without a consent that holds
	confirmed time.Time // "c'est bien la personne devant moi"; zero: not yet
	written   written
	savedAt   time.Time // when the journal took it as a draft; zero: it has not
	entry     string    // of the journal, once signed
	deadline  time.Time
	duplicate bool
	rulers    map[string]*scale // of its photographs, by their SHA-256, once they were looked for
}

// written is what the doctor wrote.
type written struct {
	Note          string
	Prescriptions string // one a line
	Orders        string // one a line
}

func newVisit(r Reading, author Account, at time.Time) (*visit, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	return &visit{id: id.String(), author: author, texts: r.Texts, reading: r, readAt: at}, nil
}

// take puts a fuller reading of the same card in place of the one that is there.
func (v *visit) take(r Reading) {
	if r.Ref.Verdict != v.reading.Ref.Verdict {
		v.opened = false // the journal is told what is thought of it now
	}
	v.texts, v.reading = r.Texts, r
}

// unsaved reports whether something is written that no journal holds.
func (v *visit) unsaved() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.entry == "" && v.savedAt.IsZero() && !v.written.empty()
}

// drafted reports whether the visit is a draft of the journal, or was signed.
func (v *visit) drafted() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.entry != "" || !v.savedAt.IsZero()
}

// needsReason reports whether opening the card asks for one.
func (v *visit) needsReason() bool {
	s := v.reading.Summary
	return s != nil && s.ConsentExpired(v.readAt) && v.reason == ""
}

// lines are the lines of a field that say something.
func lines(s string) []string {
	var out []string
	for line := range strings.Lines(s) {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			out = append(out, line)
		}
	}
	return out
}

func (w written) empty() bool {
	return strings.TrimSpace(w.Note) == "" && len(lines(w.Prescriptions)) == 0 && len(lines(w.Orders)) == 0
}

// version tells one state of what was written from another.
func (w written) version() string {
	sum := sha256.Sum256([]byte(w.Note + "\x00" + w.Prescriptions + "\x00" + w.Orders))
	return hex.EncodeToString(sum[:8])
}

// drugOf is the drug of a prescription's line: named by what stands before the
// posology, and compared by every substance that the line names, since a cut in the
// wrong place must not leave one out.
func drugOf(line string) record.Concept {
	drug := record.Text(line)
	for _, end := range []string{" : ", ": ", " – ", " - ", ", "} {
		if before, _, ok := strings.Cut(line, end); ok && before != "" {
			drug = record.Text(before)
			break
		}
	}
	for _, code := range record.ATCOf(record.Text(line)) {
		drug.Codes = append(drug.Codes, record.CodeValue{System: record.SystemATC, Value: code})
	}
	return drug
}

// consultation is what signing records.
func (v *visit) consultation() record.Consultation {
	return record.Consultation{
		ID: v.id, Patient: v.reading.Summary.Patient, Card: v.reading.Ref, ActedAt: v.confirmed, Author: v.author.author(),
		Note: strings.TrimSpace(v.written.Note), Prescriptions: lines(v.written.Prescriptions), Orders: lines(v.written.Orders),
		Reason: v.reason,
	}
}

// draft is the same while it is being written, as it was typed.
func (v *visit) draft() Draft {
	c := v.consultation()
	c.Note = v.written.Note
	return Draft{Consultation: c, Codes: v.texts}
}

// writtenOf is what a draft's fields show.
func writtenOf(c record.Consultation) written {
	return written{c.Note, strings.Join(c.Prescriptions, "\n"), strings.Join(c.Orders, "\n")}
}
