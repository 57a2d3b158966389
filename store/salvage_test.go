package store

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/zoneblanche/zoneblanche/record"
)

func init() {
	roles["probe"] = Probe
	roles["probe and hang"] = func(string) error { select {} }
}

// asking returns a probe that runs as a child in a role, and counts.
func asking(role string, asked *int) func(context.Context, string) error {
	return func(ctx context.Context, dir string) error {
		*asked++
		cmd := child(role, dir)
		if strings.HasSuffix(role, "hang") {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, 300*time.Millisecond)
			defer cancel()
		}
		probe := exec.CommandContext(ctx, cmd.Path, cmd.Args[1:]...)
		probe.Env = cmd.Env
		return probe.Run()
	}
}

// stopUncleanly leaves a journal as a process that was killed does.
func stopUncleanly(t *testing.T, dir string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, pidFile), []byte("4194305\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestProbe asks for a first look after a stop that was not in order, and only
// then; one that fails or hangs means a damaged file, which is salvaged.
func TestProbe(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	j := mustOpen(t, dir, nil)
	fill(t, j, 20)
	want, _ := content(j)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		unclean         bool
		role            string
		asked, salvaged int
	}{{false, "probe and hang", 0, 0}, {true, "probe", 1, 0}, {true, "probe and hang", 1, 1}} {
		if c.unclean {
			stopUncleanly(t, dir)
		}
		asked := 0
		j, err := Open(dir, &Options{Probe: asking(c.role, &asked)})
		if err != nil {
			t.Fatalf("%+v: %v", c, err)
		}
		if asked != c.asked || (j.Salvaged() != nil) != (c.salvaged > 0) {
			t.Errorf("%+v: asked %d times, salvaged %+v", c, asked, j.Salvaged())
		}
		mustBeSound(t, j)
		got, errs := content(j)
		for key, text := range want {
			if got[key] != text {
				t.Errorf("%+v: %s is not as it was", c, strings.SplitN(key, " ", 2)[0])
			}
		}
		if errs > 0 {
			t.Errorf("%d errors", errs)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestSalvageListsWhatIsGone destroys whole pages: what is gone is listed, what is
// not is there, and the damaged file is kept.
func TestSalvageListsWhatIsGone(t *testing.T) {
	dir := t.TempDir()
	j := mustOpen(t, dir, nil)
	fill(t, j, 60)
	want, _ := content(j)
	if _, err := j.Compact(ctx); err != nil { // so that no older copy of a page lingers
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, journalFile)
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	live := livePages(t, path)
	for i, page := range live {
		if i > 4 && i%9 == 0 {
			clear(file[page*4096 : (page+1)*4096])
		}
	}
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = Open(dir, &Options{ReadOnly: true})
	wantReason(t, err, record.CodeInternal, ReasonJournalDamaged)

	j = mustOpen(t, dir, nil)
	s := j.Salvaged()
	if s == nil || s.Entries != 60 || len(s.Lost) == 0 || len(s.Lost) > 40 {
		t.Fatalf("got %+v", s)
	}
	if kept, err := os.ReadFile(filepath.Join(dir, s.Kept)); err != nil || string(kept) != string(file) {
		t.Errorf("the damaged file is not kept: %v", err)
	}
	here := 0
	err = j.Entries(ctx, func(e EntryInfo) error {
		here++
		c, err := j.Consultation(ctx, e.ID)
		if err != nil || !strings.Contains(want["consultation "+e.ID], c.Note) {
			t.Errorf("%s: %v", e.ID, err)
		}
		return nil
	})
	if err != nil && !isDamaged(err) || here+len(s.Lost) != 60 {
		t.Errorf("%d entries are there and %d lost, want 60: %v", here, len(s.Lost), err)
	}
	r, err := j.Verify(ctx)
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, l := range append(append(append([]string{}, s.Lost...), s.Bodies...), s.Items...) {
		for _, word := range strings.Fields(l) {
			named[word] = true
		}
	}
	for _, p := range r.Problems {
		if !named[p.Entry] && !strings.Contains(p.What, "does not follow") && !strings.Contains(p.What, "count") && !strings.Contains(p.What, "head") {
			t.Errorf("verify: %q %s, and it was not listed", p.Entry, p.What)
		}
	}
	mustRecord(t, j, "et la suite", acted.AddDate(1, 0, 0))
	items, err := j.Waiting(ctx)
	if err != nil || len(items) == 0 {
		t.Errorf("the outbox: %d, %v", len(items), err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	// It is salvaged once.
	j = mustOpen(t, dir, nil)
	if j.Salvaged() != nil {
		t.Error("it was salvaged again")
	}
}

// TestRepairIsTakenUpAgain stops between the making of the new file and its repair.
func TestRepairIsTakenUpAgain(t *testing.T) {
	dir := t.TempDir()
	j := mustOpen(t, dir, nil)
	fill(t, j, 20)
	want, _ := content(j)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	keys, err := j.prepare(true)
	if err != nil {
		t.Fatal(err)
	}
	if err := j.salvage(keys, errors.New("test")); err != nil {
		t.Fatal(err)
	}
	j = mustOpen(t, dir, nil)
	if j.Salvaged() == nil {
		t.Fatal("nothing was repaired")
	}
	if told, err := j.Salvages(); err != nil || len(told) != 1 || told[0].Cause != "test" {
		t.Errorf("the list: %+v, %v", told, err)
	}
	mustBeSound(t, j)
	got, _ := content(j)
	for key, text := range want {
		if got[key] != text {
			t.Errorf("%s is not as it was", key)
		}
	}
}

// TestSalvageKeepsDraftsAndPhotographs spoils a draft, a photograph of another and a
// photograph of an entry, and makes the file one that must be salvaged: the rest is
// kept, and what is lost is listed.
func TestSalvageKeepsDraftsAndPhotographs(t *testing.T) {
	dir := t.TempDir()
	j := mustOpen(t, dir, nil)
	lost, spoilt, sound := consultation("perdu", acted), consultation("une photo", acted), consultation("intact", acted)
	for _, c := range []record.Consultation{lost, spoilt, sound} {
		if _, err := j.SaveDraft(ctx, c); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if _, err := j.Attach(ctx, c.ID, bytes.NewReader(picture(t, 90_000))); err != nil {
				t.Fatal(err)
			}
		}
	}
	entry, photos := signed(t, j, consultation("signée", acted), picture(t, 3000), picture(t, 90_000))
	drafts, chunks := rawRows(t, j, bucketDrafts), rawRows(t, j, bucketPhotos)
	if _, err := j.Compact(ctx); err != nil { // so that no older copy of a page lingers
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	id := func(s string) string { u := uuid.MustParse(s); return string(u[:]) }
	path := filepath.Join(dir, journalFile)
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range [][]byte{drafts[id(lost.ID)], chunks[id(spoilt.ID)+"\x00\x02\x00\x00\x00\x01"], chunks[id(entry)+"\x00\x02\x00\x00\x00\x00"]} {
		at := bytes.Index(file, value)
		if len(value) == 0 || at < 0 {
			t.Fatal("a row is not in the file")
		}
		file[at+len(value)/2] ^= 8
	}
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	stopUncleanly(t, dir)
	j = mustOpen(t, dir, &Options{Probe: func(context.Context, string) error { return errors.New("it hung") }})
	s := j.Salvaged()
	if s == nil || !slices.Equal(s.Drafts, []string{lost.ID}) || !slices.Equal(s.Bodies, []string{photos[1]}) || len(s.Lost)+len(s.Items) > 0 {
		t.Fatalf("got %+v", s)
	}
	if want := []string{lost.ID + " 1", lost.ID + " 2", spoilt.ID + " 2"}; !slices.Equal(slices.Sorted(slices.Values(s.Photographs)), slices.Sorted(slices.Values(want))) {
		t.Errorf("photographs: got %v, want %v", s.Photographs, want)
	}
	left, err := j.Drafts(ctx)
	if err != nil || len(left) != 2 {
		t.Fatalf("got %d drafts, %v", len(left), err)
	}
	for _, d := range left {
		if want := map[string]int{spoilt.ID: 1, sound.ID: 2}[d.Consultation.ID]; len(d.Photographs) != want {
			t.Errorf("%s has %d photographs, want %d", d.Consultation.Note, len(d.Photographs), want)
		}
	}
	r, err := j.Verify(ctx)
	if err != nil || len(r.Problems) != 1 || r.Problems[0].Entry != photos[1] || r.Problems[0].Code != ProblemPhotograph {
		t.Errorf("verify: %v, %v", r.Problems, err)
	}
	readPhoto(t, j, photos[0])
	// What is left of the draft can be signed.
	d, err := j.Draft(ctx, spoilt.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := j.Sign(ctx, d.Consultation, submission(d.Consultation), photoSubmissions(d.Photographs)); err != nil {
		t.Error(err)
	}
	told, err := j.Salvages()
	if err != nil || len(told) != 1 || !slices.Equal(told[0].Photographs, s.Photographs) || told[0].Entries != 3 {
		t.Errorf("the list: %+v, %v", told, err)
	}
}

// TestSalvageWithoutIdentity destroys the row that says which journal this is, and all
// else: the journal is opened all the same, with what the pages still hold, and what is
// not known is said.
func TestSalvageWithoutIdentity(t *testing.T) {
	source := t.TempDir()
	j := mustOpen(t, source, &Options{Place: "here", Clock: fixedClock})
	fill(t, j, 8)
	want, _ := content(j)
	id, meta := j.ID(), rawRows(t, j, bucketMeta)[string(keyJournal)]
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(filepath.Join(source, journalFile))
	if err != nil {
		t.Fatal(err)
	}
	spoilt := bytes.Clone(whole)
	for at := bytes.Index(spoilt, meta); at >= 0; at = bytes.Index(spoilt, meta) {
		spoilt[at+len(meta)/2] ^= 1
	}
	for _, c := range []struct {
		name          string
		file          []byte
		kept, unknown bool
		entries       uint64
	}{
		{"a flipped identity", spoilt, true, false, 8},
		{"a flipped identity, and none beside it", spoilt, false, true, 0},
		{"nothing", nil, true, true, 0},
		{"another file", []byte("%PDF-1.7"), false, true, 0},
	} {
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(source)); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, journalFile), c.file, 0o600); err != nil {
			t.Fatal(err)
		}
		if !c.kept {
			if err := os.Remove(filepath.Join(dir, identityFile)); err != nil {
				t.Fatal(err)
			}
		}
		j, err := Open(dir, &Options{Place: "here", Clock: fixedClock})
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		s := j.Salvaged()
		if s == nil || s.Entries != c.entries || s.Unknown != c.unknown || len(s.Lost) > 0 || (j.ID() == id) != c.kept {
			t.Errorf("%s: got %+v", c.name, s)
		}
		got, errs := content(j)
		for key, text := range want {
			if c.entries > 0 && got[key] != text {
				t.Errorf("%s: %s is not as it was", c.name, strings.SplitN(key, " ", 2)[0])
			}
		}
		if kept, err := os.ReadFile(filepath.Join(dir, s.Kept)); err != nil || !bytes.Equal(kept, c.file) || errs > 0 {
			t.Errorf("%s: the damaged file is not kept: %v", c.name, err)
		}
		mustRecord(t, j, "et la suite", acted.AddDate(1, 0, 0))
		mustBeSound(t, j)
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
	// Another journal's key is no reason to begin anew.
	dir, other := t.TempDir(), t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(source)); err != nil {
		t.Fatal(err)
	}
	if err := mustOpen(t, other, nil).Close(); err != nil {
		t.Fatal(err)
	}
	key, err := os.ReadFile(filepath.Join(other, keyFile))
	if err == nil {
		err = errors.Join(os.WriteFile(filepath.Join(dir, keyFile), key, 0o600), os.WriteFile(filepath.Join(dir, journalFile), nil, 0o600))
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, nil); err == nil {
		t.Error("a journal was begun under another journal's key")
	}
}
