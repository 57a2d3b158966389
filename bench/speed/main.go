// Command speed times our card against a SMART Health Card and an HCERT of the same
// content: from the content to the texts of the codes, and back.
//
//	go run ./speed -ips FOLDER
//
// The three stand in one loop, one after the other, so that whatever else the
// machine does meets all of them. A file's figure is the median of its rounds; what
// is printed is the median over files, and that of the files' ratios.
//
// Both ways the peers do less. Encoding, they get FHIR that is ready and write it,
// compress it once and sign it; we divide a summary over two messages, leave out
// what does not fit, sign both and read them back. Decoding, they verify, inflate
// and give a tree of JSON; we join parts, verify two signatures and give a summary.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/zoneblanche/zoneblanche/bench/corpus"
)

func main() {
	folder := flag.String("ips", "../../shared/ips", "folder of FHIR IPS Bundles")
	rounds := flag.Int("rounds", 5, "rounds for each file")
	flag.Parse()
	if err := run(*folder, *rounds, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "speed:", err)
		os.Exit(1)
	}
}

func run(folder string, rounds int, out io.Writer) error {
	files, public, err := corpus.Load(folder)
	if err != nil {
		return err
	}
	if !public {
		fmt.Fprintf(out, "There are no public summaries in %s: timed on the project's own invented patients.\n\n", folder)
	}
	all := make([][]time.Duration, 6) // encode, then decode, each of ours, SHC and HCERT: one median a file
	for _, f := range files {
		steps, err := stepsOf(f.Summary)
		if err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
		times := make([][]time.Duration, len(steps))
		for range max(rounds, 1) {
			for i, step := range steps {
				started := time.Now()
				if err := step(); err != nil {
					return fmt.Errorf("%s: %w", f.Name, err)
				}
				times[i] = append(times[i], time.Since(started))
			}
		}
		for i := range steps {
			all[i] = append(all[i], median(times[i]))
		}
	}
	return print(out, all)
}

func print(out io.Writer, all [][]time.Duration) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "median over files\tours\tSHC\tHCERT\tours / SHC\tours / HCERT\tours, slowest file")
	for i, what := range []string{"encode", "decode"} {
		ours, shc, hcert := all[3*i], all[3*i+1], all[3*i+2]
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%.2f\t%.2f\t%s\n", what, short(median(ours)), short(median(shc)), short(median(hcert)),
			median(ratios(ours, shc)), median(ratios(ours, hcert)), short(slices.Max(ours)))
	}
	return t.Flush()
}

func short(d time.Duration) string { return d.Round(time.Microsecond).String() }

func ratios(ours, theirs []time.Duration) []float64 {
	out := make([]float64, len(ours))
	for i := range ours {
		out[i] = float64(ours[i]) / float64(theirs[i])
	}
	return out
}

// median is the middle of values, the lower of two.
func median[T float64 | time.Duration](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[(len(sorted)-1)/2]
}
