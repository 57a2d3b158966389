package foreign

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

func TestDeclared(t *testing.T) {
	var keys Keys
	jwks, err := os.ReadFile("../../testdata/vectors/foreign/shc/issuer/jwks.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := keys.AddJSON(jwks, ""); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("../../testdata/vectors/foreign/shc/examples/example-00-d-jws.txt")
	if err != nil {
		t.Fatal(err)
	}
	r := one(t, Reader{Keys: keys, Now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}, strings.TrimSpace(string(text)))
	wantVerdict(t, r, record.Authentic)
	cvx := func(code string) record.Concept {
		return record.Concept{Codes: []record.CodeValue{{System: record.SystemCVX, Value: code}}}
	}
	given := []record.Immunization{
		{Vaccine: cvx("207"), Date: "2021-01-01", Lot: "1"},
		{Vaccine: cvx("140"), Note: "bras gauche"},
		{Vaccine: record.Text("Tétanos")},
	}
	got := r.Declared(given)
	const note = "Déclarée par document : carte de santé SMART, émetteur https://spec.smarthealth.cards/examples/issuer"
	for i, want := range []struct{ title, note string }{
		{"Moderna COVID-19 (ARNm)", note}, {"Vaccin de code CVX 140", note + " / bras gauche"}, {"Tétanos", note},
	} {
		if v := got[i]; !v.Declared || v.Title() != want.title || v.Note != want.note || v.Lot != given[i].Lot || v.Date != given[i].Date {
			t.Errorf("got %+v, want %q, %q", v, want.title, want.note)
		}
		if given[i].Declared {
			t.Error("what was given has changed")
		}
	}
	// Only what is authentic declares anything.
	for _, verdict := range []record.Verdict{record.Expired, record.UnknownIssuer, record.NotAuthentic, record.Revoked, record.Unreadable, record.Incomplete, record.Unsigned} {
		other := r
		other.Judgement.Verdict = verdict
		if got := other.Declared(given); got != nil {
			t.Errorf("%s: got %v", verdict, got)
		}
	}
}

func TestDoseInSeries(t *testing.T) {
	for _, c := range []struct {
		number, series int
		want           string
	}{{1, 2, "1/2"}, {3, 3, "3/3"}, {2, 1, "2/1"}, {1, 0, "1"}, {1, -1, "1"}, {0, 2, ""}, {-1, -1, ""}} {
		if got := doseInSeries(c.number, c.series); got != c.want {
			t.Errorf("%d of %d: got %q, want %q", c.number, c.series, got, c.want)
		}
	}
}
