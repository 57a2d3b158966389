package picture

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"image/jpeg"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var progressiveFile = flag.String("progressive", "", "one more progressive JPEG to decode both ways")

func progressiveFiles(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/progressive/*.jpg")
	if err != nil || len(files) < 4 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	files = append(files, "testdata/progressive.jpg")
	if *progressiveFile != "" {
		files = append(files, *progressiveFile)
	}
	return files
}

// The brightness of a progressive JPEG is what the standard library makes of it.
func TestLumaAgrees(t *testing.T) {
	for _, path := range progressiveFiles(t) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		// The standard library cannot decode those with restart markers; without them
		// they are the same.
		plain, err := os.ReadFile(strings.Replace(strings.Replace(path, "-restarts", "", 1), "grey.jpg", "444.jpg", 1))
		if err != nil {
			t.Fatal(err)
		}
		decoded, err := jpeg.Decode(bytes.NewReader(plain))
		if err != nil {
			t.Fatal(err)
		}
		want := toGray(decoded)
		got, err := decodeLuma(t.Context(), bytes.NewReader(data), 0)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		compare(t, path, got, want, 0.6)
		worst := 0
		for i, v := range want.Pix {
			worst = max(worst, int(v)-int(got.Pix[i]), int(got.Pix[i])-int(v))
		}
		if worst > 3 {
			t.Errorf("%s: a pixel differs by %d grey levels", path, worst)
		}
		// One that stops early keeps what arrived.
		if g, err := decodeLuma(t.Context(), bytes.NewReader(data[:len(data)*2/3]), 0); err != nil || g.Rect != got.Rect {
			t.Errorf("%s cut short: %v", path, err)
		}
		if _, err := decodeLuma(t.Context(), bytes.NewReader(data[:60]), 0); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("head of %s: got %v", path, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := decodeLuma(ctx, bytes.NewReader(data), 0); !errors.Is(err, context.Canceled) {
			t.Errorf("%s, cancelled: got %v", path, err)
		}
	}
}

// What is no large progressive JPEG with brightness apart is the standard library's.
func TestLumaLeavesTheRest(t *testing.T) {
	for _, name := range []string{"baseline.jpg", "cmyk.jpg", "progressive.jpg", "ref.png"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := decodeLuma(t.Context(), bytes.NewReader(data), largeProgressive); !errors.Is(err, errNotLuma) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func FuzzLuma(f *testing.F) {
	for _, path := range progressiveFiles(f) {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := jpeg.DecodeConfig(bytes.NewReader(data))
		if err != nil || c.Width*c.Height > 1<<20 {
			return // the bound of pixels is tested elsewhere
		}
		g, err := decodeLuma(context.Background(), bytes.NewReader(data), 0)
		if err == nil && (g.Rect.Dx() != c.Width || g.Rect.Dy() != c.Height) {
			t.Fatalf("got %v of %d × %d", g.Rect, c.Width, c.Height)
		}
	})
}
