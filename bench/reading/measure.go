package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/zoneblanche/zoneblanche/qr/scan"
)

// bench gathers what readers do.
type bench struct {
	readers []reader
	path    string // where pictures are put for the readers that want files
	out     io.Writer
	missed  string
	stages  []*stageTally
}

// tally counts the codes of one row of a table, read by each reader.
type tally struct {
	of   int
	hits []int
	some []int // codes that reader was asked about
}

// stageTally is what one stage of the ladder brought, over all sets.
type stageTally struct {
	name string
	runs int
	took time.Duration
	hits int
}

// measure reads a set with every reader, the others only one picture in peerOf, and
// prints its tables.
func (b *bench) measure(ctx context.Context, title string, samples []sample, peerOf int) error {
	byKind, byVersion, byPixels := map[string]*tally{}, map[string]*tally{}, map[string]*tally{}
	all := &tally{}
	times := make([][]time.Duration, len(b.readers))
	var falseTexts, missed []string
	for i, s := range samples {
		in := &input{path: b.path}
		var err error
		if in.img, err = s.load(ctx); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		peers := i%peerOf == 0 && len(b.readers) > 1
		if peers {
			if err := writePGM(b.path, in.img); err != nil {
				return err
			}
		}
		for k, r := range b.readers {
			if k > 0 && !peers {
				break
			}
			within, cancel := context.WithTimeout(ctx, patience)
			a, err := r.read(within, in)
			cancel()
			if err != nil {
				return fmt.Errorf("%s: %s: %w", s.name, r.name(), err)
			}
			times[k] = append(times[k], a.took)
			if k == 0 {
				b.addSteps(a.steps, s.codes)
			}
			for _, text := range a.texts {
				if !slices.ContainsFunc(s.codes, func(e expected) bool { return e.text == trimmed(text) }) {
					falseTexts = append(falseTexts, fmt.Sprintf("%s: %s: %s", r.name(), s.name, shortened(text)))
				}
			}
			for _, e := range s.codes {
				hit := slices.ContainsFunc(a.texts, func(text string) bool { return trimmed(text) == e.text })
				if !hit && k == 0 {
					missed = append(missed, s.name)
					if err := b.keep(s.name, in.img); err != nil {
						return err
					}
				}
				for _, t := range []*tally{all, row(byKind, e.kind), row(byVersion, versionClass(e.version)), row(byPixels, pixelClass(e.pixels))} {
					t.count(k, len(b.readers), hit)
				}
			}
		}
	}
	fmt.Fprintf(b.out, "== %s: %d pictures, %d codes\n\n", title, len(samples), all.of)
	w := tabwriter.NewWriter(b.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	b.printRows(w, "degradation", byKind)
	if len(byVersion) > 1 {
		b.printRows(w, "version", byVersion)
	}
	if len(byPixels) > 1 {
		b.printRows(w, "pixels a module", byPixels)
	}
	b.printRow(w, "all", all)
	fmt.Fprint(w, "median time\t\t")
	for k := range b.readers {
		fmt.Fprintf(w, "%s\t", milliseconds(quantile(times[k], 0.5)))
	}
	fmt.Fprintln(w)
	if err := w.Flush(); err != nil {
		return err
	}
	low, high := wilson(all.hits[0], all.of)
	fmt.Fprintf(b.out, "\nladder: %d of %d, %.2f %% (95 %% interval %.2f to %.2f)\n", all.hits[0], all.of,
		100*float64(all.hits[0])/float64(max(all.of, 1)), 100*low, 100*high)
	fmt.Fprintf(b.out, "texts that the list does not have: %d\n", len(falseTexts))
	for _, f := range falseTexts {
		fmt.Fprintln(b.out, " ", f)
	}
	for _, m := range missed {
		fmt.Fprintln(b.out, "missed by the ladder:", m)
	}
	fmt.Fprintln(b.out)
	return nil
}

// keep writes a picture that was missed where it can be looked at.
func (b *bench) keep(name string, img *image.Gray) error {
	if b.missed == "" {
		return nil
	}
	f, err := os.Create(filepath.Join(b.missed, strings.ReplaceAll(name, " ", "_")+".png"))
	if err != nil {
		return err
	}
	defer f.Close()
	return png.Encode(f, img)
}

func row(rows map[string]*tally, name string) *tally {
	if rows[name] == nil {
		rows[name] = &tally{}
	}
	return rows[name]
}

func (t *tally) count(reader, readers int, hit bool) {
	if t.hits == nil {
		t.hits, t.some = make([]int, readers), make([]int, readers)
	}
	if reader == 0 {
		t.of++
	}
	t.some[reader]++
	if hit {
		t.hits[reader]++
	}
}

func (b *bench) printRows(w io.Writer, title string, rows map[string]*tally) {
	fmt.Fprintf(w, "%s\tcodes\t", title)
	for _, r := range b.readers {
		fmt.Fprintf(w, "%s\t", r.name())
	}
	fmt.Fprintln(w)
	names := slices.Sorted(maps.Keys(rows))
	for _, name := range names {
		b.printRow(w, name, rows[name])
	}
	fmt.Fprintln(w, strings.Repeat("\t", 2+len(b.readers)))
}

// printRow marks a row in which a peer reads more than the ladder.
func (b *bench) printRow(w io.Writer, name string, t *tally) {
	fmt.Fprintf(w, "%s\t%d\t", name, t.of)
	for k, hits := range t.hits {
		if t.some[k] == t.of {
			fmt.Fprintf(w, "%d\t", hits)
		} else {
			fmt.Fprintf(w, "%d/%d\t", hits, t.some[k])
		}
	}
	fmt.Fprintln(w)
}

func versionClass(v int) string {
	switch {
	case v == 0:
		return "unknown"
	case v < 13:
		return "01-12"
	case v < 16:
		return "13-15"
	case v < 27:
		return "16-26"
	}
	return "27-40"
}

func pixelClass(p float64) string {
	switch {
	case p == 0:
		return "unknown"
	case p < 2.5:
		return "0.0-2.5"
	case p < 3.5:
		return "2.5-3.5"
	case p < 4.5:
		return "3.5-4.5"
	case p < 6:
		return "4.5-6.0"
	}
	return "6.0 and more"
}

// addSteps counts what stages took and which of the expected codes they found.
func (b *bench) addSteps(steps []scan.Step, codes []expected) {
	for _, s := range steps {
		i := slices.IndexFunc(b.stages, func(t *stageTally) bool { return t.name == s.Stage })
		if i < 0 {
			i = len(b.stages)
			b.stages = append(b.stages, &stageTally{name: s.Stage})
		}
		t := b.stages[i]
		t.runs++
		t.took += s.Took
		for _, f := range s.Found {
			if slices.ContainsFunc(codes, func(e expected) bool { return e.text == trimmed(f.Text) }) {
				t.hits++
			}
		}
	}
}

// printStages prints the ladder in the order in which it is climbed.
func (b *bench) printStages() {
	fmt.Fprint(b.out, "== The ladder's stages, over all pictures above\n\n")
	w := tabwriter.NewWriter(b.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "stage\truns\tms a run\tcodes\tcodes a second\t")
	for _, t := range b.stages {
		ms := float64(t.took) / float64(time.Millisecond)
		fmt.Fprintf(w, "%s\t%d\t%.2f\t%d\t%.3f\t\n", t.name, t.runs, ms/float64(t.runs), t.hits, 1000*float64(t.hits)/ms)
	}
	w.Flush()
	fmt.Fprintln(b.out)
}

// wilson is the 95 % interval of a share.
func wilson(hits, of int) (low, high float64) {
	if of == 0 {
		return 0, 1
	}
	const z = 1.96
	n, p := float64(of), float64(hits)/float64(of)
	middle := (p + z*z/(2*n)) / (1 + z*z/n)
	half := z * math.Sqrt(p*(1-p)/n+z*z/(4*n*n)) / (1 + z*z/n)
	return max(0, middle-half), min(1, middle+half)
}

func quantile(times []time.Duration, q float64) time.Duration {
	if len(times) == 0 {
		return 0
	}
	sorted := slices.Clone(times)
	slices.SortFunc(sorted, cmp.Compare)
	return sorted[int(q*float64(len(sorted)-1))]
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
}

func shortened(text string) string {
	q := fmt.Sprintf("%q", text)
	if len(q) > 80 {
		return q[:77] + "…"
	}
	return q
}

func packageVersion(folder string) string {
	var p struct {
		Version string `json:"version"`
	}
	data, err := os.ReadFile(filepath.Join(folder, "node_modules", "zxing-wasm", "package.json"))
	if err == nil {
		err = json.Unmarshal(data, &p)
	}
	if err != nil {
		return "of unknown version"
	}
	return p.Version
}
