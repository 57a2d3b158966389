package main

import (
	"bufio"
	"context"
	"fmt"
	"image"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/zoneblanche/zoneblanche/qr/picture"
)

// expected is one code that a picture holds.
type expected struct {
	text    string
	kind    string  // of degradation, or the set that it comes from
	version int     // 0 unknown
	pixels  float64 // a module, 0 unknown
}

// sample is one picture with its codes.
type sample struct {
	name  string
	codes []expected
	load  func(ctx context.Context) (*image.Gray, error)
}

// loadSet reads a manifest: of drawn pages with eight columns, or of photographs
// with three. Pictures are read when they are asked for.
func loadSet(folder string) ([]sample, error) {
	f, err := os.Open(filepath.Join(folder, "manifest.tsv"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	unescape := strings.NewReplacer(`\\`, `\`, `\t`, "\t", `\r`, "\r", `\n`, "\n")
	var out []sample
	at := map[string]int{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		c := strings.Split(lines.Text(), "\t")
		if c[0] == "file" {
			continue
		}
		if len(c) < 3 {
			return nil, fmt.Errorf("%s: %d columns", folder, len(c))
		}
		e := expected{text: unescape.Replace(c[1]), kind: c[2]}
		if len(c) >= 8 { // random alphanumeric text, never escaped
			e.text = c[1]
			e.version, _ = strconv.Atoi(c[3])
			e.pixels, _ = strconv.ParseFloat(c[7], 64)
		}
		e.text = trimmed(e.text)
		i, ok := at[c[0]]
		if !ok {
			i = len(out)
			at[c[0]] = i
			path := filepath.Join(folder, c[0])
			out = append(out, sample{name: c[0], load: func(ctx context.Context) (*image.Gray, error) { return open(ctx, path) }})
		}
		out[i].codes = append(out[i].codes, e)
	}
	return out, lines.Err()
}

// trimmed is how texts are compared: without line ends at their end.
func trimmed(text string) string { return strings.TrimRight(text, "\r\n") }

func open(ctx context.Context, path string) (*image.Gray, error) {
	f, err := picture.Open(ctx, path, picture.Options{})
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Page(ctx, 0)
}

// writePGM writes the picture as a binary PGM file.
func writePGM(path string, img *image.Gray) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	if err := encodePGM(w, img); err != nil {
		f.Close()
		return err
	}
	if err := w.Flush(); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

func encodePGM(w io.Writer, img *image.Gray) error {
	b := img.Bounds()
	if _, err := fmt.Fprintf(w, "P5\n%d %d\n255\n", b.Dx(), b.Dy()); err != nil {
		return err
	}
	for y := b.Min.Y; y < b.Max.Y; y++ {
		if _, err := w.Write(img.Pix[img.PixOffset(b.Min.X, y):][:b.Dx()]); err != nil {
			return err
		}
	}
	return nil
}
