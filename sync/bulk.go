package sync

import (
	"context"
	"io"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

const (
	// patientSize is what RequestTimeout alone is meant for; what is larger is given
	// more, at slowest bytes a second: a village at the end of EDGE.
	patientSize = 16 << 10
	slowest     = 512
	// trickle is how long a paused body may stand still: transports, proxies and
	// recipients close a request on which nothing moves for half a minute.
	trickle = 10 * time.Second
	// morsel is what a body gives between two looks at who else waits.
	morsel = 8 << 10
)

// timeout bounds a request that carries size bytes.
func (w *Worker) timeout(size int) time.Duration {
	more := max(size-patientSize, 0)
	return w.RequestTimeout + time.Duration(more)*time.Second/slowest
}

// sizeOf is about what a submission takes on the line before compression.
func sizeOf(s record.Submission) int {
	size := len(s.Body)
	if s.Attached != nil {
		size += int(s.Attached.Size) / 3 * 4
	}
	return size
}

// photograph reports whether an entry is a picture: what a doctor reads first is the
// note, however large it is, and however small the picture.
func photograph(item record.Item) bool { return item.Kind == record.KindPhotograph }

// standsBack reports whether an entry waits for all others, and lets them pass while it
// is under way: a photograph, until Hurry before its deadline. From then on it takes
// its turn by deadline, beside notes, so that no stream of notes starves it.
func (w *Worker) standsBack(item record.Item) bool {
	return photograph(item) && item.Deadline.Sub(w.now()) > w.Hurry
}

// yielding returns a submission whose attached document gives no byte while a note is
// queued or under way: the line is for notes first, in the middle of a photograph too.
func (p *pass) yielding(ctx context.Context, item record.Item, s record.Submission) record.Submission {
	if s.Attached == nil || !p.w.standsBack(item) {
		return s
	}
	attached, open := *s.Attached, s.Attached.Open
	attached.Open = func() (io.ReadCloser, error) {
		from, err := open()
		return &yielding{ReadCloser: from, ctx: ctx, p: p}, err
	}
	s.Attached = &attached
	return s
}

type yielding struct {
	io.ReadCloser
	ctx context.Context
	p   *pass
}

// Read waits at most trickle. A request that was called off ends by its own context:
// an error here would say that the document cannot be read.
func (y *yielding) Read(b []byte) (int, error) {
	if quiet := y.p.quiet(); quiet != nil {
		_ = sleep(y.ctx, trickle, quiet)
	}
	return y.ReadCloser.Read(b[:min(len(b), morsel)])
}
