package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// The rules of terminal output. Results go to stdout, all else to stderr. An
// error is one line that says what is wrong and one that says what to do. With
// --json a result is one object a line. Colour only on a terminal and never with
// NO_COLOR; nothing is said by colour alone.

// terminal is where a command reads and writes.
type terminal struct {
	in  io.Reader
	out io.Writer
	err io.Writer
	tty bool // out is a terminal
}

// failing remembers that a write to stdout failed: what a command meant to show was
// shown to nobody, and its status must say so.
type failing struct {
	io.Writer
	err error
}

func (f *failing) Write(p []byte) (int, error) {
	n, err := f.Writer.Write(p)
	if err != nil && f.err == nil {
		f.err = err
	}
	return n, err
}

// json writes v as one line on stdout.
func (t terminal) json(v any) error {
	enc := json.NewEncoder(t.out)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// printf writes a result to stdout.
func (t terminal) printf(format string, args ...any) { fmt.Fprintf(t.out, format, args...) }

// notef writes a remark to stderr.
func (t terminal) notef(format string, args ...any) { fmt.Fprintf(t.err, format, args...) }

// bold makes s stand out where stdout is a terminal that may be coloured.
func (t terminal) bold(s string) string {
	if !t.tty || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return s
	}
	return "\x1b[1m" + s + "\x1b[0m"
}

func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// clean removes control characters from text of outside origin, so that a card
// or a server cannot drive the terminal. Line breaks and tabs stay.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || r >= ' ' && r != 0x7f && (r < 0x80 || r > 0x9f) {
			return r
		}
		return -1
	}, s)
}
