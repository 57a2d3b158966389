package main

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"image"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/zoneblanche/zoneblanche/qr/wedge"
)

// The command runs inside the test binary, described by the scripts of
// testdata/script, one per behaviour.
func TestMain(m *testing.M) {
	readLimit = 2 * time.Minute // the race detector makes everything slow
	testscript.Main(m, map[string]func(){"zoneblanche": main})
}

func TestScripts(t *testing.T) {
	patients, err := filepath.Abs("../../testdata/patients")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("PATIENTS", patients)
			env.Setenv("FOREIGN", filepath.Join(filepath.Dir(patients), "vectors", "foreign"))
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("XDG_CACHE_HOME", cacheHome())
			if err := os.WriteFile(filepath.Join(env.WorkDir, "photo.jpg"), photograph(), 0o600); err != nil {
				return err
			}
			return writeBlank(filepath.Join(env.WorkDir, "blank.png"))
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":     exits,
			"recipient": startRecipient,
			"hold":      hold,
			"entryid":   entryID,
			"fact":      fact,
			"flip":      flip,
			"alter":     alterZip,
			"tear":      tearJournal,
			"headtext":  headText,
			"scanner":   scanner,
			"photo":     photo,
			"consult":   consult,
			"words":     pairingWords,
			"spoil":     spoil,
		},
	})
}

// cacheHome keeps the compiled PDF engine between scripts; everything else of a
// script's home is its own.
func cacheHome() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		return os.TempDir()
	}
	return dir
}

// exits runs a command and checks its exit status exactly:
//
//	exits 21 zoneblanche verify code.txt
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS COMMAND [ARG...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit status: got %d, want %d", got, want)
	}
}

// start runs zoneblanche in the background until the script ends and returns the
// first line it prints.
func start(ts *testscript.TestScript, args ...string) []byte {
	cmd := exec.Command("zoneblanche", args...)
	cmd.Path, _ = exec.LookPath("zoneblanche")
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = append(os.Environ(), "HOME="+ts.Getenv("HOME"))
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	ts.Defer(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadBytes('\n')
	ts.Check(err)
	return line
}

// startRecipient starts a recipient and sets $URL:
//
//	recipient --data received --drop-answers 1
func startRecipient(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: recipient [FLAG...]")
	}
	var ready struct{ URL string }
	ts.Check(json.Unmarshal(start(ts, append([]string{"recipient", "--json"}, args...)...), &ready))
	ts.Setenv("URL", ready.URL)
}

// hold keeps a data folder's journal open, as a running program does:
//
//	hold data
func hold(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: hold FOLDER")
	}
	holdJournal(ts, ts.MkAbs(args[0]))
}

// entryID sets $ENTRY to the first entry of the journal.
func entryID(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: entryid")
	}
	ts.Check(ts.Exec("zoneblanche", "journal", "list", "--json"))
	var first struct{ Entry string }
	ts.Check(json.NewDecoder(strings.NewReader(ts.ReadFile("stdout"))).Decode(&first))
	ts.Setenv("ENTRY", first.Entry)
}

// headText sets $HEAD to the journal's head.
func headText(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: headtext")
	}
	ts.Check(ts.Exec("zoneblanche", "journal", "head", "--json"))
	var head struct{ Head string }
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &head))
	ts.Setenv("HEAD", head.Head)
}

// flip changes one bit in the middle of a file:
//
//	flip backup.zip
func flip(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: flip FILE")
	}
	path := ts.MkAbs(args[0])
	data, err := os.ReadFile(path)
	ts.Check(err)
	data[len(data)/2] ^= 1
	ts.Check(os.WriteFile(path, data, 0o600))
}

// tearJournal destroys both meta pages of a journal's file, so that nothing leads to
// anything in it any more.
func tearJournal(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: tear FILE")
	}
	path := ts.MkAbs(args[0])
	file, err := os.ReadFile(path)
	ts.Check(err)
	clear(file[16:80])
	clear(file[os.Getpagesize()+16 : os.Getpagesize()+80])
	ts.Check(os.WriteFile(path, file, 0o600))
}

// alterZip changes one bit of a file within a zip:
//
//	alter preuve.zip entrees.jsonl
func alterZip(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: alter ZIP NAME")
	}
	path := ts.MkAbs(args[0])
	from, err := zip.OpenReader(path)
	ts.Check(err)
	defer from.Close()
	var b bytes.Buffer
	to := zip.NewWriter(&b)
	for _, f := range from.File {
		in, err := f.Open()
		ts.Check(err)
		data, err := io.ReadAll(in)
		ts.Check(err)
		if f.Name == args[1] {
			data[len(data)/2] ^= 1
		}
		out, err := to.Create(f.Name)
		ts.Check(err)
		_, err = out.Write(data)
		ts.Check(err)
	}
	ts.Check(to.Close())
	ts.Check(os.WriteFile(path, b.Bytes(), 0o600))
}

// scanner types the lines of a file as a handheld scanner does that types LINE for
// the calibration code:
//
//	scanner LINE IN OUT
func scanner(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 || utf8.RuneCountInString(args[0]) != len(wedge.Calibration) {
		ts.Fatalf("usage: scanner LINE IN OUT")
	}
	typed := map[rune]rune{'\n': '\n'}
	for i, r := range []rune(args[0]) {
		typed[rune(wedge.Calibration[i])] = r
	}
	text := strings.Map(func(r rune) rune { return typed[r] }, ts.ReadFile(args[1]))
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(text), 0o600))
}

// writeBlank writes a white picture, which holds no code.
func writeBlank(path string) error {
	img := image.NewGray(image.Rect(0, 0, 400, 400))
	for i := range img.Pix {
		img.Pix[i] = 0xff
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return err
	}
	return os.WriteFile(path, b.Bytes(), 0o600)
}
