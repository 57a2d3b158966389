package sync

import "time"

// ClockTolerance is how far the practice's clock may differ from the recipient's before
// people are told: enough that no line and no server explains it, and little beside 48
// hours.
const ClockTolerance = 5 * time.Minute

// ClockOff reports whether the practice's clock was found wrong, or the recipient's. A
// person finds out which: nothing here is set or written otherwise because of it.
func (s Status) ClockOff() bool { return s.ClockOffset.Abs() > ClockTolerance }

// compareClocks learns, from an answer, how far ahead our clock is.
func (w *Worker) compareClocks() {
	dated, ok := w.Transport.(Dated)
	if !ok {
		return
	}
	theirs, ours := dated.Date()
	if theirs.IsZero() {
		return
	}
	offset := w.now().Sub(theirs.Add(time.Since(ours))).Round(time.Second)
	e := &w.endpoint
	e.mu.Lock()
	was := Status{ClockOffset: e.offset}.ClockOff()
	e.offset, e.compared = offset, time.Now()
	is := Status{ClockOffset: offset}.ClockOff()
	e.mu.Unlock()
	switch {
	case is && !was:
		w.emit(ClockWrong, "", "", 0)
	case was && !is:
		w.emit(ClockRight, "", "", 0)
	}
}
