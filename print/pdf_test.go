package print

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

func written(t testing.TB, s Sheet) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, s); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestSameSheetSameBytes(t *testing.T) {
	s := sheet(t, elder(), 3, 2)
	s.Wallet = true
	want := written(t, s)
	for range 5 {
		if got := written(t, s); !bytes.Equal(got, want) {
			t.Fatal("the same sheet gave other bytes")
		}
	}
	var together sync.WaitGroup
	for range 4 {
		together.Go(func() {
			var b bytes.Buffer
			if err := Write(&b, s); err != nil || !bytes.Equal(b.Bytes(), want) {
				t.Errorf("written beside others: %v", err)
			}
		})
	}
	together.Wait()
	s.PrintedAt = s.PrintedAt.AddDate(0, 0, 1)
	if bytes.Equal(written(t, s), want) {
		t.Error("another day gave the same bytes")
	}
}

func TestPagesAreA4(t *testing.T) {
	pdf := written(t, sheet(t, elder(), 3, 2))
	boxes := regexp.MustCompile(`/MediaBox \[([^\]]*)\]`).FindAllSubmatch(pdf, -1)
	if len(boxes) == 0 {
		t.Fatal("no page box")
	}
	for _, b := range boxes {
		if got := string(b[1]); got != "0 0 595.28 841.89" {
			t.Errorf("got page box %q", got)
		}
	}
	for _, never := range []string{"/Subtype /Image", "/JavaScript", "/URI", "LEFEBVRE"} {
		if bytes.Contains(pdf, []byte(never)) {
			t.Errorf("the file contains %s", never)
		}
	}
	if len(pdf) > 200_000 {
		t.Errorf("the file has %d bytes", len(pdf))
	}
}

// Readers show where the parts begin, and read the words as French. Neither contents
// nor properties name the patient.
func TestPDFHasContentsAndLanguage(t *testing.T) {
	s := sheet(t, elder(), 3, 2)
	s.Wallet = true
	pdf := written(t, s)
	if !bytes.Contains(pdf, []byte("/Lang (fr-FR)")) || !bytes.Contains(pdf, []byte("/Outlines")) {
		t.Error("no language, or no contents")
	}
	var titles []string
	for _, p := range laidOut(t, s) {
		for _, m := range p.marks {
			titles = append(titles, m.title)
		}
	}
	for _, want := range []string{"ALLERGIES ET INTOLÉRANCES", "Traitements", "Vaccinations", "Codes de la synthèse", "Carte à découper"} {
		if !slices.ContainsFunc(titles, func(got string) bool { return strings.HasPrefix(got, want) }) {
			t.Errorf("the contents lack %q: %q", want, titles)
		}
	}
}

func TestRectanglesCoverTheDarkModules(t *testing.T) {
	for _, n := range []int{20, 450, 1400} {
		want := modules(t, symbolText(n, n))
		got := make([][]bool, len(want))
		for i := range got {
			got[i] = make([]bool, len(want))
		}
		for _, r := range darkRectangles(want) {
			for y := r.y; y < r.y+r.h; y++ {
				for x := r.x; x < r.x+r.w; x++ {
					if got[y][x] {
						t.Fatal("rectangles overlap")
					}
					got[y][x] = true
				}
			}
		}
		if !slices.EqualFunc(got, want, slices.Equal[[]bool]) {
			t.Error("the rectangles are not the symbol")
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	long := many(100)
	for _, c := range []struct {
		name    string
		summary *record.Summary
		codes   int
	}{{"ordinary", elder(), 3}, {"400 entries", long, 12}} {
		b.Run(c.name, func(b *testing.B) {
			s := sheet(b, c.summary, c.codes, 2)
			s.Wallet = true
			for b.Loop() {
				if err := Write(io.Discard, s); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	for reason, change := range map[string]func(*Sheet){
		"no_summary": func(s *Sheet) { s.Summary = nil },
		"no_date":    func(s *Sheet) { s.PrintedAt = time.Time{} },
		"symbol":     func(s *Sheet) { s.Full[0].Modules = s.Full[0].Modules[1:] },
	} {
		s := sheet(t, bare(), 1, 0)
		change(&s)
		var b bytes.Buffer
		err := Write(&b, s)
		if record.ReasonOf(err) != reason || record.CodeOf(err) != record.CodeInvalid || b.Len() > 0 {
			t.Errorf("%s: got %v and %d bytes", reason, err, b.Len())
		}
	}
	if err := Write(brokenWriter{}, sheet(t, bare(), 1, 0)); !errors.Is(err, errBroken) {
		t.Errorf("a full disk: got %v", err)
	}
}

var errBroken = errors.New("broken")

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

// TestPaperIsReadable renders the sheet as a scanner sees it and reads it with
// programs that know nothing of ours, where they are installed.
func TestPaperIsReadable(t *testing.T) {
	for _, tool := range []string{"pdftoppm", "pdftotext", "zbarimg"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(tool + " is not installed")
		}
	}
	s := sheet(t, elder(), 4, 2)
	s.Wallet = true
	dir := t.TempDir()
	file := filepath.Join(dir, "sheet.pdf")
	if err := os.WriteFile(file, written(t, s), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(name string, args ...string) string {
		out, err := exec.Command(name, args...).Output()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return string(out)
	}
	words := run("pdftotext", file, "-")
	for _, want := range []string{"Pénicillines", "Lévothyroxine 75 µg", "œdème", "LEFEBVRE"} {
		if !strings.Contains(words, want) {
			t.Errorf("the file's text lacks %q", want)
		}
	}
	run("pdftoppm", "-r", "200", "-gray", "-png", file, filepath.Join(dir, "page"))
	pictures, err := filepath.Glob(filepath.Join(dir, "page*.png"))
	if err != nil || len(pictures) == 0 {
		t.Fatal("no page was rendered")
	}
	read := run("zbarimg", append([]string{"-q", "--raw"}, pictures...)...)
	for seed := range 7 {
		n := 450
		if seed == 0 {
			n = 590
		}
		if !strings.Contains(read, symbolText(n, seed)) {
			t.Errorf("symbol %d does not read", seed)
		}
	}
}
