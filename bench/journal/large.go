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
	early := make([]string, min(entries, asked))
	err = fill(j, 0, entries, func(i int, entry string) error {
		if i < len(early) {
			early[i] = entry
		}
		return nil
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "a journal of %d entries, recorded by %d writers in %.0f s\n\n", entries, fillers, time.Since(started).Seconds())
	due, err := nextDue(j, early)
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
	for _, d := range due {
		fmt.Fprintf(out, "%-30s %8.3f µs (19 of 20: %.3f, slowest %.0f)\n", d.name, median(d.took), quantile(d.took, 0.95), quantile(d.took, 1))
	}
	fmt.Fprintf(out, "open after a clean stop:       %8.3f ms (%.3f-%.3f)\n", median(opened), quantile(opened, 0), quantile(opened, 1))
	fmt.Fprintf(out, "file, in MB:                   %8.1f, live data %.1f\n\n", size/1e6, live/1e6)
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	return compacting(filepath.Join(filepath.Dir(dir), "purged"), min(entries, purged), out)
}

// fillers is how many entries are recorded at once where only the result counts.
const fillers = 256

// fill records entries from from to up to, and calls then for each.
func fill(j *store.Journal, from, to int, then func(i int, entry string) error) error {
	var wg sync.WaitGroup
	var next atomic.Int64
	next.Store(int64(from))
	errs := make(chan error, fillers)
	for range fillers {
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

// asked is how often each question is timed.
const asked = 300

// timings are of one kind of question, in microseconds.
type timings struct {
	name string
	took []float64
}

// nextDue asks for the next one due when nothing has changed, after an entry was
// recorded, and after an attempt began for one of the first, which takes it out of the
// index.
func nextDue(j *store.Journal, early []string) ([]timings, error) {
	again, recorded, begun := timings{name: "next due, asked again:"}, timings{name: "after an entry was recorded:"}, timings{name: "after an attempt began:"}
	ask := func(n int) (float64, error) {
		started := time.Now()
		for range n {
			if _, ok, err := j.NextDue(ctx); err != nil || !ok {
				return 0, errors.Join(err, errors.New("nothing is due"))
			}
		}
		return time.Since(started).Seconds() * 1e6 / float64(n), nil
	}
	for _, entry := range early {
		for _, q := range []struct {
			into   *timings
			n      int
			change func() error
		}{
			{&recorded, 1, func() error { return another(j) }},
			{&again, 1000, func() error { return nil }},
			{&begun, 1, func() error {
				_, err := j.Begin(ctx, record.Item{Entry: entry, State: record.Pending, Epoch: 1}, acted)
				return err
			}},
		} {
			if err := q.change(); err != nil {
				return nil, err
			}
			took, err := ask(q.n)
			if err != nil {
				return nil, err
			}
			q.into.took = append(q.into.took, took)
		}
	}
	return []timings{again, recorded, begun}, nil
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
