package store

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"runtime"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/internal/photo"
	"github.com/zoneblanche/zoneblanche/record"
)

func TestDraftBecomesEntry(t *testing.T) {
	dir := t.TempDir()
	o := &Options{Place: "here"}
	j := mustOpen(t, dir, o)
	c := consultation("première version", acted)
	c.ID = ""
	id, err := j.SaveDraft(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	c.ID, c.Note = id, "seconde version"
	if _, err := j.SaveDraft(ctx, c); err != nil {
		t.Fatal(err)
	}
	small, large := picture(t, 5_000), picture(t, 300_000)
	for i, p := range [][]byte{small, large, small} {
		got, err := j.Attach(ctx, id, bytes.NewReader(p))
		want := []int{1, 2, 1}[i] // the same picture is not kept twice
		if err != nil || got.Number != want || got.Size != int64(len(p)) || got.MediaType != photo.PNG {
			t.Fatalf("%d: %+v, %v", i, got, err)
		}
	}
	if n := len(rawRows(t, j, bucketPhotos)); n != photoChunks(int64(len(small)))+photoChunks(int64(len(large))) {
		t.Errorf("%d rows of photographs", n)
	}
	mustBeSound(t, j)
	// Nothing of a draft is in the chain, and it survives.
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j = mustOpen(t, dir, o)
	if r := mustBeSound(t, j); r.Entries != 0 {
		t.Errorf("%d entries", r.Entries)
	}
	d, err := j.Draft(ctx, id)
	if err != nil || d.Consultation.Note != c.Note || len(d.Photographs) != 2 {
		t.Fatalf("%+v, %v", d, err)
	}
	if drafts, err := j.Drafts(ctx); err != nil || len(drafts) != 1 {
		t.Fatalf("%d drafts, %v", len(drafts), err)
	}
	subs := photoSubmissions(d.Photographs)
	_, _, err = j.Sign(ctx, c, submission(c), subs[:1])
	wantReason(t, err, record.CodeConflict, ReasonStaleItem)
	entry, duplicate, err := j.Sign(ctx, c, submission(c), subs)
	if err != nil || duplicate || entry != id {
		t.Fatalf("sign: %s, %v, %v", entry, duplicate, err)
	}
	if entry, duplicate, err = j.Sign(ctx, c, submission(c), subs); err != nil || !duplicate || entry != id {
		t.Errorf("signed twice: %v, %v", duplicate, err)
	}
	_, err = j.Draft(ctx, id)
	wantReason(t, err, record.CodeNotFound, ReasonNoDraft)
	_, err = j.SaveDraft(ctx, c)
	wantReason(t, err, record.CodeConflict, ReasonEntryExists)
	// Each is an item of its own.
	if items, err := j.Waiting(ctx); err != nil || len(items) != 3 {
		t.Fatalf("%d items, %v", len(items), err)
	}
	for i, s := range subs {
		want := [][]byte{small, large}[i]
		if got := readPhoto(t, j, s.Entry); !bytes.Equal(got, want) {
			t.Errorf("photograph %d is another", i)
		}
		sent, err := j.Submission(ctx, s.Entry)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // it can be sent again
			in, err := sent.Attached.Open()
			if err != nil {
				t.Fatal(err)
			}
			data, err := io.ReadAll(in)
			if err := errors.Join(err, in.Close()); err != nil || !bytes.Equal(data, want) || sent.Attached.At != len(`{"data":"`) {
				t.Errorf("what is sent of photograph %d: %v", i, err)
			}
		}
		if info, err := j.Entry(ctx, s.Entry); err != nil || !info.Photograph || info.Of != id {
			t.Errorf("%+v, %v", info, err)
		}
	}
	if info, err := j.Entry(ctx, id); err != nil || len(info.Photographs) != 2 {
		t.Errorf("%+v, %v", info, err)
	}
	mustBeSound(t, j)
	// The same draft, pressed twice under another identifier.
	again := c
	again.ID = ""
	if again.ID, err = j.SaveDraft(ctx, again); err != nil {
		t.Fatal(err)
	}
	for _, p := range [][]byte{small, large} {
		if _, err := j.Attach(ctx, again.ID, bytes.NewReader(p)); err != nil {
			t.Fatal(err)
		}
	}
	if entry, duplicate, err := j.Sign(ctx, again, submission(again), subs); err != nil || !duplicate || entry != id {
		t.Errorf("the same again: %s, %v, %v", entry, duplicate, err)
	}
	mustBeSound(t, j)
}

func TestDroppedDraftLeavesNothing(t *testing.T) {
	j := mustOpen(t, t.TempDir(), nil)
	id, err := j.SaveDraft(ctx, consultation("note", acted))
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := j.Attach(ctx, id, bytes.NewReader(picture(t, 80_000))); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Detach(ctx, id, 2); err != nil {
		t.Fatal(err)
	}
	mustBeSound(t, j)
	if err := j.DropDraft(ctx, id); err != nil {
		t.Fatal(err)
	}
	if n, m := len(rawRows(t, j, bucketDrafts)), len(rawRows(t, j, bucketPhotos)); n+m > 0 {
		t.Errorf("%d and %d rows are left", n, m)
	}
	_, err = j.Attach(ctx, id, bytes.NewReader(picture(t, 1000)))
	wantReason(t, err, record.CodeNotFound, ReasonNoDraft)
}

// stalled gives its bytes and then runs a function instead of ending.
type stalled struct {
	io.Reader
	then func()
}

func (s *stalled) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if err != nil {
		s.then()
		return n, errors.New("the key was pulled out")
	}
	return n, err
}

// TestPhotographCutShort leaves nothing, whether the program goes on or not.
func TestPhotographCutShort(t *testing.T) {
	dir := t.TempDir()
	o := &Options{Place: "here"}
	j := mustOpen(t, dir, o)
	id, err := j.SaveDraft(ctx, consultation("note", acted))
	if err != nil {
		t.Fatal(err)
	}
	large := picture(t, 3<<20)
	crashed := ""
	_, err = j.Attach(ctx, id, &stalled{bytes.NewReader(large[:len(large)-100_000]), func() {
		if n := len(rawRows(t, j, bucketPhotos)); n == 0 {
			t.Error("nothing was on disk yet: the test proves nothing")
		}
		err := j.settled(ctx, "test", func() error { crashed = copyFolder(t, dir); return nil })
		if err != nil {
			t.Error(err)
		}
	}})
	if err == nil {
		t.Fatal("a photograph that was cut was kept")
	}
	for name, where := range map[string]string{"the program goes on": dir, "the program ended": crashed} {
		if where == dir {
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
		}
		j := mustOpen(t, where, o)
		if n := len(rawRows(t, j, bucketPhotos)); n > 0 {
			t.Errorf("%s: %d rows are left", name, n)
		}
		if d, err := j.Draft(ctx, id); err != nil || len(d.Photographs) != 0 {
			t.Errorf("%s: %v", name, err)
		}
		mustBeSound(t, j)
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPhotographsRefused(t *testing.T) {
	j := mustOpen(t, t.TempDir(), nil)
	id, err := j.SaveDraft(ctx, consultation("note", acted))
	if err != nil {
		t.Fatal(err)
	}
	_, err = j.Attach(ctx, id, bytes.NewReader([]byte("%PDF-1.7 ceci n’est pas une image")))
	wantReason(t, err, record.CodeInvalid, ReasonPhotoFormat)
	whole := picture(t, 50_000)
	_, err = j.Attach(ctx, id, bytes.NewReader(whole[:40_000]))
	wantReason(t, err, record.CodeInvalid, ReasonPhotoFormat)
	_, err = j.Attach(ctx, id, endless(MaxPhoto+1))
	wantReason(t, err, record.CodeTooLarge, ReasonPhotoTooLarge)
	if n := len(rawRows(t, j, bucketPhotos)); n > 0 {
		t.Errorf("%d rows are left", n)
	}
	mustBeSound(t, j)
}

// endless is a JPEG of that size, made as it is read.
func endless(size int64) io.Reader {
	head := append([]byte{0xff, 0xd8, 0xff, 0xda, 0, 12}, make([]byte, 10)...)
	return io.MultiReader(bytes.NewReader(head), io.LimitReader(zeros{}, size-int64(len(head))-2), bytes.NewReader([]byte{0xff, 0xd9}))
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(i) &^ 0x80
	}
	return len(p), nil
}

// heapWatch looks at the heap as it is read.
type heapWatch struct {
	io.Reader
	most, seen int64
}

func (w *heapWatch) Read(p []byte) (int, error) {
	if w.seen%(2<<20) < int64(len(p)) {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		w.most = max(w.most, int64(m.HeapAlloc))
	}
	n, err := w.Reader.Read(p)
	w.seen += int64(n)
	return n, err
}

// TestLargestPhotographInLittleMemory keeps and reads 20 MiB.
func TestLargestPhotographInLittleMemory(t *testing.T) {
	j := mustOpen(t, t.TempDir(), nil)
	c := consultation("note", acted)
	if _, err := j.SaveDraft(ctx, c); err != nil {
		t.Fatal(err)
	}
	var before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	in := &heapWatch{Reader: endless(MaxPhoto)}
	p, err := j.Attach(ctx, c.ID, in)
	if err != nil || p.Size != MaxPhoto || p.MediaType != photo.JPEG {
		t.Fatalf("%+v, %v", p, err)
	}
	subs := photoSubmissions([]record.Photograph{p})
	if _, _, err := j.Sign(ctx, c, submission(c), subs); err != nil {
		t.Fatal(err)
	}
	s, err := j.Submission(ctx, subs[0].Entry)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Attached.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	out := &heapWatch{Reader: r}
	n, err := io.Copy(base64.NewEncoder(base64.StdEncoding, io.Discard), out)
	if err != nil || n != MaxPhoto {
		t.Fatalf("read %d bytes, %v", n, err)
	}
	const allowed = 8 << 20
	if grown := max(in.most, out.most) - int64(before.HeapAlloc); grown > allowed {
		t.Errorf("the heap grew by %d MiB for a photograph of 20", grown>>20)
	} else {
		t.Logf("the heap grew by %d KiB", grown>>10)
	}
}

// TestSignIsOneStep crashes between saving and signing: the draft is there or the
// entry is, never both nor neither.
func TestSignIsOneStep(t *testing.T) {
	dir := t.TempDir()
	o := &Options{Place: "here"}
	j := mustOpen(t, dir, o)
	var copies []string
	for i := range 3 {
		c := consultation(fmt.Sprint("note ", i), acted.Add(time.Duration(i)*time.Hour))
		for _, step := range []func(){
			func() { _, _ = j.SaveDraft(ctx, c) },
			func() { _, _ = j.Attach(ctx, c.ID, bytes.NewReader(picture(t, 3000))) },
			func() {
				d, err := j.Draft(ctx, c.ID)
				if err != nil {
					t.Fatal(err)
				}
				if _, _, err := j.Sign(ctx, c, submission(c), photoSubmissions(d.Photographs)); err != nil {
					t.Fatal(err)
				}
			},
		} {
			step()
			// The files as they are, log included: what a crash leaves.
			if err := j.exclusively(ctx, "test", func() error { copies = append(copies, copyFolder(t, dir)); return nil }); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i, where := range copies {
		j := mustOpen(t, where, o)
		drafts, err := j.Drafts(ctx)
		if err != nil {
			t.Fatal(err)
		}
		entries := 0
		if err := j.Entries(ctx, func(EntryInfo) error { entries++; return nil }); err != nil {
			t.Fatal(err)
		}
		done, under := (i+1)/3, min((i+1)%3, 1)
		if entries != 2*done || len(drafts) != under {
			t.Errorf("copy %d: %d entries and %d drafts", i, entries, len(drafts))
		}
		mustBeSound(t, j)
		_ = j.Close()
	}
}

// The card of a draft, and what is said of its photographs, stay with it.
func TestDraftKeepsCardAndCaptions(t *testing.T) {
	j := mustOpen(t, t.TempDir(), &Options{Place: "here"})
	c := consultation("pansement", acted)
	c.Prescriptions, c.Orders, c.Reason = []string{"Sérum physiologique"}, []string{"NFS"}, "urgence"
	id, err := j.SaveCardDraft(ctx, c, []string{"ZB1:A", "ZB1:B"})
	if err != nil {
		t.Fatal(err)
	}
	p, err := j.Attach(ctx, id, bytes.NewReader(picture(t, 5_000)))
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Caption(ctx, id, p.Number, "talon droit"); err != nil {
		t.Fatal(err)
	}
	wantReason(t, j.Caption(ctx, id, p.Number, string(make([]byte, maxCaption+1))), record.CodeInvalid, ReasonConsultation)
	wantReason(t, j.Caption(ctx, id, 7, "x"), record.CodeNotFound, ReasonNoEntry)
	if _, err := j.SaveDraft(ctx, c); err != nil { // leaves both
		t.Fatal(err)
	}
	d, err := j.Draft(ctx, id)
	if err != nil || len(d.Codes) != 2 || d.Photographs[0].Caption != "talon droit" || d.Consultation.Text() != c.Text() {
		t.Fatalf("%+v, %v", d, err)
	}
	if _, _, err := j.Sign(ctx, d.Consultation, submission(c), photoSubmissions(d.Photographs)); err != nil {
		t.Fatal(err)
	}
	if got, err := j.Consultation(ctx, id); err != nil || got.Text() != c.Text() || len(got.Orders) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	// What was prescribed tells two consultations apart, as the note does.
	other := c
	other.ID, other.Prescriptions = "", []string{"Paracétamol"}
	if _, duplicate, err := j.Record(ctx, other, submission(other)); err != nil || duplicate {
		t.Errorf("another prescription: duplicate %v, %v", duplicate, err)
	}
}
