package handover

import (
	"bytes"
	"context"
	"flag"
	"image"
	"image/jpeg"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
)

// An unmistakable note, which a carrier must not find.
const secretNote = "Otite séreuse QWXZ, revoir dans dix jours"

func openStore(t *testing.T, dir string) *store.Journal {
	t.Helper()
	j, err := store.Open(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

func desk(t *testing.T, j Journal) *Desk {
	t.Helper()
	d, err := NewDesk(j)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// introduce pairs two journals as if a person had compared the words.
func introduce(t *testing.T, origin, holder *store.Journal) {
	t.Helper()
	know := func(j, of *store.Journal, holds bool) {
		i := desk(t, of).Identity()
		err := j.Pair(context.Background(), store.Peer{ID: i.ID, Name: "Poste", Sign: i.SignKey(), Seal: i.SealKey(), Holder: holds})
		if err == nil {
			err = j.ConfirmPeer(context.Background(), i.ID)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	know(origin, holder, true)
	know(holder, origin, false)
}

func consultation() record.Consultation {
	return record.Consultation{
		ID: uuid.Must(uuid.NewV7()).String(),
		Patient: record.Patient{
			INS:       record.INS{Matricule: "279035121518989", OID: record.OIDINSTest},
			BirthName: "PATIENTE", GivenNames: []string{"Ines"}, BirthDate: "1979-03-14", Sex: record.Female,
		},
		ActedAt: time.Now().Add(-time.Hour), Author: record.Author{RPPS: "99700218896", Name: "Dr Essai"}, Note: secretNote + uuid.NewString(),
	}
}

func recordOne(t *testing.T, j *store.Journal) string {
	t.Helper()
	c := consultation()
	s, err := fhir.NewSubmission(c, fhir.SubmissionOptions{})
	if err != nil {
		t.Fatal(err)
	}
	id, _, err := j.Record(context.Background(), c, s)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// deliver clears an item as the worker does, with a receipt.
func deliver(t *testing.T, j *store.Journal, entry string) {
	t.Helper()
	ctx := context.Background()
	info, err := j.Entry(ctx, entry)
	if err != nil {
		t.Fatal(err)
	}
	item := info.Item
	if item.State == record.Pending {
		if item, err = j.Begin(ctx, item, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := j.Clear(ctx, item, record.Receipt{At: time.Now(), Location: "DocumentReference/7", Via: "response", Server: "https://r.example"}); err != nil {
		t.Fatal(err)
	}
}

func exports(t *testing.T, j *store.Journal, f Folder) Exported {
	t.Helper()
	out, err := desk(t, j).Export(context.Background(), f, ExportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func imports(t *testing.T, j *store.Journal, f Folder) Imported {
	t.Helper()
	out, err := desk(t, j).Import(context.Background(), f, func(o Outcome) {
		if o.Err != nil {
			t.Logf("%s: %v", o.File, o.Err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func wantOutcome(t *testing.T, got Imported, what What, n int) {
	t.Helper()
	if got.Outcomes[what] != n {
		t.Fatalf("got %v, want %d %s", got.Outcomes, n, what)
	}
}

func stateOf(t *testing.T, j *store.Journal, entry string) record.Item {
	t.Helper()
	info, err := j.Entry(context.Background(), entry)
	if err != nil {
		t.Fatal(err)
	}
	return info.Item
}

func sound(t *testing.T, journals ...*store.Journal) {
	t.Helper()
	for _, j := range journals {
		r, err := j.Verify(context.Background())
		if err != nil || len(r.Problems) > 0 {
			t.Fatalf("verify: %v %v", err, r.Problems)
		}
	}
}

// The whole trip by USB key on two real journals: the same bytes under the same
// identifiers, one receipt, and a second import of everything that changes nothing.
func TestTripByKey(t *testing.T) {
	ctx := context.Background()
	laptop, practice := openStore(t, t.TempDir()), openStore(t, t.TempDir())
	introduce(t, laptop, practice)
	entry := recordOne(t, laptop)
	key := Dir(t.TempDir())

	if out := exports(t, laptop, key); out.Entries != 1 {
		t.Fatalf("got %+v, want one entry", out)
	}
	if out := exports(t, laptop, key); out.Entries != 0 || out.Kept != 1 {
		t.Fatalf("exported again: got %+v, want one kept", out)
	}
	names, _, err := key.List()
	if err != nil || len(names) != 1 {
		t.Fatalf("got %v, %v", names, err)
	}
	b, err := os.ReadFile(filepath.Join(string(key), names[0]))
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"QWXZ", "PATIENTE", "279035121518989", "99700218896", "Bundle"} {
		if bytes.Contains(b, []byte(word)) || strings.Contains(names[0], word) {
			t.Errorf("the carrier reads %q", word)
		}
	}

	wantOutcome(t, imports(t, practice, key), Took, 1)
	wantOutcome(t, imports(t, practice, key), TookAgain, 1)
	ours, err := laptop.Submission(ctx, entry)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := practice.Submission(ctx, entry)
	if err != nil {
		t.Fatal(err)
	}
	if ours.DocumentID != theirs.DocumentID || !bytes.Equal(ours.Body, theirs.Body) || ours.Entries != theirs.Entries || ours.MediaType != theirs.MediaType {
		t.Fatal("the holder has not what the origin froze")
	}
	if item := stateOf(t, practice, entry); item.State != record.InFlight {
		t.Fatalf("the holder's item is %s: it must look up first", item.State)
	}

	exports(t, practice, key)
	wantOutcome(t, imports(t, laptop, key), HeardTook, 1)
	if item := stateOf(t, laptop, entry); item.State == record.Cleared {
		t.Fatal("taken is no receipt of the recipient")
	}
	deliver(t, practice, entry)
	exports(t, practice, key)
	old := t.TempDir()
	if err := os.CopyFS(old, os.DirFS(string(key))); err != nil {
		t.Fatal(err)
	}
	wantOutcome(t, imports(t, laptop, key), Cleared, 1)
	item := stateOf(t, laptop, entry)
	if item.State != record.Cleared || item.Receipt.Location != "DocumentReference/7" || item.Receipt.Via != "handover" {
		t.Fatalf("got %+v", item)
	}
	if names, _, _ := key.List(); len(names) != 0 {
		t.Errorf("left on the key: %v", names)
	}
	// An old copy of the key, after the holder has purged.
	if _, err := practice.Purge(ctx, store.PurgeOptions{}); err != nil {
		t.Fatal(err)
	}
	wantOutcome(t, imports(t, practice, Dir(old)), TookAgain, 1)
	wantOutcome(t, imports(t, laptop, Dir(old)), TookAgain, 1)
	sound(t, laptop, practice)
}

// Each thing that may be wrong with a file has its reason, and changes nothing.
func TestRefusedFiles(t *testing.T) {
	laptop, practice, other := openStore(t, t.TempDir()), openStore(t, t.TempDir()), openStore(t, t.TempDir())
	introduce(t, laptop, practice)
	recordOne(t, laptop)
	key := Dir(t.TempDir())
	exports(t, laptop, key)
	names, _, _ := key.List()
	whole, err := os.ReadFile(filepath.Join(string(key), names[0]))
	if err != nil {
		t.Fatal(err)
	}
	changed := func(at int, by byte) []byte {
		b := bytes.Clone(whole)
		b[at] ^= by
		return b
	}
	for name, c := range map[string]struct {
		b      []byte
		reason string
	}{
		"empty":              {nil, ReasonPackageCut},
		"cut in the header":  {whole[:40], ReasonPackageCut},
		"cut in the middle":  {whole[:len(whole)/2], ReasonPackageCut},
		"one byte too long":  {append(bytes.Clone(whole), 0), ReasonPackageCut},
		"of something else":  {[]byte("%PDF-1.7 and more than a header of ours would have in all"), ReasonPackage},
		"altered content":    {changed(headerSize+40, 1), ReasonPackage},
		"altered deadline":   {changed(headerSize-9, 1), ReasonPackage},
		"altered origin":     {changed(len(magic)+2+16, 1), ReasonStranger},
		"of a newer program": {changed(len(magic), 3), ReasonPackageNewer},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "a"+Extension), c.b, 0o600); err != nil {
				t.Fatal(err)
			}
			var got Outcome
			if _, err := desk(t, practice).Import(context.Background(), Dir(dir), func(o Outcome) { got = o }); err != nil {
				t.Fatal(err)
			}
			if got.What != Refused || record.ReasonOf(got.Err) != c.reason {
				t.Errorf("got %s, %v, want refused, %s", got.What, got.Err, c.reason)
			}
		})
	}
	if taken, _ := practice.AllTaken(context.Background()); len(taken) != 0 {
		t.Error("something was taken")
	}
	// On another machine nothing happens, and the package stays.
	wantOutcome(t, imports(t, other, key), Elsewhere, 1)
	// After a revocation nothing more is taken.
	if err := practice.RevokePeer(context.Background(), desk(t, laptop).Identity().ID); err != nil {
		t.Fatal(err)
	}
	wantOutcome(t, imports(t, practice, key), Refused, 1)
}

// A photograph travels whole, after the notes.
// What is handed over is delivered as its origin would: a real photograph after the
// notes, an opening as what it is, and a correction not before what it corrects is known
// to have arrived.
func TestKindsTravel(t *testing.T) {
	ctx := context.Background()
	laptop, practice := openStore(t, t.TempDir()), openStore(t, t.TempDir())
	introduce(t, laptop, practice)

	note, photo := signWithPhotograph(t, laptop)
	opened := record.Consulted{ID: uuid.Must(uuid.NewV7()).String(), Patient: consultation().Patient, At: time.Now(),
		Author: consultation().Author, Card: record.CardRef{ID: "0011223344556677", Issuer: "Cabinet d’essai", Verdict: record.Authentic}}
	event, err := fhir.NewConsulted(opened, fhir.ConsultedOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := laptop.RecordConsulted(ctx, opened, event); err != nil {
		t.Fatal(err)
	}
	again := consultation()
	first, err := laptop.Entry(ctx, note)
	if err != nil {
		t.Fatal(err)
	}
	replaced, err := fhir.NewSubmission(again, fhir.SubmissionOptions{Replaces: &fhir.Replaced{DocumentID: first.Item.DocumentID}})
	if err != nil {
		t.Fatal(err)
	}
	correction, _, err := laptop.Correct(ctx, store.Correction{Of: first.Item}, again, replaced)
	if err != nil {
		t.Fatal(err)
	}

	key := Dir(t.TempDir())
	if out := exports(t, laptop, key); out.Entries != 3 || len(out.Unreadable) != 0 {
		t.Fatalf("got %+v, want 3 entries", out)
	}
	wantOutcome(t, imports(t, practice, key), Took, 3)
	for entry, kind := range map[string]record.EntryKind{note: record.KindConsultation, photo: record.KindPhotograph, opened.ID: record.KindConsulted} {
		info, err := practice.Entry(ctx, entry)
		if err != nil || info.Item.Kind != kind || info.Kind != kind {
			t.Errorf("%s: got %q in its item and %q, %v", kind, info.Item.Kind, info.Kind, err)
		}
		here, err := laptop.Submission(ctx, entry)
		if err != nil {
			t.Fatal(err)
		}
		body, err := wholeBody(here)
		if err != nil {
			t.Fatal(err)
		}
		if there, err := practice.Submission(ctx, entry); err != nil || there.Attached != nil || !bytes.Equal(there.Body, body) {
			t.Errorf("%s: the holder has other bytes (%v)", kind, err)
		}
	}
	if _, err := practice.Entry(ctx, correction); record.CodeOf(err) != record.CodeNotFound {
		t.Errorf("the correction left before what it corrects: %v", err)
	}
	deliver(t, practice, note)
	exports(t, practice, key)
	imports(t, laptop, key)
	if got := stateOf(t, laptop, note); got.State != record.Cleared {
		t.Fatalf("the note is %s", got.State)
	}
	exports(t, laptop, key)
	imports(t, practice, key)
	if info, err := practice.Entry(ctx, correction); err != nil || info.Item.Kind != record.KindCorrection || info.Item.State == record.Cleared {
		t.Errorf("the correction: got %+v, %v", info.Item, err)
	}
	sound(t, laptop)
	sound(t, practice)
}

// signWithPhotograph records a note and a photograph as the pages do.
func signWithPhotograph(t *testing.T, j *store.Journal) (note, photo string) {
	t.Helper()
	ctx := context.Background()
	c := consultation()
	if _, err := j.SaveDraft(ctx, c); err != nil {
		t.Fatal(err)
	}
	var picture bytes.Buffer
	noise := image.NewGray(image.Rect(0, 0, 400, 400))
	for i := range noise.Pix {
		noise.Pix[i] = byte(i * i >> 3)
	}
	if err := jpeg.Encode(&picture, noise, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Attach(ctx, c.ID, &picture); err != nil {
		t.Fatal(err)
	}
	d, err := j.Draft(ctx, c.ID)
	if err != nil || len(d.Photographs) != 1 {
		t.Fatalf("got %d photographs, %v", len(d.Photographs), err)
	}
	s, err := fhir.NewSubmission(c, fhir.SubmissionOptions{})
	if err != nil {
		t.Fatal(err)
	}
	photo = uuid.Must(uuid.NewV7()).String()
	p := d.Photographs[0]
	taken, err := fhir.NewPhotograph(c, fhir.Photograph{ID: photo, MediaType: p.MediaType, TakenAt: c.ActedAt,
		Open: func() (io.ReadCloser, error) { return j.DraftPhotograph(c.ID, p.Number) }}, s.DocumentID, fhir.SubmissionOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := j.Sign(ctx, c, s, []record.PhotographSubmission{{Entry: photo, Number: p.Number, Submission: taken}}); err != nil {
		t.Fatal(err)
	}
	return c.ID, photo
}

var many = flag.Int("handover.many", 200, "packages on one key")

// A key full of packages, among ten thousand files that are none.
func TestManyFiles(t *testing.T) {
	laptop, practice := openStore(t, t.TempDir()), openStore(t, t.TempDir())
	introduce(t, laptop, practice)
	n := *many
	for i := range n {
		c := consultation() // far enough apart that no two are taken for one
		c.ActedAt = c.ActedAt.Add(-time.Duration(i) * 11 * time.Minute)
		s, err := fhir.NewSubmission(c, fhir.SubmissionOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := laptop.Record(context.Background(), c, s); err != nil {
			t.Fatal(err)
		}
	}
	k := &key{files: map[string][]byte{}, seen: func([]byte) {}}
	began := time.Now()
	exports(t, laptop, k)
	t.Logf("%d entries exported in %v", n, time.Since(began))
	for i := range 10_000 {
		k.files[uuid.NewString()+Extension] = []byte{byte(i)}
	}
	began = time.Now()
	got, err := desk(t, practice).Import(context.Background(), k, nil)
	t.Logf("imported in %v", time.Since(began))
	if err != nil {
		t.Fatal(err)
	}
	wantOutcome(t, got, Took, n)
	wantOutcome(t, got, Refused, 10_000)
}

// FuzzPackage feeds the parser: it never panics, takes nothing that was not signed, and
// a header that is read has one spelling.
func FuzzPackage(f *testing.F) {
	origin := newMemory('o', time.Now)
	holder := newMemory('h', time.Now)
	from, err := NewDesk(origin)
	if err != nil {
		f.Fatal(err)
	}
	to, err := NewDesk(holder)
	if err != nil {
		f.Fatal(err)
	}
	h := Header{Kind: KindEntry, Entry: uuid.NewString(), To: to.identity.ID, Made: time.Unix(1, 0), Deadline: time.Unix(2, 0)}
	b, err := from.identity.Seal(h, to.identity.SealKey(), []byte("content"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b, []byte{})
	f.Add(b[:50], []byte(`{"document_id":"x"}`))
	f.Fuzz(func(t *testing.T, b, content []byte) {
		h, err := ParseHeader(b)
		if err != nil {
			return
		}
		again, err := h.bytes()
		if err != nil || !bytes.Equal(again, b[:headerSize]) {
			t.Fatalf("a header has two spellings: %x, %x", b[:headerSize], again)
		}
		if _, err := to.identity.Open(h, b, from.identity.SignKey()); err == nil && !bytes.HasSuffix(b, b[len(b)-signatureSize:]) {
			t.Fatal("opened")
		}
		// What a paired peer may seal is hostile too.
		if handed, err := readEntry(h, content); err == nil && handed.Submission.DocumentID == "" && len(content) == 0 {
			t.Fatal("an entry without anything was read")
		}
		_, _ = readReceipt(h, content)
	})
}
