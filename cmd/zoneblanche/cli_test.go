package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// cli runs one command line inside the test and returns what it printed.
func cli(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(context.Background(), args, terminal{in: strings.NewReader(""), out: &out, err: &errs})
	return code, out.String(), errs.String()
}

// must runs a command line that has to succeed.
func must(t *testing.T, args ...string) string {
	t.Helper()
	code, stdout, stderr := cli(t, args...)
	if code != exitDone {
		t.Fatalf("zoneblanche %s: exit status %d\n%s%s", strings.Join(args, " "), code, stdout, stderr)
	}
	return stdout
}

// practice sets up an issuer that its own trust list accepts, and returns the
// data folder.
func practice(t *testing.T) string {
	t.Helper()
	data := t.TempDir()
	must(t, "issuer", "new", "--name", "Cabinet d’essai", "--data", data)
	must(t, "trust", "add", filepath.Join(data, "issuer", issuerCertFile), "--data", data)
	return data
}

// patientFile names one of the sample patients.
func patientFile(name string) string {
	return filepath.Join("..", "..", "testdata", "patients", name+".json")
}

// codes prints a patient's sheet and returns the texts of its symbols.
func codes(t *testing.T, data, patient string) []string {
	t.Helper()
	sheet := filepath.Join(t.TempDir(), "sheet.pdf")
	must(t, "print", patientFile(patient), "-o", sheet, "--data", data)
	return strings.Split(strings.TrimRight(must(t, "qr", "read", sheet), "\n"), "\n")
}

// saved writes texts to a file, one a line, and returns its name.
func saved(t *testing.T, texts ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "codes.txt")
	if err := os.WriteFile(path, []byte(strings.Join(texts, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDefaultFolder(t *testing.T) {
	env := func(vars ...string) func(string) string {
		return func(name string) string {
			for i := 0; i < len(vars); i += 2 {
				if vars[i] == name {
					return vars[i+1]
				}
			}
			return ""
		}
	}
	for _, c := range []struct {
		goos string
		env  func(string) string
		want string
	}{
		{"linux", env("HOME", "/home/a"), "/home/a/.local/share/zoneblanche"},
		{"linux", env("HOME", "/home/a", "XDG_DATA_HOME", "/data"), "/data/zoneblanche"},
		{"linux", env("HOME", "/home/a", "XDG_DATA_HOME", "relative"), "/home/a/.local/share/zoneblanche"},
		{"darwin", env("HOME", "/Users/a"), "/Users/a/Library/Application Support/ZoneBlanche"},
		{"windows", env("LOCALAPPDATA", "C:/Users/a/AppData/Local"), "C:/Users/a/AppData/Local/ZoneBlanche"},
		{"linux", env(), ""},
	} {
		got, err := defaultFolder(c.goos, c.env)
		if filepath.ToSlash(got) != c.want || (err != nil) != (c.want == "") {
			t.Errorf("%s: got %q, %v, want %q", c.goos, got, err, c.want)
		}
	}
}

// Every row of the catalogue is a sentence and a next step.
func TestCatalogue(t *testing.T) {
	check := func(name string, f failure) {
		t.Helper()
		if !strings.HasSuffix(f.say, ".") || f.next == "" || strings.Contains(f.say+f.next, "!") {
			t.Errorf("%s: %q, %q", name, f.say, f.next)
		}
	}
	for reason, f := range failuresByReason {
		check(reason, f)
	}
	for code, f := range failuresByCode {
		check(string(code), f)
	}
	check("internal", failureInternal)
	check("missing file", failureMissingFile)
	check("permission", failurePermission)
}

func TestCleanKeepsCardsFromDrivingTheTerminal(t *testing.T) {
	if got := clean("a\x1b[2Jb\x07c\u009bd\re\nf"); got != "a[2Jbcde\nf" {
		t.Errorf("got %q", got)
	}
}
