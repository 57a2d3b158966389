package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/zoneblanche/zoneblanche/qr/advice"
	"github.com/zoneblanche/zoneblanche/qr/foreign"
	"github.com/zoneblanche/zoneblanche/qr/picture"
	"github.com/zoneblanche/zoneblanche/qr/scan"
	"github.com/zoneblanche/zoneblanche/qr/wedge"
	"github.com/zoneblanche/zoneblanche/record"
)

// dpi is the resolution at which PDF pages are rasterised for reading: at 1 mm a
// module it gives 8 pixels, twice what the reader needs.
const dpi = 200

// found is one symbol with where it was found.
type found struct {
	scan.Symbol
	Page int
}

// readLimit bounds the reading of one file: somebody is waiting, and has an answer
// within 10 s. It is a variable for the tests, which run under the race detector.
var readLimit = 9 * time.Second

// advisedPages is on how many pages of a file without codes the reason is looked for.
const advisedPages = 3

// stopped tells that a file took too long, and how far the reading came.
type stopped struct{ read, pages int }

func (s *stopped) Error() string { return fmt.Sprintf("stopped after %d of %d pages", s.read, s.pages) }

// readPicture finds every symbol of an image or of each page of a PDF. What was
// found before an error is returned with it, and when nothing was found, why.
func readPicture(ctx context.Context, path string) ([]found, advice.Cause, error) {
	within, cancel := context.WithTimeout(ctx, readLimit)
	defer cancel()
	f, err := picture.Open(within, path, picture.Options{DPI: dpi})
	if err != nil {
		return nil, advice.NoCode, aboutFile(path, late(ctx, within, err, 0, 0))
	}
	defer f.Close()
	var all []found
	why := advice.NoCode
	for i := range f.Pages() {
		page, err := f.Page(within, i)
		var symbols []scan.Symbol
		if err == nil {
			symbols, err = scan.Symbols(within, page)
		}
		for _, s := range symbols {
			all = append(all, found{s, i + 1})
		}
		if err != nil {
			return all, why, aboutFile(path, late(ctx, within, err, i, f.Pages()))
		}
		if len(all) == 0 && i < advisedPages && why == advice.NoCode {
			if cause := advice.Of(within, page).Cause; within.Err() == nil {
				why = cause
			}
		}
	}
	return all, why, ctx.Err()
}

// late turns an error that only the time limit caused into a stopped reading.
func late(ctx, within context.Context, err error, read, pages int) error {
	if within.Err() != nil && ctx.Err() == nil {
		return &stopped{read, pages}
	}
	return err
}

// collection is the texts of one command line with the file each came from.
type collection struct {
	texts  []string
	origin map[string]string // text → file, of its first appearance
	typed  map[string]bool   // texts that a keyboard may have changed
	// How the scanner and the computer are set that typed a text, where that had to be
	// undone.
	keyboard map[string]wedge.Table
	silent   []silent // files in which no code was found
	failed   []error  // files that could not be read, or not to their end
}

// silent is a file in which no code was found, and what to change.
type silent struct {
	file string
	why  advice.Cause
}

func (c *collection) add(file, text string) {
	if c.origin == nil {
		c.origin = map[string]string{}
	}
	if _, seen := c.origin[text]; !seen {
		c.origin[text] = file
	}
	c.texts = append(c.texts, text)
}

// addTyped adds a text that somebody typed, or a scanner.
func (c *collection) addTyped(file, text string) {
	if c.typed == nil {
		c.typed = map[string]bool{}
	}
	c.typed[text] = true
	c.add(file, text)
}

// fileOf returns the file in which the first of texts was found, or "" for texts
// given as they are.
func (c *collection) fileOf(texts []string) string {
	for _, text := range texts {
		if file := c.origin[text]; file != "" {
			return file
		}
	}
	return ""
}

// addPictures reads every file as a picture or PDF.
func (c *collection) addPictures(ctx context.Context, paths []string) error {
	for _, path := range paths {
		symbols, why, err := readPicture(ctx, path)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			// One bad file must not hide what the others say.
			c.failed = append(c.failed, err)
		} else if len(symbols) == 0 {
			c.silent = append(c.silent, silent{path, why})
		}
		for _, s := range symbols {
			c.add(path, s.Text)
		}
	}
	return nil
}

// maxTexts and maxTextLine bound what verify takes as typed or saved text.
const (
	maxTextLine = 64 << 10
	maxTexts    = 1000
	maxTextFile = 4 << 20
)

// addTexts takes texts as arguments, files of texts, one a line, pictures, or
// standard input for "-". Only line ends are removed: a text may end in a space.
func (c *collection) addTexts(ctx context.Context, in io.Reader, args []string) error {
	for _, arg := range args {
		if arg == "-" {
			if err := c.addLines("-", in); err != nil {
				return err
			}
			continue
		}
		if looksLikeCode(arg) || looksTyped(arg) {
			c.addTyped("", arg)
			continue
		}
		info, err := os.Stat(arg)
		switch {
		case err == nil && info.IsDir():
			return aboutFile(arg, errFolder)
		case err == nil:
			if err := c.addFile(ctx, arg); err != nil {
				return err
			}
		case os.IsNotExist(err) && strings.ContainsAny(arg, "/\\.") && !strings.ContainsAny(arg, " %$*"):
			return aboutFile(arg, err) // meant as a file's name
		default:
			c.addTyped("", arg)
		}
	}
	return nil
}

var errFolder = &record.Error{Code: record.CodeInvalid, Op: "read texts", Reason: picture.ReasonFolder}

func (c *collection) addFile(ctx context.Context, path string) error {
	if picture.Recognised(path) {
		return c.addPictures(ctx, []string{path})
	}
	data, err := readBounded(path, maxTextFile)
	if err != nil {
		return aboutFile(path, err)
	}
	if texts, ok := foreign.FileTexts(data); ok {
		for _, text := range texts {
			c.add(path, text)
		}
		return nil
	}
	return aboutFile(path, c.addLines(path, bytes.NewReader(data)))
}

func (c *collection) addLines(name string, r io.Reader) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxTextLine)
	n := 0
	for lines.Scan() {
		text := strings.TrimSuffix(lines.Text(), "\r")
		if text == "" {
			continue
		}
		if n++; n > maxTexts {
			return &record.Error{Code: record.CodeTooLarge, Op: "read texts", Reason: "too_many_texts"}
		}
		c.addTyped(name, text)
	}
	if lines.Err() == bufio.ErrTooLong {
		return &record.Error{Code: record.CodeInvalid, Op: "read texts", Reason: "not_text"}
	}
	if n == 0 && lines.Err() == nil {
		c.silent = append(c.silent, silent{name, advice.NoCode})
	}
	return lines.Err()
}

// looksLikeCode reports whether an argument begins as a code does, whatever file
// may bear that name.
func looksLikeCode(s string) bool {
	for _, prefix := range []string{"ZB1:", "HC1:", "shc:/", "shlink:/", "DC0", "IS01"} {
		if len(s) > len(prefix) && strings.EqualFold(s[:len(prefix)], prefix) {
			return true
		}
	}
	if header, _, ok := strings.Cut(s, "."); ok && strings.HasPrefix(header, "eyJ") {
		return true // a compact JWS
	}
	return strings.HasPrefix(s, "https://") && strings.Contains(s, "#shlink:/")
}

// since returns the whole milliseconds from start.
func since(start time.Time) int64 { return time.Since(start).Milliseconds() }
