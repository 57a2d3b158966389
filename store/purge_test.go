package store

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/zoneblanche/zoneblanche/record"
)

// copyFolder keeps the files of a journal as they are now.
func copyFolder(t testing.TB, from string) string {
	t.Helper()
	to := t.TempDir()
	for name, data := range readAll(t, from) {
		if err := os.WriteFile(filepath.Join(to, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// clockAt is a clock that a test moves.
type clockAt struct{ now time.Time }

func (c *clockAt) Now() time.Time { return c.now }

// unsealable counts, among all the rows that a file has in whatever page, those that
// the keys open, by their text.
func readableText(t testing.TB, dir string, keys *keys, p *periods) (texts []string) {
	t.Helper()
	db, err := bolt.Open(filepath.Join(dir, journalFile), 0o600, &bolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.View(func(tx *bolt.Tx) error {
		s := &snapshot{tx: tx}
		id, err := openIdentity(keys, tx.Bucket(bucketMeta).Get(keyJournal))
		if err != nil {
			return err
		}
		c := codec{keys: keys, periods: p, journal: id.ID}
		h, err := c.readHead(s)
		if err != nil {
			return err
		}
		for seq := uint64(1); seq <= h.Seq; seq++ {
			if o, err := c.entryAt(s, seq); err == nil {
				texts = append(texts, o.fact.Consultation.Note+" "+o.fact.Consultation.Patient.BirthName)
			}
			if r, err := c.itemRow(s, seq); err == nil {
				c.openWords(s, seq, &r)
				texts = append(texts, r.LastError)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

// TestPurgeIsUnrecoverable destroys what one patient's entry said and then tries
// everything to get it back: the raw bytes, the old store key, and an old copy of
// the journal's file.
func TestPurgeIsUnrecoverable(t *testing.T) {
	dir := t.TempDir()
	clock := &clockAt{acted}
	j := mustOpen(t, dir, &Options{Clock: clock.Now, Place: "here"})
	gone, goneItems := signed(t, j, consultation(secretNote, acted), picture(t, 90_000))
	refused := "le patient " + secretName + " est inconnu"
	for i, e := range append([]string{gone}, goneItems...) {
		info, err := j.Entry(ctx, e)
		if err != nil {
			t.Fatal(err)
		}
		// Refused once in the recipient's own words, then taken.
		item, err := j.Begin(ctx, info.Item, acted)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			if item, err = j.Hold(ctx, item, acted, "status_422", refused); err != nil || item.LastError != refused {
				t.Fatalf("hold: %q, %v", item.LastError, err)
			}
			if item, err = j.Requeue(ctx, item); err != nil {
				t.Fatal(err)
			}
			if item, err = j.Begin(ctx, item, acted); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := j.Clear(ctx, item, record.Receipt{At: acted, Location: "DocumentReference/1", Via: "response"}); err != nil {
			t.Fatal(err)
		}
	}
	stays := consultation("reste", acted.Add(time.Hour))
	stays.Patient.INS.Matricule = "279035121518900"
	if _, _, err := j.Record(ctx, stays, submission(stays)); err != nil {
		t.Fatal(err)
	}
	draft := consultation("brouillon", acted)
	if _, err := j.SaveDraft(ctx, draft); err != nil {
		t.Fatal(err)
	}
	headBefore, err := j.Head()
	if err != nil {
		t.Fatal(err)
	}
	backup := filepath.Join(t.TempDir(), "avant.zip")
	if _, err := j.Backup(ctx, backup, BackupOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	old := copyFolder(t, dir)
	oldKey, err := loadKey(old, os.OpenFile, Secrets{})
	if err != nil {
		t.Fatal(err)
	}
	oldKeys := deriveKeys(oldKey)
	oldPeriods, err := loadPeriods(old, oldKeys, os.OpenFile)
	if err != nil {
		t.Fatal(err)
	}
	// The control: with all of the old files, the old content is there.
	if all := strings.Join(readableText(t, old, oldKeys, oldPeriods), "\n"); !strings.Contains(all, secretNote) || !strings.Contains(all, refused) {
		t.Fatal("the old copy cannot be read even before the purge: the test proves nothing")
	}

	clock.now = acted.AddDate(0, 0, 40)
	j = mustOpen(t, dir, &Options{Clock: clock.Now, Place: "here"})
	if p, err := j.Purge(ctx, PurgeOptions{After: 41 * 24 * time.Hour}); err != nil || len(p.Entries) != 0 {
		t.Fatalf("too early: %v, %v", p.Entries, err)
	}
	plan, err := j.Purge(ctx, PurgeOptions{After: 30 * 24 * time.Hour, DryRun: true})
	if err != nil || len(plan.Entries) != 2 || len(plan.Keys) != 1 {
		t.Fatalf("dry run: %+v, %v", plan, err)
	}
	if _, err := j.Consultation(ctx, gone); err != nil {
		t.Fatalf("a dry run changed something: %v", err)
	}
	p, err := j.Purge(ctx, PurgeOptions{After: 30 * 24 * time.Hour})
	if err != nil || len(p.Entries) != 2 || p.Kept != 1 || p.Rewraps != 2 || len(p.Keys) != 1 {
		t.Fatalf("purge: %+v, %v", p, err)
	}
	if len(p.Backups) != 1 || p.Backups[0].Name != "avant.zip" {
		t.Errorf("backups that still hold it: %+v", p.Backups)
	}

	// What stays can be read, what goes cannot, and the chain verifies.
	if r := mustBeSound(t, j); r.Entries != 3 {
		t.Errorf("%d entries", r.Entries)
	}
	if problems, err := j.CheckHead(ctx, headBefore); err != nil || len(problems) > 0 {
		t.Errorf("the head of before: %v, %v", problems, err)
	}
	for _, e := range append(goneItems, gone) {
		_, err := j.Consultation(ctx, e)
		wantReason(t, err, record.CodeExpired, ReasonEntryPurged)
		_, err = j.Submission(ctx, e)
		wantReason(t, err, record.CodeExpired, ReasonEntryPurged)
		info, err := j.Entry(ctx, e)
		if err != nil || info.Patient != "" || info.Purged.IsZero() || info.Item.Receipt.Empty() || info.Item.LastError != "" {
			t.Errorf("what is left: %+v, %v", info, err)
		}
	}
	if c, err := j.Consultation(ctx, stays.ID); err != nil || c.Note != "reste" {
		t.Errorf("what stays: %v", err)
	}
	if d, err := j.Draft(ctx, draft.ID); err != nil || d.Consultation.Note != "brouillon" {
		t.Errorf("the draft: %v", err)
	}
	n := 0
	if err := j.ByPatient(ctx, consultation("", acted).Patient, func(EntryInfo) error { n++; return nil }); err != nil || n != 0 {
		t.Errorf("still found under the patient: %d, %v", n, err)
	}
	if _, err := j.Compact(ctx); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}

	// The old store key is the present one: nothing changed there. The keys of the
	// present folder do not open the old copy of the file.
	newPeriods, err := loadPeriods(dir, oldKeys, os.OpenFile)
	if err != nil {
		t.Fatal(err)
	}
	for name, where := range map[string]string{"the old copy": old, "the file": dir} {
		all := strings.Join(readableText(t, where, oldKeys, newPeriods), "\n")
		mustNotContain(t, name+" with the keys that are left", []byte(all), secretNote, secretName+" est inconnu")
	}
	// No raw byte of the destroyed key is in any file, sealed or not, and none of the
	// sealed rows that it opened is left in the file.
	var lost [][]byte
	for _, key := range oldPeriods.all() {
		if _, err := newPeriods.find(key.id); err != nil {
			lost = append(lost, key.key, key.id[:], []byte(key.id.String()))
		}
	}
	if len(lost) != 3 {
		t.Fatalf("%d values of lost keys", len(lost))
	}
	oldRows := map[string][]byte{}
	db, err := bolt.Open(filepath.Join(old, journalFile), 0o600, &bolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	err = db.View(func(tx *bolt.Tx) error {
		row := tx.Bucket(bucketEntries).Get(entryKey(1, 0))
		oldRows["fact"] = bytes.Clone(row[offsetFact : offsetFact+32])
		oldRows["body"] = bytes.Clone(tx.Bucket(bucketEntries).Get(entryKey(1, 1))[:32])
		_, v := tx.Bucket(bucketPhotos).Cursor().First()
		oldRows["photograph"] = bytes.Clone(v[:32])
		return nil
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	for name, data := range readAll(t, dir) {
		for _, secret := range lost {
			if bytes.Contains(data, secret) {
				t.Errorf("%s holds something of the destroyed key", name)
			}
		}
		for what, sealed := range oldRows {
			if bytes.Contains(data, sealed) {
				t.Errorf("%s still holds the sealed %s", name, what)
			}
		}
		if strings.HasSuffix(name, ".tmp") {
			t.Errorf("a temporary file is left: %s", name)
		}
	}
	// The backup of before still holds it, as the purge said.
	restored := t.TempDir()
	if err := Restore(backup, restored); err != nil {
		t.Fatal(err)
	}
	j = mustOpen(t, restored, nil)
	if c, err := j.Consultation(ctx, gone); err != nil || c.Note != secretNote {
		t.Errorf("the backup: %v", err)
	}
}

// TestPurgeKeepsWhatIsOwed checks that nothing goes of a consultation of which a part
// is not delivered.
func TestPurgeKeepsWhatIsOwed(t *testing.T) {
	clock := &clockAt{acted}
	j := mustOpen(t, t.TempDir(), &Options{Clock: clock.Now})
	entry, photos := signed(t, j, consultation("note", acted), picture(t, 2000), picture(t, 2500))
	clearAll(t, j, entry, photos[0])
	clock.now = acted.AddDate(1, 0, 0)
	p, err := j.Purge(ctx, PurgeOptions{})
	if err != nil || len(p.Entries) != 0 || len(p.Keys) != 0 {
		t.Fatalf("one photograph is owed: %+v, %v", p, err)
	}
	if got := readPhoto(t, j, photos[1]); len(got) == 0 {
		t.Error("it cannot be read")
	}
	clearAll(t, j, photos[1])
	if p, err = j.Purge(ctx, PurgeOptions{}); err != nil || len(p.Entries) != 3 || len(p.Keys) != 1 {
		t.Errorf("all is cleared: %+v, %v", p, err)
	}
	mustBeSound(t, j)
	// A purge that ran is no hindrance to the next one, nor to new entries.
	mustRecord(t, j, "après", clock.now)
	if p, err = j.Purge(ctx, PurgeOptions{}); err != nil || len(p.Entries) != 0 {
		t.Errorf("again: %+v, %v", p, err)
	}
	mustBeSound(t, j)
}

// TestPurgeCutShort ends a purge after each of its steps; the next one ends the work.
func TestPurgeCutShort(t *testing.T) {
	for _, step := range []string{"new key", "stubs", "half the stubs", "new wraps"} {
		t.Run(step, func(t *testing.T) {
			dir := t.TempDir()
			clock := &clockAt{acted}
			o := &Options{Clock: clock.Now, Place: "here"}
			j := mustOpen(t, dir, o)
			entry, photos := signed(t, j, consultation("part", acted), picture(t, 2000))
			clearAll(t, j, append(photos, entry)...)
			stays := mustRecord(t, j, "reste", acted.Add(time.Hour))
			plan, err := j.planPurge(ctx, acted)
			if err != nil || len(plan.gone) != 2 {
				t.Fatalf("%+v, %v", plan, err)
			}
			key, err := j.codec.periods.renew(acted.UTC().Format(periodLayout))
			if err != nil {
				t.Fatal(err)
			}
			switch step {
			case "half the stubs":
				plan.gone = plan.gone[:1] // the consultation without its photograph
				err = j.stub(ctx, plan)
			case "stubs", "new wraps":
				if err = j.stub(ctx, plan); err == nil && step == "new wraps" {
					_, err = j.rewrap(ctx, plan.periods, map[string]*periodKey{key.month: key})
				}
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
			clock.now = acted.AddDate(0, 2, 0)
			j = mustOpen(t, dir, o)
			if c, err := j.Consultation(ctx, stays.Entry); err != nil || c.Note != "reste" {
				t.Errorf("what stays, after the cut: %v", err)
			}
			if _, err := j.Purge(ctx, PurgeOptions{}); err != nil {
				t.Fatal(err)
			}
			for _, e := range append(photos, entry) {
				_, err := j.Consultation(ctx, e)
				wantReason(t, err, record.CodeExpired, ReasonEntryPurged)
			}
			if c, err := j.Consultation(ctx, stays.Entry); err != nil || c.Note != "reste" {
				t.Errorf("what stays: %v", err)
			}
			mustBeSound(t, j)
			if n := len(j.codec.periods.all()); n != 2 {
				t.Errorf("%d period keys are left, want the one that is needed and the present one", n)
			}
		})
	}
}

// TestTruncatedToStub pretends a purge that never was.
func TestTruncatedToStub(t *testing.T) {
	j := mustOpen(t, t.TempDir(), nil)
	item := mustRecord(t, j, "note", acted)
	clearAll(t, j, item.Entry)
	row := rawRows(t, j, bucketEntries)[string(entryKey(1, 0))]
	rawPut(t, j, bucketEntries, entryKey(1, 0), append(row[:headerSize:headerSize], keeperPurged))
	if r, err := j.Verify(ctx); err != nil || len(r.Problems) == 0 {
		t.Errorf("%v, %v", r.Problems, err)
	}
}

func TestMonthsHaveKeysOfTheirOwn(t *testing.T) {
	dir := t.TempDir()
	clock := &clockAt{acted}
	o := &Options{Clock: clock.Now, Place: "here"}
	j := mustOpen(t, dir, o)
	for i := range 3 {
		clock.now = acted.AddDate(0, i, 0)
		item := mustRecord(t, j, "note", clock.now)
		clearAll(t, j, item.Entry)
	}
	p, err := j.Purge(ctx, PurgeOptions{After: 45 * 24 * time.Hour})
	if err != nil || len(p.Entries) != 1 || len(p.Keys) != 1 || p.Rewraps != 0 {
		t.Errorf("the first month goes whole: %+v, %v", p, err)
	}
	mustBeSound(t, j)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	// A line that is damaged costs one month and is reported; a file that is gone is
	// refused.
	path := filepath.Join(dir, periodsFile)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	broken := strings.Replace(string(text), lines[1], lines[1][:30]+"0"+lines[1][31:], 1)
	if broken == string(text) {
		broken = strings.Replace(string(text), lines[1], lines[1][:30]+"1"+lines[1][31:], 1)
	}
	if err := os.WriteFile(path, []byte(broken), 0o600); err != nil {
		t.Fatal(err)
	}
	j = mustOpen(t, dir, o)
	if r, err := j.Verify(ctx); err != nil || len(r.Problems) == 0 {
		t.Errorf("%v, %v", r.Problems, err)
	}
	// Nothing is destroyed of what may be mended: the line stays.
	if _, err := j.codec.periods.renew("2026-07"); err != nil {
		t.Fatal(err)
	}
	if text, _ := os.ReadFile(path); !strings.Contains(string(text), strings.Split(broken, "\n")[1]) {
		t.Error("a line that cannot be read was dropped")
	}
	if err := errors.Join(j.Close(), os.Remove(path)); err != nil {
		t.Fatal(err)
	}
	_, err = Open(dir, o)
	wantReason(t, err, record.CodeLocked, ReasonPeriodsMissing)
}

func TestBackupHoldsThreeFiles(t *testing.T) {
	j := mustOpen(t, t.TempDir(), nil)
	fill(t, j, 3)
	path := filepath.Join(t.TempDir(), "b.zip")
	if _, err := j.Backup(ctx, path, BackupOptions{}); err != nil {
		t.Fatal(err)
	}
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	for i, f := range z.File {
		if want := []string{journalFile, periodsFile, keyFile}[i]; f.Name != want {
			t.Errorf("got %s, want %s", f.Name, want)
		}
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		mustNotContain(t, f.Name, data, secretName, secretNote, secretINS)
	}
}

// TestPurgeWhileRecording purges again and again, and makes backups, while others
// record, deliver and write drafts: what is not purged can be read, here and in each
// backup.
func TestPurgeWhileRecording(t *testing.T) {
	out := t.TempDir()
	j := mustOpen(t, t.TempDir(), nil)
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for w := range 3 {
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				c := consultation(fmt.Sprint("pendant ", w, " ", i), acted.Add(time.Duration(w*10000+i)*time.Hour))
				id, err := j.SaveDraft(ctx, c)
				if err == nil {
					id, _, err = j.Sign(ctx, c, submission(c), nil)
				}
				if err != nil {
					t.Error(err)
					return
				}
				if i%2 == 0 {
					info, err := j.Entry(ctx, id)
					if err != nil {
						t.Error(err)
						return
					}
					if item, err := j.Begin(ctx, info.Item, acted); err == nil {
						_, err = j.Clear(ctx, item, record.Receipt{At: acted, Location: "DocumentReference/1", Via: "response"})
						if err != nil {
							t.Error(err)
						}
					}
				}
			}
		})
	}
	var backups []string
	wg.Go(func() {
		for i := range 3 {
			path := filepath.Join(out, fmt.Sprint(i, ".zip"))
			if _, err := j.Backup(ctx, path, BackupOptions{}); err != nil {
				t.Error(err)
				return
			}
			backups = append(backups, path)
		}
	})
	purged := 0
	for range 6 {
		p, err := j.Purge(ctx, PurgeOptions{})
		if err != nil {
			t.Fatal(err)
		}
		purged += len(p.Entries)
	}
	close(stop)
	wg.Wait()
	if purged == 0 {
		t.Log("nothing was purged while others recorded")
	}
	readable := func(name string, j *Journal) {
		mustBeSound(t, j)
		err := j.Entries(ctx, func(e EntryInfo) error {
			if e.Purged.IsZero() {
				if _, err := j.Submission(ctx, e.ID); err != nil {
					t.Errorf("%s: %s: %v", name, e.ID, err)
				}
			} else if e.Item.State != record.Cleared {
				t.Errorf("%s: %s was purged, and is %s", name, e.ID, e.Item.State)
			}
			return nil
		})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	readable("the journal", j)
	for _, path := range backups {
		to := t.TempDir()
		if err := Restore(path, to); err != nil {
			t.Fatal(err)
		}
		readable(path, mustOpen(t, to, nil))
	}
}

// TestPurgeWaitsForBackup purges in the middle of a backup, after the entries were
// copied and before the period keys are read.
func TestPurgeWaitsForBackup(t *testing.T) {
	j := mustOpen(t, t.TempDir(), nil)
	gone, stays := mustRecord(t, j, "part", acted), mustRecord(t, j, "reste", acted.Add(time.Hour))
	clearAll(t, j, gone.Entry)
	done := make(chan error, 1)
	begun := false
	middle := func() ([]byte, error) {
		if !begun {
			begun = true
			go func() { _, err := j.Purge(ctx, PurgeOptions{}); done <- err }()
			select {
			case err := <-done:
				t.Error("the purge did not wait")
				done <- err
			case <-time.After(300 * time.Millisecond):
			}
		}
		return []byte("mot"), nil
	}
	path, to := filepath.Join(t.TempDir(), "b.zip"), t.TempDir()
	if _, err := j.Backup(ctx, path, BackupOptions{Passphrase: middle, WorkFactor: 8}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(<-done, Restore(path, to)); err != nil {
		t.Fatal(err)
	}
	restored := mustOpen(t, to, &Options{Secrets: Secrets{Passphrase: says("mot")}})
	if c, err := restored.Consultation(ctx, stays.Entry); err != nil || c.Note != "reste" {
		t.Errorf("what stays, in the backup: %v", err)
	}
	_, err := j.Consultation(ctx, gone.Entry)
	wantReason(t, err, record.CodeExpired, ReasonEntryPurged)
}
