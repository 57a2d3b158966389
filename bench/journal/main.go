// Command journal times the journal against the disk and against other engines.
//
//	go run ./journal [-dir FOLDER] [-entries 1000000] [-rounds 20]
//
// It takes some minutes; -entries 20000 is enough for a look.
//
// The first table is about writing: acknowledged entries a second, as ratios to two
// overwrites of a page each followed by fdatasync, which is the least that a commit
// of a page-based engine costs. All take turns in rounds of a fraction of a second,
// each round's ratio is to the overwrites right before and after it, and what is
// printed is the median of the rounds and its quartiles: whatever else the machine
// does meets all of them.
//
// The journal does all its work: it looks for duplicates, serializes, encrypts with
// a key for each entry, chains and counts. The others are given the finished rows.
//
// The second table is about a journal of many entries: the next one due, opening
// after a clean stop, and rewriting the file after most of its content is gone while
// entries go on being recorded.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"text/tabwriter"
	"time"
)

func main() {
	dir := flag.String("dir", os.TempDir(), "folder on the disk to measure")
	entries := flag.Int("entries", 1_000_000, "entries of the large journal; 0 leaves it out")
	rounds := flag.Int("rounds", 20, "rounds of each engine")
	flag.Parse()
	if err := run(*dir, *entries, *rounds, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "journal:", err)
		os.Exit(1)
	}
}

func run(dir string, entries, rounds int, out io.Writer) error {
	dir, err := os.MkdirTemp(dir, "bench-journal-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	for _, writers := range []int{1, 64} {
		if err := writing(dir, writers, rounds, out); err != nil {
			return err
		}
	}
	if entries > 0 {
		return large(filepath.Join(dir, "large"), entries, out)
	}
	return nil
}

// contender records one entry each time it is called, from any goroutine.
type contender struct {
	name   string
	record func(i int) error
	close  func() error
	next   int
	ratios []float64
	rates  []float64
}

func writing(dir string, writers, rounds int, out io.Writer) error {
	disk, err := newOverwrites(filepath.Join(dir, "overwritten"))
	if err != nil {
		return err
	}
	defer disk.close()
	var all []*contender
	defer func() {
		for _, c := range all {
			_ = c.close()
		}
	}()
	ours, err := openOurs(filepath.Join(dir, fmt.Sprint("ours-", writers)))
	if err != nil {
		return err
	}
	all = append(all, ours)
	for _, p := range []struct {
		name string
		open func(string) (peer, error)
	}{{"bbolt, grouped", openBolt}, {"SQLite, WAL, FULL, grouped", openSQLite}, {"Pebble, Sync", openPebble}, {"Badger, SyncWrites", openBadger}} {
		where := filepath.Join(dir, fmt.Sprint(p.name, writers))
		if err := os.Mkdir(where, 0o700); err != nil {
			return err
		}
		engine, err := p.open(where)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		all = append(all, &contender{name: p.name, record: func(i int) error { return engine.put(entryRows(i)) }, close: engine.close})
	}
	const overwrites = 60
	each := 40
	if writers > 1 {
		each = 16 * writers
	}
	var bases []float64
	for round := range rounds + 2 {
		before, err := disk.rate(overwrites)
		if err != nil {
			return err
		}
		for _, c := range all {
			rate, err := c.rate(writers, each)
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			after, err := disk.rate(overwrites)
			if err != nil {
				return err
			}
			if round >= 2 { // the first ones make files and fill caches
				base := 2 / (1/before + 1/after)
				c.ratios = append(c.ratios, rate/base)
				c.rates = append(c.rates, rate)
				bases = append(bases, base)
			}
			before = after
		}
	}
	word := "a lone writer"
	if writers > 1 {
		word = fmt.Sprint(writers, " writers")
	}
	fmt.Fprintf(out, "%s, durable entries with all their indexes; two overwrites with fdatasync: %.0f a second\n\n", word, median(bases))
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "engine\tratio\tquartiles\tentries/s\t")
	for _, c := range all {
		fmt.Fprintf(w, "%s\t%.2f\t%.2f-%.2f\t%.0f\t\n", c.name, median(c.ratios), quantile(c.ratios, 0.25), quantile(c.ratios, 0.75), median(c.rates))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out)
	return nil
}

// rate records n entries from several goroutines and returns how many a second.
func (c *contender) rate(writers, n int) (float64, error) {
	var wg sync.WaitGroup
	errs := make(chan error, writers)
	started := time.Now()
	for w := range writers {
		wg.Go(func() {
			for i := w; i < n; i += writers {
				if err := c.record(c.next + i); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	wg.Wait()
	took := time.Since(started)
	c.next += n
	select {
	case err := <-errs:
		return 0, err
	default:
		return float64(n) / took.Seconds(), nil
	}
}

func median(v []float64) float64 { return quantile(v, 0.5) }

func quantile(v []float64, q float64) float64 {
	v = slices.Sorted(slices.Values(v))
	if len(v) == 0 {
		return 0
	}
	return v[int(q*float64(len(v)-1)+0.5)]
}

// overwrites is what the disk can do.
type overwrites struct {
	f *os.File
	i int
}

const page = 4096

func newOverwrites(path string) (*overwrites, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	if _, err := f.Write(make([]byte, 1024*page)); err != nil {
		return nil, err
	}
	return &overwrites{f: f}, f.Sync()
}

func (o *overwrites) close() { _ = o.f.Close() }

// rate returns how many times a second two pages are overwritten, each followed by
// a wait for the disk.
func (o *overwrites) rate(n int) (float64, error) {
	text := random(page)
	started := time.Now()
	for range n {
		for range 2 {
			o.i++
			if _, err := o.f.WriteAt(text, int64(o.i*37%1024)*page); err != nil {
				return 0, err
			}
			if err := syncData(o.f); err != nil {
				return 0, err
			}
		}
	}
	return float64(n) / time.Since(started).Seconds(), nil
}
