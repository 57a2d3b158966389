// Package camera reads symbols off successive frames, as somebody shows one code
// after another to a camera.
//
// A [Loop] takes frames from a channel, keeps every text that any of them gave, and
// ends when whoever asked has all that belongs together: what belongs together, and
// what is missing, is the caller's to judge. It ends at a time limit at the latest,
// whatever comes, and then says what it has.
//
// Caveats. Frames are searched one at a time, by the goroutine that calls Run. A
// camera makes more of them than can be searched: who sends should drop a frame that
// is not taken at once, for an old one shows where the paper was. A frame must not
// change once it was sent. Texts are raw and prove nothing.
package camera

import (
	"context"
	"errors"
	"image"
	"slices"
	"time"

	"github.com/zoneblanche/zoneblanche/qr/scan"
)

const (
	// DefaultLimit is how long somebody holds a paper up before wondering.
	DefaultLimit = 30 * time.Second
	// DefaultFrameLimit is how long one frame is searched: a picture that has not been
	// read by then is worse than the next one.
	DefaultFrameLimit = 150 * time.Millisecond
)

// Loop says what to read and how long to try. Its zero value, with a Judge, works.
type Loop struct {
	// Judge is told all texts so far, each once, in the order in which they came. It
	// says what is still missing, in whatever words the caller understands, and whether
	// all is in. It must not keep the slice. Nil: the first text is all.
	Judge func(texts []string) (missing []string, complete bool)
	// Limit is the time for the whole loop, [DefaultLimit] when zero; FrameLimit that
	// for one frame, [DefaultFrameLimit] when zero.
	Limit, FrameLimit time.Duration
	// Watch is told of each frame after it was searched. It may be nil.
	Watch func(Progress)

	// find searches one frame; tests put a slow one here.
	find func(context.Context, *image.Gray, scan.Options) ([]scan.Symbol, error)
}

// Progress is what one frame brought.
type Progress struct {
	Frame   *image.Gray
	Symbols []scan.Symbol // in this frame, known ones included
	New     int           // how many of their texts no frame before had
	Missing []string      // as the judge says, after this frame
}

// End is why a loop ended.
type End int

// Ends.
const (
	Complete  End = iota // the judge has all
	TimedOut             // the limit passed
	Ended                // no more frames
	Cancelled            // the context was; Run returns its error, too
)

// Result is what a loop has when it ends.
type Result struct {
	Texts   []string // each once, in the order in which they came
	Missing []string // as the judge said last
	Frames  int      // how many were searched, to their end or not
	End     End
}

// Run takes frames until the judge has all that it wants, the limit passes, the
// channel is closed, or the context ends. Only the last of these is an error, and
// what was read until then comes with it.
func (l *Loop) Run(ctx context.Context, frames <-chan *image.Gray) (Result, error) {
	within, cancel := context.WithTimeout(ctx, or(l.Limit, DefaultLimit))
	defer cancel()
	var r Result
	r.Missing, _ = l.judge(nil)
	for {
		// An end that is due goes before a frame that waits.
		if within.Err() != nil {
			return l.late(ctx, r)
		}
		select {
		case <-within.Done():
		case frame, ok := <-frames:
			if !ok {
				r.End = Ended
				return r, nil
			}
			if frame == nil {
				continue
			}
			done, err := l.frame(within, frame, &r)
			if done || err != nil {
				return r, err
			}
		}
	}
}

// late is the result when no time is left.
func (l *Loop) late(ctx context.Context, r Result) (Result, error) {
	r.End = TimedOut
	if errors.Is(ctx.Err(), context.Canceled) {
		r.End = Cancelled
	}
	return r, ctx.Err()
}

// frame searches one frame and adds what it gives.
func (l *Loop) frame(ctx context.Context, img *image.Gray, r *Result) (done bool, err error) {
	within, cancel := context.WithTimeout(ctx, or(l.FrameLimit, DefaultFrameLimit))
	defer cancel()
	find := l.find
	if find == nil {
		find = scan.Find
	}
	symbols, err := find(within, img, scan.Options{Enough: func(found []scan.Symbol) bool {
		texts, fresh := with(r.Texts, found)
		if fresh == 0 {
			return false
		}
		_, complete := l.judge(texts)
		return complete
	}})
	if err != nil && within.Err() == nil {
		return false, err
	}
	r.Frames++
	texts, fresh := with(r.Texts, symbols)
	complete := false
	if fresh > 0 {
		r.Texts = texts
		r.Missing, complete = l.judge(texts)
	}
	if l.Watch != nil {
		l.Watch(Progress{Frame: img, Symbols: symbols, New: fresh, Missing: r.Missing})
	}
	r.End = Complete
	return complete, nil
}

func (l *Loop) judge(texts []string) ([]string, bool) {
	if l.Judge == nil {
		return nil, len(texts) > 0
	}
	return l.Judge(texts)
}

// with returns the texts and those of symbols that are not among them, and how many
// these are. It leaves its argument alone.
func with(texts []string, symbols []scan.Symbol) ([]string, int) {
	out := slices.Clip(texts)
	for _, s := range symbols {
		if !slices.Contains(out, s.Text) {
			out = append(out, s.Text)
		}
	}
	return out, len(out) - len(texts)
}

func or(d, standard time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return standard
}
