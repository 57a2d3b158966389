package picture

import (
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zoneblanche/zoneblanche/record"
)

// Every file of testdata is the same picture, written by other programs.
func TestFilesOfOtherPrograms(t *testing.T) {
	want := fixture(t, "ref.png", 0)
	names, err := filepath.Glob("testdata/*.*")
	if err != nil {
		t.Fatal(err)
	}
	pages := map[string]int{"g4-pages.tif": 2, "g4-lsb.tif": 2}
	n := 0
	for _, path := range names {
		name := filepath.Base(path)
		switch filepath.Ext(name) {
		case ".md", ".heic", ".avif":
			continue
		}
		n++
		slack := 1.0
		switch {
		case strings.Contains(name, "lossy"):
			slack = 22 // its black is 16 and its white 235, as in television
		case strings.Contains(name, "cmyk"):
			slack = 10 // black ink is not quite black on a screen
		case strings.Contains(name, "jp"):
			slack = 6 // cosines blur the edges of a small shape
		}
		compare(t, name, fixture(t, name, 0), want, slack)
		if pages[name] == 2 {
			second := fixture(t, name, 1)
			for i := range second.Pix {
				second.Pix[i] ^= 255
			}
			compare(t, name+", second page", second, want, slack)
		}
	}
	if n < 30 {
		t.Errorf("found %d files", n)
	}
}

// fixture returns a page of a file in testdata.
func fixture(t *testing.T, name string, page int) *image.Gray {
	t.Helper()
	f, err := Open(t.Context(), filepath.Join("testdata", name), Options{})
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return image.NewGray(image.Rectangle{})
	}
	defer f.Close()
	g, err := f.Page(t.Context(), page)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return image.NewGray(image.Rectangle{})
	}
	return g
}

// compare fails when two pictures differ by more than slack grey levels on average.
func compare(t *testing.T, name string, got, want *image.Gray, slack float64) {
	t.Helper()
	if got.Rect != want.Rect {
		t.Errorf("%s: got %v, want %v", name, got.Rect, want.Rect)
		return
	}
	sum := 0
	for i := range got.Pix {
		d := int(got.Pix[i]) - int(want.Pix[i])
		sum += max(d, -d)
	}
	if mean := float64(sum) / float64(len(got.Pix)); mean > slack {
		t.Errorf("%s: differs by %.1f grey levels on average, want at most %.1f", name, mean, slack)
	}
}

func TestHEIFIsRefusedByItsName(t *testing.T) {
	for _, name := range []string{"ref.heic", "ref.avif"} {
		_, err := Open(t.Context(), filepath.Join("testdata", name), Options{})
		if record.ReasonOf(err) != ReasonHEIF {
			t.Errorf("%s: got %v, want %q", name, err, ReasonHEIF)
		}
	}
}

// What each file of testdata becomes when it is cut short or a byte is wrong: a page
// or an error, and never anything else.
func TestDamagedFilesOfOtherPrograms(t *testing.T) {
	names, err := filepath.Glob("testdata/*.*")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range names {
		if strings.HasSuffix(path, ".tif") {
			continue // some are drawn by the renderer, which takes its time; see FuzzOpen
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		try := func(b []byte) {
			if f, err := OpenBytes(t.Context(), b, Options{}); err == nil {
				_, _ = f.Page(t.Context(), 0)
				f.Close()
			}
		}
		for cut := 0; cut < len(data); cut += 1 + len(data)/15 {
			try(data[:cut])
		}
		for at := 0; at < len(data); at += 1 + len(data)/15 {
			b := append([]byte(nil), data...)
			b[at] ^= 0x5a
			try(b)
		}
	}
}
