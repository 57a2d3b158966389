package print

import (
	"cmp"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/zoneblanche/zoneblanche/record"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func laidOut(t testing.TB, s Sheet) []*page {
	t.Helper()
	if err := s.check(); err != nil {
		t.Fatal(err)
	}
	f, err := loadFaces()
	if err != nil {
		t.Fatal(err)
	}
	return compose(s, f)
}

// dump writes what a page says from the top down, as a person reads it. Frames
// and symbols stand between braces, words in white on black between brackets.
func dump(pages []*page) string {
	var b strings.Builder
	for i, p := range pages {
		fmt.Fprintf(&b, "==== page %d\n", i+1)
		type item struct {
			x, y, end float64
			s         string
		}
		var items []item
		for _, t := range p.texts {
			s := t.text
			if t.white {
				s = "[" + s + "]"
			}
			items = append(items, item{t.x, t.y, t.x + t.width, s})
		}
		for _, s := range p.symbols {
			items = append(items, item{s.x, s.y, 0, fmt.Sprintf("{symbol of %d modules, %.0f mm}", len(s.modules), s.size)})
		}
		for _, x := range p.boxes {
			switch {
			case x.h > 0 && x.dashed:
				items = append(items, item{x.x, x.y, 0, "{broken frame}"})
			case x.h > 0 && x.pen >= framePen:
				items = append(items, item{x.x, x.y, 0, "{thick frame}"})
			case x.h > 0 && x.pen >= 0.6:
				items = append(items, item{x.x, x.y, 0, "{thin frame}"})
			}
		}
		slices.SortStableFunc(items, func(a, b item) int {
			return cmp.Or(cmp.Compare(math.Round(a.y*4), math.Round(b.y*4)), cmp.Compare(a.x, b.x))
		})
		for i, it := range items {
			if i > 0 {
				switch last := items[i-1]; {
				case math.Round(it.y*4) != math.Round(last.y*4):
					b.WriteString("\n")
				case it.x > last.end+2*chipPad+0.1:
					b.WriteString("   ")
				}
			}
			b.WriteString(strings.ReplaceAll(it.s, "\u00a0", "·"))
		}
		b.WriteString("\n")
	}
	return b.String()
}

// states is a summary whose sections are in every state that there is.
func states() *record.Summary {
	s := elder()
	s.Allergies = record.Section[record.Allergy]{None: true}
	s.UpdatedAt = "2024-02"
	s.Patient.Qualified, s.Patient.INS.OID = false, record.OIDINSNIR
	s.Medications.Entries[2].Status = "stopped"
	s.Medications.Entries[3].Status = "on-hold"
	s.Medications.Omitted = 3
	s.Problems = record.Section[record.Problem]{Omitted: 2}
	s.Devices = record.Section[record.Device]{}
	s.Pregnancy.None = true
	s.Results, s.VitalSigns.Entries[0].Status = record.Section[record.Observation]{}, "entered-in-error"
	s.Consents[0].Until = "2026-01-01"
	s.ContactsOmitted = 1
	return s
}

func bare() *record.Summary {
	return &record.Summary{Patient: record.Patient{GivenNames: []string{"Jean"}, BirthName: "Martin", BirthDate: "2025-11-02", Sex: record.Male}}
}

func TestWordsOnPaper(t *testing.T) {
	withCard := sheet(t, elder(), 3, 2)
	withCard.Wallet = true
	locked := sheet(t, states(), 2, 1)
	locked.Locked = true
	hidden := elder()
	hidden.Allergies, hidden.Medications = record.Section[record.Allergy]{Omitted: 3}, record.Section[record.Medication]{Omitted: 9}
	hidden.Pregnancy.Entries = []record.Statement{{What: record.Text("Grossesse en cours"), Until: "2026-08-01"}}
	declared := sheet(t, hidden, 1, 0)
	declared.Issuer.Kind, declared.Identity = kindPatient, Code{}
	withheld := sheet(t, hidden, 2, 1)
	withheld.Locked, withheld.Withheld, withheld.Wallet = true, true, true
	for name, s := range map[string]Sheet{"elder": withCard, "states": locked, "bare": sheet(t, bare(), 1, 0), "hidden": declared, "withheld": withheld} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join("testdata", name+".txt")
			got := dump(laidOut(t, s))
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("the words changed; got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestEveryPageSaysThatItMayBeIncomplete(t *testing.T) {
	for _, s := range []Sheet{sheet(t, elder(), 3, 2), sheet(t, bare(), 1, 0)} {
		for i, p := range laidOut(t, s) {
			words := dump([]*page{p})
			for _, want := range []string{strings.ReplaceAll(nobreak(record.MayBeIncomplete), "\u00a0", "·"), "Carte " + s.CardID, "Imprimée le 14/03/2026", fmt.Sprintf("Page %d/", i+1)} {
				if !strings.Contains(words, want) {
					t.Errorf("page %d does not say %q", i+1, want)
				}
			}
		}
	}
}

func TestLeftOutNeverReachesThePaper(t *testing.T) {
	s := sheet(t, elder(), 1, 0)
	s.LeftOut = []record.LeftOut{{What: "Traitements : Sertraline 50 mg", Why: "masqué à la demande du patient"}}
	if words := dump(laidOut(t, s)); strings.Contains(words, "Sertraline") {
		t.Error("a masked element is printed")
	}
}
