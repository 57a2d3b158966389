package store

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// Some tests need another process: they start this test binary again, with a role
// in its environment.
const (
	childRole = "ZB_STORE_CHILD"
	childDir  = "ZB_STORE_DIR"
)

// roles are what a child can do; files for one system add theirs.
var roles = map[string]func(dir string) error{
	"record":         childRecord,
	"record hastily": childHasty,
	"hold":           childHold,
}

func TestMain(m *testing.M) {
	if role := os.Getenv(childRole); role != "" {
		if err := roles[role](os.Getenv(childDir)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	// Each step of the model waits for the disk; -rapid.checks asks for more.
	flag.Parse()
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "rapid.checks" })
	if !asked {
		_ = flag.Set("rapid.checks", "50")
	}
	os.Exit(m.Run())
}

func child(role, dir string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childRole+"="+role, childDir+"="+dir)
	return cmd
}

// childHold opens the journal, says so, and stays.
func childHold(dir string) error {
	if _, err := Open(dir, nil); err != nil {
		return err
	}
	fmt.Println("open")
	time.Sleep(time.Minute)
	return nil
}

func TestLockedByAnotherProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cmd := child("hold", dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill() }()
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "open\n" {
		t.Fatalf("child: got %q, %v", line, err)
	}
	for _, opt := range []*Options{nil, {ReadOnly: true}} {
		start := time.Now()
		_, err = Open(dir, opt)
		wantReason(t, err, record.CodeLocked, ReasonJournalLocked)
		if took := time.Since(start); took > 3*time.Second {
			t.Errorf("took %v to say so", took)
		}
		if !strings.Contains(err.Error(), "process "+strconv.Itoa(cmd.Process.Pid)) {
			t.Errorf("got %q, want the holder's process number", err)
		}
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	j := mustOpen(t, dir, nil) // the system let go of a dead process's lock
	mustRecord(t, j, secretNote, acted)
}

func TestReadersShareTheFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	j := mustOpen(t, dir, nil)
	mustRecord(t, j, secretNote, acted)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	a, b := mustOpen(t, dir, &Options{ReadOnly: true}), mustOpen(t, dir, &Options{ReadOnly: true})
	mustBeSound(t, a)
	mustBeSound(t, b)
	_, err := Open(dir, nil)
	wantReason(t, err, record.CodeLocked, ReasonJournalLocked)
}
