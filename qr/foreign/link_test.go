package foreign

import (
	"slices"
	"strings"
	"testing"

	"github.com/zoneblanche/zoneblanche/record"
)

func TestLinkVectors(t *testing.T) {
	expected := map[string][]Fact{
		"CARIN_INS_CD-bundle-01-shl.txt":          {{"Serveur", "raw.githubusercontent.com"}, {"Intitulé", "Demo SHL for carin-insurance-example"}},
		"shlink-link.txt":                         {{"Serveur", "localhost:8090"}, {"Intitulé", "Sample Set 1"}, {"Code d’accès demandé", "oui"}, {"Valable jusqu’au", "01/01/2024"}},
		"CARIN_INS_CD-bundle-01-shl-details.json": nil, // what a link holds, and no link
		"shlink-payload-direct.txt":               nil,
		"shlink-payload.txt":                      nil,
	}
	for _, file := range filesOf(t, "shl") {
		want, listed := expected[strings.TrimPrefix(file, "shl/")]
		if !listed {
			t.Fatalf("there is no expectation for %s", file)
		}
		text := vectorText(t, file)
		if want == nil {
			if readings, _ := (Reader{}).Read([]string{text}); len(readings) != 0 {
				t.Errorf("%s: got %v", file, readings)
			}
			continue
		}
		r := one(t, Reader{Now: date(2023, 1, 1)}, text)
		wantVerdict(t, r, record.Unreadable)
		if r.Kind != KindUnknown || r.Judgement.Detail != whyNetwork || !hasCode(r, WarnNetwork) || !slices.Equal(r.Facts, want) {
			t.Errorf("%s: got %q, %v", file, r.Judgement.Detail, r.Facts)
		}
		// The key opens the documents: it stays where it is.
		for _, f := range r.Facts {
			if strings.Contains(f.Value, "rxTgYl") || strings.Contains(f.Value, "v7SjEf") {
				t.Errorf("%s: the key is shown", file)
			}
		}
	}
	r := one(t, Reader{Now: date(2026, 1, 1)}, vectorText(t, "shl/shlink-link.txt"))
	if r.Judgement.Detail != whyNetworkExpired {
		t.Errorf("got %q", r.Judgement.Detail)
	}
	for _, text := range []string{"shlink:/", "shlink:/!!", "SHLINK:/eyJ9", "https://viewer.example/#shlink:/e30"} {
		wantVerdict(t, one(t, Reader{}, text), record.Unreadable)
	}
	if _, rest := (Reader{}).Read([]string{"https://example.org/"}); len(rest) != 1 {
		t.Error("an address is taken for a link")
	}
}
