package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/zoneblanche/zoneblanche/internal/browser"
	"github.com/zoneblanche/zoneblanche/record"
)

// paperAt is the moment at which the sheets of these tests are printed and read.
const paperAt = "2026-11-28T10:00:00+01:00"

// TestPaperAndCodesAgree prints every sample patient, draws the pages as a bad printer
// or a fax does (150 dots an inch, black or white and nothing between), reads the codes
// off them, and compares: the codes are all there and say what was printed, every word
// that they carry is on the paper, and no word is on the paper that they do not carry.
func TestPaperAndCodesAgree(t *testing.T) {
	needPoppler(t)
	data := practice(t)
	known := catalogueWords(t)
	files, err := filepath.Glob("../../testdata/patients/*.json")
	if err != nil || len(files) < 7 {
		t.Fatalf("%d patients: %v", len(files), err)
	}
	files = append(files, hardPatients(t)...)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			sheet := filepath.Join(t.TempDir(), "sheet.pdf")
			code, out, said := cli(t, "print", file, "-o", sheet, "--wallet", "--data", data, "--at", paperAt, "--json")
			if code != exitDone {
				t.Fatalf("print: %d, %s%s", code, out, said)
			}
			var told printResult
			if err := json.Unmarshal([]byte(out), &told); err != nil {
				t.Fatal(err)
			}
			carried := faxed(t, data, sheet, "150", "150", told)
			compareWords(t, sheet, carried, known, told)
		})
	}
}

// A fine fax (ITU-T T.4, 204 by 196 dots an inch) carries every code.
func TestFineFaxReads(t *testing.T) {
	needPoppler(t)
	data := practice(t)
	sheet := filepath.Join(t.TempDir(), "sheet.pdf")
	var told printResult
	out := must(t, "print", patientFile("enfant-diabete-type-1"), "-o", sheet, "--wallet", "--data", data, "--at", paperAt, "--json")
	if err := json.Unmarshal([]byte(out), &told); err != nil {
		t.Fatal(err)
	}
	faxed(t, data, sheet, "204", "196", told)
}

func needPoppler(t *testing.T) {
	t.Helper()
	for _, tool := range []string{"pdftoppm", "pdftotext"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(tool + " is not installed")
		}
	}
}

// faxed draws the pages in black and white, reads them, and returns what the card says.
func faxed(t *testing.T, data, sheet, across, down string, told printResult) any {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.Command("pdftoppm", "-rx", across, "-ry", down, "-mono", "-png", sheet, filepath.Join(dir, "page")).CombinedOutput(); err != nil {
		t.Fatalf("pdftoppm: %v, %s", err, out)
	}
	pages, err := filepath.Glob(filepath.Join(dir, "*.png"))
	if err != nil || len(pages) == 0 {
		t.Fatal("no page was drawn")
	}
	// Each symbol by itself, the spare ones included: with one lost the card would still
	// be whole.
	_, out, _ := cli(t, append([]string{"qr", "read", "--json"}, pages...)...)
	var texts []string
	qrs := 0
	for line := range strings.SplitSeq(strings.TrimSpace(out), "\n") {
		var page struct {
			Symbols []struct{ Text, Format string }
		}
		if err := json.Unmarshal([]byte(line), &page); err != nil {
			t.Fatal(err)
		}
		for _, s := range page.Symbols {
			texts = append(texts, s.Text)
			if s.Format == "qr" {
				qrs++
			}
		}
	}
	if want := told.Symbols + 1; qrs != want { // the emergency code stands twice
		t.Errorf("%d symbols were read, want %d", qrs, want)
	}
	code, out, said := cli(t, "verify", "--json", "--data", data, "--at", paperAt, saved(t, texts...))
	lines := strings.Split(strings.TrimSpace(out), "\n")
	var read struct {
		Verdict record.Verdict
		Content any
	}
	if err := json.Unmarshal([]byte(lines[0]), &read); err != nil {
		t.Fatal(err)
	}
	if code != exitDone || len(lines) != 1 || read.Content == nil {
		t.Fatalf("got status %d, %d readings, %s\n%s", code, len(lines), read.Verdict, said)
	}
	return read.Content
}

// compareWords compares what stands in words with what the codes say.
func compareWords(t *testing.T, sheet string, carried any, known map[string]bool, told printResult) {
	t.Helper()
	out, err := exec.Command("pdftotext", "-raw", sheet, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	text := unspaced(string(out))
	paper := map[string]int{}
	for _, word := range wordsOf(text) {
		paper[word]++
	}
	var content leaves
	content.walk("", "", carried)
	for word, n := range content.want {
		if paper[word] < n {
			t.Errorf("the codes say %q %d times, the paper %d times", word, n, paper[word])
		}
	}
	digits := onlyDigits(text)
	for _, number := range content.numbers {
		if !strings.Contains(digits, number) {
			t.Errorf("the number %q is not on the paper", number)
		}
	}
	for word := range paper {
		if known[word] || content.may[word] || counted.MatchString(word) || word == told.Card {
			continue
		}
		t.Errorf("the paper says %q, which the codes do not", word)
	}
}

// counted are the words that the sheet makes of numbers: how many there are, pages,
// ages.
var counted = regexp.MustCompile(`^\d{1,3}$|^\d{1,2}/\d{1,2}$|^28/11/2026$`)

// unspaced makes ordinary spaces of those that hold a line together.
func unspaced(s string) string {
	s = strings.ReplaceAll(s, "≥", ">=") // as the paper's fonts write it
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '\u00a0' || r == '\u202f' {
			return ' '
		}
		return r
	}, s)
}

// wordsOf are the words of a text in lower case, without the punctuation around them.
func wordsOf(s string) []string {
	var out []string
	for _, word := range strings.Fields(unspaced(s)) {
		word = strings.TrimFunc(word, func(r rune) bool { return strings.ContainsRune(",;:.()[]«»•?!–/\"'’", r) })
		if word != "" {
			out = append(out, strings.ToLower(word))
		}
	}
	return out
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) || r == 'A' || r == 'B' {
			return r
		}
		return -1
	}, s)
}

// leaves collects what a summary says: the words that must be on the paper, how often,
// those that may, and numbers whose digits must be there however they are grouped.
type leaves struct {
	want    map[string]int
	may     map[string]bool
	numbers []string
}

// Parts of the content that paper says otherwise or not at all, each with its reason.
var (
	// Codes stand behind their labels; the labels are printed. Who signed says more
	// about an author than a number; a doctor's number is for machines. A name in
	// another script is mentioned on paper and not written.
	leafUnsaid = []string{"code", "system", "oid", "state", "categories", "rpps", "finess", "author.organisation", "qualified", "omitted", "original_name"}
	// The words for these are in tables that posology_test.go and text_test.go check:
	// a posology in words is believed where it says the number itself.
	leafTables = []string{"status", "verification", "criticality", "role", "as_needed", "frequency", "period", "period_unit", "when",
		"declared", "dose.value", "dose.unit", "comparator", "route.label"}
	leafDates = []string{"onset", "date", "until", "given", "performed", "since", "start", "end", "abatement", "birth_date", "updated_at"}
	leafWords = map[string]map[string]string{
		"severity": {"mild": "légère", "moderate": "modérée", "severe": "sévère"},
		"type":     {"intolerance": "intolérance", "allergy": ""},
		"sex":      {"F": "féminin", "M": "masculin"},
		"ald":      {"true": "ALD"},
	}
)

func (l *leaves) walk(path, key string, v any) {
	if l.want == nil {
		l.want, l.may = map[string]int{}, map[string]bool{}
	}
	switch v := v.(type) {
	case map[string]any:
		if codes, ok := v["codes"].([]any); ok && v["label"] == nil && len(codes) > 0 {
			l.walk(path, key, firstLabel(codes))
			return
		}
		for k, inner := range v {
			l.walk(path+"."+k, k, inner)
		}
	case []any:
		for _, inner := range v {
			l.walk(path, key, inner)
		}
	case bool:
		if v {
			l.leaf(path, key, "true")
		}
	case string:
		l.leaf(path, key, v)
	}
}

// firstLabel is what stands for a concept that has no words of its own.
func firstLabel(codes []any) any {
	for _, name := range []string{"label", "code"} {
		for _, c := range codes {
			if m, ok := c.(map[string]any); ok && m[name] != nil {
				return m[name]
			}
		}
	}
	return nil
}

func (l *leaves) leaf(path, key, text string) {
	for _, word := range wordsOf(text) {
		l.may[word] = true
	}
	is := func(list []string) bool {
		return slices.ContainsFunc(list, func(end string) bool { return key == end || strings.HasSuffix(path, "."+end) })
	}
	switch table := leafWords[key]; {
	case strings.Contains(path, ".codes.") || is(leafUnsaid):
		return
	case is(leafTables):
		l.say(strings.ReplaceAll(text, ".", ","), false)
	case is(leafDates):
		l.say(record.Date(text).French(), true)
	case table != nil && !strings.Contains(path, "what"):
		l.say(table[text], true)
	case key == "matricule" || key == "phone":
		l.numbers = append(l.numbers, onlyDigits(text))
		for n := len(text); n > 0; n-- { // however it is grouped
			for i := 0; i+n <= len(text); i++ {
				l.may[strings.ToLower(text[i:i+n])] = true
			}
		}
	case key == "value" && strings.HasSuffix(path, "quantity.value"):
		l.numbers = append(l.numbers, onlyDigits(text))
		l.say(strings.ReplaceAll(text, ".", ","), false)
		l.may["<"+strings.ReplaceAll(text, ".", ",")] = true
	default:
		l.say(text, true)
	}
}

// say adds words that may be on the paper, and that must when so told.
func (l *leaves) say(text string, must bool) {
	for _, word := range wordsOf(text) {
		l.may[word] = true
		l.may[word+"s"], l.may[word+"x"] = true, true
		if must {
			l.want[word]++
		}
	}
}

// catalogueWords are the words that the sheet itself brings.
func catalogueWords(t *testing.T) map[string]bool {
	t.Helper()
	known := map[string]bool{}
	add := func(text string) {
		for _, word := range wordsOf(text) {
			known[word] = true
		}
	}
	literal := regexp.MustCompile(`"((?:[^"\\]|\\.)*)"`)
	for _, pattern := range []string{"../../print/*.go", "../../record/*.go", "french*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range literal.FindAllStringSubmatch(string(source), -1) {
				add(strings.NewReplacer(`\u00a0`, " ", `\n`, " ", "%d", " ", "%s", " ").Replace(m[1]))
			}
		}
	}
	add("Cabinet d’essai °")
	return known
}

// The HTML page, printed by a browser, says what the codes say and reads like the PDF.
func TestPagePrintedByABrowser(t *testing.T) {
	needPoppler(t)
	data, dir := practice(t), t.TempDir()
	page, sheet := filepath.Join(dir, "sheet.html"), filepath.Join(dir, "sheet.pdf")
	var told printResult
	out := must(t, "print", patientFile("grossesse-allergie-penicilline"), "-o", page, "--wallet", "--data", data, "--at", paperAt, "--json")
	if err := json.Unmarshal([]byte(out), &told); err != nil {
		t.Fatal(err)
	}
	p := browser.Open(t, 1366, 900)
	p.Go("file://" + page)
	var printed struct{ Data []byte }
	p.Call("Page.printToPDF", map[string]any{"preferCSSPageSize": true}, &printed)
	if err := os.WriteFile(sheet, printed.Data, 0o600); err != nil {
		t.Fatal(err)
	}
	carried := faxed(t, data, sheet, "150", "150", told)
	compareWords(t, sheet, carried, catalogueWords(t), told)
}
