package picture

import (
	"bytes"
	"context"
	"encoding/binary"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"

	"github.com/zoneblanche/zoneblanche/record"
)

// corner is a picture with a dark upper left quarter: turning it shows.
func corner(w, h int) *image.Gray {
	g := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			if x < w/2 && y < h/2 {
				g.SetGray(x, y, color.Gray{20})
			} else {
				g.SetGray(x, y, color.Gray{220})
			}
		}
	}
	return g
}

func encoded(t *testing.T, kind string, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	var err error
	switch kind {
	case "png":
		err = png.Encode(&b, img)
	case "jpeg":
		err = jpeg.Encode(&b, img, nil)
	case "gif":
		err = gif.Encode(&b, img, nil)
	case "tiff":
		err = tiff.Encode(&b, img, nil)
	case "bmp":
		err = bmp.Encode(&b, img)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestFormatsAreToldByContent(t *testing.T) {
	for _, kind := range []string{"png", "jpeg", "gif", "tiff", "bmp"} {
		// The name says something else on purpose.
		path := filepath.Join(t.TempDir(), "scan.pdf")
		if err := os.WriteFile(path, encoded(t, kind, corner(40, 20)), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := Open(t.Context(), path, Options{})
		if err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		g, err := f.Page(t.Context(), 0)
		if err != nil || f.Pages() != 1 {
			t.Errorf("%s: %d pages, %v", kind, f.Pages(), err)
			continue
		}
		if g.Rect != image.Rect(0, 0, 40, 20) {
			t.Errorf("%s: got %v, want 40 × 20", kind, g.Rect)
		}
		if dark, light := g.GrayAt(5, 5).Y, g.GrayAt(35, 15).Y; dark > 40 || light < 200 {
			t.Errorf("%s: got %d in the dark part and %d in the light one", kind, dark, light)
		}
		if _, err := f.Page(t.Context(), 1); record.ReasonOf(err) != ReasonNoPage {
			t.Errorf("%s: second page: got %v", kind, err)
		}
		f.Close()
	}
}

func TestWebP(t *testing.T) {
	one := "RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00"
	f, err := OpenBytes(t.Context(), []byte(one), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if g, err := f.Page(t.Context(), 0); err != nil || g.Rect.Dx() != 1 {
		t.Fatalf("got %v, %v", g, err)
	}
}

// exif returns the JPEG with an EXIF segment that holds the orientation alone.
func exif(jpg []byte, order binary.AppendByteOrder, orientation uint16) []byte {
	b := []byte("II*\x00")
	if order == binary.AppendByteOrder(binary.BigEndian) {
		b = []byte("MM\x00*")
	}
	b = order.AppendUint32(b, 8)
	b = order.AppendUint16(b, 1)
	b = order.AppendUint16(b, tagOrientation)
	b = order.AppendUint16(b, typeShort)
	b = order.AppendUint32(b, 1)
	b = order.AppendUint16(b, orientation)
	b = order.AppendUint16(b, 0)
	b = order.AppendUint32(b, 0)
	b = append([]byte("Exif\x00\x00"), b...)
	head := binary.BigEndian.AppendUint16([]byte{0xff, 0xd8, 0xff, 0xe1}, uint16(len(b)+2))
	return append(append(head, b...), jpg[2:]...)
}

func TestOrientation(t *testing.T) {
	jpg := encoded(t, "jpeg", corner(48, 32))
	// Where the dark quarter of the stored picture is shown.
	want := map[uint16]string{1: "left top", 2: "right top", 3: "right bottom", 4: "left bottom",
		5: "left top", 6: "right top", 7: "right bottom", 8: "left bottom", 9: "left top"}
	for o, at := range want {
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			f, err := OpenBytes(t.Context(), exif(jpg, order, o), Options{})
			if err != nil {
				t.Fatal(err)
			}
			g, err := f.Page(t.Context(), 0)
			if err != nil {
				t.Fatal(err)
			}
			size := image.Rect(0, 0, 48, 32)
			if o >= 5 && o <= 8 {
				size = image.Rect(0, 0, 32, 48)
			}
			if g.Rect != size {
				t.Errorf("orientation %d: got %v, want %v", o, g.Rect, size)
			}
			got := "none"
			for name, p := range map[string]image.Point{"left top": {4, 4}, "right top": {size.Dx() - 4, 4},
				"left bottom": {4, size.Dy() - 4}, "right bottom": {size.Dx() - 4, size.Dy() - 4}} {
				if g.GrayAt(p.X, p.Y).Y < 100 {
					got = name
				}
			}
			if got != at {
				t.Errorf("orientation %d %v: dark part at %s, want %s", o, order, got, at)
			}
		}
	}
}

func TestTransparencyLiesOnWhite(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 4, 1))
	m.SetNRGBA(0, 0, color.NRGBA{0, 0, 0, 0})
	m.SetNRGBA(1, 0, color.NRGBA{0, 0, 0, 255})
	m.SetNRGBA(2, 0, color.NRGBA{255, 255, 255, 255})
	m.SetNRGBA(3, 0, color.NRGBA{0, 0, 0, 128})
	f, err := OpenBytes(t.Context(), encoded(t, "png", m), Options{})
	if err != nil {
		t.Fatal(err)
	}
	g, err := f.Page(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if want := []byte{255, 0, 255, 127}; !bytes.Equal(g.Pix, want) {
		t.Errorf("got %v, want %v", g.Pix, want)
	}
}

// The direct paths say what the slow one says.
func TestGreyPathsAgree(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	rect := image.Rect(3, 5, 20, 14)
	fill := func(b []byte) {
		for i := range b {
			b[i] = byte(r.Uint32())
		}
	}
	rgba, nrgba, cmyk, g16 := image.NewRGBA(rect), image.NewNRGBA(rect), image.NewCMYK(rect), image.NewGray16(rect)
	fill(nrgba.Pix)
	fill(cmyk.Pix)
	fill(g16.Pix)
	for y := rect.Min.Y; y < rect.Max.Y; y++ {
		for x := rect.Min.X; x < rect.Max.X; x++ {
			rgba.Set(x, y, nrgba.At(x, y))
		}
	}
	type opaque struct{ image.Image }
	for _, m := range []image.Image{rgba, nrgba, cmyk, g16} {
		got, want := toGray(m), toGray(opaque{m})
		for i := range got.Pix {
			if d := int(got.Pix[i]) - int(want.Pix[i]); d < -2 || d > 2 {
				t.Errorf("%T: pixel %d: got %d, want %d", m, i, got.Pix[i], want.Pix[i])
				break
			}
		}
	}
}

// TestTIFFWithOpacity: rows of four samples say what the whole picture says, by the
// meaning of the fourth.
func TestTIFFWithOpacity(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	rect := image.Rect(0, 0, 17, 9)
	nrgba, rgba := image.NewNRGBA(rect), image.NewRGBA(rect)
	for i := range nrgba.Pix {
		nrgba.Pix[i] = byte(r.Uint32())
	}
	draw.Draw(rgba, rect, nrgba, image.Point{}, draw.Src)
	for name, c := range map[string]struct {
		file []byte
		want image.Image
	}{"beside": {encoded(t, "tiff", nrgba), nrgba}, "multiplied": {encoded(t, "tiff", rgba), rgba}} {
		f, err := OpenBytes(t.Context(), c.file, Options{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got, err := f.Page(t.Context(), 0)
		if err != nil || !bytes.Equal(got.Pix, toGray(c.want).Pix) {
			t.Errorf("%s: got another picture, %v", name, err)
		}
	}
}

func TestTIFFOfSeveralPages(t *testing.T) {
	// Two files in one: the directory of the first points at that of the second.
	a, b := encoded(t, "tiff", corner(10, 10)), encoded(t, "tiff", corner(30, 20))
	at := uint32(len(a))
	le := binary.LittleEndian
	second := le.Uint32(b[4:]) + at
	n := uint32(le.Uint16(b[second-at:]))
	out := append(bytes.Clone(a), b...)
	for i := range n { // offsets inside the second file move with it
		e := out[second+2+12*i:]
		size := map[uint16]uint32{1: 1, 2: 1, 3: 2, 4: 4, 5: 8}[le.Uint16(e[2:])] * le.Uint32(e[4:])
		if tag := le.Uint16(e); size > 4 || tag == 273 {
			le.PutUint32(e[8:], le.Uint32(e[8:])+at)
		}
	}
	first := le.Uint32(out[4:])
	le.PutUint32(out[first+2+12*uint32(le.Uint16(out[first:])):], second)
	f, err := OpenBytes(t.Context(), out, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if f.Pages() != 2 {
		t.Fatalf("got %d pages, want 2", f.Pages())
	}
	for i, want := range []int{10, 30} {
		g, err := f.Page(t.Context(), i)
		if err != nil || g.Rect.Dx() != want {
			t.Errorf("page %d: got %v, %v, want width %d", i, g, err, want)
		}
	}
}

func TestRefusals(t *testing.T) {
	hugePNG := encoded(t, "png", corner(8, 8))
	binary.BigEndian.PutUint32(hugePNG[16:], 100_000)
	binary.BigEndian.PutUint32(hugePNG[20:], 100_000)
	// The checksum of the header must hold for the size to be believed.
	fixPNG(hugePNG)
	deep := encoded(t, "png", image.NewNRGBA64(image.Rect(0, 0, 2, 2)))
	binary.BigEndian.PutUint32(deep[16:], 8000)
	binary.BigEndian.PutUint32(deep[20:], 6000)
	fixPNG(deep)
	png40 := encoded(t, "png", corner(400, 400))
	cases := []struct {
		name   string
		data   []byte
		reason string
	}{
		{"nothing", nil, ReasonEmpty},
		{"text", []byte("bonjour"), ReasonFormat},
		{"heif", []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00"), ReasonHEIF},
		{"ten gigapixels in the header", hugePNG, ReasonTooLarge},
		{"48 Mpx of 16 bits", deep, ReasonTooLarge},
		{"half a PNG", png40[:len(png40)/2], ReasonTruncated},
		{"head of a PNG", png40[:12], ReasonTruncated},
		{"head of a TIFF", []byte("II*\x00\x08\x00\x00\x00"), ReasonTruncated},
		{"head of a GIF", []byte("GIF89a\x01"), ReasonTruncated},
		{"damaged PNG", append(bytes.Clone(png40[:60]), bytes.Repeat([]byte{7}, 500)...), ReasonFormat},
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
	if _, err := Open(t.Context(), filepath.Join(t.TempDir(), "none"), Options{}); record.CodeOf(err) != record.CodeNotFound {
		t.Errorf("missing file: got %v", err)
	}
	if _, err := Open(t.Context(), t.TempDir(), Options{}); record.ReasonOf(err) != ReasonFolder {
		t.Errorf("folder: got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := OpenBytes(ctx, png40, Options{}); err != context.Canceled {
		t.Errorf("cancelled: got %v", err)
	}
}

func TestTruncatedJPEGKeepsWhatArrived(t *testing.T) {
	data := encoded(t, "jpeg", corner(400, 400))
	f, err := OpenBytes(t.Context(), data[:len(data)*2/3], Options{})
	if err != nil {
		t.Fatal(err)
	}
	g, err := f.Page(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if got := g.GrayAt(50, 50).Y; got > 40 {
		t.Errorf("upper left: got %d, want dark", got)
	}
}

func FuzzOpen(f *testing.F) {
	f.Add([]byte("II*\x00\x08\x00\x00\x00"))
	f.Add([]byte("GIF89a\x01\x00\x01\x00\x80\x00\x00"))
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x10Exif\x00\x00MM\x00*\x00\x00\x00\x08"))
	f.Add([]byte("BM\x00\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00"))
	files, err := filepath.Glob("testdata/*.*")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if sniff(data) == kindPDF {
			t.Skip("a PDF: PDFium has fuzzers of its own")
		}
		file, err := OpenBytes(context.Background(), data, Options{})
		if err != nil {
			return
		}
		defer file.Close()
		for i := range min(file.Pages(), 3) {
			if r, ok := file.pages.(*raster); ok && r.kind == kindTIFF {
				if p := readTIFFPage(r.src, r.dirs[i]); p.needsRenderer() {
					_, _ = p.pdf() // what renders it has fuzzers of its own
					continue
				}
			}
			if g, err := file.Page(context.Background(), i); err == nil && len(g.Pix) < g.Rect.Dx()*g.Rect.Dy() {
				t.Fatalf("%v with %d pixels", g.Rect, len(g.Pix))
			}
		}
	})
}
