package camera

import (
	"context"
	"errors"
	"fmt"
	"image"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/skip2/go-qrcode"

	"github.com/zoneblanche/zoneblanche/internal/capture"
	"github.com/zoneblanche/zoneblanche/qr/scan"
)

// parts waits for n texts and names those that are missing.
func parts(n int) func([]string) ([]string, bool) {
	return func(texts []string) (missing []string, complete bool) {
		for i := 1; i <= n; i++ {
			if !slices.Contains(texts, fmt.Sprint("PART ", i)) {
				missing = append(missing, fmt.Sprint("code ", i))
			}
		}
		return missing, len(missing) == 0
	}
}

// script is a searcher that finds what is written for each frame, known by its
// width, and takes its time.
type script map[int]struct {
	texts []string
	takes time.Duration
}

func (s script) find(ctx context.Context, img *image.Gray, opt scan.Options) (out []scan.Symbol, err error) {
	f := s[img.Rect.Dx()]
	for _, text := range f.texts {
		out = append(out, scan.Symbol{Text: text})
		if opt.Enough(out) {
			return out, nil
		}
	}
	select {
	case <-time.After(f.takes):
	case <-ctx.Done():
	}
	return out, ctx.Err()
}

func frame(width int) *image.Gray { return image.NewGray(image.Rect(0, 0, width, 1)) }

// send offers frames one after the other, each as soon as the one before was taken.
func send(ctx context.Context, widths ...int) <-chan *image.Gray {
	c := make(chan *image.Gray)
	go func() {
		defer close(c)
		for _, w := range widths {
			select {
			case c <- frame(w):
			case <-ctx.Done():
				return
			}
		}
	}()
	return c
}

func TestPartsOverFrames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		s := script{
			1: {texts: []string{"PART 2"}},
			2: {},
			3: {texts: []string{"PART 2", "PART 1"}},
			4: {texts: []string{"OF ANOTHER CARD"}},
			5: {texts: []string{"PART 3"}},
			6: {texts: []string{"NEVER LOOKED AT"}},
		}
		var missing []string
		l := &Loop{Judge: parts(3), find: s.find, Watch: func(p Progress) {
			missing = append(missing, fmt.Sprint(p.Frame.Rect.Dx(), p.New, p.Missing))
		}}
		r, err := l.Run(ctx, send(ctx, 1, 2, 3, 4, 5, 6))
		if err != nil || r.End != Complete || r.Frames != 5 || len(r.Missing) != 0 {
			t.Errorf("got %+v, %v", r, err)
		}
		if want := []string{"PART 2", "PART 1", "OF ANOTHER CARD", "PART 3"}; !slices.Equal(r.Texts, want) {
			t.Errorf("got %q, want %q", r.Texts, want)
		}
		want := []string{"1 1 [code 1 code 3]", "2 0 [code 1 code 3]", "3 1 [code 3]", "4 1 [code 3]", "5 1 []"}
		if !slices.Equal(missing, want) {
			t.Errorf("progress: got %q, want %q", missing, want)
		}
	})
}

// A frame that takes too long is left, what it gave is kept, and the whole ends at
// its limit to the instant.
func TestLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		s := script{1: {texts: []string{"PART 1"}, takes: time.Hour}, 2: {takes: time.Hour}}
		widths := append([]int{1}, slices.Repeat([]int{2}, 1000)...)
		start := time.Now()
		r, err := (&Loop{Judge: parts(2), Limit: time.Second, FrameLimit: 300 * time.Millisecond, find: s.find}).Run(ctx, send(ctx, widths...))
		if took := time.Since(start); err != nil || took != time.Second || r.End != TimedOut {
			t.Errorf("got %+v, %v after %v", r, err, took)
		}
		if r.Frames != 4 || !slices.Equal(r.Texts, []string{"PART 1"}) || !slices.Equal(r.Missing, []string{"code 2"}) {
			t.Errorf("got %+v", r)
		}
	})
}

func TestNoFrames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		r, err := (&Loop{Judge: parts(1)}).Run(t.Context(), make(chan *image.Gray))
		if took := time.Since(start); err != nil || r.End != TimedOut || took != DefaultLimit || !slices.Equal(r.Missing, []string{"code 1"}) {
			t.Errorf("got %+v, %v after %v", r, err, took)
		}
	})
	closed := make(chan *image.Gray)
	close(closed)
	if r, err := new(Loop).Run(t.Context(), closed); err != nil || r.End != Ended || r.Frames != 0 {
		t.Errorf("closed: got %+v, %v", r, err)
	}
}

func TestCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(700*time.Millisecond, cancel)
		s := script{1: {texts: []string{"PART 1"}, takes: 150 * time.Millisecond}}
		start := time.Now()
		r, err := (&Loop{Judge: parts(2), find: s.find}).Run(ctx, send(ctx, slices.Repeat([]int{1}, 100)...))
		if took := time.Since(start); !errors.Is(err, context.Canceled) || r.End != Cancelled || took != 700*time.Millisecond || len(r.Texts) != 1 {
			t.Errorf("got %+v, %v after %v", r, err, took)
		}
	})
}

// The real searcher on frames of a sheet of two codes of which each frame shows one.
func TestRealFrames(t *testing.T) {
	frames := make(chan *image.Gray, 4)
	kind := capture.Kinds()[0]
	for i, text := range []string{"PART 1", "PART 1", "PART 2"} {
		q, err := qrcode.New(text, qrcode.Medium)
		if err != nil {
			t.Fatal(err)
		}
		q.DisableBorder = true
		img, _ := kind.Frame(capture.Around(q.Bitmap(), 40), capture.View{W: 640, H: 480, PixelsPerModule: [2]float64{6, 9}}, uint64(i))
		frames <- img
	}
	close(frames)
	l := &Loop{Judge: parts(2), FrameLimit: 20 * time.Second, Limit: time.Minute}
	if r, err := l.Run(t.Context(), frames); err != nil || r.End != Complete || !slices.Equal(r.Texts, []string{"PART 1", "PART 2"}) {
		t.Errorf("got %+v, %v", r, err)
	}
}
