// Testreport reads what "go test -json" prints and says what a person needs of
// it: a line a package, the output of what failed, the reason of what was
// skipped, and the totals.
//
//	go test -json ./... | go run ./internal/testreport
//
// It fails when a test or a package failed, when nothing ran, and, with CI=true
// in the environment, when a test was skipped.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

func main() { os.Exit(report(os.Stdin, os.Stdout, os.Getenv("CI") == "true")) }

// event is one line of test2json (go doc cmd/test2json).
type event struct {
	Action     string
	Package    string
	ImportPath string
	Test       string
	Elapsed    float64
	Output     string
}

// report reads events and returns the exit status.
func report(in io.Reader, out io.Writer, strict bool) int {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 16<<20)
	output := map[string]*strings.Builder{}
	var passed, failed, skipped, brokenPackages int
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			fmt.Fprintln(out, lines.Text()) // the go command's own words
			continue
		}
		name := e.Package + " " + e.Test
		if e.Package == "" {
			name = e.ImportPath + " "
		}
		switch e.Action {
		case "output", "build-output":
			if output[name] == nil {
				output[name] = &strings.Builder{}
			}
			output[name].WriteString(e.Output)
		case "pass":
			if e.Test == "" {
				fmt.Fprintf(out, "ok    %-70s %6.1f s\n", e.Package, e.Elapsed)
			} else {
				passed++
			}
			delete(output, name)
		case "skip":
			if e.Test == "" {
				break // a package without tests
			}
			skipped++
			fmt.Fprintf(out, "SKIP  %s\n%s", name, text(output[name]))
		case "build-fail":
			fmt.Fprintf(out, "FAIL  %s\n%s", e.ImportPath, text(output[name]))
		case "fail":
			if e.Test == "" {
				brokenPackages++
			} else {
				failed++
			}
			fmt.Fprintf(out, "FAIL  %s\n%s", name, text(output[name]))
		}
	}
	fmt.Fprintf(out, "%d passed, %d failed, %d skipped\n", passed, failed, skipped)
	switch {
	case lines.Err() != nil:
		fmt.Fprintln(out, "the report could not be read:", lines.Err())
		return 1
	case failed+brokenPackages > 0:
		return 1
	case passed == 0:
		fmt.Fprintln(out, "no test ran")
		return 1
	case strict && skipped > 0:
		fmt.Fprintln(out, "a test that should run here was skipped")
		return 1
	}
	return 0
}

func text(b *strings.Builder) string {
	if b == nil {
		return ""
	}
	return b.String()
}
