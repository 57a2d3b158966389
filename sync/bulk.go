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

// bulky reports whether an entry has to stand back for the others.
func (w *Worker) bulky(item record.Item) bool {
	return w.Bulk > 0 && w.traces.size(item.Entry) >= w.Bulk
}

// yielding returns a submission whose attached document gives no byte while a small
// entry is queued or under way: the line is for notes first, in the middle of a
// photograph too.
func (p *pass) yielding(ctx context.Context, s record.Submission) record.Submission {
	if s.Attached == nil || p.w.Bulk <= 0 || sizeOf(s) < p.w.Bulk {
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
