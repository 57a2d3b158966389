package paper

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/internal/browser"
	"github.com/zoneblanche/zoneblanche/print"
	"github.com/zoneblanche/zoneblanche/record"
)

// square is a pattern that stands for a symbol.
func square(n int) print.Code {
	modules := make([][]bool, n)
	for y := range modules {
		modules[y] = make([]bool, n)
		for x := range modules[y] {
			modules[y][x] = (x*x+y*3)%5 < 2
		}
	}
	return print.Code{Modules: modules}
}

func sheet(s *record.Summary) print.Sheet {
	out := print.Sheet{
		Summary: s, Emergency: square(77), Full: []print.Code{square(69), square(69), square(69)}, Enough: 2, Identity: square(40),
		Issuer: record.Issuer{Name: "Dr Hélène PETIT", Kind: "practitioner"}, CardID: "9f3a61c2d4e5b807", Wallet: true,
		PrintedAt: time.Date(2026, 3, 14, 10, 30, 0, 0, time.UTC),
	}
	out.Emergency.SizeMM, out.Full[0].SizeMM = 62, 72
	return out
}

// hostile is a summary whose every text tries to leave its place.
func hostile() *record.Summary {
	const attack = `</p></style><script>alert(1)</script><img src="https://example.org/x" onerror=alert(2)>{{.}}&`
	s := &record.Summary{
		Patient:   record.Patient{BirthName: attack, GivenNames: []string{"محمد"}, Original: "محمد الأمين " + attack, BirthDate: "1943-05-12"},
		UpdatedAt: "2026-03-02", Author: record.Author{Name: attack},
		Contacts: []record.Contact{{Role: record.RoleTrusted, Name: attack, Phone: "javascript:alert(3)"}},
	}
	s.Allergies.Entries = []record.Allergy{{Substance: record.Text(attack), Criticality: "high", Note: attack}}
	s.Medications.Entries = []record.Medication{{Drug: record.Text(attack), Dosages: []record.Dosage{{Text: attack}}}}
	s.Problems.Entries = []record.Problem{{Condition: record.Text(attack), ALD: true}, {Condition: record.Text("Diabète")}}
	return s
}

func written(t *testing.T, s print.Sheet) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, s); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestThePageStandsAlone(t *testing.T) {
	page := written(t, sheet(hostile()))
	tags := regexp.MustCompile(`<[^>]*>`).FindAllString(page, -1)
	for _, tag := range tags {
		if regexp.MustCompile(`(?i)^<(script|img|a|link|iframe|object|form|base)\b|\bon\w+=|\b(src|href)=|url\(`).MatchString(tag) {
			t.Errorf("the page has %s", tag)
		}
	}
	if len(tags) < 50 || strings.Contains(page, "url(") || strings.Contains(page, "@import") {
		t.Errorf("%d tags, or a resource", len(tags))
	}
	for _, want := range []string{`lang="fr"`, "default-src 'none'", "{{.}}&amp;", `scope="col"`, "محمد الأمين", "GRAVE", "Mise à jour le"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if title := regexp.MustCompile(`<title>(.*)</title>`).FindStringSubmatch(page); title == nil || title[1] != "Synthèse médicale d’urgence" {
		t.Errorf("got title %q: it names nobody", title)
	}
}

// The three states of the allergies differ in words and in shape.
func TestStatesOfAllergiesDiffer(t *testing.T) {
	none, unknown := hostile(), hostile()
	none.Allergies = record.Section[record.Allergy]{None: true}
	unknown.Allergies = record.Section[record.Allergy]{}
	for want, s := range map[string]*record.Summary{"allergies entries": hostile(), "allergies none_known": none, "allergies no_information": unknown} {
		if page := written(t, sheet(s)); !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

func TestRefusedSheets(t *testing.T) {
	var b bytes.Buffer
	if err := Write(&b, print.Sheet{}); record.CodeOf(err) != record.CodeInvalid || b.Len() > 0 {
		t.Errorf("got %v and %d bytes", err, b.Len())
	}
	if err := Write(broken{}, sheet(hostile())); !errors.Is(err, errBroken) {
		t.Errorf("a full disk: got %v", err)
	}
}

var errBroken = errors.New("broken")

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }

// TestAxe holds the page, in each state of its allergies, to WCAG 2.2 AA in a real
// browser, wide and narrow.
func TestAxe(t *testing.T) {
	none := hostile()
	none.Allergies = record.Section[record.Allergy]{None: true}
	for _, width := range []int{1366, 360} {
		p := browser.Open(t, width, 800)
		for name, s := range map[string]*record.Summary{"entries": hostile(), "none known": none, "bare": {}} {
			file := filepath.Join(t.TempDir(), "sheet.html")
			if err := os.WriteFile(file, []byte(written(t, sheet(s))), 0o600); err != nil {
				t.Fatal(err)
			}
			p.Go("file://" + file)
			for _, violation := range p.Axe() {
				t.Errorf("%s at %d: %s", name, width, violation)
			}
			if over := p.Overflow(); over > 0 {
				t.Errorf("%s at %d: %d pixels too wide", name, width, over)
			}
		}
	}
}
