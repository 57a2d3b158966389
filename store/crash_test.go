package store

import (
	"bufio"
	"fmt"
	"hash/fnv"
	"io"
	mrand "math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// childRecord records, clears and acknowledges on stdout until it is killed.
func childRecord(dir string) error {
	j, err := Open(dir, nil)
	if err != nil {
		return err
	}
	var mu sync.Mutex
	say := func(verb, id string) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintf(os.Stdout, "%s %s\n", verb, id)
	}
	errs := make(chan error)
	for w := range 4 {
		go func() {
			errs <- func() error {
				for i := 0; ; i++ {
					c := consultation(fmt.Sprint("note ", os.Getpid(), w, i), acted)
					s := submission(c)
					s.Body = crashBody(c.ID)
					id, _, err := j.Record(ctx, c, s)
					if err != nil {
						return err
					}
					say("recorded", id)
					if i%2 == 0 {
						continue
					}
					info, err := j.Entry(ctx, id)
					if err != nil {
						return err
					}
					item, err := j.Begin(ctx, info.Item, acted)
					if err != nil {
						return err
					}
					say("begun", id)
					if _, err := j.Clear(ctx, item, receipt); err != nil {
						return err
					}
					say("cleared", id)
				}
			}()
		}()
	}
	return <-errs
}

// crashBody is what the parent can make again from the identifier: mostly small,
// sometimes many pages.
func crashBody(id string) []byte {
	h := fnv.New32a()
	_, _ = io.WriteString(h, id)
	n := h.Sum32() % 200
	if n == 0 {
		n = 20000
	}
	return []byte(strings.Repeat(id, int(n)+1))
}

// TestKilledWhileWriting kills a child with signal 9 at random and looks at what it
// left. ZB_STORE_KILLS says how many times.
func TestKilledWhileWriting(t *testing.T) {
	cycles := 10
	if n, err := strconv.Atoi(os.Getenv("ZB_STORE_KILLS")); err == nil {
		cycles = n
	}
	base := t.TempDir()
	dir := filepath.Join(base, "0")
	acknowledged := map[string]string{}
	total, creations := 0, 0
	for cycle := range cycles {
		if cycle%3 == 2 {
			// A new folder, killed early: creation itself is cut short.
			dir, acknowledged = filepath.Join(base, strconv.Itoa(cycle)), map[string]string{}
		}
		wait := time.Duration(mrand.IntN(250)) * time.Millisecond
		if len(acknowledged) == 0 {
			wait = time.Duration(mrand.IntN(40)) * time.Millisecond
			creations++
		}
		cmd := child("record", dir)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(wait, func() { _ = cmd.Process.Kill() })
		reader := bufio.NewReader(out)
		for {
			line, err := reader.ReadString('\n')
			if err != nil {
				break // the rest of a line was never acknowledged
			}
			verb, id, _ := strings.Cut(strings.TrimSpace(line), " ")
			acknowledged[id] = verb
			total++
		}
		_ = cmd.Wait()
		timer.Stop()
		checkAfterKill(t, dir, acknowledged)
	}
	t.Logf("%d kills, %d of them around creation, %d acknowledgements, none lost", cycles, creations, total)
}

func checkAfterKill(t *testing.T, dir string, acknowledged map[string]string) {
	t.Helper()
	j, err := Open(dir, nil)
	if err != nil {
		t.Fatalf("open after a kill: %v", err)
	}
	defer j.Close()
	mustBeSound(t, j)
	err = j.Entries(ctx, func(e EntryInfo) error {
		s, err := j.Submission(ctx, e.ID)
		if err != nil || string(s.Body) != string(crashBody(e.ID)) {
			t.Errorf("entry %s: its body is not what was recorded: %v", e.ID, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for id, verb := range acknowledged {
		info, err := j.Entry(ctx, id)
		if err != nil {
			t.Fatalf("%s was acknowledged (%s) and is lost: %v", id, verb, err)
		}
		state := info.Item.State
		if verb == "begun" && state == record.Pending || verb == "cleared" && state != record.Cleared {
			t.Fatalf("%s was acknowledged (%s) and is %s", id, verb, state)
		}
	}
}
