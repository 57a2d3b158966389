package sync

import (
	"testing"
	"time"
)

// A turn is followed to the second; what is said to everybody is spread, and more so
// the more often it is said.
func TestTurnAway(t *testing.T) {
	for _, c := range []struct {
		wish  time.Duration
		n     int
		least time.Duration
		most  time.Duration
	}{
		{47 * time.Second, 1, 47 * time.Second, 48 * time.Second},
		{47 * time.Second, 2, 47 * time.Second, 73 * time.Second},
		{5 * time.Second, 1, 5 * time.Second, 6 * time.Second},
		{30 * time.Second, 1, 30 * time.Second, 85 * time.Second},
		{30 * time.Second, 2, 30 * time.Second, 110 * time.Second},
		{30 * time.Second, 3, 30 * time.Second, 135 * time.Second},
		{time.Minute, 1, time.Minute, 85 * time.Second},
		{10 * time.Minute, 1, 10 * time.Minute, 10*time.Minute + 25*time.Second},
		{time.Hour, 1, DefaultRetryAfterMax, DefaultRetryAfterMax},
	} {
		w := New(nil, nil)
		for _, side := range []struct {
			drawn float64
			want  time.Duration
		}{{0, c.least}, {1, c.most}} {
			w.Random = func() float64 { return side.drawn }
			if got := w.turnAway(c.wish, c.n); got != side.want {
				t.Errorf("%v for the time %d, drawn %v: got %v, want %v", c.wish, c.n, side.drawn, got, side.want)
			}
		}
	}
}
