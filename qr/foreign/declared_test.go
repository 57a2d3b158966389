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

// TestLapsed: a certificate that was good until time passed goes on declaring; one that
// never was, or is from a signer whose key was not valid then, does not.
func TestLapsed(t *testing.T) {
	signed, from, to := date(2021, 7, 1), date(2021, 5, 1), date(2023, 5, 1)
	for _, c := range []struct {
		name             string
		verdict          record.Verdict
		signed, from, to time.Time
		want             bool
	}{
		{"expired since", record.Expired, signed, from, to, true},
		{"a key without bounds", record.Expired, signed, time.Time{}, time.Time{}, true},
		{"signed at the first second", record.Expired, from, from, to, true},
		{"signed before the key", record.Expired, from.Add(-time.Second), from, to, false},
		{"signed after the key", record.Expired, to.Add(time.Second), from, to, false},
		{"from the future", record.Expired, date(2026, 12, 1), from, time.Time{}, false},
		{"without a date", record.Expired, time.Time{}, from, to, false},
		{"authentic", record.Authentic, signed, from, to, false},
		{"revoked", record.Revoked, signed, from, to, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := Reading{Kind: KindHCERT, Verified: true, Immunizations: []record.Immunization{{Declared: true, Note: "n"}}}
			r.judge(c.verdict, "")
			r.judgeLapse(c.signed, c.from, c.to, date(2026, 11, 20))
			if r.Lapsed != c.want {
				t.Errorf("got lapsed %v", r.Lapsed)
			}
			declared := r.Declared(nil)
			if want := c.want || c.verdict == record.Authentic; (len(declared) == 1) != want {
				t.Errorf("got %d vaccinations", len(declared))
			}
			if c.want && declared[0].Note != "n"+noteLapsed || r.Immunizations[0].Note != "n" {
				t.Errorf("got notes %q and %q", declared[0].Note, r.Immunizations[0].Note)
			}
		})
	}
}
