package main

import (
	"context"
	"fmt"
	"image"
	"math/rand/v2"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/skip2/go-qrcode"

	"github.com/zoneblanche/zoneblanche/internal/capture"
	"github.com/zoneblanche/zoneblanche/qr/scan"
)

// latency times what a camera loop does: search each frame until the code that it
// waits for is in. Of ten frames six hold one that can be read; the others show
// print without a code, a code too far away, one out of focus and one worn out, which
// the ladder climbs to its end for.
func (b *bench) latency(ctx context.Context, o options) error {
	kinds := map[string]capture.Kind{}
	var ordinary []capture.Kind
	for _, k := range capture.Kinds() {
		kinds[k.Name] = k
		if k.Name != "inverted" {
			ordinary = append(ordinary, k)
		}
	}
	classes := []struct {
		name  string
		share int // of ten
		shot  func(i int, sheet *capture.Sheet, v *capture.View) capture.Kind
	}{
		{"recommended layout, all degradations", 6, func(i int, _ *capture.Sheet, _ *capture.View) capture.Kind {
			return ordinary[i%len(ordinary)]
		}},
		{"print without a code", 1, func(_ int, s *capture.Sheet, _ *capture.View) capture.Kind {
			for y, row := range s.Codes[0].Modules {
				s.Codes[0].Modules[y] = make([]bool, len(row))
			}
			return kinds["plain"]
		}},
		{"too far: 1 to 2 pixels a module", 1, func(_ int, _ *capture.Sheet, v *capture.View) capture.Kind {
			v.PixelsPerModule = [2]float64{1, 2}
			return kinds["plain"]
		}},
		{"out of focus: 1.5 to 3.3 modules", 1, func(_ int, _ *capture.Sheet, v *capture.View) capture.Kind {
			v.Strength = 3
			return kinds["defocus"]
		}},
		{"worn out: three times what two years do", 1, func(_ int, _ *capture.Sheet, v *capture.View) capture.Kind {
			v.Strength = 3
			return kinds["worn"]
		}},
	}
	const rounds = 3 // each frame is timed so often and the least counts: the rest is other programs'
	n := max(1, o.timed/10)
	var all, allComputed []time.Duration
	fmt.Fprint(b.out, "== Time for a 720p frame, failures included\n\n")
	w := tabwriter.NewWriter(b.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "frames\t\tread\tmedian\t95 %\tslowest\tprocessor: median\t95 %\t")
	for _, c := range classes {
		var times, computed []time.Duration
		read := 0
		for i := range n * c.share {
			seed := o.seed + 1<<20 + uint64(i)
			img, text, err := timedFrame(seed, func(s *capture.Sheet, v *capture.View) capture.Kind { return c.shot(i, s, v) })
			if err != nil {
				return err
			}
			enough := func(found []scan.Symbol) bool {
				for _, f := range found {
					if f.Text == text {
						return true
					}
				}
				return false
			}
			took, worked := make([]time.Duration, rounds), make([]time.Duration, rounds)
			for k := range took {
				start, before := time.Now(), processorTime()
				found, err := scan.Find(ctx, img, scan.Options{Enough: enough})
				if err != nil {
					return err
				}
				took[k], worked[k] = time.Since(start), processorTime()-before
				if k == 0 && enough(found) {
					read++
				}
			}
			times, computed = append(times, slices.Min(took)), append(computed, slices.Min(worked))
		}
		all, allComputed = append(all, times...), append(allComputed, computed...)
		b.printTimes(w, c.name, times, computed, read)
	}
	b.printTimes(w, "all (target: median 20 ms, 95 % 150 ms)", all, allComputed, -1)
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(b.out)
	return nil
}

func (b *bench) printTimes(w *tabwriter.Writer, name string, times, computed []time.Duration, read int) {
	count := ""
	if read >= 0 {
		count = fmt.Sprint(read)
	}
	fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\t\n", name, len(times), count,
		milliseconds(quantile(times, 0.5)), milliseconds(quantile(times, 0.95)), milliseconds(quantile(times, 1)),
		milliseconds(quantile(computed, 0.5)), milliseconds(quantile(computed, 0.95)))
}

func timedFrame(seed uint64, shot func(*capture.Sheet, *capture.View) capture.Kind) (*image.Gray, string, error) {
	r := rand.New(rand.NewPCG(seed, 0x5e7))
	text, modules, _, err := symbol(r, 450+r.IntN(151), qrcode.Medium)
	if err != nil {
		return nil, "", err
	}
	sheet, v := capture.Around(modules, 70+5*r.Float64()), capture.Webcam
	kind := shot(&sheet, &v)
	img, _ := kind.Frame(sheet, v, seed)
	return img, text, nil
}
