package web

import (
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/zoneblanche/zoneblanche/record"
)

// plain removes what could change how the text around it is shown: control
// characters, line breaks aside, and the marks that turn the direction of writing
// (Unicode, UAX 9). Escaping for HTML is the templates' business.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || !control(r) {
			return r
		}
		return -1
	}, s)
}

// unbroken keeps French punctuation on the line of the word before it.
var unbroken = strings.NewReplacer(" ;", "\u00a0;", " :", "\u00a0:", " ?", "\u00a0?", "« ", "«\u00a0", " »", "\u00a0»")

// clean reports whether a text that somebody typed is text and nothing else.
func clean(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return r != '\n' && r != '\r' && r != '\t' && control(r)
	})
}

func control(r rune) bool {
	return r < ' ' || r >= 0x7f && r <= 0x9f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0xfeff
}

func plainAll(all []string) []string {
	out := make([]string, len(all))
	for i, s := range all {
		out[i] = plain(s)
	}
	return out
}

func plainAlerts(all []record.Alert) []record.Alert {
	for i := range all {
		all[i].Title, all[i].Reason = unbroken.Replace(plain(all[i].Title)), unbroken.Replace(plain(all[i].Reason))
	}
	return all
}

func plainLeft(all []record.LeftOut) []record.LeftOut {
	out := make([]record.LeftOut, len(all))
	for i, l := range all {
		out[i] = record.LeftOut{What: plain(l.What), Why: plain(l.Why)}
	}
	return out
}

func formatInt(n int) string { return strconv.Itoa(n) }

// readAll reads a body whose size is bounded.
func readAll(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(r)
	return data, tooLarge(err)
}
