package store

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/zoneblanche/zoneblanche/record"
)

// TestFileAfterPurge purges nine entries of ten and compacts while others are
// recorded: the file is then at most 1.5 times what is in it.
func TestFileAfterPurge(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	now := acted.AddDate(1, 0, 0)
	j := mustOpen(t, dir, &Options{Clock: func() time.Time { return now }})
	const entries = 120
	one := func(i int) string {
		c := consultation(fmt.Sprint("note ", i), acted.Add(time.Duration(i)*time.Hour))
		s := submission(c)
		s.Body = randomBytes(256 << 10)
		id, _, err := j.Record(ctx, c, s)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	for i := range entries {
		if id := one(i); i%10 != 0 {
			clearAll(t, j, id)
		}
	}
	before, live := weigh(t, j, dir)
	done, err := j.Purge(ctx, PurgeOptions{After: time.Hour})
	if err != nil || len(done.Entries) != entries*9/10 {
		t.Fatalf("purged %d entries, %v", len(done.Entries), err)
	}
	compacted := make(chan error, 1)
	go func() { _, err := j.Compact(ctx); compacted <- err }()
	for i := entries; ; i++ {
		one(i)
		select {
		case err := <-compacted:
			if err != nil {
				t.Fatal(err)
			}
		default:
			continue
		}
		break
	}
	after, liveAfter := weigh(t, j, dir)
	t.Logf("file %d kB of %d before, %d of %d after", before>>10, live>>10, after>>10, liveAfter>>10)
	if liveAfter*2 > live {
		t.Errorf("%d bytes are live after the purge, of %d", liveAfter, live)
	}
	if float64(after) > 1.5*float64(liveAfter) {
		t.Errorf("the file is %.2f times its live data, want at most 1.5", float64(after)/float64(liveAfter))
	}
	if c, err := j.Counts(ctx); err != nil || c.Cleared != entries*9/10 || c.Pending < entries/10+1 {
		t.Errorf("counts: %+v, %v", c, err)
	}
	info, err := j.Entry(ctx, done.Entries[0])
	if err != nil || info.Purged.IsZero() || info.Item.State != record.Cleared {
		t.Errorf("a purged entry: %+v, %v", info.Item.State, err)
	}
}

// weigh returns the size of the file, with everything in it, and of the keys and values
// that it holds.
func weigh(t *testing.T, j *Journal, dir string) (size, live int64) {
	t.Helper()
	err := j.settled(ctx, "test", func() error {
		info, err := os.Stat(filepath.Join(dir, journalFile))
		if err != nil {
			return err
		}
		size = info.Size()
		return j.db.View(func(tx *bolt.Tx) error {
			return tx.ForEach(func(_ []byte, b *bolt.Bucket) error {
				return b.ForEach(func(k, v []byte) error {
					live += int64(len(k) + len(v))
					return nil
				})
			})
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return size, live
}
