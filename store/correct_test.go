package store

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/zoneblanche/zoneblanche/record"
)

const secretReason = "consentement échu, patient inconscient QWXR"

// story is a journal with every kind of entry and of correction.
type story struct {
	consulted           string
	taken, takenBy      string // cleared, and its correction that waits for nothing
	waiting, waitingBy  string // pending, and its correction that waits for it
	refused, refusedBy  string // held by the recipient's words, and what is delivered instead
	refusedAgain, final string // refused, corrected, refused again, corrected again
	all                 []string
}

func mustMove(t testing.TB) func(record.Item, error) record.Item {
	return func(item record.Item, err error) record.Item {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return item
	}
}

func mustItem(t testing.TB, j *Journal, entry string) record.Item {
	t.Helper()
	info, err := j.Entry(ctx, entry)
	if err != nil {
		t.Fatal(err)
	}
	return info.Item
}

func mustCorrect(t testing.TB, j *Journal, of Correction, note string) record.Item {
	t.Helper()
	c := consultation(note, of.Of.ActedAt.Add(time.Minute))
	id, duplicate, err := j.Correct(ctx, of, c, submission(c))
	if err != nil || duplicate {
		t.Fatalf("correct: %v, %v", duplicate, err)
	}
	return mustItem(t, j, id)
}

func tell(t testing.TB, j *Journal) (s story) {
	t.Helper()
	move := mustMove(t)
	refuse := func(item record.Item) record.Item {
		return move(j.Hold(ctx, move(j.Begin(ctx, item, item.ActedAt)), item.ActedAt, "status_422", "le patient n’existe pas"))
	}
	c := consultation("", acted)
	opened := record.Consulted{ID: c.ID, Patient: c.Patient, Card: c.Card, At: acted, Author: c.Author, Reason: secretReason}
	if _, _, err := j.RecordConsulted(ctx, opened, submission(c)); err != nil {
		t.Fatal(err)
	}
	s.consulted = c.ID

	taken := mustRecord(t, j, "prise", acted.Add(time.Hour))
	taken = move(j.Clear(ctx, move(j.Begin(ctx, taken, acted)), record.Receipt{At: acted, Location: "DocumentReference/1", Via: "response"}))
	s.taken, s.takenBy = taken.Entry, mustCorrect(t, j, Correction{Of: taken}, "prise, corrigée").Entry

	waiting := mustRecord(t, j, "en attente", acted.Add(2*time.Hour))
	s.waiting, s.waitingBy = waiting.Entry, mustCorrect(t, j, Correction{Of: waiting}, "en attente, corrigée").Entry

	refused := refuse(mustRecord(t, j, "refusée", acted.Add(3*time.Hour)))
	s.refused, s.refusedBy = refused.Entry, mustCorrect(t, j, Correction{Of: refused, Instead: true}, "refusée, corrigée").Entry

	again := refuse(mustRecord(t, j, "refusée encore", acted.Add(4*time.Hour)))
	second := refuse(mustCorrect(t, j, Correction{Of: again, Instead: true}, "corrigée une fois"))
	s.refusedAgain, s.final = again.Entry, mustCorrect(t, j, Correction{Of: second, Instead: true}, "corrigée deux fois").Entry
	s.all = []string{s.consulted, s.taken, s.takenBy, s.waiting, s.waitingBy, s.refused, s.refusedBy, s.refusedAgain, second.Entry, s.final}
	return s
}

func TestCorrection(t *testing.T) {
	j := mustOpen(t, t.TempDir(), nil)
	s := tell(t, j)
	move := mustMove(t)
	mustBeSound(t, j)
	for entry, want := range map[string]bool{s.takenBy: false, s.waitingBy: true, s.refusedBy: false, s.final: false} {
		if item := mustItem(t, j, entry); item.Waits != want || item.Kind != record.KindCorrection {
			t.Errorf("%+v, want it to wait: %v", item, want)
		}
	}
	// What waits cannot leave, before the first one has a receipt.
	_, err := j.Begin(ctx, mustItem(t, j, s.waitingBy), acted)
	wantReason(t, err, record.CodeConflict, ReasonWrongState)
	first := move(j.Begin(ctx, mustItem(t, j, s.waiting), acted))
	_, err = j.Begin(ctx, mustItem(t, j, s.waitingBy), acted)
	wantReason(t, err, record.CodeConflict, ReasonWrongState)
	move(j.Clear(ctx, first, record.Receipt{At: acted, Location: "DocumentReference/2"}))
	move(j.Begin(ctx, mustItem(t, j, s.waitingBy), acted))

	// What was refused, and is corrected, is not sent again; the correction's receipt
	// is its own, along the whole line.
	for _, entry := range []string{s.refused, s.refusedAgain} {
		_, err = j.Requeue(ctx, mustItem(t, j, entry))
		wantReason(t, err, record.CodeConflict, ReasonCorrected)
	}
	at := acted.Add(time.Hour * 30)
	move(j.Clear(ctx, move(j.Begin(ctx, mustItem(t, j, s.final), at)), record.Receipt{At: at, Location: "DocumentReference/3", Via: "lookup"}))
	for _, entry := range []string{s.refusedAgain, s.all[8]} {
		item := mustItem(t, j, entry)
		if item.State != record.Cleared || item.Receipt.Location != "DocumentReference/3" || item.Receipt.Via != "correction" || !item.Receipt.At.Equal(at) {
			t.Errorf("a refused entry whose correction was taken: %+v", item)
		}
	}
	if item := mustItem(t, j, s.refused); item.State != record.Attention {
		t.Errorf("its correction is not there yet: %+v", item)
	}
	mustBeSound(t, j)

	// One correction each; notes alone; the same person; nothing purged, nothing unknown.
	c := consultation("autre", acted)
	for _, test := range []struct {
		of     record.Item
		code   record.Code
		reason string
		change func(*record.Consultation)
	}{
		{mustItem(t, j, s.taken), record.CodeConflict, ReasonCorrected, nil},
		{mustItem(t, j, s.consulted), record.CodeInvalid, ReasonNotCorrectable, nil},
		{mustItem(t, j, s.takenBy), record.CodeInvalid, ReasonConsultation, func(c *record.Consultation) { c.Patient.INS.Matricule = "279035121518900" }},
		{record.Item{Entry: uuid.NewString()}, record.CodeNotFound, ReasonNoEntry, nil},
	} {
		other := c
		other.ID = uuid.NewString()
		if test.change != nil {
			test.change(&other)
		}
		_, _, err := j.Correct(ctx, Correction{Of: test.of}, other, submission(other))
		wantReason(t, err, test.code, test.reason)
	}
	same := consultation("prise, corrigée", acted)
	if id, duplicate, err := j.Correct(ctx, Correction{Of: mustItem(t, j, s.taken)}, same, submission(same)); err != nil || !duplicate || id != s.takenBy {
		t.Errorf("the same correction again: %q, %v, %v", id, duplicate, err)
	}
	_, err = j.Consulted(ctx, s.taken)
	wantReason(t, err, record.CodeNotFound, ReasonNoEntry)
	long := record.Consulted{Patient: c.Patient, Card: c.Card, At: acted, Author: c.Author, Reason: strings.Repeat("x", maxReason+1)}
	_, _, err = j.RecordConsulted(ctx, long, submission(c))
	wantReason(t, err, record.CodeInvalid, ReasonConsultation)
}

// TestCorrectionSurvives loses items and indexes, restores a backup, and opens rows of
// before an item said its kind.
func TestCorrectionSurvives(t *testing.T) {
	dir := t.TempDir()
	o := &Options{Place: "here"}
	j := mustOpen(t, dir, o)
	s := tell(t, j)
	want := map[string]record.Item{}
	for _, entry := range s.all {
		want[entry] = mustItem(t, j, entry)
	}
	links := func(t *testing.T, j *Journal) {
		t.Helper()
		for _, entry := range s.all {
			got, want := mustItem(t, j, entry), want[entry]
			if got.Kind != want.Kind || got.Replaces != want.Replaces || got.Instead != want.Instead || got.CorrectedBy != want.CorrectedBy {
				t.Errorf("got %+v, want %+v", got, want)
			}
		}
	}
	t.Run("restored", func(t *testing.T) {
		backup := filepath.Join(t.TempDir(), "b.zip")
		if _, err := j.Backup(ctx, backup, BackupOptions{}); err != nil {
			t.Fatal(err)
		}
		to := t.TempDir()
		if err := Restore(backup, to); err != nil {
			t.Fatal(err)
		}
		r := mustOpen(t, to, o)
		mustBeSound(t, r)
		links(t, r)
		for entry, state := range map[string]record.DeliveryState{
			s.refused: record.Attention, s.refusedAgain: record.Attention, // what is delivered instead is looked up
			s.refusedBy: record.InFlight, s.waiting: record.InFlight, s.waitingBy: record.InFlight,
		} {
			if item := mustItem(t, r, entry); item.State != state {
				t.Errorf("%+v, want %s", item, state)
			}
		}
	})
	t.Run("older rows", func(t *testing.T) {
		err := j.update(ctx, "test", 0, func(t *writeTx) error {
			for seq := uint64(1); seq <= 3; seq++ {
				r, err := t.itemRow(t.tx, seq)
				if err != nil {
					return err
				}
				r.Kind = 0
				row, err := t.sealRow(r, "item", itemKey(seq, 0))
				if err != nil {
					return err
				}
				if err := t.put(bucketItems, itemKey(seq, 0), row); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		mustBeSound(t, j)
		links(t, j)
	})
	t.Run("salvaged", func(t *testing.T) {
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		lost := copyFolder(t, dir)
		k := mustOpen(t, lost, o)
		err := k.update(ctx, "test", 0, func(t *writeTx) error {
			for seq := uint64(1); seq <= uint64(len(s.all)); seq++ {
				if err := t.put(bucketItems, itemKey(seq, 0), []byte("ruins of what was an item, and says nothing any more at all")); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := k.Close(); err != nil {
			t.Fatal(err)
		}
		keys, err := k.prepare(true)
		if err != nil {
			t.Fatal(err)
		}
		if err := k.salvage(keys, errShape); err != nil {
			t.Fatal(err)
		}
		k = mustOpen(t, lost, o)
		if k.Salvaged() == nil {
			t.Fatal("nothing was salvaged")
		}
		mustBeSound(t, k)
		links(t, k)
		for _, entry := range []string{s.refused, s.refusedAgain} {
			if item := mustItem(t, k, entry); item.State != record.Attention {
				t.Errorf("would be sent beside its correction: %+v", item)
			}
		}
	})
}

// TestVerifySeesCorrections breaks each side of a correction.
func TestVerifySeesCorrections(t *testing.T) {
	j := mustOpen(t, t.TempDir(), nil)
	s := tell(t, j)
	for name, change := range map[string]struct {
		entry string
		do    func(*record.Item)
	}{
		"another kind":            {s.consulted, func(i *record.Item) { i.Kind = record.KindConsultation }},
		"replaces nothing":        {s.takenBy, func(i *record.Item) { i.Replaces = "" }},
		"replaces another":        {s.takenBy, func(i *record.Item) { i.Replaces = s.waiting }},
		"instead":                 {s.takenBy, func(i *record.Item) { i.Instead = true }},
		"not corrected":           {s.taken, func(i *record.Item) { i.CorrectedBy = "" }},
		"corrected by a stranger": {s.consulted, func(i *record.Item) { i.CorrectedBy = s.taken }},
	} {
		put := func(to record.Item) {
			err := j.update(ctx, "test", 0, func(tx *writeTx) error {
				seq, item, err := tx.itemByID("test", to.Entry)
				if err != nil {
					return err
				}
				return tx.putItem(seq, &item, to)
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		was := mustItem(t, j, change.entry)
		is := was
		change.do(&is)
		put(is)
		if r, err := j.Verify(ctx); err != nil || len(r.Problems) == 0 {
			t.Errorf("%s: nothing seen, %v", name, err)
		}
		put(was)
		mustBeSound(t, j)
	}
}

// TestConsultedKeepsItsSecrets looks for why a card was opened in everything written.
func TestConsultedKeepsItsSecrets(t *testing.T) {
	dir := t.TempDir()
	clock := &clockAt{acted}
	j := mustOpen(t, dir, &Options{Clock: clock.Now, Place: "here"})
	s := tell(t, j)
	info, err := j.Entry(ctx, s.consulted)
	if err != nil || info.Kind != record.KindConsulted || info.Reason != secretReason {
		t.Fatalf("%+v, %v", info, err)
	}
	for content, times := range map[bool]int{false: 0, true: 1} {
		out := filepath.Join(t.TempDir(), "e.zip")
		if _, err := j.Export(ctx, out, ExportOptions{Content: content}); err != nil {
			t.Fatal(err)
		}
		var text []byte
		for _, data := range unzip(t, out) {
			text = append(text, data...)
		}
		if n := bytes.Count(text, []byte(secretReason)); n != times {
			t.Errorf("content %v: the reason stands there %d times, want %d", content, n, times)
		}
		for _, kind := range []string{`"kind":"consulted"`, `"kind":"correction"`, `"replaces":"` + s.taken} {
			if !bytes.Contains(text, []byte(kind)) {
				t.Errorf("the export has no %s", kind)
			}
		}
		if r, err := VerifyExport(out); err != nil || len(r.Problems) > 0 {
			t.Errorf("%+v, %v", r, err)
		}
	}
	move := mustMove(t)
	move(j.Clear(ctx, move(j.Begin(ctx, info.Item, acted)), record.Receipt{At: acted, Location: "AuditEvent/1"}))
	clock.now = acted.AddDate(0, 0, 40)
	p, err := j.Purge(ctx, PurgeOptions{After: 30 * 24 * time.Hour})
	if err != nil || len(p.Entries) != 2 { // the note that was taken goes too; its correction stays
		t.Fatalf("%+v, %v", p, err)
	}
	mustBeSound(t, j)
	if info, err := j.Entry(ctx, s.consulted); err != nil || info.Kind != record.KindConsulted || info.Reason != "" {
		t.Errorf("what is left: %+v, %v", info, err)
	}
	if item := mustItem(t, j, s.takenBy); item.Waits {
		t.Errorf("waits for what was delivered and purged: %+v", item)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	for name, data := range readAll(t, dir) {
		mustNotContain(t, name, data, secretReason, secretName, secretNote, "corrigée")
	}
	if _, err := os.Stat(filepath.Join(dir, journalFile)); err != nil {
		t.Fatal(err)
	}
}
