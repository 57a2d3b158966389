package picture

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// rawPNG is a PNG of the size that its header states, of which the pixels are zeros:
// a few kilobytes, whatever the size.
func rawPNG(w, h uint32, depth, colours byte, promised uint32) []byte {
	var out bytes.Buffer
	out.WriteString("\x89PNG\r\n\x1a\n")
	chunk := func(name string, data []byte) {
		_ = binary.Write(&out, binary.BigEndian, uint32(len(data)))
		out.WriteString(name)
		out.Write(data)
		_ = binary.Write(&out, binary.BigEndian, crc32.ChecksumIEEE(append([]byte(name), data...)))
	}
	head := binary.BigEndian.AppendUint32(nil, w)
	head = binary.BigEndian.AppendUint32(head, promised)
	chunk("IHDR", append(head, depth, colours, 0, 0, 0))
	samples := map[byte]int{0: 1, 2: 3, 6: 4}[colours]
	var data bytes.Buffer
	z := zlib.NewWriter(&data)
	row := make([]byte, 1+(int(w)*samples*int(depth)+7)/8)
	for range h {
		_, _ = z.Write(row)
	}
	_ = z.Close()
	chunk("IDAT", data.Bytes())
	chunk("IEND", nil)
	return out.Bytes()
}

// Files that promise more than they hold, or hold more than they promise, end in a
// page or in an error that says so.
func TestHostileFiles(t *testing.T) {
	cases := []struct {
		name   string
		data   []byte
		reason string // "": a page
	}{
		{"one pixel", rawPNG(1, 1, 8, 0, 1), ""},
		{"30 000 × 1", rawPNG(30000, 1, 8, 2, 1), ""},
		{"1 × 30 000", rawPNG(1, 30000, 1, 0, 30000), ""},
		{"a bomb of 3 gigapixels", rawPNG(50_000, 1, 1, 0, 60_000), ReasonTooLarge},
		{"a bomb of 16 bits", rawPNG(8000, 1, 16, 6, 6000), ReasonTooLarge},
		{"a header that lies", rawPNG(4000, 10, 8, 2, 4000), ReasonTruncated},
		{"a header that hides rows", rawPNG(100, 4000, 8, 2, 10), ReasonFormat},
		{"no pixels", rawPNG(0, 0, 8, 0, 0), ReasonFormat},
		{"text named .jpg", []byte("Bonjour, voici ma carte.\n"), ReasonFormat},
		{"JPEG start alone", []byte("\xff\xd8\xff"), ReasonTruncated},
	}
	for _, c := range cases {
		path := filepath.Join(t.TempDir(), "photo.jpg")
		if err := os.WriteFile(path, c.data, 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := Open(t.Context(), path, Options{})
		if err == nil {
			_, err = f.Page(t.Context(), 0)
			f.Close()
		}
		if got := record.ReasonOf(err); got != c.reason || (c.reason == "" && err != nil) {
			t.Errorf("%s: got %q (%v), want %q", c.name, got, err, c.reason)
		}
	}
}

// Of a moving picture the first frame counts, however many there are.
func TestMovingPicture(t *testing.T) {
	g := &gif.GIF{}
	for i := range 300 {
		frame := image.NewPaletted(image.Rect(0, 0, 40, 20), color.Palette{color.Black, color.White})
		if i > 0 {
			for j := range frame.Pix {
				frame.Pix[j] = 1
			}
		}
		g.Image, g.Delay = append(g.Image, frame), append(g.Delay, 1)
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, g); err != nil {
		t.Fatal(err)
	}
	f, err := OpenBytes(t.Context(), b.Bytes(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if page, err := f.Page(t.Context(), 0); err != nil || f.Pages() != 1 || page.GrayAt(5, 5).Y != 0 {
		t.Errorf("got %d pages, %v", f.Pages(), err)
	}
}

// A picture that takes long to decode is left when the context ends.
func TestDecodingStops(t *testing.T) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 6000, 6000)), nil); err != nil {
		t.Fatal(err)
	}
	f, err := OpenBytes(t.Context(), b.Bytes(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
	defer cancel()
	if _, err := f.Page(ctx, 0); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the deadline", err)
	}
	if _, err := f.Page(t.Context(), 0); err != nil {
		t.Errorf("again: %v", err)
	}
}

// A folder and a device are no files.
func TestWhatIsNoFile(t *testing.T) {
	if _, err := Open(t.Context(), t.TempDir(), Options{}); record.ReasonOf(err) != ReasonFolder {
		t.Errorf("folder: got %v", err)
	}
	if _, err := os.Stat(os.DevNull); err == nil {
		if _, err := Open(t.Context(), os.DevNull, Options{}); err == nil || record.CodeOf(err) != record.CodeInvalid {
			t.Errorf("device: got %v", err)
		}
	}
}
