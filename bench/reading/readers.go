package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/multi/qrcode"
	single "github.com/makiuchi-d/gozxing/qrcode"

	"github.com/zoneblanche/zoneblanche/qr/scan"
)

// input is a picture in the forms that readers take.
type input struct {
	img  *image.Gray
	path string // the same as a binary PGM file
}

// answer is what one reader made of a picture.
type answer struct {
	texts []string
	took  time.Duration
	steps []scan.Step // of our ladder
}

// reader is one decoder. Answers that are late are answers without text.
type reader interface {
	name() string
	read(ctx context.Context, in *input) (answer, error)
	close() error
}

// ours is the ladder of qr/scan, searching for all that a page may hold.
type ours struct{}

func (ours) name() string { return "ladder" }
func (ours) close() error { return nil }

func (ours) read(ctx context.Context, in *input) (a answer, err error) {
	start := time.Now()
	symbols, err := scan.Find(ctx, in.img, scan.Options{Observe: func(s scan.Step) { a.steps = append(a.steps, s) }})
	a.took = time.Since(start)
	for _, s := range symbols {
		a.texts = append(a.texts, s.Text)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = nil
	}
	return a, err
}

// library is gozxing as it comes: the reader of several symbols and, should it find
// none, the reader of one, both trying harder.
type library struct{}

func (library) name() string { return "gozxing" }
func (library) close() error { return nil }

func (library) read(ctx context.Context, in *input) (answer, error) {
	done := make(chan answer, 1)
	// It takes no context: what does not end is left behind.
	go func() {
		start := time.Now()
		texts := libraryTexts(in.img)
		done <- answer{texts: texts, took: time.Since(start)}
	}()
	select {
	case a := <-done:
		return a, nil
	case <-ctx.Done():
		return answer{}, nil
	}
}

func libraryTexts(img *image.Gray) (texts []string) {
	defer func() {
		if recover() != nil {
			texts = nil
		}
	}()
	bitmap := func() *gozxing.BinaryBitmap {
		b, err := gozxing.NewBinaryBitmap(gozxing.NewHybridBinarizer(gozxing.NewLuminanceSourceFromImage(img)))
		if err != nil {
			return nil
		}
		return b
	}
	hints := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true}
	results, err := qrcode.NewQRCodeMultiReader().DecodeMultiple(bitmap(), hints)
	if err != nil || len(results) == 0 {
		r, err := single.NewQRCodeReader().Decode(bitmap(), hints)
		if err != nil {
			return nil
		}
		results = []*gozxing.Result{r}
	}
	for _, r := range results {
		texts = append(texts, r.GetText())
	}
	return texts
}

// zbar runs zbarimg on each picture. Its start is part of its time.
type zbar struct{}

func (zbar) name() string { return "zbar" }
func (zbar) close() error { return nil }

func (zbar) read(ctx context.Context, in *input) (answer, error) {
	start := time.Now()
	out, err := zbarimg(ctx, in.path, "--xml")
	a := answer{took: time.Since(start)}
	if err != nil || out == nil {
		return a, err
	}
	var found struct {
		Symbols []struct {
			Data string `xml:"data"`
		} `xml:"source>index>symbol"`
	}
	if err := xml.Unmarshal(out, &found); err == nil && len(found.Symbols) > 1 {
		for _, s := range found.Symbols {
			a.texts = append(a.texts, s.Data)
		}
		return a, nil
	}
	// XML changes line ends, and has no control characters: the text of one symbol is
	// asked for as it is.
	out, err = zbarimg(ctx, in.path, "--raw")
	a.texts = []string{string(out)}
	return a, err
}

// zbarimg returns nothing when there is no symbol, or when it took too long.
func zbarimg(ctx context.Context, path, format string) ([]byte, error) {
	out, err := exec.CommandContext(ctx, "zbarimg", "-q", "--nodbus", "-Sdisable", "-Sqrcode.enable", format, path).Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) && (exit.ExitCode() == 4 || ctx.Err() != nil) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("zbarimg: %w", err)
	}
	return out, nil
}

// wasm is zxing-wasm in a Node process that stays.
type wasm struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

func (*wasm) name() string { return "zxing-wasm" }

// startWASM installs the package into the command's own folder if it is not there.
func startWASM(folder string) (*wasm, error) {
	if _, err := os.Stat(filepath.Join(folder, "node_modules", "zxing-wasm")); err != nil {
		install := exec.Command("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts")
		install.Dir, install.Stderr = folder, os.Stderr
		if err := install.Run(); err != nil {
			return nil, fmt.Errorf("npm ci in %s: %w", folder, err)
		}
	}
	w := &wasm{cmd: exec.Command("node", "peer.mjs")}
	w.cmd.Dir, w.cmd.Stderr = folder, os.Stderr
	in, err := w.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := w.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	w.in, w.out = in, bufio.NewScanner(out)
	w.out.Buffer(nil, 1<<20)
	return w, w.cmd.Start()
}

func (w *wasm) read(_ context.Context, in *input) (answer, error) {
	if _, err := fmt.Fprintln(w.in, in.path); err != nil {
		return answer{}, err
	}
	if !w.out.Scan() {
		return answer{}, fmt.Errorf("node ended: %w", errors.Join(w.out.Err(), io.ErrUnexpectedEOF))
	}
	var line struct {
		Texts []string `json:"texts"`
		MS    float64  `json:"ms"`
		Error string   `json:"error"`
	}
	if err := json.Unmarshal(w.out.Bytes(), &line); err != nil {
		return answer{}, err
	}
	if line.Error != "" {
		return answer{}, errors.New(line.Error)
	}
	return answer{texts: line.Texts, took: time.Duration(line.MS * float64(time.Millisecond))}, nil
}

func (w *wasm) close() error {
	w.in.Close()
	return w.cmd.Wait()
}

// version says what was measured.
func version(name string, args ...string) string {
	out, err := exec.Command(name, args...).Output()
	if err != nil {
		return "unknown"
	}
	return string(bytes.TrimSpace(out))
}
