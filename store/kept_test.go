package store

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"io"
	mrand "math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/google/uuid"

	"github.com/zoneblanche/zoneblanche/record"
)

// picture is a PNG of about size bytes, which no other call returns.
func picture(t testing.TB, size int) []byte {
	t.Helper()
	side := 1
	for side*side*4 < size {
		side++
	}
	img := image.NewNRGBA(image.Rect(0, 0, side, side))
	for i := range img.Pix {
		img.Pix[i] = byte(mrand.Uint32())
	}
	img.Set(0, 0, color.White)
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.NoCompression}).Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// photoSubmissions freezes the photographs of a draft.
func photoSubmissions(photos []record.Photograph) (out []record.PhotographSubmission) {
	for _, p := range photos {
		out = append(out, record.PhotographSubmission{
			Entry: uuid.Must(uuid.NewV7()).String(), Number: p.Number,
			Submission: record.Submission{
				DocumentID: "urn:uuid:" + uuid.NewString(), MediaType: "application/fhir+json",
				DocumentSHA1: p.SHA1, DocumentSize: int(p.Size), Entries: 3,
			},
		})
		out[len(out)-1].Submission.Body = []byte(`{"data":"","name":"` + secretName + `"}`)
		out[len(out)-1].Submission.Attached = &record.Attachment{At: len(`{"data":"`), Size: p.Size}
	}
	return out
}

// signed saves a draft, gives it photographs and signs it.
func signed(t testing.TB, j *Journal, c record.Consultation, photos ...[]byte) (entry string, items []string) {
	t.Helper()
	if _, err := j.SaveDraft(ctx, c); err != nil {
		t.Fatal(err)
	}
	for _, p := range photos {
		if _, err := j.Attach(ctx, c.ID, bytes.NewReader(p)); err != nil {
			t.Fatal(err)
		}
	}
	d, err := j.Draft(ctx, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	subs := photoSubmissions(d.Photographs)
	entry, _, err = j.Sign(ctx, c, submission(c), subs)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range subs {
		items = append(items, s.Entry)
	}
	return entry, items
}

// clearAll delivers an entry at the time of its act.
func clearAll(t testing.TB, j *Journal, entries ...string) {
	t.Helper()
	for _, e := range entries {
		info, err := j.Entry(ctx, e)
		if err != nil {
			t.Fatal(err)
		}
		item, err := j.Begin(ctx, info.Item, info.ActedAt)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := j.Clear(ctx, item, record.Receipt{At: info.ActedAt, Location: "DocumentReference/9", Via: "response"}); err != nil {
			t.Fatal(err)
		}
	}
}

// fillKept adds a consultation with two photographs, a draft with one, a backup, and two
// entries that are handed over.
func fillKept(t testing.TB, j *Journal) {
	t.Helper()
	signed(t, j, consultation("avec photographies", acted), picture(t, 3000), picture(t, 150_000))
	d := consultation("brouillon "+secretNote, acted)
	if _, err := j.SaveDraft(ctx, d); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Attach(ctx, d.ID, bytes.NewReader(picture(t, 70_000))); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Backup(ctx, filepath.Join(t.TempDir(), "backup.zip"), BackupOptions{}); err != nil {
		t.Fatal(err)
	}
	fillHandover(t, j)
}

func readPhoto(t testing.TB, j *Journal, entry string) []byte {
	t.Helper()
	r, info, err := j.Photograph(entry)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got, err := io.ReadAll(r)
	if err != nil || int64(len(got)) != info.Size {
		t.Fatalf("%d of %d bytes, %v", len(got), info.Size, err)
	}
	return got
}
