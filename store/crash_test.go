package store

import (
	"bufio"
	"flag"
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
func childRecord(dir string) error { return childWrite(dir, false) }

// childHasty acknowledges before it knows: the control.
func childHasty(dir string) error { return childWrite(dir, true) }

func childWrite(dir string, hasty bool) error {
	j, err := Open(dir, &Options{walSize: 128 << 10})
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
	go func() {
		for {
			if _, err := j.Compact(ctx); err != nil {
				errs <- err
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	}()
	for w := range 4 {
		go func() {
			errs <- func() error {
				for i := 0; ; i++ {
					c := consultation(fmt.Sprint("note ", os.Getpid(), w, i), acted)
					s := submission(c)
					s.Body = crashBody(c.ID)
					if hasty {
						say("recorded", c.ID)
					}
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

var kills = flag.Int("store.kills", 50, "how often a writing child is killed")

// TestKilledWhileWriting kills a child with signal 9 at random and looks at what it
// left.
func TestKilledWhileWriting(t *testing.T) {
	t.Parallel()
	creations, total, err := killWriters(t, "record", *kills)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d kills, %d of them around creation, %d acknowledgements, none lost", *kills, creations, total)
}

// TestHastyAcknowledgementsAreSeen is the control: a program that acknowledges before
// the journal does must be caught.
func TestHastyAcknowledgementsAreSeen(t *testing.T) {
	t.Parallel()
	_, _, err := killWriters(t, "record hastily", 200)
	if err == nil || !strings.Contains(err.Error(), "is lost") {
		t.Fatalf("got %v, want a lost entry", err)
	}
	t.Log(err)
}

// killWriters lets children in a role write and kills them, until one left something
// that is not as it must be.
func killWriters(t *testing.T, role string, cycles int) (creations, total int, err error) {
	base := t.TempDir()
	dir := filepath.Join(base, "0")
	acknowledged := map[string]string{}
	for cycle := range cycles {
		if cycle%3 == 2 {
			// A new folder, killed early: creation itself is cut short.
			dir, acknowledged = filepath.Join(base, strconv.Itoa(cycle)), map[string]string{}
		}
		wait := 20 + mrand.IntN(120)
		if len(acknowledged) == 0 && cycle%2 == 0 {
			wait = mrand.IntN(50)
			creations++
		}
		cmd := child(role, dir)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			return creations, total, err
		}
		if err := cmd.Start(); err != nil {
			return creations, total, err
		}
		timer := time.AfterFunc(time.Duration(wait)*time.Millisecond, func() { _ = cmd.Process.Kill() })
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
		if err := checkAfterKill(dir, acknowledged); err != nil {
			return creations, total, fmt.Errorf("kill %d: %w", cycle, err)
		}
	}
	return creations, total, nil
}

func checkAfterKill(dir string, acknowledged map[string]string) error {
	j, err := Open(dir, nil)
	if err != nil {
		return fmt.Errorf("open after a kill: %w", err)
	}
	defer j.Close()
	r, err := j.Verify(ctx)
	if err != nil {
		return err
	}
	for _, p := range r.Problems {
		if !isFault(j, p) { // a record of the log that was being written
			return fmt.Errorf("verify: %q %s", p.Entry, p.What)
		}
	}
	states := map[string]record.DeliveryState{}
	err = j.Entries(ctx, func(e EntryInfo) error {
		states[e.ID] = e.Item.State
		s, err := j.Submission(ctx, e.ID)
		if err != nil || string(s.Body) != string(crashBody(e.ID)) {
			return fmt.Errorf("entry %s: its body is not what was recorded: %w", e.ID, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for id, verb := range acknowledged {
		state := states[id]
		if state == "" {
			return fmt.Errorf("%s was acknowledged (%s) and is lost", id, verb)
		}
		if verb == "begun" && state == record.Pending || verb == "cleared" && state != record.Cleared {
			return fmt.Errorf("%s was acknowledged (%s) and is %s", id, verb, state)
		}
	}
	return nil
}
