package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	mrand "math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/zoneblanche/zoneblanche/record"
)

var (
	ctx   = context.Background()
	acted = time.Date(2026, 3, 14, 9, 30, 0, 0, time.FixedZone("", 3600))
)

// The unmistakable patient: a test identity (OID …1.4.10).
const (
	secretName = "ZYXQUELAMBRE"
	secretNote = "Otite séreuse QWXZ, revoir dans dix jours"
	secretINS  = "279035121518989"
	secretRPPS = "10003456785"
)

func consultation(note string, at time.Time) record.Consultation {
	return record.Consultation{
		ID: uuid.Must(uuid.NewV7()).String(),
		Patient: record.Patient{
			INS:       record.INS{Matricule: secretINS, OID: record.OIDINSTest},
			BirthName: secretName, GivenNames: []string{"Ildegonde"}, BirthDate: "1979-03-01", Sex: record.Female,
		},
		Card:    record.CardRef{ID: "00112233445566aa", Issuer: "Cabinet des Essais", Issued: acted.AddDate(0, 0, -9), Verdict: record.Authentic},
		ActedAt: at,
		Author:  record.Author{RPPS: secretRPPS, Name: "Dr Essai"},
		Note:    note,
	}
}

func submission(c record.Consultation) record.Submission {
	return record.Submission{
		DocumentID: "urn:uuid:" + uuid.NewString(), SubmissionID: "urn:uuid:" + uuid.NewString(),
		MediaType: "application/fhir+json", Body: []byte(`{"resourceType":"Bundle","note":"` + c.Note + `","name":"` + secretName + `"}`),
		DocumentSHA1: []byte("01234567890123456789"), DocumentSize: 321, Entries: 3,
	}
}

func mustOpen(t testing.TB, dir string, opt *Options) *Journal {
	t.Helper()
	j, err := Open(dir, opt)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

func mustRecord(t testing.TB, j *Journal, note string, at time.Time) record.Item {
	t.Helper()
	c := consultation(note, at)
	id, duplicate, err := j.Record(ctx, c, submission(c))
	if err != nil || duplicate {
		t.Fatalf("record: got duplicate %v, error %v", duplicate, err)
	}
	info, err := j.Entry(ctx, id)
	if err != nil {
		t.Fatalf("read back: %v", err)
	}
	return info.Item
}

func mustBeSound(t testing.TB, j *Journal) Report {
	t.Helper()
	r, err := j.Verify(ctx)
	if err != nil {
		t.Fatalf("verify: %v", err)
	}
	for _, p := range r.Problems {
		t.Errorf("verify: %q %s", p.Entry, p.What)
	}
	return r
}

func wantReason(t testing.TB, err error, code record.Code, reason string) {
	t.Helper()
	if err == nil || record.CodeOf(err) != code || record.ReasonOf(err) != reason {
		t.Fatalf("got error %v (%s %q), want %s %q", err, record.CodeOf(err), record.ReasonOf(err), code, reason)
	}
}

func readAll(t testing.TB, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[e.Name()] = b
	}
	return files
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}

// fill records n entries and leaves them in every state.
func fill(t testing.TB, j *Journal, n int) {
	t.Helper()
	for i := range n {
		c := consultation(fmt.Sprintf("%s %d", secretNote, i), acted.Add(time.Duration(i)*time.Hour))
		s := submission(c)
		s.Body = append(s.Body, randomBytes(mrand.IntN(6000))...)
		if i%7 == 3 {
			c.Patient.INS = record.INS{}
			c.Patient.Identifiers = []record.CodeValue{{System: "urn:oid:1.2.3", Value: fmt.Sprint(i)}}
		}
		if _, _, err := j.Record(ctx, c, s); err != nil {
			t.Fatal(err)
		}
		info, err := j.Entry(ctx, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		step := func(item record.Item, err error) record.Item {
			if err != nil {
				t.Fatal(err)
			}
			return item
		}
		at := c.ActedAt.Add(time.Minute)
		if i%5 == 0 {
			continue
		}
		item := step(j.Begin(ctx, info.Item, at))
		switch i % 5 {
		case 1:
			step(j.Clear(ctx, item, record.Receipt{At: at, Location: fmt.Sprint("DocumentReference/", i), Via: "response"}))
		case 2:
			step(j.Retry(ctx, item, at, at.Add(time.Minute), "no_answer"))
		case 3:
			step(j.Hold(ctx, item, at, "status_422", "le patient n’existe pas"))
		case 4:
			step(j.Unknown(ctx, item, at, "cut"))
		}
	}
}

func mustNotContain(t testing.TB, where string, data []byte, secrets ...string) {
	t.Helper()
	for _, s := range secrets {
		if bytes.Contains(data, []byte(s)) {
			t.Errorf("%s contains %q", where, s)
		}
	}
}

// isFault reports whether a problem is one that the journal was opened with, and lives
// with.
func isFault(j *Journal, p Problem) bool {
	for _, f := range j.faults {
		if p == f {
			return true
		}
	}
	return false
}
