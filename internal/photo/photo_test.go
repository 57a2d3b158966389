package photo

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"strings"
	"testing"
)

func picture() image.Image {
	img := image.NewRGBA(image.Rect(0, 0, 61, 47))
	for y := range 47 {
		for x := range 61 {
			img.Set(x, y, color.RGBA{byte(x * 4), byte(y * 5), byte(x * y), 255})
		}
	}
	return img
}

func segment(marker byte, text string) []byte {
	out := []byte{0xff, marker, 0, 0}
	binary.BigEndian.PutUint16(out[2:], uint16(len(text)+2))
	return append(out, text...)
}

const place = "SECRETPLACE"

// exif is an EXIF segment with an orientation, a place and a thumbnail.
func exif(order binary.ByteOrder, orientation uint16) string {
	var b bytes.Buffer
	b.WriteString("Exif\x00\x00")
	if order == binary.ByteOrder(binary.LittleEndian) {
		b.WriteString("II*\x00")
	} else {
		b.WriteString("MM\x00*")
	}
	_ = binary.Write(&b, order, uint32(8))
	_ = binary.Write(&b, order, uint16(2))
	_ = binary.Write(&b, order, []uint16{0x010f, 2, 0, 1, 0, 0})
	_ = binary.Write(&b, order, []uint16{tagOrientation, typeShort})
	_ = binary.Write(&b, order, uint32(1))
	_ = binary.Write(&b, order, []uint16{orientation, 0})
	b.WriteString(place)
	return b.String()
}

// dressed is a JPEG with everything that a telephone adds.
func dressed(t testing.TB, order binary.ByteOrder, orientation uint16) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, picture(), nil); err != nil {
		t.Fatal(err)
	}
	out := bytes.Clone(b.Bytes()[:2])
	out = append(out, segment(markerApp1, exif(order, orientation))...)
	out = append(out, segment(markerApp1, "http://ns.adobe.com/xap/1.0/\x00"+place)...)
	out = append(out, segment(markerApp2, "MPF\x00"+place)...)
	out = append(out, segment(markerApp2, "ICC_PROFILE\x00the profile")...)
	out = append(out, segment(0xed, "Photoshop 3.0\x00"+place)...)
	out = append(out, segment(markerComment, place)...)
	out = append(out, b.Bytes()[2:]...)
	return append(out, "a film with "+place...)
}

func TestJPEG(t *testing.T) {
	for _, order := range []binary.ByteOrder{binary.BigEndian, binary.LittleEndian} {
		in := dressed(t, order, 6)
		var out bytes.Buffer
		kind, err := Clean(&out, bytes.NewReader(in))
		if err != nil || kind != JPEG {
			t.Fatalf("%v: %q, %v", order, kind, err)
		}
		if strings.Contains(out.String(), place) {
			t.Errorf("%v: the place is still there", order)
		}
		if !strings.Contains(out.String(), "the profile") {
			t.Errorf("%v: the colour profile is gone", order)
		}
		if !bytes.Contains(out.Bytes(), orientationExif(6)) {
			t.Errorf("%v: the orientation is gone", order)
		}
		want, err := jpeg.Decode(bytes.NewReader(in))
		if err != nil {
			t.Fatal(err)
		}
		got, err := jpeg.Decode(bytes.NewReader(out.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.(*image.YCbCr).Y, want.(*image.YCbCr).Y) {
			t.Errorf("%v: other pixels", order)
		}
		// What is clean stays as it is.
		var again bytes.Buffer
		if _, err := Clean(&again, bytes.NewReader(out.Bytes())); err != nil || !bytes.Equal(again.Bytes(), out.Bytes()) {
			t.Errorf("%v: cleaned twice it differs (%v)", order, err)
		}
	}
}

func TestPNG(t *testing.T) {
	var b bytes.Buffer
	if err := png.Encode(&b, picture()); err != nil {
		t.Fatal(err)
	}
	const afterIHDR = 8 + 25
	in := bytes.Clone(b.Bytes()[:afterIHDR])
	in = append(in, "\x00\x00\x00\x0btEXt"+place+"\x00\x00\x00\x00"...)
	in = append(append(in, b.Bytes()[afterIHDR:]...), place...)
	var out bytes.Buffer
	kind, err := Clean(&out, bytes.NewReader(in))
	if err != nil || kind != PNG || !bytes.Equal(out.Bytes(), b.Bytes()) {
		t.Errorf("%q, %v, the same %v", kind, err, bytes.Equal(out.Bytes(), b.Bytes()))
	}
}

func TestRefused(t *testing.T) {
	whole := dressed(t, binary.BigEndian, 1)
	end := bytes.LastIndex(whole, []byte{0xff, markerEnd})
	for name, c := range map[string]struct {
		in   string
		want error
	}{
		"nothing":        {"", ErrFormat},
		"text":           {"une note de consultation", ErrFormat},
		"GIF":            {"GIF89a..........", ErrFormat},
		"JPEG cut":       {string(whole[:end]), ErrTruncated},
		"JPEG cut early": {string(whole[:40]), ErrTruncated},
		"JPEG no scan":   {"\xff\xd8\xff\xd9......", ErrFormat},
		"PNG cut":        {string(pngSignature) + "\x00\x00\x00\x0dIHDR1234", ErrTruncated},
		"PNG no header":  {string(pngSignature) + "\x00\x00\x00\x0dIDAT1234", ErrFormat},
	} {
		if _, err := Clean(io.Discard, strings.NewReader(c.in)); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

// What is accepted is smaller than it was, or the same plus one orientation, and is
// accepted again without a change.
func FuzzClean(f *testing.F) {
	f.Add(dressed(f, binary.LittleEndian, 3))
	var b bytes.Buffer
	if err := png.Encode(&b, picture()); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, in []byte) {
		var out bytes.Buffer
		kind, err := Clean(&out, bytes.NewReader(in))
		if err != nil {
			return
		}
		if out.Len() > len(in)+64 {
			t.Fatalf("%d bytes became %d", len(in), out.Len())
		}
		var again bytes.Buffer
		same, err := Clean(&again, bytes.NewReader(out.Bytes()))
		if err != nil || same != kind || !bytes.Equal(again.Bytes(), out.Bytes()) {
			t.Fatalf("not the same when cleaned again: %v", err)
		}
	})
}
