package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/internal/fhirschema"
	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
)

// signer makes consultations as the pages do.
func signer(t *testing.T, d *desk) func(note string) string {
	s := invented(t)
	return func(note string) string {
		t.Helper()
		c := record.Consultation{ID: uuid.Must(uuid.NewV7()).String(), Patient: s.Patient, ActedAt: time.Now(), Author: record.Author{Name: "Dr Camille Morel", RPPS: demoAuthor}, Note: note}
		d.signing(c.ID, s)
		entry, _, err := d.Record(context.Background(), c, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		return entry
	}
}

func invented(t *testing.T) *record.Summary {
	t.Helper()
	f, err := os.Open("../../testdata/patients/ehpad-neuf-traitements.json")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s, _, err := fhir.ImportSummary(f)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

// What is signed reaches the folder, the summary with it; what was signed before the
// folder was asked for does not; a folder that is gone stops nobody, and what is
// missing follows when it is back, after a restart too.
func TestDepositFollowsTheJournal(t *testing.T) {
	data, dir := t.TempDir(), filepath.Join(t.TempDir(), "dossier")
	open := func() (*desk, func()) {
		journal, err := store.Open(data, nil)
		if err != nil {
			t.Fatal(err)
		}
		return &desk{journal: journal}, func() { journal.Close() }
	}
	d, shut := open()
	signer(t, d)("Avant le dossier.")
	if _, err := openDeposit(dir, d.journal); err == nil {
		t.Error("a folder that is not there was taken")
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	var err error
	if d.deposit, err = openDeposit(dir, d.journal); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	sign := signer(t, d)
	first := sign("Une note unique.")
	if err := d.deposit.catchUp(ctx); err != nil {
		t.Fatal(err)
	}
	want := []string{"consultation-" + first + ".json", "resume-" + first + ".json"}
	if got := names(t, dir); !slices.Equal(got, want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	for _, name := range want {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := fhirschema.Validate(text); err != nil {
			t.Errorf("%s is not FHIR R4: %v", name, err)
		}
	}
	// Taken and erased by the other program: it does not come back.
	for _, name := range want {
		os.Remove(filepath.Join(dir, name))
	}
	if err := d.deposit.catchUp(ctx); err != nil || len(names(t, dir)) != 0 {
		t.Errorf("deposited twice: %v, %v", names(t, dir), err)
	}
	// The folder goes away.
	if err := os.Rename(dir, dir+"-away"); err != nil {
		t.Fatal(err)
	}
	second := sign("Pendant l’absence.")
	if err := d.deposit.catchUp(ctx); err == nil {
		t.Error("a folder that is gone was written to")
	}
	if err := os.Rename(dir+"-away", dir); err != nil {
		t.Fatal(err)
	}
	if err := d.deposit.catchUp(ctx); err != nil || len(names(t, dir)) != 2 {
		t.Errorf("after the folder came back: %v, %v", names(t, dir), err)
	}
	third := sign("Juste avant l’arrêt.")
	shut()
	d, shut = open()
	defer shut()
	if d.deposit, err = openDeposit(dir, d.journal); err != nil {
		t.Fatal(err)
	}
	if err := d.deposit.catchUp(ctx); err != nil {
		t.Fatal(err)
	}
	want = []string{"consultation-" + second + ".json", "consultation-" + third + ".json", "resume-" + second + ".json"}
	slices.Sort(want)
	if got := names(t, dir); !slices.Equal(got, want) {
		t.Errorf("after a restart: got %v, want %v", got, want)
	}
}

// The API gives what the journal holds, byte for byte, to a token that was given, and
// nothing to one that was taken back.
func TestAPIBesideThePages(t *testing.T) {
	data, entry := journalOf(t)
	var added programAdded
	if err := json.Unmarshal([]byte(must(t, "api", "add", "Logiciel du cabinet", "--json", "--data", data)), &added); err != nil {
		t.Fatal(err)
	}
	ready := serving(t, "--data", data)
	get := func(path string) (int, string) {
		t.Helper()
		q, err := http.NewRequest(http.MethodGet, strings.TrimSuffix(ready.URL, "/")+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		q.Header.Set("Authorization", "Bearer "+added.Token)
		response, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, string(body)
	}
	if status, body := get("/api/v1/entries"); status != 200 || !strings.Contains(body, entry) {
		t.Errorf("entries: got %d, %s", status, body)
	}
	if status, body := get("/api/v1/entries/" + entry); status != 200 || fhirschema.Validate([]byte(body)) != nil || len(fhir.CheckProvideBundle([]byte(body))) > 0 {
		t.Errorf("entry: got %d, %s", status, body)
	}
	if status, _ := get("/api/v1/entries/018f0000-0000-7000-8000-000000000001"); status != 404 {
		t.Errorf("an unknown entry: got %d", status)
	}
	must(t, "api", "remove", "Logiciel du cabinet", "--data", data)
	if status, _ := get("/api/v1/entries"); status != 401 {
		t.Errorf("a token that was taken back: got %d", status)
	}
	if text, err := os.ReadFile(filepath.Join(data, apiFile)); err != nil || strings.Contains(string(text), added.Token) {
		t.Errorf("the file of programs: %s, %v", text, err)
	}
}
