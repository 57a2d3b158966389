package store

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	mrand "math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

func TestHeadShowsCutAndRewritten(t *testing.T) {
	dir := t.TempDir()
	o := &Options{Place: "here"}
	j := mustOpen(t, dir, o)
	empty, err := j.Head()
	if err != nil || empty.Seq != 0 {
		t.Fatalf("%+v, %v", empty, err)
	}
	mustRecord(t, j, "un", acted)
	mustRecord(t, j, "deux", acted.Add(time.Hour))
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	earlier := copyFolder(t, dir)
	j = mustOpen(t, dir, o)
	mustRecord(t, j, "trois", acted.Add(2*time.Hour))
	held, err := j.Head()
	if err != nil {
		t.Fatal(err)
	}
	text := held.String()
	if len(text) != 176 {
		t.Errorf("a head of %d characters", len(text))
	}
	again, err := ParseHead(text)
	if err != nil || !again.Verify(j.PublicKey()) || again.String() != text {
		t.Fatalf("%+v, %v", again, err)
	}
	mustRecord(t, j, "quatre", acted.Add(3*time.Hour))
	for _, h := range []Head{empty, held} {
		if problems, err := j.CheckHead(ctx, h); err != nil || len(problems) > 0 {
			t.Errorf("%v, %v", problems, err)
		}
	}
	// Cut short: an older state of the file, with everything that belongs to it.
	cut := mustOpen(t, earlier, o)
	mustBeSound(t, cut) // by itself it looks whole
	if problems, err := cut.CheckHead(ctx, held); err != nil || len(problems) != 1 || !strings.Contains(problems[0].What, "cut short") {
		t.Errorf("cut: %v, %v", problems, err)
	}
	// Rewritten: as many entries, another one among them, by who has all keys.
	mustRecord(t, cut, "autre", acted.Add(2*time.Hour))
	if problems, err := cut.CheckHead(ctx, held); err != nil || len(problems) != 1 || !strings.Contains(problems[0].What, "rewritten") {
		t.Errorf("rewritten: %v, %v", problems, err)
	}
	other := mustOpen(t, t.TempDir(), nil)
	_, err = other.CheckHead(ctx, held)
	wantReason(t, err, record.CodeInvalid, ReasonHead)
	for i := range 200 {
		b := []byte(text)
		at := mrand.IntN(len(b))
		b[at] ^= 1 << mrand.IntN(7)
		h, err := ParseHead(string(b))
		if err == nil && h.Verify(j.PublicKey()) && h.String() != text {
			t.Fatalf("%d: an altered head is believed: %s", i, b)
		}
	}
}

func FuzzParseHead(f *testing.F) {
	f.Add("zbh1.")
	f.Add(Head{Signature: make([]byte, 64)}.String())
	f.Fuzz(func(t *testing.T, s string) {
		if h, err := ParseHead(s); err == nil && h.String() != strings.TrimSpace(s) {
			t.Fatalf("%q reads back as %q", s, h.String())
		}
	})
}

// TestBackupWhileServing makes backups while others write, and opens each.
func TestBackupWhileServing(t *testing.T) {
	t.Parallel()
	dir, out := t.TempDir(), t.TempDir()
	j := mustOpen(t, dir, nil)
	fill(t, j, 5)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				c := consultation("pendant", acted.Add(time.Duration(w*10000+i)*time.Hour))
				s := submission(c)
				s.Body = append(s.Body, randomBytes(20000)...)
				if _, _, err := j.Record(ctx, c, s); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	var paths []string
	for i := range 4 {
		paths = append(paths, filepath.Join(out, string(rune('a'+i))+".zip"))
		b, err := j.Backup(ctx, paths[i], BackupOptions{})
		if err != nil || b.Entries < 5 || b.Custody != CustodyFile {
			t.Fatalf("%+v, %v", b, err)
		}
	}
	close(stop)
	wg.Wait()
	for _, path := range paths {
		to := t.TempDir()
		if err := Restore(path, to); err != nil {
			t.Fatal(err)
		}
		mustBeSound(t, mustOpen(t, to, nil))
		err := Restore(path, to)
		wantReason(t, err, record.CodeConflict, ReasonJournalExists)
	}
	if left, _ := filepath.Glob(filepath.Join(out, ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if list, err := j.Backups(ctx); err != nil || len(list) != 4 {
		t.Errorf("%d backups are remembered, %v", len(list), err)
	}
}

func TestBackupUnderPassphrase(t *testing.T) {
	j := mustOpen(t, t.TempDir(), nil)
	item := mustRecord(t, j, "note", acted)
	path, to := filepath.Join(t.TempDir(), "b.zip"), t.TempDir()
	b, err := j.Backup(ctx, path, BackupOptions{Passphrase: says("mot"), WorkFactor: 8})
	if err != nil || b.Custody != CustodyPassphrase || !b.Alone() {
		t.Fatalf("%+v, %v", b, err)
	}
	if err := Restore(path, to); err != nil {
		t.Fatal(err)
	}
	_, err = Open(to, nil)
	wantReason(t, err, record.CodeLocked, ReasonPassphrase)
	j = mustOpen(t, to, &Options{Secrets: Secrets{Passphrase: says("mot")}})
	if _, err := j.Consultation(ctx, item.Entry); err != nil {
		t.Error(err)
	}
}

func TestRestoreRefuses(t *testing.T) {
	j := mustOpen(t, t.TempDir(), nil)
	fill(t, j, 3)
	path := filepath.Join(t.TempDir(), "b.zip")
	if _, err := j.Backup(ctx, path, BackupOptions{}); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"cut":     whole[:len(whole)/2],
		"flipped": append(append(bytes.Clone(whole[:len(whole)/2]), whole[len(whole)/2]^1), whole[len(whole)/2+1:]...),
		"text":    []byte("pas une sauvegarde"),
	} {
		to := t.TempDir()
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		err := Restore(path, to)
		if record.ReasonOf(err) != ReasonBackup {
			t.Errorf("%s: got %v", name, err)
		}
		if there, _ := exists(filepath.Join(to, journalFile)); there {
			t.Errorf("%s: a journal was left", name)
		}
	}
}

// TestNewEpoch opens copies of a journal: everything that is owed begins with a
// look-up, as an attempt whose outcome is not known.
func TestNewEpoch(t *testing.T) {
	dir := t.TempDir()
	j := mustOpen(t, dir, &Options{Place: "here"})
	fill(t, j, 10)
	backup := filepath.Join(t.TempDir(), "b.zip")
	if _, err := j.Backup(ctx, backup, BackupOptions{}); err != nil {
		t.Fatal(err)
	}
	before := map[string]record.Item{}
	err := j.Entries(ctx, func(e EntryInfo) error { before[e.ID] = e.Item; return nil })
	if err := errors.Join(err, j.Close()); err != nil {
		t.Fatal(err)
	}
	restored := t.TempDir()
	if err := Restore(backup, restored); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		dir, place string
		epoch      uint64
	}{
		"the same place":            {dir, "here", 1},
		"copied to another machine": {copyFolder(t, dir), "elsewhere", 2},
		"restored to its own place": {restored, "here", 2},
	} {
		for range 2 { // once only
			j := mustOpen(t, c.dir, &Options{Place: c.place})
			if j.Epoch() != c.epoch {
				t.Errorf("%s: epoch %d, want %d", name, j.Epoch(), c.epoch)
			}
			err := j.Entries(ctx, func(e EntryInfo) error {
				was, want := before[e.ID], before[e.ID].State
				if c.epoch > 1 && want != record.Cleared {
					want = record.InFlight
				}
				if e.Item.State != want {
					t.Errorf("%s: %s became %s, want %s", name, was.State, e.Item.State, want)
				}
				if c.epoch > 1 && (was.State == record.Pending || was.State == record.Attention) {
					tries, err := j.Attempts(ctx, e.ID)
					if err != nil || len(tries) != was.Attempts+1 || tries[was.Attempts].Outcome != string(record.OutcomeUnknown) {
						t.Errorf("%s: attempts %v, %v", name, tries, err)
					}
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
			mustBeSound(t, j)
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestExport checks an export with our own check and with OpenSSL, free of content
// or not, and after a change of one byte anywhere.
func TestExport(t *testing.T) {
	j := mustOpen(t, t.TempDir(), nil)
	fill(t, j, 6)
	entry, photos := signed(t, j, consultation(secretNote, acted.Add(100*time.Hour)), picture(t, 3000))
	purged := mustRecord(t, j, "à purger", acted)
	clearAll(t, j, purged.Entry, entry, photos[0])
	if p, err := j.Purge(ctx, PurgeOptions{After: j.now().Sub(acted.Add(time.Hour))}); err != nil || len(p.Entries) == 0 {
		t.Fatalf("%+v, %v", p, err)
	}
	path := filepath.Join(t.TempDir(), "preuve.zip")
	x, err := j.Export(ctx, path, ExportOptions{})
	if err != nil || x.Entries != 9 || x.Unreadable != 0 {
		t.Fatalf("%+v, %v", x, err)
	}
	r, err := VerifyExport(path)
	if err != nil || len(r.Problems) > 0 || r.Entries != 9 || r.Fingerprint != x.Fingerprint || r.Head.String() != x.Head {
		t.Fatalf("%+v, %v", r, err)
	}
	files := unzip(t, path)
	for name, data := range files {
		mustNotContain(t, name, data, secretName, secretNote, secretINS, "Ildegonde")
	}
	if n := bytes.Count(files[exportEntries], []byte(`"purged_at":"`)); n == 0 {
		t.Error("a purged entry does not say so")
	}
	opensslAgrees(t, files)

	// With content, everything is there.
	full := filepath.Join(t.TempDir(), "tout.zip")
	if _, err := j.Export(ctx, full, ExportOptions{Content: true}); err != nil {
		t.Fatal(err)
	}
	if r, err := VerifyExport(full); err != nil || len(r.Problems) > 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	all := unzip(t, full)
	if !bytes.Contains(all[exportContent+entry+".json"], []byte(secretNote)) || !bytes.HasPrefix(all[exportContent+photos[0]+".png"], []byte("\x89PNG")) {
		t.Error("the content is not there")
	}

	// With the content of one entry, nobody else's is there, and it checks as well.
	mustRecord(t, j, "une autre note", acted.Add(101*time.Hour))
	var one bytes.Buffer
	if _, err := j.ExportTo(ctx, &one, ExportOptions{Content: true, Only: entry}); err != nil {
		t.Fatal(err)
	}
	alone := filepath.Join(t.TempDir(), "une.zip")
	if err := os.WriteFile(alone, one.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if r, err := VerifyExport(alone); err != nil || len(r.Problems) > 0 {
		t.Errorf("of one entry: %+v, %v", r, err)
	}
	its := unzip(t, alone)
	for name, data := range its {
		if bytes.Contains(data, []byte("une autre note")) {
			t.Errorf("%s has another entry's content", name)
		}
	}
	if !bytes.Contains(its[exportContent+entry+".json"], []byte(secretNote)) || !bytes.HasPrefix(its[exportContent+photos[0]+".png"], []byte("\x89PNG")) {
		t.Error("the entry's own content is not there")
	}

	// One byte of any file, then one byte of the zip.
	for name := range files {
		altered := map[string][]byte{}
		for k, v := range files {
			altered[k] = bytes.Clone(v)
		}
		data := altered[name]
		data[mrand.IntN(len(data))] ^= 1 << mrand.IntN(8)
		rezip(t, path, altered)
		if r, err := VerifyExport(path); err == nil && len(r.Problems) == 0 {
			t.Errorf("a changed byte of %s went unseen", name)
		}
	}
	delete(files, exportReadme)
	rezip(t, path, files)
	if r, err := VerifyExport(path); err == nil && len(r.Problems) == 0 {
		t.Error("a missing file went unseen")
	}
}

func unzip(t testing.TB, path string) map[string][]byte {
	t.Helper()
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	files := map[string][]byte{}
	for _, f := range z.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(in); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

func rezip(t testing.TB, path string, files map[string][]byte) {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, data := range files {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(z.Close(), os.WriteFile(path, b.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
}

// opensslAgrees runs the first command of the page that goes with an export.
func opensslAgrees(t *testing.T, files map[string][]byte) {
	t.Helper()
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Log("openssl is not installed: its check of the signature was left out")
		return
	}
	dir := t.TempDir()
	for _, name := range []string{exportPublic, exportSums, exportSignature} {
		if err := os.WriteFile(filepath.Join(dir, name), files[name], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run := func() ([]byte, error) {
		cmd := exec.Command(openssl, "pkeyutl", "-verify", "-pubin", "-inkey", exportPublic, "-rawin", "-in", exportSums, "-sigfile", exportSignature)
		cmd.Dir = dir
		return cmd.CombinedOutput()
	}
	if out, err := run(); err != nil {
		t.Errorf("openssl: %v: %s", err, out)
	}
	sums := files[exportSums]
	if err := os.WriteFile(filepath.Join(dir, exportSums), append(bytes.Clone(sums), '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := run(); err == nil {
		t.Error("openssl believes an altered list")
	}
}

func TestPurgeThenCompact(t *testing.T) {
	dir := t.TempDir()
	clock := &clockAt{acted}
	o := &Options{Clock: clock.Now, Place: "here"}
	j := mustOpen(t, dir, o)
	entry, photos := signed(t, j, consultation("note", acted), picture(t, 2<<20))
	clearAll(t, j, entry, photos[0])
	kept := mustRecord(t, j, "reste", acted.Add(time.Hour))
	clock.now = acted.AddDate(0, 1, 0)
	if _, err := j.Purge(ctx, PurgeOptions{}); err != nil {
		t.Fatal(err)
	}
	size, err := j.Compact(ctx)
	if err != nil || size.Before < 2<<20 || size.After > 200<<10 {
		t.Errorf("%+v, %v", size, err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j = mustOpen(t, dir, o)
	if _, err := j.Consultation(ctx, kept.Entry); err != nil || j.Epoch() != 1 {
		t.Errorf("epoch %d, %v", j.Epoch(), err)
	}
	mustBeSound(t, j)
}
