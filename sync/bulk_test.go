package sync_test

import (
	"context"
	"io"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
	outsync "github.com/zoneblanche/zoneblanche/sync"
	"github.com/zoneblanche/zoneblanche/sync/transporttest"
)

// slowly is a line that takes a second for each 10 kB of an attached document.
type slowly struct{ *transporttest.Memory }

func (l slowly) Submit(ctx context.Context, s record.Submission) (record.Receipt, error) {
	if s.Attached != nil {
		from, err := s.Attached.Open()
		if err != nil {
			return record.Receipt{}, &record.DeliveryError{Outcome: record.OutcomeRefused}
		}
		defer from.Close()
		b := make([]byte, 10_000)
		for left := int(s.Attached.Size); left > 0 && ctx.Err() == nil; {
			n, err := from.Read(b[:min(left, len(b))])
			if err != nil {
				return record.Receipt{}, &record.DeliveryError{Outcome: record.OutcomeRefused, Cause: "document_unreadable"}
			}
			left -= n
			time.Sleep(time.Duration(n) * time.Second / 10_000)
		}
		if ctx.Err() != nil {
			return record.Receipt{}, &record.DeliveryError{Outcome: record.OutcomeUnavailable, Cause: "cut"}
		}
	}
	return l.Memory.Submit(ctx, s)
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }

// addPhotograph records a picture of that many bytes.
func (r *rig) addPhotograph(size int64) string { return r.addPhotographActed(time.Now(), size) }

func (r *rig) addPhotographActed(at time.Time, size int64) string {
	n := len(r.sent) + 1
	s := transporttest.Submission(n)
	s.Attached = &record.Attachment{Size: size, Open: func() (io.ReadCloser, error) { return io.NopCloser(zeros{}), nil }}
	entry := "photo-" + s.DocumentID[len(s.DocumentID)-4:]
	r.outbox.Add(entry, at, s)
	r.sent[entry] = s
	return entry
}

// A photograph goes last, and holds its breath for each note that is signed while it
// is under way.
func TestPhotographStandsBack(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.worker.Transport = slowly{r.memory}
		photo := r.addPhotograph(1_000_000) // 100 s of line
		r.add(5)
		stop := r.run()
		time.Sleep(10 * time.Second)
		r.wantStates(map[record.DeliveryState]int{record.Cleared: 5, record.InFlight: 1})
		for range 6 {
			entry, signed := r.addActed(time.Now()), time.Now()
			r.worker.Wake()
			for r.outbox.Item(entry).State != record.Cleared {
				time.Sleep(50 * time.Millisecond)
			}
			if took := time.Since(signed); took > 2*time.Second {
				t.Errorf("a note waited %v behind a photograph", took)
			}
			time.Sleep(5 * time.Second)
		}
		if state := r.outbox.Item(photo).State; state != record.InFlight {
			t.Errorf("the photograph is %s", state)
		}
		time.Sleep(90 * time.Second)
		stop()
		r.wantStates(map[record.DeliveryState]int{record.Cleared: 12})
		r.wantDelivered()
		if starts := r.kinds(photo); len(starts) != 3 {
			t.Errorf("timeline of the photograph %v, want one attempt", starts)
		}
	})
}

// It is the kind that counts: a small picture waits for a large note.
func TestPhotographIsAKind(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		photo := r.addPhotograph(100)
		note := r.addActed(time.Now().Add(time.Hour)) // a later deadline
		r.once()
		starts := r.happened(outsync.AttemptStarted)
		if len(starts) != 2 || starts[0].Entry != note || starts[1].Entry != photo {
			t.Errorf("began with %+v", starts)
		}
	})
}

// A stream of notes that never ends holds a photograph back until twelve hours before
// its deadline, and no longer.
func TestPhotographDoesNotStarve(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.worker.Transport, r.memory.Latency = slowly{r.memory}, time.Second
		acted := time.Now().Add(outsync.DefaultHurry - record.SyncWithin)
		pressed := r.addPhotographActed(acted.Add(time.Minute), 20_000) // from a minute from now on
		patient := r.addPhotographActed(acted.Add(time.Hour), 20_000)
		stop := r.run()
		for range 4 * 150 { // another note before each is cleared
			r.addActed(time.Now())
			r.worker.Wake()
			time.Sleep(250 * time.Millisecond)
			if time.Since(acted) < record.SyncWithin-outsync.DefaultHurry+time.Minute && r.outbox.Item(pressed).Attempts > 0 {
				t.Error("a photograph that has time left before notes")
				break
			}
		}
		if got := r.outbox.Item(pressed).State; got != record.Cleared {
			t.Errorf("the photograph that was pressed is %s", got)
		}
		if got := r.outbox.Item(patient).Attempts; got != 0 {
			t.Errorf("a photograph with time left was tried %d times", got)
		}
		stop()
	})
}

// A photograph on a line that dies for a note does not keep the worker from probing,
// and is sent again when the line is back.
func TestPhotographIsHaltedWithTheLine(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.worker.Transport = slowly{r.memory}
		photo := r.addPhotograph(3_000_000)
		stop := r.run()
		time.Sleep(10 * time.Second)
		r.faults.always(is(transporttest.NoAnswer))
		r.add(1)
		r.worker.Wake()
		time.Sleep(10 * time.Minute)
		if s := r.worker.Status(); s.State != outsync.Down {
			t.Errorf("status %+v", s)
		}
		r.faults.always(is(transporttest.NoFault))
		time.Sleep(10 * time.Minute)
		stop()
		r.wantStates(map[record.DeliveryState]int{record.Cleared: 2})
		if n := r.outbox.Item(photo).Attempts; n != 2 {
			t.Errorf("%d attempts of the photograph, want 2", n)
		}
	})
}

// A network that changes has a dead recipient probed at once, and one that asked to
// be left alone is left alone. A network that flaps does not make the worker spin.
func TestNetworkChanged(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.faults.always(is(transporttest.NoAnswer))
		r.add(1)
		stop := r.run()
		time.Sleep(time.Hour)
		r.faults.always(is(transporttest.NoFault))
		r.worker.NetworkChanged()
		time.Sleep(2*time.Second + outsync.DefaultSpread + time.Second)
		r.wantStates(map[record.DeliveryState]int{record.Cleared: 1})

		r.faults.always(transporttest.Fault{Kind: transporttest.Busy, RetryAfter: 10 * time.Minute})
		r.add(1)
		r.worker.Wake()
		time.Sleep(time.Second)
		before := r.memory.Requests()
		r.worker.NetworkChanged()
		time.Sleep(5 * time.Minute)
		if n := r.memory.Requests() - before; n != 0 {
			t.Errorf("%d requests to a recipient that asked to be left alone", n)
		}

		r.faults.always(is(transporttest.NoAnswer))
		time.Sleep(10 * time.Minute)
		before = r.memory.Requests()
		for range 3600 {
			r.worker.NetworkChanged()
			time.Sleep(time.Second)
		}
		if n := r.memory.Requests() - before; n > 1500 {
			t.Errorf("%d requests in an hour of flapping", n)
		}
		stop()
	})
}

// What an earlier process knew is not forgotten: a recipient that asked for ten
// minutes has them, across a restart.
func TestResume(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.faults.then(transporttest.OpSubmit, transporttest.Fault{Kind: transporttest.Busy, RetryAfter: 10 * time.Minute})
		r.add(1)
		stop := r.run()
		time.Sleep(time.Minute)
		stop()
		known := r.worker.Status()
		if known.State != outsync.Busy || known.RetryAfter == 0 {
			t.Fatalf("status %+v", known)
		}
		before := r.memory.Requests()
		r.worker = r.newWorker(r.outbox, r.memory)
		r.worker.Resume(known)
		stop = r.run()
		time.Sleep(8 * time.Minute)
		if n := r.memory.Requests() - before; n != 0 {
			t.Errorf("%d requests after a restart, to a recipient that asked to be left alone", n)
		}
		time.Sleep(2 * time.Minute)
		stop()
		r.wantStates(map[record.DeliveryState]int{record.Cleared: 1})
	})
}
