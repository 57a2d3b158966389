package store

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// note is as long as notes are.
var note = strings.Repeat("Otite moyenne aiguë gauche, amoxicilline huit jours. ", 20)

// BenchmarkRecord compares an acknowledged Record with what the disk can do: two
// pages overwritten, each followed by a wait, which is the least that a commit
// costs. Compare figures of one run on one folder only (TMPDIR chooses it).
func BenchmarkRecord(b *testing.B) {
	b.Run("two overwrites", benchOverwrites)
	for _, writers := range []int{1, 64} {
		b.Run(fmt.Sprintf("%d writers", writers), func(b *testing.B) { benchRecord(b, writers) })
	}
}

func benchOverwrites(b *testing.B) {
	f, err := os.Create(filepath.Join(b.TempDir(), "overwritten"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	page := randomBytes(4096)
	for i := range 256 {
		if _, err := f.WriteAt(page, int64(i)*4096); err != nil {
			b.Fatal(err)
		}
	}
	if err := f.Sync(); err != nil {
		b.Fatal(err)
	}
	i := 0
	for b.Loop() {
		for range 2 {
			i++
			if _, err := f.WriteAt(page, int64(i%256)*4096); err != nil {
				b.Fatal(err)
			}
			if err := syncData(f); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "acts/s")
}

func benchRecord(b *testing.B, writers int) {
	j := mustOpen(b, b.TempDir(), nil)
	var wg sync.WaitGroup
	var next atomic.Int64
	one := func(i int64) {
		c := consultation(note, acted.Add(time.Duration(i)*time.Hour))
		s := submission(c)
		s.Body = append(s.Body, note...)
		if _, _, err := j.Record(ctx, c, s); err != nil {
			b.Error(err)
		}
	}
	one(-1)
	b.ResetTimer()
	for range writers {
		wg.Go(func() {
			for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
				one(i)
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "acts/s")
}

// BenchmarkReads looks at a journal of several thousand entries.
func BenchmarkReads(b *testing.B) {
	dir := b.TempDir()
	j := mustOpen(b, dir, nil)
	const n = 5000
	var wg sync.WaitGroup
	for w := range 50 {
		wg.Go(func() {
			for i := range n / 50 {
				c := consultation(note, acted.Add(time.Duration(w*n+i)*time.Hour))
				s := submission(c)
				if _, _, err := j.Record(ctx, c, s); err != nil {
					b.Error(err)
				}
			}
		})
	}
	wg.Wait()
	items, err := j.Waiting(ctx)
	if err != nil || len(items) != n {
		b.Fatal(len(items), err)
	}
	b.Run("NextDue", func(b *testing.B) {
		for b.Loop() {
			_, _, _ = j.NextDue(ctx)
		}
	})
	b.Run("Entry", func(b *testing.B) {
		for b.Loop() {
			_, _ = j.Entry(ctx, items[n/2].Entry)
		}
	})
	b.Run("Waiting 5000", func(b *testing.B) {
		for b.Loop() {
			_, _ = j.Waiting(ctx)
		}
	})
	b.Run("Entries 5000", func(b *testing.B) {
		for b.Loop() {
			_ = j.Entries(ctx, func(EntryInfo) error { return nil })
		}
	})
	b.Run("Verify 5000", func(b *testing.B) {
		for b.Loop() {
			if r, err := j.Verify(ctx); err != nil || len(r.Problems) > 0 {
				b.Fatal(r, err)
			}
		}
	})
	b.Run("Counts", func(b *testing.B) {
		for b.Loop() {
			_, _ = j.Counts(ctx)
		}
	})
	if err := j.Close(); err != nil {
		b.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, journalFile))
	if err != nil {
		b.Fatal(err)
	}
	b.Run("Open 5000", func(b *testing.B) {
		for b.Loop() {
			j, err := Open(dir, nil)
			if err != nil {
				b.Fatal(err)
			}
			_ = j.Close()
		}
		b.ReportMetric(float64(info.Size())/1e6, "MB")
	})
}
