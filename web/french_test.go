package web

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

var reasonPattern = regexp.MustCompile(`Reason(?::|[A-Z]\w*\s*=)\s*"([a-z_]+)"`)

// Every reason that this package gives has a sentence and a next step. What listens
// elsewhere than on loopback never has a page to say it on.
func TestEveryReasonHasASentence(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range reasonPattern.FindAllStringSubmatch(string(data), -1) {
			found++
			if words := reasons[m[1]]; m[1] != ReasonNotLoopback && (!strings.HasSuffix(words[0], ".") || words[1] == "" || strings.Contains(words[0]+words[1], "!")) {
				t.Errorf("%s: the reason %q says %q", file, m[1], words)
			}
		}
	}
	if found < 8 {
		t.Errorf("found %d reasons: the pattern no longer sees them", found)
	}
}

func TestWhereWords(t *testing.T) {
	given := testNow.Add(-3 * time.Hour)
	for name, c := range map[string]struct {
		entry Entry
		want  string
	}{
		"here alone": {Entry{Unsafe: true}, ""},
		"on a key":   {Entry{Holders: []Holder{{Name: "Cabinet", Given: given}}}, "préparée pour Cabinet le " + frenchMoment(given) + ", sans réponse de sa part"},
		"taken":      {Entry{Holders: []Holder{{Name: "Cabinet", Given: given, Taken: testNow}}}, "Cabinet l’a depuis le " + frenchMoment(testNow) + " et l’envoie aussi"},
		"taken, in vain": {Entry{Unsafe: true, Holders: []Holder{{Name: "Cabinet", Taken: testNow, Attention: true}}},
			"Cabinet l’a depuis le " + frenchMoment(testNow) + " et ne peut pas l’envoyer : voyez avec ce poste|l’échéance n’est pas sûre"},
		"of another": {Entry{From: "Portable"}, "remise ici par Portable"},
		"arrived":    {Entry{Item: record.Item{State: record.Cleared}, From: "Portable"}, ""},
	} {
		if got := strings.Join(whereWords(c.entry), "|"); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestOutboxWords(t *testing.T) {
	for name, c := range map[string]struct {
		status Status
		want   string
	}{
		"nothing, ever":     {Status{}, "Rien à envoyer · aucun contact avec le destinataire jusqu’ici (ce poste n’envoie pas)"},
		"a folder is full":  {Status{DepositFails: true, Delivers: true, LastContact: testNow}, "Rien à envoyer · dernier contact il y a moins d’une minute · le dossier de votre logiciel ne peut pas être écrit, ce qui est signé y suivra"},
		"one":               {Status{Waiting: 1, Delivers: true, NextDeadline: testNow.Add(90 * time.Minute)}, "1 envoi en attente, depuis plus de 44 heures : trouvez un réseau maintenant · échéance dans 1 h 30 · aucun contact avec le destinataire jusqu’ici"},
		"early":             {Status{Waiting: 2, Delivers: true, NextDeadline: testNow.Add(30 * time.Hour)}, "2 envois en attente · prochaine échéance " + frenchMoment(testNow.Add(30*time.Hour)) + " (dans 30 h 00) · aucun contact avec le destinataire jusqu’ici"},
		"late and held":     {Status{Waiting: 3, Attention: 2, Late: 1, Delivers: true, LastContact: testNow.Add(-100 * time.Hour)}, "3 envois en attente · 2 à reprendre par vous · 1 en retard, au-delà de 48 heures : trouvez un réseau, prévenez le cabinet · dernier contact il y a 4 jours"},
		"a deadline passed": {Status{Waiting: 1, Late: 1, Delivers: true, NextDeadline: testNow.Add(-time.Hour), LastContact: testNow}, "1 envoi en attente · 1 en retard, au-delà de 48 heures : trouvez un réseau, prévenez le cabinet · échéance dépassée depuis 1 h 00 · dernier contact il y a moins d’une minute"},
	} {
		if got := outboxWords(c.status, testNow); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestLineOf(t *testing.T) {
	for text, c := range map[string]struct {
		title string
		want  line
	}{
		"[GRAVE] Pénicillines : choc":         {"Pénicillines", line{[]string{"GRAVE"}, "Pénicillines", "choc"}},
		"[À VÉRIFIER] [ARRÊTÉ] X, depuis":     {"X", line{[]string{"À VÉRIFIER", "ARRÊTÉ"}, "X", "depuis"}},
		"Fracture":                            {"Fracture", line{Name: "Fracture"}},
		"sans nom":                            {"", line{Name: "sans nom"}},
		"autre chose":                         {"Fracture", line{Name: "autre chose"}},
		"[RÉFUTÉE] du titre lui-même : suite": {"[RÉFUTÉE] du titre lui-même", line{Name: "[RÉFUTÉE] du titre lui-même", Rest: "suite"}},
	} {
		got := lineOf(text, c.title)
		if strings.Join(got.Chips, "|") != strings.Join(c.want.Chips, "|") || got.Name != c.want.Name || got.Rest != c.want.Rest {
			t.Errorf("%q: got %+v, want %+v", text, got, c.want)
		}
	}
}

func TestDrugOfALine(t *testing.T) {
	for text, want := range map[string]string{
		"Amoxicilline 1 g : matin et soir": "Amoxicilline 1 g", "Paracétamol 1 g, si douleur": "Paracétamol 1 g", "Kardégic 75": "Kardégic 75",
		"Ramipril 2,5 mg : le soir": "Ramipril 2,5 mg",
	} {
		if got := drugOf(text); got.String() != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	if got := record.ATCOf(drugOf("Budésonide, formotérol : 2 bouffées matin et soir")); len(got) != 2 {
		t.Errorf("two substances: got %v", got)
	}
}

// No text of a card loses its words or keeps what could turn the writing round.
func FuzzLineOf(f *testing.F) {
	f.Add("[GRAVE] Pénicillines : choc", "Pénicillines")
	f.Add("]][[ x", "")
	f.Add("\u202e\x1b[2J", "\x00")
	f.Fuzz(func(t *testing.T, text, title string) {
		l := lineOf(text, title)
		for _, s := range append([]string{l.Name, l.Rest}, l.Chips...) {
			if strings.ContainsFunc(s, func(r rune) bool { return r != '\n' && r != '\t' && control(r) }) {
				t.Errorf("%q, %q: got %q", text, title, s)
			}
		}
		if strings.TrimSpace(plain(text)) != "" && l.Name == "" && l.Rest == "" && len(l.Chips) == 0 && strings.Trim(plain(text), "[] \u00a0\u202f:,;\n\t") != "" {
			t.Errorf("%q, %q: nothing is left", text, title)
		}
	})
}
