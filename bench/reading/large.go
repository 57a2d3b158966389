package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/skip2/go-qrcode"
	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"

	"github.com/zoneblanche/zoneblanche/internal/capture"
	"github.com/zoneblanche/zoneblanche/qr/picture"
	"github.com/zoneblanche/zoneblanche/qr/scan"
)

// largePictures reads files of 48 Mpx, each in a process of its own that has two
// processors, and prints time and peak memory, decoding included.
func largePictures(out io.Writer) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	tmp, err := os.MkdirTemp("", "reading")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	fmt.Fprint(out, "== Files of 8000 × 6000 pixels, from bytes to texts (target: 3 s, 400 MiB)\n\n")
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "picture\tfile\tMB\ttexts\tdecoding\tsearching\tpeak memory\tprocessor time\t")
	for _, c := range largeCases() {
		for _, format := range c.formats {
			path := filepath.Join(tmp, "picture")
			size, err := c.write(path, format)
			if err != nil {
				return fmt.Errorf("%s as %s: %w", c.name, format, err)
			}
			cmd := exec.Command(self, "-read-one", path)
			cmd.Env = append(os.Environ(), "GOMAXPROCS=2")
			cmd.Stderr = os.Stderr
			line, err := cmd.Output()
			if err != nil {
				return fmt.Errorf("%s as %s: %w", c.name, format, err)
			}
			used := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
			fmt.Fprintf(w, "%s\t%s\t%.1f\t%s\t%.2f s\t\n", c.name, format, float64(size)/1e6, strings.TrimSpace(string(line)), used.Seconds())
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out)
	return nil
}

// largeCase is a picture that is drawn when it is needed.
type largeCase struct {
	name    string
	formats []string
	draw    func() *image.Gray
}

const largeW, largeH = 8000, 6000

func largeCases() []largeCase {
	return []largeCase{
		{"a sheet of six codes", []string{"JPEG 4:2:0", "JPEG grey", "PNG", "PNG grey", "TIFF", "BMP", "GIF"}, largeSheet},
		{"checkerboard of 5 px", []string{"PNG grey", "JPEG grey"}, func() *image.Gray {
			return drawn(func(x, y int) uint8 { return uint8(255 * ((x/5 + y/5) % 2)) })
		}},
		{"noise", []string{"JPEG grey"}, func() *image.Gray {
			r := rand.New(rand.NewPCG(1, 1))
			return drawn(func(int, int) uint8 { return uint8(r.Uint32()) })
		}},
		{"finder patterns everywhere", []string{"PNG grey"}, func() *image.Gray {
			return drawn(func(x, y int) uint8 {
				i, j := x/4%9-4, y/4%9-4
				switch max(i, -i, j, -j) {
				case 0, 1, 3:
					return 0
				}
				return 255
			})
		}},
		{"nothing", []string{"JPEG 4:2:0"}, func() *image.Gray { return drawn(func(int, int) uint8 { return 230 }) }},
	}
}

func drawn(at func(x, y int) uint8) *image.Gray {
	g := image.NewGray(image.Rect(0, 0, largeW, largeH))
	for y := range largeH {
		row := g.Pix[y*g.Stride:][:largeW]
		for x := range row {
			row[x] = at(x, y)
		}
	}
	return g
}

// largeSheet is an A4 page as a telephone of 48 Mpx sees it.
func largeSheet() *image.Gray {
	r := rand.New(rand.NewPCG(7, 7))
	var codes [][][]bool
	for range 6 {
		_, modules, _, err := symbol(r, 520, qrcode.Medium)
		if err != nil {
			panic(err)
		}
		codes = append(codes, modules)
	}
	kind := capture.Kinds()[0]
	sheet := capture.Grid(codes, 72)
	img, _ := kind.Frame(sheet, capture.View{W: largeW, H: largeH, Page: true, PixelsPerModule: [2]float64{18, 19}}, 7)
	return img
}

func (c *largeCase) write(path, format string) (int64, error) {
	f, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	if err := encode(w, c.draw(), format); err != nil {
		return 0, err
	}
	if err := w.Flush(); err != nil {
		return 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), f.Close()
}

func encode(w io.Writer, g *image.Gray, format string) error {
	colours := func() *image.NRGBA {
		m := image.NewNRGBA(g.Rect)
		for i, v := range g.Pix {
			m.Pix[4*i], m.Pix[4*i+1], m.Pix[4*i+2], m.Pix[4*i+3] = v, v, v-v/16, 255
		}
		return m
	}
	switch format {
	case "JPEG 4:2:0":
		return jpeg.Encode(w, colours(), &jpeg.Options{Quality: 85})
	case "JPEG grey":
		return jpeg.Encode(w, g, &jpeg.Options{Quality: 85})
	case "PNG":
		e := png.Encoder{CompressionLevel: png.BestSpeed}
		return e.Encode(w, colours())
	case "PNG grey":
		e := png.Encoder{CompressionLevel: png.BestSpeed}
		return e.Encode(w, g)
	case "TIFF":
		return tiff.Encode(w, colours(), nil)
	case "BMP":
		return bmp.Encode(w, g)
	case "GIF":
		m := &image.Paletted{Pix: g.Pix, Stride: g.Stride, Rect: g.Rect}
		for i := range 256 {
			m.Palette = append(m.Palette, color.Gray{uint8(i)})
		}
		return gif.Encode(w, m, nil)
	}
	return fmt.Errorf("no encoder for %s", format)
}

// readOne is what the process of its own does. Peak memory is that of the whole
// process, as the system counts it.
func readOne(path string, out io.Writer) error {
	ctx := context.Background()
	start := time.Now()
	f, err := picture.Open(ctx, path, picture.Options{})
	if err != nil {
		fmt.Fprintf(out, "refused\t%v\t\t\n", err)
		return nil
	}
	page, err := f.Page(ctx, 0)
	if err != nil {
		fmt.Fprintf(out, "refused\t%v\t\t\n", err)
		return nil
	}
	f.Close()
	decoded := time.Now()
	found, err := scan.Symbols(ctx, page)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d\t%.2f s\t%.2f s\t%s\n", len(found), decoded.Sub(start).Seconds(), time.Since(decoded).Seconds(), peakMemory())
	return nil
}

// peakMemory reads what Linux says; elsewhere it is not measured.
func peakMemory() string {
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return "not measured here"
	}
	for line := range bytes.Lines(data) {
		if rest, ok := bytes.CutPrefix(line, []byte("VmHWM:")); ok {
			if kb, err := strconv.Atoi(string(bytes.Fields(rest)[0])); err == nil {
				return fmt.Sprintf("%d MiB", kb>>10)
			}
		}
	}
	return "unknown"
}
