package store

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/zoneblanche/zoneblanche/record"
)

func TestRecordReadsBackAfterReopening(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "journal")
	clock := time.Date(2026, 3, 14, 10, 0, 0, 0, time.UTC)
	j := mustOpen(t, dir, &Options{Clock: func() time.Time { return clock }, Device: "poste 2"})
	c := consultation(secretNote, acted)
	s := submission(c)
	s.Body = randomBytes(100_000)
	id, duplicate, err := j.Record(ctx, c, s)
	if err != nil || duplicate || id != c.ID {
		t.Fatalf("got %q, duplicate %v, error %v", id, duplicate, err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatalf("second close: %v", err)
	}
	if _, _, err := j.Record(ctx, c, s); record.ReasonOf(err) != ReasonJournalClosed {
		t.Fatalf("record after close: %v", err)
	}
	if _, err := j.Waiting(ctx); record.ReasonOf(err) != ReasonJournalClosed {
		t.Fatalf("read after close: %v", err)
	}

	for _, readOnly := range []bool{false, true} {
		j = mustOpen(t, dir, &Options{ReadOnly: readOnly})
		gotC, err := j.Consultation(ctx, id)
		if err != nil || !reflect.DeepEqual(gotC.Patient, c.Patient) || gotC.Note != c.Note || !gotC.ActedAt.Equal(c.ActedAt) ||
			gotC.Author != c.Author || gotC.Card != c.Card || gotC.ID != c.ID {
			t.Fatalf("consultation: got %+v, error %v, want %+v", gotC, err, c)
		}
		if _, offset := gotC.ActedAt.Zone(); offset != 3600 {
			t.Errorf("the act's offset: got %d, want 3600", offset)
		}
		gotS, err := j.Submission(ctx, id)
		if err != nil || !reflect.DeepEqual(gotS, s) {
			t.Fatalf("submission: error %v", err)
		}
		info, err := j.Entry(ctx, id)
		if err != nil || info.Seq != 1 || !info.RecordedAt.Equal(clock) || info.Patient != c.Patient.Name() || info.Device != "poste 2" {
			t.Fatalf("entry: got %+v, error %v", info, err)
		}
		if info.Item.State != record.Pending || !info.Item.Deadline.Equal(acted.Add(48*time.Hour)) || info.Item.DocumentID != s.DocumentID {
			t.Fatalf("item: got %+v", info.Item)
		}
		r := mustBeSound(t, j)
		if r.Entries != 1 || len(r.Head) != 32 {
			t.Fatalf("report: got %+v", r)
		}
		if readOnly {
			_, _, err := j.Record(ctx, c, s)
			wantReason(t, err, record.CodeUnavailable, ReasonReadOnly)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, pidFile)); err == nil {
		t.Error("journal.pid is still there")
	}
}

func TestOpenRefuses(t *testing.T) {
	fresh := func(t *testing.T) string {
		dir := t.TempDir()
		j := mustOpen(t, dir, nil)
		mustRecord(t, j, secretNote, acted)
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	t.Run("a journal that is not there", func(t *testing.T) {
		for _, opt := range []*Options{{MustExist: true}, {ReadOnly: true}} {
			dir := t.TempDir()
			_, err := Open(dir, opt)
			wantReason(t, err, record.CodeNotFound, ReasonNoJournal)
			if len(readAll(t, dir)) > 0 {
				t.Error("something was created")
			}
			_, err = Open(filepath.Join(dir, "nowhere"), opt)
			wantReason(t, err, record.CodeNotFound, ReasonNoJournal)
		}
	})
	t.Run("a journal without its key", func(t *testing.T) {
		dir := fresh(t)
		if err := os.Remove(filepath.Join(dir, keyFile)); err != nil {
			t.Fatal(err)
		}
		_, err := Open(dir, nil)
		wantReason(t, err, record.CodeLocked, ReasonStoreKeyMissing)
		if _, err := os.Stat(filepath.Join(dir, keyFile)); err == nil {
			t.Error("a new key was made")
		}
	})
	t.Run("the key of another journal", func(t *testing.T) {
		dir, other := fresh(t), fresh(t)
		if err := os.Rename(filepath.Join(other, keyFile), filepath.Join(dir, keyFile)); err != nil {
			t.Fatal(err)
		}
		_, err := Open(dir, nil)
		wantReason(t, err, record.CodeLocked, ReasonStoreKeyWrong)
	})
	t.Run("a key that was altered", func(t *testing.T) {
		dir := fresh(t)
		path := filepath.Join(dir, keyFile)
		whole, _ := os.ReadFile(path)
		for _, altered := range [][]byte{nil, whole[:40], bytes.Replace(whole, whole[30:31], []byte{whole[30] ^ 1}, 1), append(whole, "more\n"...)} {
			if err := os.WriteFile(path, altered, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Open(dir, nil)
			wantReason(t, err, record.CodeLocked, ReasonStoreKeyDamaged)
		}
		if err := os.WriteFile(path, bytes.ReplaceAll(whole, []byte("\n"), []byte("\r\n")), 0o600); err != nil {
			t.Fatal(err)
		}
		mustOpen(t, dir, nil) // as an editor on Windows saves it
	})
	t.Run("a file that lost its content", func(t *testing.T) {
		dir := fresh(t)
		path := filepath.Join(dir, journalFile)
		whole, _ := os.ReadFile(path)
		for _, size := range []int{0, 1, 100, 4096, 8192, 3 * 4096, len(whole) / 2} {
			if err := os.WriteFile(path, whole[:size], 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Open(dir, &Options{ReadOnly: true})
			wantReason(t, err, record.CodeInternal, ReasonJournalDamaged)
			j, err := Open(dir, nil)
			kept := path
			if err == nil && j.Salvaged() != nil { // enough was left to know which journal it is
				kept = filepath.Join(dir, j.Salvaged().Kept)
				_ = j.Close()
			} else {
				wantReason(t, err, record.CodeInternal, ReasonJournalDamaged)
			}
			if got, _ := os.ReadFile(kept); len(got) != size {
				t.Fatalf("%d bytes became %d", size, len(got))
			}
		}
	})
	t.Run("a file of another kind", func(t *testing.T) {
		dir := fresh(t)
		strange := bytes.Repeat([]byte("synthèse "), 5000)
		if err := os.WriteFile(filepath.Join(dir, journalFile), strange, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Open(dir, &Options{ReadOnly: true})
		wantReason(t, err, record.CodeInternal, ReasonJournalDamaged)
		j := mustOpen(t, dir, nil) // the doctor goes on working, and is told
		if s := j.Salvaged(); s == nil || !s.Unknown || !bytes.Equal(readAll(t, dir)[s.Kept], strange) {
			t.Errorf("got %+v", s)
		}
	})
}

func TestNewKeyAfterCrashBetweenKeyAndJournal(t *testing.T) {
	dir := t.TempDir()
	key, err := createKey(dir, os.OpenFile)
	if err != nil {
		t.Fatal(err)
	}
	mustOpen(t, dir, nil)
	after, err := loadKey(dir, os.OpenFile, Secrets{})
	if err != nil || !bytes.Equal(key, after) {
		t.Fatalf("the key changed: %v", err)
	}
	if runtime.GOOS != "windows" {
		for name := range readAll(t, dir) {
			info, err := os.Stat(filepath.Join(dir, name))
			if err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: got mode %v, error %v", name, info.Mode(), err)
			}
		}
	}
}

func TestTwoCreatorsMakeOneJournal(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	var wg sync.WaitGroup
	var mu sync.Mutex
	recorded := map[string]bool{}
	for i := range 8 {
		wg.Go(func() {
			var j *Journal
			var err error
			for range 20 {
				if j, err = Open(dir, nil); record.ReasonOf(err) != ReasonJournalLocked {
					break
				}
			}
			if err != nil {
				t.Errorf("open: %v", err)
				return
			}
			defer j.Close()
			c := consultation(fmt.Sprint("note ", i), acted)
			id, _, err := j.Record(ctx, c, submission(c))
			if err != nil {
				t.Errorf("record: %v", err)
				return
			}
			mu.Lock()
			recorded[id] = true
			mu.Unlock()
		})
	}
	wg.Wait()
	j := mustOpen(t, dir, nil)
	for id := range recorded {
		if _, err := j.Entry(ctx, id); err != nil {
			t.Errorf("entry lost: %v", err)
		}
	}
	if r := mustBeSound(t, j); r.Entries != 8 {
		t.Errorf("got %d entries, want 8", r.Entries)
	}
	for name := range readAll(t, dir) {
		if strings.HasSuffix(name, ".tmp") {
			t.Errorf("left behind: %s", name)
		}
	}
}

func TestSameConsultationIsOneEntry(t *testing.T) {
	j := mustOpen(t, t.TempDir(), nil)
	first := consultation(secretNote, acted)
	if _, _, err := j.Record(ctx, first, submission(first)); err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name   string
		change func(*record.Consultation)
		same   bool
	}{
		{"again", func(c *record.Consultation) {}, true},
		{"ten minutes later", func(c *record.Consultation) { c.ActedAt = acted.Add(sameWithin) }, true},
		{"ten minutes earlier", func(c *record.Consultation) { c.ActedAt = acted.Add(-sameWithin) }, true},
		{"said in another zone", func(c *record.Consultation) { c.ActedAt = acted.UTC() }, true},
		{"more of the card was read", func(c *record.Consultation) {
			c.Patient.Identifiers = []record.CodeValue{{System: "x", Value: "y"}}
		}, true},
		{"just after ten minutes", func(c *record.Consultation) { c.ActedAt = acted.Add(sameWithin + 1) }, false},
		{"just before ten minutes", func(c *record.Consultation) { c.ActedAt = acted.Add(-sameWithin - 1) }, false},
		{"another card", func(c *record.Consultation) { c.Card.ID = "ff" }, false},
		{"another author", func(c *record.Consultation) { c.Author.RPPS = "10003456793" }, false},
		{"another note", func(c *record.Consultation) { c.Note += "." }, false},
		{"another person", func(c *record.Consultation) { c.Patient.INS.Matricule = "179035121518989" }, false},
	}
	want := uint64(1)
	for _, test := range cases {
		c := consultation(secretNote, acted)
		test.change(&c)
		id, duplicate, err := j.Record(ctx, c, submission(c))
		if err != nil || duplicate != test.same || (id == first.ID) != test.same {
			t.Errorf("%s: got duplicate %v, error %v", test.name, duplicate, err)
		}
		if !test.same {
			want++
		}
	}
	if r := mustBeSound(t, j); r.Entries != want {
		t.Errorf("got %d entries, want %d", r.Entries, want)
	}
	second := first
	second.Note = "une autre note"
	_, _, err := j.Record(ctx, second, submission(second))
	wantReason(t, err, record.CodeConflict, ReasonEntryExists)
	second = first
	second.ActedAt = first.ActedAt.Add(time.Hour)
	if id, duplicate, err := j.Record(ctx, second, submission(second)); id != first.ID || !duplicate || err != nil {
		t.Errorf("same identifier, same content: got %q, %v, %v", id, duplicate, err)
	}
}

func TestRecordRefuses(t *testing.T) {
	t.Parallel()
	j := mustOpen(t, t.TempDir(), nil)
	c := consultation(secretNote, acted)
	s := submission(c)
	try := func(change func(*record.Consultation, *record.Submission)) error {
		c, s := c, s
		change(&c, &s)
		_, _, err := j.Record(ctx, c, s)
		return err
	}
	wantReason(t, try(func(c *record.Consultation, _ *record.Submission) { c.ID = "7" }), record.CodeInvalid, ReasonConsultation)
	wantReason(t, try(func(c *record.Consultation, _ *record.Submission) { c.ID = strings.ToUpper(c.ID) }), record.CodeInvalid, ReasonConsultation)
	wantReason(t, try(func(c *record.Consultation, _ *record.Submission) { c.ActedAt = time.Time{} }), record.CodeInvalid, ReasonConsultation)
	wantReason(t, try(func(c *record.Consultation, _ *record.Submission) { c.Note = "\xff" }), record.CodeInvalid, ReasonConsultation)
	wantReason(t, try(func(c *record.Consultation, _ *record.Submission) {
		c.ActedAt = time.Date(10001, 1, 1, 0, 0, 0, 0, time.UTC)
	}), record.CodeInvalid, ReasonConsultation)
	wantReason(t, try(func(c *record.Consultation, _ *record.Submission) { c.Note = strings.Repeat("a", maxFact) }), record.CodeTooLarge, ReasonConsultation)
	wantReason(t, try(func(_ *record.Consultation, s *record.Submission) { s.DocumentID = "" }), record.CodeInvalid, ReasonSubmission)
	wantReason(t, try(func(_ *record.Consultation, s *record.Submission) { s.Body = nil }), record.CodeInvalid, ReasonSubmission)
	wantReason(t, try(func(_ *record.Consultation, s *record.Submission) { s.Body = make([]byte, MaxBody+1) }), record.CodeTooLarge, ReasonSubmission)
	if err := try(func(c *record.Consultation, s *record.Submission) { c.ID, s.Body = "", make([]byte, MaxBody) }); err != nil {
		t.Fatalf("the largest body: %v", err)
	}
	_, err := j.Entry(ctx, uuid.NewString())
	wantReason(t, err, record.CodeNotFound, ReasonNoEntry)
	_, err = j.Submission(ctx, "nonsense")
	wantReason(t, err, record.CodeNotFound, ReasonNoEntry)
	if r := mustBeSound(t, j); r.Entries != 1 {
		t.Errorf("got %d entries, want 1", r.Entries)
	}
}

func TestNoPlaintextOnDiskOrInLogs(t *testing.T) {
	dir := t.TempDir()
	var logs bytes.Buffer
	j := mustOpen(t, dir, &Options{Logger: slog.New(slog.NewTextHandler(&logs, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	fill(t, j, 40)
	info, err := j.Entry(ctx, mustRecord(t, j, secretNote, acted.Add(99*time.Hour)).Entry)
	if err != nil {
		t.Fatal(err)
	}
	slog.New(slog.NewTextHandler(&logs, nil)).Info("shown by accident", "entry", info)
	words := []string{secretName, strings.ToLower(secretName), "Ildegonde", "QWXZ", "Otite", secretINS, secretINS[:13], secretRPPS,
		"Dr Essai", "Cabinet des Essais", "1979-03-01", "le patient n’existe pas", "urn:uuid:", "DocumentReference", "acted_at"}
	check := func() {
		for name, data := range readAll(t, dir) {
			mustNotContain(t, name, data, words...)
		}
	}
	check()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	check()
	mustNotContain(t, "the log", logs.Bytes(), words...)
}

func TestEntriesInOrderAndByPatient(t *testing.T) {
	t.Parallel()
	j := mustOpen(t, t.TempDir(), nil)
	const n = 2*chunk + 3
	fill(t, j, n)
	next := uint64(1)
	err := j.Entries(ctx, func(e EntryInfo) error {
		if e.Seq != next {
			t.Fatalf("got entry %d, want %d", e.Seq, next)
		}
		next++
		// The list may be acted upon while it is read.
		if e.Item.State == record.Attention {
			_, err := j.Requeue(ctx, e.Item)
			return err
		}
		return nil
	})
	if err != nil || next != n+1 {
		t.Fatalf("got %d entries, error %v", next-1, err)
	}
	stop := errors.New("stop")
	if err := j.Entries(ctx, func(EntryInfo) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got %v, want the caller's error", err)
	}
	var withINS, foreign int
	if err := j.ByPatient(ctx, consultation("", acted).Patient, func(EntryInfo) error { withINS++; return nil }); err != nil {
		t.Fatal(err)
	}
	p := record.Patient{Identifiers: []record.CodeValue{{System: "urn:oid:1.2.3", Value: "10"}}}
	if err := j.ByPatient(ctx, p, func(e EntryInfo) error { foreign = int(e.Seq); return nil }); err != nil {
		t.Fatal(err)
	}
	if want := n - (n+3)/7; withINS != want || foreign != 11 {
		t.Errorf("got %d with the INS and entry %d by another identifier, want %d and 11", withINS, foreign, want)
	}
}

func TestCounts(t *testing.T) {
	now := acted
	j := mustOpen(t, t.TempDir(), &Options{Clock: func() time.Time { return now }})
	fill(t, j, 10) // two of each state, one act an hour
	if err := j.Contact(ctx, acted.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	late := mustRecord(t, j, "tard", acted.Add(-100*time.Hour))
	late, err := j.Begin(ctx, late, acted)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.Clear(ctx, late, record.Receipt{At: acted, Location: "x"}); err != nil {
		t.Fatal(err)
	}
	now = acted.Add(48*time.Hour + 2*time.Hour + time.Nanosecond) // of hours 0, 1 (cleared), 2
	got, err := j.Counts(ctx)
	if err != nil {
		t.Fatal(err)
	}
	want := Counts{Pending: 4, InFlight: 2, Attention: 2, Cleared: 3, Late: 2, ClearedLate: 1}
	if !got.OldestDeadline.Equal(acted.Add(48*time.Hour)) || !got.LastContact.Equal(acted.Add(time.Hour)) {
		t.Errorf("got oldest deadline %v and last contact %v", got.OldestDeadline, got.LastContact)
	}
	got.OldestDeadline, got.LastContact = time.Time{}, time.Time{}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	mustBeSound(t, j)
}

func TestManyWritersAndReaders(t *testing.T) {
	t.Parallel()
	j := mustOpen(t, t.TempDir(), nil)
	const writers, each = 64, 4
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				c := consultation(fmt.Sprintf("note %d %d", w, i), acted)
				s := submission(c)
				id, duplicate, err := j.Record(ctx, c, s)
				if err != nil || duplicate {
					t.Errorf("record: %v, %v", duplicate, err)
					return
				}
				got, err := j.Submission(ctx, id)
				if err != nil || !bytes.Equal(got.Body, s.Body) {
					t.Errorf("read back: %v", err)
				}
				info, err := j.Entry(ctx, id)
				if err != nil {
					t.Errorf("read back: %v", err)
					return
				}
				// Two compete for the item; one wins.
				var won, lost int
				var mu sync.Mutex
				var race sync.WaitGroup
				for range 2 {
					race.Go(func() {
						_, err := j.Begin(ctx, info.Item, acted)
						mu.Lock()
						defer mu.Unlock()
						if err == nil {
							won++
						} else if record.CodeOf(err) == record.CodeConflict {
							lost++
						}
					})
				}
				race.Wait()
				if won != 1 || lost != 1 {
					t.Errorf("got %d winners and %d losers, want 1 and 1", won, lost)
				}
			}
		})
	}
	for range 4 {
		wg.Go(func() {
			for range 5 {
				if _, err := j.Waiting(ctx); err != nil {
					t.Errorf("waiting: %v", err)
				}
				if r, err := j.Verify(ctx); err != nil || len(r.Problems) > 0 {
					t.Errorf("verify: %v %v", r.Problems, err)
				}
			}
		})
	}
	wg.Wait()
	if r := mustBeSound(t, j); r.Entries != writers*each {
		t.Errorf("got %d entries, want %d", r.Entries, writers*each)
	}
}
