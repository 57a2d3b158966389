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
	if !colours(t.out) {
		return s
	}
	return "\x1b[1m" + s + "\x1b[0m"
}

// colours reports whether w is a terminal whose user did not ask for plain text.
func colours(w io.Writer) bool {
	if os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return false
	}
	return isTerminal(w)
}

func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// clean removes control characters from text of outside origin, so that a card
// or a server cannot drive the terminal. Line breaks stay.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r >= ' ' && r != 0x7f && (r < 0x80 || r > 0x9f) {
			return r
		}
		return -1
	}, s)
}
