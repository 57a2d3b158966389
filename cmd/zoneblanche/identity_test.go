package main

import (
	"strings"
	"testing"
)

// The identity datamatrix of a sheet is no document of its own beside the sheet's card,
// and one that names somebody else is.
func TestIdentityDatamatrixBesideCards(t *testing.T) {
	data := practice(t)
	his, hers := codes(t, data, "aucune-allergie-connue"), codes(t, data, "ehpad-neuf-traitements")
	identity := func(texts []string) string {
		for _, text := range texts {
			if strings.HasPrefix(text, "IS01") {
				return text
			}
		}
		t.Fatalf("no identity among %d codes", len(texts))
		return ""
	}
	var parts []string // of her card, without its emergency code
	for _, text := range hers {
		if !strings.HasPrefix(text, "IS01") {
			parts = append(parts, text)
		}
	}
	for name, c := range map[string]struct {
		texts []string
		code  int
		lines int
	}{
		"his card":                    {his, exitDone, 1},
		"her card":                    {hers, exitDone, 1},
		"her codes but the first":     {append([]string{identity(hers)}, parts[1:]...), exitPart, 1},
		"her card and his identity":   {append([]string{identity(his)}, parts...), 23, 2},
		"an identity by itself":       {[]string{identity(his)}, 23, 1},
		"two cards, two identities":   {append(append([]string{}, his...), hers...), exitDone, 2},
		"his identity, several times": {append([]string{identity(his), identity(his)}, his...), exitDone, 1},
	} {
		code, out, _ := cli(t, "verify", "--json", "--data", data, saved(t, c.texts...))
		if lines := strings.Count(out, "\n"); code != c.code || lines != c.lines {
			t.Errorf("%s: got status %d and %d readings, want %d and %d", name, code, lines, c.code, c.lines)
		}
	}
}
