package print

import (
	"fmt"
	"strings"
	"testing"

	"github.com/zoneblanche/zoneblanche/record"
)

const longPosology = "2 gélules le matin à jeun pendant 7 jours, puis 1 gélule matin et soir pendant 14 jours en surveillant la tension, " +
	"puis 1 gélule un jour sur deux ; arrêter et appeler en cas de vertiges, d’œdème, d’essoufflement ou de prise de poids de plus de 2 kg en 3 jours. "

// many has n entries in each of the large sections.
func many(n int) *record.Summary {
	s := elder()
	for i := range n {
		s.Allergies.Entries = append(s.Allergies.Entries, record.Allergy{Substance: record.Text(fmt.Sprintf("Allergène-%d", i)), Note: strings.Repeat("réaction ancienne ", i%9)})
		s.Medications.Entries = append(s.Medications.Entries, drug(fmt.Sprintf("Médicament-%d 500 mg", i), record.Dosage{Text: strings.Repeat(longPosology, i%4)}))
		s.Results.Entries = append(s.Results.Entries, record.Observation{What: record.Text(fmt.Sprintf("Analyse-%d", i)), Quantity: q("12.5", "mmol/L"), Date: "2026-01-01"})
		s.CarePlan.Entries = append(s.CarePlan.Entries, record.Statement{What: record.Text(fmt.Sprintf("Consigne-%d", i)), Note: strings.Repeat("à revoir ", i%40)})
	}
	return s
}

// difficult are summaries that try to leave the page.
func difficult() map[string]*record.Summary {
	endless := elder()
	endless.Patient.GivenNames = []string{strings.Repeat("Abcdefghijklmnopqrstuvwxyz", 12)}
	endless.Patient.UsedName = strings.Repeat("W", 200)
	endless.Medications.Entries[0].Drug.Label = strings.Repeat("X", 3000)
	endless.Medications.Entries[1].Dosages[0].Text = strings.Repeat(longPosology, 60)
	endless.Allergies.Entries[0].Substance.Label = strings.Repeat("Pénicilline", 500)
	endless.Contacts[0].Phone = strings.Repeat("06 12 34 56 78 ", 40)
	endless.Problems.Entries[0].Note = strings.Repeat("note ", 3000)

	foreign := elder()
	foreign.Patient.GivenNames = []string{"Ștefănița", "Łukasz", "Þórður", "İbrahim", "Ğ", "Dvořák", "Ő", "Ŵ"}
	foreign.Patient.UsedName = "Żółć-Ægir Straße"
	foreign.Patient.Original = "Γεώργιος Παπαδόπουλος"
	foreign.Medications.Entries[0].Drug.Label = "阿司匹林 <b>100 mg</b>\x00\x07 & \"x\""

	odd := elder()
	odd.Patient = record.Patient{Original: "محمد الأمين"}
	odd.Contacts = []record.Contact{{}}
	odd.Problems.Entries = []record.Problem{{}}
	odd.Allergies.Entries = []record.Allergy{{}}
	odd.Medications.Entries = []record.Medication{{}}
	odd.Allergies.Omitted = 4

	empty := elder()
	empty.Patient = record.Patient{GivenNames: []string{"\x00"}, BirthName: "\u200b", BirthDate: "2009", Original: "\x01"}
	empty.Problems.Entries = []record.Problem{{Condition: record.Text("\x07")}}
	return map[string]*record.Summary{
		"400 entries": many(100), "60 allergies": many(60), "endless": endless, "foreign": foreign, "odd": odd, "empty": empty,
		"elder": elder(), "states": states(), "bare": bare(),
	}
}

func TestNothingLeavesThePageOrOverlaps(t *testing.T) {
	const slack = 0.05
	for name, summary := range difficult() {
		for _, codes := range []int{0, 1, 3, 6, 9} {
			s := sheet(t, summary, codes, 0)
			s.Wallet = codes%2 == 1
			if name == "empty" {
				s.Emergency.Caption, s.Issuer.Name, s.CardID = "\x00", "\u200e", "\x02"
			}
			if name == "bare" { // the fewest modules have the widest margins
				s.Emergency.Modules = modules(t, "ZB")
				for i := range s.Full {
					s.Full[i].Modules = modules(t, symbolText(10+20*i, i))
				}
			}
			if name == "endless" {
				s.Issuer.Name = strings.Repeat("Dr ", 300)
				s.CardID = strings.Repeat("0", 400)
				s.Full = append(s.Full, Code{Caption: strings.Repeat("Code ", 50), Modules: modules(t, symbolText(1400, 9)), SizeMM: 80})
			}
			for i, p := range laidOut(t, s) {
				where := fmt.Sprintf("%s, %d codes, page %d", name, codes, i+1)
				for _, x := range p.texts {
					if x.x < marginSide-slack || x.x+x.width > pageWidth-marginSide+slack ||
						x.y-x.size*mmPerPoint < marginTop-2 || x.y > pageHeight-marginBottom+slack {
						t.Errorf("%s: text out of the margins at %.1f, %.1f: %.40s", where, x.x, x.y, x.text)
					}
				}
				for _, x := range p.boxes {
					if x.x < marginSide-slack || x.x+x.w > pageWidth-marginSide+slack || x.y < 0 || x.y+x.h > pageHeight-marginBottom {
						t.Errorf("%s: box out of the margins: %+v", where, x)
					}
				}
				checkTexts(t, where, p)
				checkSymbols(t, where, p)
			}
		}
	}
}

// checkTexts reports words printed over other words.
func checkTexts(t *testing.T, where string, p *page) {
	t.Helper()
	for i, a := range p.texts {
		for _, b := range p.texts[:i] {
			top := func(x text) float64 { return x.y - 0.7*x.size*mmPerPoint }
			if a.x < b.x+b.width-0.05 && b.x < a.x+a.width-0.05 && top(a) < b.y-0.05 && top(b) < a.y-0.05 {
				t.Errorf("%s: %q is printed over %q", where, a.text, b.text)
			}
		}
	}
}

// checkSymbols reports whatever stands in the white margin of a symbol, and
// symbols of the wrong size.
func checkSymbols(t *testing.T, where string, p *page) {
	t.Helper()
	for i, s := range p.symbols {
		quiet := s.size / float64(len(s.modules)) * quietModules
		x0, y0, x1, y1 := s.x-quiet, s.y-quiet, s.x+s.size+quiet, s.y+s.size+quiet
		if x0 < 0 || y0 < 0 || x1 > pageWidth || y1 > pageHeight {
			t.Errorf("%s: symbol %d leaves the page", where, i)
		}
		if s.size < walletSize && len(s.modules) != identityModules {
			t.Errorf("%s: symbol %d is %.1f mm", where, i, s.size)
		}
		for _, x := range p.texts {
			if x.x < x1 && x.x+x.width > x0 && x.y-0.72*x.size*mmPerPoint < y1-0.01 && x.y > y0+0.01 {
				t.Errorf("%s: %q stands in the white margin of symbol %d", where, x.text, i)
			}
		}
		for _, b := range p.boxes {
			around := b.x <= x0+0.01 && b.y <= y0+0.01 && b.x+b.w >= x1-0.01 && b.y+b.h >= y1-0.01
			if !around && b.x < x1 && b.x+b.w > x0 && b.y < y1 && b.y+b.h > y0 {
				t.Errorf("%s: a box stands in the white margin of symbol %d", where, i)
			}
		}
		for _, o := range p.symbols[:i] {
			if o.x < x1 && o.x+o.size > x0 && o.y < y1 && o.y+o.size > y0 {
				t.Errorf("%s: symbols overlap", where)
			}
		}
	}
}

func TestEveryEntryIsPrinted(t *testing.T) {
	s := many(100)
	words := strings.NewReplacer("\n", " ", "·", " ").Replace(dump(laidOut(t, sheet(t, s, 3, 2))))
	for _, info := range record.SectionInfos {
		section := s.Section(info.ID)
		for i := range section.Len() {
			if title := section.TitleOf(i); !strings.Contains(words, strings.Fields(title)[0]) {
				t.Errorf("%s: %q is not on paper", info.ID, title)
			}
		}
	}
}

func TestVitalWordsStandOnTheFirstPage(t *testing.T) {
	first := dump(laidOut(t, sheet(t, elder(), 3, 2))[:1])
	for _, want := range []string{"Pénicillines", "Codéine", "Paracétamol", "[ALD]", "Stimulateur", "06·12·34·56·78", "82·ans"} {
		if !strings.Contains(first, want) {
			t.Errorf("the first page does not say %q", want)
		}
	}
}

func TestSheetOfAnOrdinaryPatientHasTwoSides(t *testing.T) {
	s := elder()
	s.Results, s.VitalSigns, s.Immunizations = record.Section[record.Observation]{}, record.Section[record.Observation]{}, record.Section[record.Immunization]{}
	if n := len(laidOut(t, sheet(t, s, 2, 1))); n != 2 {
		t.Errorf("got %d pages, want 2", n)
	}
}

func TestSixFullSymbolsAPage(t *testing.T) {
	pages := laidOut(t, sheet(t, bare(), 4, 2))
	if len(pages) != 2 || len(pages[1].symbols) != 6 {
		t.Fatalf("got %d pages", len(pages))
	}
	for _, s := range pages[1].symbols {
		if s.size < fullSizeMin || s.size > 75 {
			t.Errorf("a full symbol is %.1f mm", s.size)
		}
	}
}

// Scissors cut through both sides of a leaf: what is behind the card is nothing that
// anybody needs, and no page is blank.
func TestNothingIsBehindTheCardToCutOut(t *testing.T) {
	for name, summary := range map[string]*record.Summary{"elder": elder(), "bare": bare(), "states": states(), "400 entries": many(100)} {
		for codes := range 13 {
			if name == "400 entries" && codes%6 > 0 {
				continue // its pages are many, and take long
			}
			s := sheet(t, summary, codes, 0)
			s.Wallet = true
			pages := laidOut(t, s)
			on, card := cardOf(t, pages)
			if on < 0 {
				t.Errorf("%s, %d codes: no card", name, codes)
				continue
			}
			if back := on ^ 1; back < len(pages) {
				checkBehind(t, fmt.Sprintf("%s, %d codes, behind the card on page %d", name, codes, on+1), pages[back], card)
			}
			for i, p := range pages {
				if len(p.texts) < 5 {
					t.Errorf("%s, %d codes: page %d of %d is blank", name, codes, i+1, len(pages))
				}
			}
		}
	}
}

// cardOf finds the page of the card, -1 when there is none, and its outline.
func cardOf(t *testing.T, pages []*page) (int, box) {
	t.Helper()
	on, card := -1, box{}
	for i, p := range pages {
		for _, b := range p.boxes {
			if b.dashed && b.w == 2*panelWidth {
				if on >= 0 {
					t.Error("two cards")
				}
				on, card = i, b
			}
		}
	}
	return on, card
}

// checkBehind reports what the scissors would cut on the other side: all but the
// words on how to use the sheet and the footer.
func checkBehind(t *testing.T, where string, p *page, card box) {
	t.Helper()
	howTo := pageHeight
	for _, b := range p.boxes {
		if b.pen == 0.3 && b.w == textWidth && b.h > 0 {
			howTo = b.y
		}
	}
	for _, x := range p.texts {
		if x.y > card.y && x.y-x.size*mmPerPoint < card.y+card.h && x.y < howTo {
			t.Errorf("%s: %q", where, x.text)
		}
	}
	for _, x := range p.symbols {
		if x.y+x.size > card.y && x.y < card.y+card.h {
			t.Errorf("%s: a symbol", where)
		}
	}
}

func TestMissingCharactersAreSaid(t *testing.T) {
	words := dump(laidOut(t, sheet(t, difficult()["foreign"], 1, 0)))
	if !strings.Contains(words, "\uFFFD\uFFFD\uFFFD\uFFFD <b>100·mg</b>") && !strings.Contains(words, "\uFFFD\uFFFD\uFFFD\uFFFD <b>100 mg</b>") {
		t.Errorf("the marks or the markup are not on paper:\n%s", words)
	}
	if !strings.Contains(words, "remplace un caractère") {
		t.Error("nothing says what the mark means")
	}
	if !strings.Contains(words, "Γεώργιος Παπαδόπουλος") {
		t.Error("a Greek name is not printed")
	}
	if words := dump(laidOut(t, sheet(t, elder(), 1, 0))); strings.Contains(words, "remplace un caractère") {
		t.Error("the note stands on a sheet that lacks nothing")
	}
	if words := dump(laidOut(t, sheet(t, difficult()["odd"], 1, 0))); !strings.Contains(words, "cette feuille ne sait") {
		t.Error("an Arabic name is dropped silently")
	}
}
