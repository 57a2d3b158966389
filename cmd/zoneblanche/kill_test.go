package main

import (
	"bufio"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/recipient"
)

// process starts zoneblanche as a process of its own; it is killed when the test
// ends, at the latest.
func process(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("zoneblanche", args...)
	t.Cleanup(func() {
		if cmd.Process != nil {
			_ = cmd.Process.Kill()
		}
	})
	return cmd
}

// runRecipient starts a recipient process and returns its address and how to stop
// it.
func runRecipient(t *testing.T, args ...string) (url string, stop func()) {
	t.Helper()
	cmd := process(t, append([]string{"recipient", "--json"}, args...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	var ready struct{ URL string }
	if err := json.Unmarshal(line, &ready); err != nil {
		t.Fatal(err)
	}
	return ready.URL, func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
}

// heldOnce checks that a recipient's folder holds want documents, each once.
func heldOnce(t *testing.T, dir string, want int) {
	t.Helper()
	server, err := recipient.New(dir, recipient.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	held, err := server.Documents()
	if err != nil {
		t.Fatal(err)
	}
	if len(held) != want {
		t.Errorf("the recipient holds %d documents, want %d", len(held), want)
	}
	for _, document := range held {
		if document.Held != 1 || !document.Intact {
			t.Errorf("%+v: want it once and intact", document)
		}
	}
}

// finish runs sync once until nothing is left, three times at most.
func finish(t *testing.T, data, url string) {
	t.Helper()
	var stderr string
	for range 3 {
		var code int
		if code, _, stderr = cli(t, "sync", "once", "--data", data, "--url", url, "--timeout", "2s", "--settle", "100ms"); code == 0 {
			return
		}
	}
	t.Fatalf("something is still waiting: %s", stderr)
}

func TestSyncKilledAtAnyMoment(t *testing.T) {
	data, received := practice(t), t.TempDir()
	sheet := filepath.Join(t.TempDir(), "sheet.pdf")
	must(t, "print", patientFile("aucune-allergie-connue"), "-o", sheet, "--data", data)
	const entries = 6
	for i := range entries {
		must(t, "scan", sheet, "--data", data, "--record", "--author", "99970000008", "--note", strings.Repeat("x", i+1))
	}
	url, stop := runRecipient(t, "--data", received, "--latency", "30ms", "--drop-answers", "2", "--drop-requests", "1")
	random := rand.New(rand.NewPCG(1, 2))
	for range 12 {
		cmd := process(t, "sync", "once", "--data", data, "--url", url, "--timeout", "2s", "--settle", "100ms")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(random.IntN(400)) * time.Millisecond)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	finish(t, data, url)
	stop()
	heldOnce(t, received, entries)
	if stdout := must(t, "journal", "verify", "--json", "--data", data); !strings.Contains(stdout, `"ok":true`) {
		t.Error(stdout)
	}
	if n := strings.Count(must(t, "journal", "list", "--json", "--data", data), `"state":"cleared"`); n != entries {
		t.Errorf("%d entries cleared, want %d", n, entries)
	}
}

func TestDemoKilledWhileItDelivers(t *testing.T) {
	out := filepath.Join(t.TempDir(), "demo")
	cmd := process(t, "demo", "--out", out)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stdout)
	for lines.Scan() && !strings.Contains(lines.Text(), "4. Envoyer") {
	}
	time.Sleep(time.Duration(rand.IntN(300)) * time.Millisecond)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	sheets, err := filepath.Glob(filepath.Join(out, "sheets", "*.pdf"))
	if err != nil || len(sheets) != 6 {
		t.Fatalf("got %d sheets, %v", len(sheets), err)
	}
	url, stop := runRecipient(t, "--data", filepath.Join(out, "recipient"))
	finish(t, filepath.Join(out, "journal"), url)
	stop()
	heldOnce(t, filepath.Join(out, "recipient"), len(sheets))
}

func TestDemo(t *testing.T) {
	out := filepath.Join(t.TempDir(), "demo")
	stdout := must(t, "demo", "--out", out)
	sheets, _ := filepath.Glob(filepath.Join(out, "sheets", "*.pdf"))
	if n := strings.Count(stdout, "accusé de réception DocumentReference/"); n != 6 || len(sheets) != 6 {
		t.Errorf("got %d receipts for %d sheets, want six of each", n, len(sheets))
	}
	if !strings.Contains(stdout, "chacun une seule fois : oui") {
		t.Errorf("the demonstration does not end well:\n%s", stdout)
	}
	heldOnce(t, filepath.Join(out, "recipient"), len(sheets))
	for _, path := range []string{"journal/journal.db", "trust/trust-list.cose"} {
		if _, err := os.Stat(filepath.Join(out, path)); err != nil {
			t.Error(err)
		}
	}
	// A folder that holds something is never written over.
	if code, _, stderr := cli(t, "demo", "--out", out); code != exitUsage || !strings.Contains(stderr, "n’est pas vide") {
		t.Errorf("got %d, %s", code, stderr)
	}
}

// sync run delivers what is recorded before it starts and stops when it is told,
// with status 0 and nothing in flight.
func TestSyncRun(t *testing.T) {
	data, received := practice(t), t.TempDir()
	sheet := filepath.Join(t.TempDir(), "sheet.pdf")
	must(t, "print", patientFile("aucune-allergie-connue"), "-o", sheet, "--data", data)
	must(t, "scan", sheet, "--data", data, "--record", "--author", "99970000008", "--note", "note")
	url, stop := runRecipient(t, "--data", received)
	cmd := process(t, "sync", "run", "--data", data, "--url", url)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// While it runs, it holds the journal.
	lines := bufio.NewScanner(stderr)
	for lines.Scan() && !strings.Contains(lines.Text(), "envoi confirmé") {
	}
	if code, _, said := cli(t, "journal", "list", "--data", data); code != exitLocked {
		t.Errorf("journal list beside sync run: got %d, %s", code, said)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() {
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("stopped by a signal: %v", err)
	}
	stop()
	heldOnce(t, received, 1)
	if status := must(t, "sync", "status", "--json", "--data", data); !strings.Contains(status, `"cleared":1`) || strings.Contains(status, `"last_contact":null`) {
		t.Error(status)
	}
}
