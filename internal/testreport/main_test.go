package main

import (
	"io"
	"strings"
	"testing"
)

func TestReport(t *testing.T) {
	const (
		pass    = `{"Action":"pass","Package":"p","Test":"TestA"}` + "\n" + `{"Action":"pass","Package":"p"}` + "\n"
		skip    = `{"Action":"skip","Package":"p","Test":"TestB"}` + "\n"
		fail    = `{"Action":"fail","Package":"p","Test":"TestC"}` + "\n"
		broken  = `{"Action":"build-fail","ImportPath":"p"}` + "\n" + `{"Action":"fail","Package":"p"}` + "\n"
		noTests = `{"Action":"skip","Package":"q"}` + "\n"
	)
	for _, c := range []struct {
		name, in string
		strict   bool
		want     int
	}{
		{"all pass", pass, true, 0},
		{"a failure", pass + fail, false, 1},
		{"a package that does not build", pass + broken, false, 1},
		{"nothing ran", noTests, false, 1},
		{"empty", "", false, 1},
		{"a skip at home", pass + skip, false, 0},
		{"a skip in CI", pass + skip, true, 1},
		{"a package without tests in CI", pass + noTests, true, 0},
	} {
		if got := report(strings.NewReader(c.in), io.Discard, c.strict); got != c.want {
			t.Errorf("%s: got %d, want %d", c.name, got, c.want)
		}
	}
}
