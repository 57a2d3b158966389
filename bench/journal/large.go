package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
)

var ctx = context.Background()

// short is a note of a few words, so that a million entries are some gigabytes.
const short = "Otite moyenne aiguë gauche."

// purged is how many entries the journal has of which nine of ten are purged.
const purged = 100_000

func large(dir string, entries int, out io.Writer) error {
	j, err := store.Open(dir, nil)
	if err != nil {
		return err
	}
	started := time.Now()
	if err := fill(j, 0, entries, nil); err != nil {
		return err
	}
	fmt.Fprintf(out, "a journal of %d entries, recorded by 64 writers in %.0f s\n\n", entries, time.Since(started).Seconds())
	known, changed, err := nextDue(j)
	if err != nil {
		return err
	}
	if err := j.Close(); err != nil {
		return err
	}
	var opened []float64
	for range 9 {
		started := time.Now()
		j, err := store.Open(dir, nil)
		if err != nil {
			return err
		}
		opened = append(opened, time.Since(started).Seconds()*1e3)
		if err := j.Close(); err != nil {
			return err
		}
	}
	size, live, err := weigh(dir)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "next due, asked again:         %8.3f µs\n", known)
	fmt.Fprintf(out, "next due, after a change:      %8.3f µs\n", changed)
	fmt.Fprintf(out, "open after a clean stop:       %8.3f ms (%.3f-%.3f)\n", median(opened), quantile(opened, 0), quantile(opened, 1))
	fmt.Fprintf(out, "file, in MB:                   %8.1f, live data %.1f\n\n", size/1e6, live/1e6)
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	return compacting(filepath.Join(filepath.Dir(dir), "purged"), min(entries, purged), out)
}

// fill records entries from to up to, 64 at a time, and calls then for each.
func fill(j *store.Journal, from, to int, then func(i int, entry string) error) error {
	var wg sync.WaitGroup
	var next atomic.Int64
	next.Store(int64(from))
	errs := make(chan error, 64)
	for range 64 {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < to; i = int(next.Add(1)) - 1 {
				entry, _, err := j.Record(ctx, consultation(i, short), submission(short))
				if err == nil && then != nil {
					err = then(i, entry)
				}
				if err != nil {
					errs <- err
					return
				}
			}
		})
	}
	wg.Wait()
	select {
	case err := <-errs:
		return err
	default:
		return nil
	}
}

// another makes a change of the index by next attempt.
func another(j *store.Journal) error {
	_, _, err := j.Record(ctx, consultation(int(time.Now().UnixNano()%1e9)*10, short), submission(short))
	return err
}

// nextDue returns medians in microseconds: of asking again, and of asking for the
// first time after a change.
func nextDue(j *store.Journal) (known, changed float64, err error) {
	var again, after []float64
	for range 300 {
		err := another(j)
		if err != nil {
			return 0, 0, err
		}
		started := time.Now()
		_, ok, err := j.NextDue(ctx)
		after = append(after, time.Since(started).Seconds()*1e6)
		if err != nil || !ok {
			return 0, 0, errors.Join(err, errors.New("nothing is due"))
		}
		const n = 1000
		started = time.Now()
		for range n {
			if _, _, err := j.NextDue(ctx); err != nil {
				return 0, 0, err
			}
		}
		again = append(again, time.Since(started).Seconds()*1e6/n)
	}
	return median(again), median(after), nil
}

// compacting purges nine entries of ten and rewrites the file while entries go on
// being recorded.
func compacting(dir string, entries int, out io.Writer) error {
	now := acted.AddDate(20, 0, 0)
	j, err := store.Open(dir, &store.Options{Clock: func() time.Time { return now }})
	if err != nil {
		return err
	}
	err = fill(j, 0, entries, func(i int, entry string) error {
		if i%10 == 0 {
			return nil
		}
		item, err := j.Begin(ctx, record.Item{Entry: entry, State: record.Pending, Epoch: 1}, acted)
		if err == nil {
			_, err = j.Clear(ctx, item, record.Receipt{At: acted, Location: "x"})
		}
		return err
	})
	if err != nil {
		return err
	}
	done, err := j.Purge(ctx, store.PurgeOptions{After: time.Hour})
	if err != nil {
		return err
	}
	var slowest, alone []float64
	record := func(into *[]float64, i int) error {
		started := time.Now()
		_, _, err := j.Record(ctx, consultation(i, short), submission(short))
		*into = append(*into, time.Since(started).Seconds()*1e3)
		return err
	}
	n := 10 * entries
	for range 300 {
		n++
		if err := record(&alone, n); err != nil {
			return err
		}
	}
	type result struct {
		store.Compacted
		err error
	}
	compacted := make(chan result, 1)
	started := time.Now()
	go func() {
		c, err := j.Compact(ctx)
		compacted <- result{c, err}
	}()
	var r result
	for going := true; going; {
		n++
		if err := record(&slowest, n); err != nil {
			return err
		}
		select {
		case r = <-compacted:
			going = false
		default:
		}
	}
	took := time.Since(started)
	if r.err != nil {
		return r.err
	}
	report, err := j.Verify(ctx)
	if err != nil || len(report.Problems) > 0 {
		return errors.Join(err, fmt.Errorf("%d problems after compaction", len(report.Problems)))
	}
	if err := j.Close(); err != nil {
		return err
	}
	size, live, err := weigh(dir)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "a journal of %d entries, %d of them purged, compacted in %.1f s\n\n", entries, len(done.Entries), took.Seconds())
	fmt.Fprintf(out, "file, in MB:                   %8.1f before, %.1f after\n", float64(r.Before)/1e6, float64(r.After)/1e6)
	fmt.Fprintf(out, "file to live data, closed:     %8.2f (%.1f of %.1f MB)\n", size/live, size/1e6, live/1e6)
	fmt.Fprintf(out, "recording meanwhile:           %8d entries, median %.2f ms, slowest %.1f ms\n", len(slowest), median(slowest), quantile(slowest, 1))
	fmt.Fprintf(out, "recording before:              %8d entries, median %.2f ms, slowest %.1f ms\n", len(alone), median(alone), quantile(alone, 1))
	return nil
}

// weigh returns the size of a closed journal's file and of the keys and values in it.
func weigh(dir string) (size, live float64, err error) {
	path := filepath.Join(dir, "journal.db")
	info, err := os.Stat(path)
	if err != nil {
		return 0, 0, err
	}
	db, err := bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true})
	if err != nil {
		return 0, 0, err
	}
	defer db.Close()
	err = db.View(func(tx *bolt.Tx) error {
		return tx.ForEach(func(_ []byte, b *bolt.Bucket) error {
			return b.ForEach(func(k, v []byte) error {
				live += float64(len(k) + len(v))
				return nil
			})
		})
	})
	return float64(info.Size()), live, err
}
