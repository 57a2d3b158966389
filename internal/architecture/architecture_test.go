package architecture

import (
	"bytes"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// root is the module's folder, seen from this one.
const root = "../.."

// maxLines is where a Go file is split: it has stopped being one idea.
const maxLines = 600

func TestPackagesKeepTheirPlaces(t *testing.T) {
	units := tree(t)
	if len(units) < 5 {
		t.Fatalf("got %d packages: the tree was not found", len(units))
	}
	for _, breach := range check(units) {
		t.Error(breach)
	}
}

// tree reads the imports of every Go file, whatever its platform: a file that is
// built only elsewhere keeps the rules as well.
func tree(t *testing.T) []unit {
	t.Helper()
	module := modulePath(t)
	units := map[string]*unit{}
	for _, file := range files(t) {
		if path.Ext(file) != ".go" || ignored(file) || elsewhere(file) {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, file), nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		p := path.Dir(file)
		if units[p] == nil {
			units[p] = &unit{path: p}
		}
		list := &units[p].imports
		if strings.HasSuffix(file, "_test.go") {
			list = &units[p].tests
		}
		for _, spec := range parsed.Imports {
			i, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if within(module, i) {
				i = "." + strings.TrimPrefix(i, module)
			}
			if !slices.Contains(*list, i) {
				*list = append(*list, i)
			}
		}
	}
	var out []unit
	for _, u := range units {
		out = append(out, *u)
	}
	slices.SortFunc(out, func(a, b unit) int { return strings.Compare(a.path, b.path) })
	return out
}

// ignored reports whether the go command passes over a file. The testdata at the
// top is looked at all the same: commands import the sample patients from there.
func ignored(file string) bool {
	for i, part := range strings.Split(file, "/") {
		if strings.HasPrefix(part, "_") || strings.HasPrefix(part, ".") || part == "testdata" && i > 0 {
			return true
		}
	}
	return false
}

// elsewhere reports whether a file is of another module below this one, which no
// package here can import: the measures in bench have dependencies of their own.
func elsewhere(file string) bool {
	for dir := path.Dir(file); dir != "."; dir = path.Dir(dir) {
		if _, err := os.Stat(filepath.Join(root, dir, "go.mod")); err == nil {
			return true
		}
	}
	return false
}

func modulePath(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^module (\S+)$`).FindSubmatch(data)
	if found == nil {
		t.Fatal("go.mod names no module")
	}
	return string(found[1])
}

// files are the files of the project, by path from its folder with slashes: what
// git tracks or is about to, and everything where there is no git.
func files(t *testing.T) []string {
	t.Helper()
	git := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	git.Dir = root
	if out, err := git.Output(); err == nil && len(out) > 0 {
		var here []string
		for file := range strings.SplitSeq(strings.TrimRight(string(out), "\x00"), "\x00") {
			// A file that is deleted and not yet committed is tracked still.
			if _, err := os.Stat(filepath.Join(root, file)); err == nil {
				here = append(here, file)
			}
		}
		return here
	}
	var all []string
	err := fs.WalkDir(os.DirFS(root), ".", func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == ".git" || file == "build"):
			return fs.SkipDir
		case entry.Type().IsRegular():
			all = append(all, file)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestGoFilesAreOneIdea(t *testing.T) {
	for _, file := range files(t) {
		if path.Ext(file) != ".go" {
			continue
		}
		data, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(data, []byte("\n")); n > maxLines {
			t.Errorf("%s: got %d lines, want %d at most: split it", file, n, maxLines)
		}
	}
}

func TestNoFileTellsWhoseMachineItCameFrom(t *testing.T) {
	for _, file := range files(t) {
		if info, err := os.Lstat(filepath.Join(root, file)); err != nil || !info.Mode().IsRegular() {
			continue
		}
		data, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range machinePaths(data) {
			t.Errorf("%s:%s", file, found)
		}
	}
}

// machinePath is an absolute path of a machine that somebody worked on. The
// addresses of pages may have the same words in the middle. The words are taken
// apart so that this file does not find itself.
var machinePath = regexp.MustCompile(`(?:^|[^A-Za-z0-9._~%/-]|file://)/(?:wo` + `rk|ro` + `ot)/`)

// machinePaths lists the lines of a text that name such a path; binary files have
// none.
func machinePaths(data []byte) []string {
	if bytes.IndexByte(data, 0) >= 0 || !utf8.Valid(data) {
		return nil
	}
	var out []string
	for i, line := range bytes.Split(data, []byte("\n")) {
		if machinePath.Match(line) {
			out = append(out, fmt.Sprintf("%d: names a path of one machine", i+1))
		}
	}
	return out
}

func TestMachinePathsAreFound(t *testing.T) {
	home, folder := "/ro"+"ot/", "/wo"+"rk/"
	for text, want := range map[string]int{
		"open " + folder + "main/x: no such file": 1,
		`{"file":"` + home + `a"}`:                1,
		folder + "a\nb\n" + home + "c":            2,
		"file://" + home + "a":                    1,
		"https://example.org" + folder + "a":      0,
		"the net" + folder[1:] + " is down":       0,
		"\x00binary " + home:                      0,
	} {
		if got := machinePaths([]byte(text)); len(got) != want {
			t.Errorf("%q: got %d lines, want %d", text, len(got), want)
		}
	}
}
