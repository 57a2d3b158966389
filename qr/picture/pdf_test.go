package picture

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"runtime"
	"testing"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"github.com/zoneblanche/zoneblanche/record"
)

func fixPNG(b []byte) { binary.BigEndian.PutUint32(b[29:], crc32.ChecksumIEEE(b[12:29])) }

// sheet makes a PDF of n A4 pages with a black square at 50 mm, 50 mm.
func sheet(t testing.TB, n int, password string) []byte {
	t.Helper()
	p := fpdf.New("P", "mm", "A4", "")
	if password != "" {
		p.SetProtection(0, password, "owner")
	}
	for range n {
		p.AddPage()
		p.SetFillColor(0, 0, 0)
		p.Rect(50, 50, 20, 20, "F")
	}
	var b bytes.Buffer
	if err := p.Output(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestPDF(t *testing.T) {
	pages, err := RenderPDF(t.Context(), sheet(t, 2, ""), 150)
	if err != nil {
		t.Fatal(err)
	}
	if len(pages) != 2 {
		t.Fatalf("got %d pages, want 2", len(pages))
	}
	g := pages[1]
	if w, h := g.Rect.Dx(), g.Rect.Dy(); w != 1240 || h != 1754 {
		t.Errorf("got %d × %d, want A4 at 150 dpi", w, h)
	}
	mm := func(v float64) int { return int(v / 25.4 * 150) }
	if in, out := g.GrayAt(mm(60), mm(60)).Y, g.GrayAt(mm(80), mm(60)).Y; in > 5 || out < 250 {
		t.Errorf("got %d inside the square and %d outside", in, out)
	}
}

func TestPDFRefusals(t *testing.T) {
	whole := sheet(t, 1, "")
	cases := []struct {
		name   string
		data   []byte
		reason string
	}{
		{"password", sheet(t, 1, "secret"), ReasonPassword},
		{"head only", []byte("%PDF-1.7\n"), ReasonFormat},
		{"rubbish", append([]byte("%PDF-1.4\n"), bytes.Repeat([]byte("x y z "), 300)...), ReasonFormat},
	}
	for _, c := range cases {
		f, err := OpenBytes(t.Context(), c.data, Options{})
		if err == nil {
			_, err = f.Page(t.Context(), 0)
			f.Close()
		}
		if got := record.ReasonOf(err); got != c.reason {
			t.Errorf("%s: got %q (%v), want %q", c.name, got, err, c.reason)
		}
	}
	// Mail gateways put lines before the mark; PDFium, like others, copes.
	if _, err := RenderPDF(t.Context(), append([]byte("\r\n\r\n"), whole...), 72); err != nil {
		t.Errorf("rubbish before the mark: %v", err)
	}
}

func TestMonstrousPageIsDrawnCoarsely(t *testing.T) {
	p := fpdf.NewCustom(&fpdf.InitType{UnitStr: "pt", Size: fpdf.SizeType{Wd: 14400, Ht: 14400}})
	p.AddPage()
	var b bytes.Buffer
	if err := p.Output(&b); err != nil {
		t.Fatal(err)
	}
	pages, err := RenderPDF(t.Context(), b.Bytes(), 300)
	if err != nil {
		t.Fatal(err)
	}
	if got := len(pages[0].Pix); got > maxPagePixels*11/10 {
		t.Errorf("got %d pixels, want at most %d", got, maxPagePixels)
	}
}

func TestLongPDFPageByPage(t *testing.T) {
	f, err := OpenBytes(t.Context(), sheet(t, 500, ""), Options{DPI: 50})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if f.Pages() != 500 {
		t.Fatalf("got %d pages, want 500", f.Pages())
	}
	for _, i := range []int{0, 250, 499} {
		if _, err := f.Page(t.Context(), i); err != nil {
			t.Errorf("page %d: %v", i, err)
		}
	}
}

// A page that draws without end stops with the context, and the renderer is of use
// to the next document.
func TestEndlessPageStops(t *testing.T) {
	var content bytes.Buffer
	// Thousands of large transparent shapes of thousands of curves each.
	content.WriteString("0.5 g\n")
	for range 3000 {
		content.WriteString("0 0 m\n")
		for j := range 300 {
			fmt.Fprintf(&content, "%d %d %d %d %d %d c\n", j, 842-j, 595-j, j*2, j*3%595, j*7%842)
		}
		content.WriteString("f*\n")
	}
	f, err := OpenBytes(t.Context(), rawPDF(content.Bytes()), Options{DPI: 300})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err = f.Page(ctx, 0)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v after %v, want the deadline", err, time.Since(start))
	}
	if d := time.Since(start); d > 2*time.Second {
		t.Errorf("stopped after %v", d)
	}
	if _, err := f.Page(t.Context(), 0); record.CodeOf(err) != record.CodeUnavailable {
		t.Errorf("abandoned document: got %v", err)
	}
	if _, err := RenderPDF(t.Context(), sheet(t, 1, ""), 72); err != nil {
		t.Errorf("next document: %v", err)
	}
}

// rawPDF wraps one content stream into a document of one A4 page.
func rawPDF(content []byte) []byte {
	var b bytes.Buffer
	var at []int
	object := func(s string) {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", len(at), s)
	}
	b.WriteString("%PDF-1.4\n")
	object("<< /Type /Catalog /Pages 2 0 R >>")
	object("<< /Type /Pages /Kids [3 0 R] /Count 1 >>")
	object("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R >>")
	object(fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(content), content))
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, o := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, xref)
	return b.Bytes()
}

// A damaged cache costs time, not the page.
func TestDamagedCache(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the renderer twice")
	}
	Shutdown()
	defer Shutdown()
	dir := t.TempDir()
	if _, err := mustOpen(t, dir); err != nil {
		t.Fatal(err)
	}
	Shutdown()
	start := time.Now()
	if _, err := mustOpen(t, dir); err != nil {
		t.Fatal(err)
	}
	t.Logf("with the cache: %v", time.Since(start))
	Shutdown()
	damageFiles(t, dir)
	if _, err := mustOpen(t, dir); err != nil {
		t.Fatal(err)
	}
}

// Compiling takes seconds, and does not keep somebody waiting who has none.
func TestContextEndsWhileCompiling(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the renderer")
	}
	Shutdown()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	start := time.Now()
	if _, err := OpenBytes(ctx, sheet(t, 1, ""), Options{CacheDir: t.TempDir()}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the deadline", err)
	}
	if d := time.Since(start); d > time.Second {
		t.Errorf("returned after %v", d)
	}
	if _, err := RenderPDF(t.Context(), sheet(t, 1, ""), 72); err != nil {
		t.Errorf("next document: %v", err)
	}
	Shutdown()
}

func TestSeveralDocumentsAtOnce(t *testing.T) {
	data := sheet(t, 2, "")
	errs := make(chan error)
	const n = 12
	for range n {
		go func() {
			_, err := RenderPDF(t.Context(), data, 72)
			errs <- err
		}()
	}
	for range n {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

func mustOpen(t *testing.T, cache string) (int, error) {
	f, err := OpenBytes(t.Context(), sheet(t, 1, ""), Options{CacheDir: cache})
	if err != nil {
		return 0, err
	}
	defer f.Close()
	_, err = f.Page(t.Context(), 0)
	return f.Pages(), err
}

func damageFiles(t *testing.T, dir string) {
	t.Helper()
	n := 0
	var walk func(string)
	walk = func(dir string) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			path := dir + "/" + e.Name()
			if e.IsDir() {
				walk(path)
				continue
			}
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			b[len(b)/2] ^= 0xff
			if err := os.WriteFile(path, b[:len(b)*3/4], 0o600); err != nil {
				t.Fatal(err)
			}
			n++
		}
	}
	walk(dir)
	if n == 0 {
		t.Fatal("the cache holds no file")
	}
}

func BenchmarkPDFPage(b *testing.B) {
	data := sheet(b, 1, "")
	for _, dpi := range []int{150, 200, 300} {
		b.Run(fmt.Sprint(dpi, " dpi"), func(b *testing.B) {
			f, err := OpenBytes(b.Context(), data, Options{DPI: dpi})
			if err != nil {
				b.Fatal(err)
			}
			defer f.Close()
			for b.Loop() {
				if _, err := f.Page(b.Context(), 0); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("open, draw at 200 dpi, close", func(b *testing.B) {
		for b.Loop() {
			if _, err := RenderPDF(b.Context(), data, 200); err != nil {
				b.Fatal(err)
			}
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.Sys)/(1<<20), "MB-sys")
	})
}
