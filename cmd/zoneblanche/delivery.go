package main

import (
	"context"
	"errors"
	"time"

	"github.com/zoneblanche/zoneblanche/internal/netchange"
	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
	outsync "github.com/zoneblanche/zoneblanche/sync"
)

// tendEvery is how often a running delivery looks at its clock: contact, status and
// warnings are at most that late.
const tendEvery = time.Minute

// delivery is a journal, the worker that delivers it, and what people are told.
type delivery struct {
	*app
	journal *store.Journal
	worker  *outsync.Worker
	keeper  *deliveryKeeper
	alarms  []*outsync.Alarm
	meter   *meter
	stirred chan struct{} // something happened that the status should say
	contact time.Time     // the last one that the journal knows
}

// openDelivery opens the journal and joins it to the recipient; the caller closes it.
func (a *app) openDelivery(ctx context.Context, o syncOptions) (*delivery, error) {
	journal, err := a.openJournal(false)
	if err != nil {
		return nil, err
	}
	d, err := a.join(ctx, journal, o)
	if err != nil {
		return nil, errors.Join(err, journal.Close())
	}
	return d, nil
}

func (a *app) join(ctx context.Context, journal *store.Journal, o syncOptions) (*delivery, error) {
	d := &delivery{app: a, journal: journal, meter: newMeter(), stirred: make(chan struct{}, 1)}
	hook, err := newHook(o.hook)
	if err != nil {
		return nil, err
	}
	if d.worker, err = newWorker(journal, o, d.observe); err != nil {
		return nil, err
	}
	if d.keeper, err = openDeliveryKeeper(journal.Dir()); err != nil {
		return nil, err
	}
	d.meter.worker = d.worker.Status
	known := d.keeper.now()
	if known.Endpoint.Server == d.worker.Server {
		d.worker.Resume(known.Endpoint.status(time.Now()))
	}
	counts, err := journal.Counts(ctx)
	if err != nil {
		return nil, err
	}
	d.contact = counts.LastContact
	d.addAlarm(known, "log", func(_ context.Context, n outsync.Notice) error {
		a.notef("%s\n", noticeInFrench(n, time.Now()))
		d.meter.warned(n)
		return nil
	})
	if hook != nil {
		d.addAlarm(known, "hook", hook)
	}
	return d, nil
}

func (d *delivery) addAlarm(known deliveryState, way string, tell func(context.Context, outsync.Notice) error) {
	alarm := &outsync.Alarm{Tell: tell, Keep: d.keeper.told(way)}
	alarm.Remember(known.Told[way])
	d.alarms = append(d.alarms, alarm)
}

// observe is told of everything that the worker does.
func (d *delivery) observe(e outsync.Event) {
	d.tellEvent(e)
	d.meter.observe(e)
	switch e.Kind {
	case outsync.EndpointDown, outsync.EndpointUp, outsync.HeldEvent, outsync.ClearedEvent:
		select {
		case d.stirred <- struct{}{}:
		default:
		}
	}
}

// run delivers until the context is done.
func (d *delivery) run(ctx context.Context) error {
	watching, unwatch := context.WithCancel(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		// Where the platform tells nothing, the worker's own timers do.
		_ = netchange.Watch(watching, d.worker.NetworkChanged)
	}()
	defer func() { unwatch(); <-watched }()
	ran := make(chan error, 1)
	go func() { ran <- d.worker.Run(ctx) }()
	tick := time.NewTicker(tendEvery)
	defer tick.Stop()
	for {
		d.tendOrSay(ctx)
		select {
		case err := <-ran:
			return errors.Join(err, d.tend(context.WithoutCancel(ctx)))
		case <-tick.C:
		case <-d.stirred:
			// A burst of clearances is one change of the status.
			select {
			case err := <-ran:
				return errors.Join(err, d.tend(context.WithoutCancel(ctx)))
			case <-time.After(time.Second):
			}
		}
	}
}

func (d *delivery) tendOrSay(ctx context.Context) {
	if err := d.tend(ctx); err != nil && ctx.Err() == nil {
		say, next, _ := explain(err)
		d.notef("%s\n→ %s\n", clean(say), clean(next))
	}
}

// tend keeps what is known and tells what is pressing. Each part is done whether or
// not the others could be.
func (d *delivery) tend(ctx context.Context) error {
	var errs []error
	now := time.Now()
	status := d.worker.Status()
	if at := status.LastContact; at.After(d.contact) {
		err := d.journal.Contact(ctx, at)
		if err == nil {
			d.contact = at
		}
		errs = append(errs, err)
	}
	owed, err := d.journal.Owed(ctx)
	if err != nil {
		return errors.Join(append(errs, err)...)
	}
	for _, alarm := range d.alarms {
		errs = append(errs, alarm.Check(ctx, owed, now))
	}
	counts, err := d.journal.Counts(ctx)
	if err != nil {
		return errors.Join(append(errs, err)...)
	}
	seen := statusOf(counts, owed, endpointOf(d.worker.Server, status, now), now)
	seen.forgetWords() // the file lies in clear
	errs = append(errs, d.keeper.change(func(s *deliveryState) {
		s.Endpoint, s.Status = seen.endpoint, &seen
	}))
	d.meter.set(seen, status)
	return errors.Join(errs...)
}

// owedByPeople are the items that wait for a person.
func owedByPeople(items []record.Item) []record.Item {
	var some []record.Item
	for _, item := range items {
		if item.State == record.Attention {
			some = append(some, item)
		}
	}
	return some
}
