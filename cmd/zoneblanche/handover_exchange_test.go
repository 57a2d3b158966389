package main

import (
	"context"
	"errors"
	"io"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/handover"
	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
)

// A laptop that serves gives what it owes by itself as soon as its holder answers, and
// is cleared by the receipt at a later look, without anybody doing anything.
func TestExchangeByItself(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	open := func() *store.Journal {
		j, err := store.Open(filepath.Join(t.TempDir(), "journal"), nil)
		if err != nil {
			t.Fatal(err)
		}
		return j
	}
	laptop, practice := open(), open()
	a := &app{terminal: terminal{out: io.Discard, err: io.Discard}}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	woken := make(chan struct{}, 10)
	holding, err := a.startExchange(ctx, practice, address, func() { woken <- struct{}{} })
	if err != nil {
		t.Fatal(err)
	}
	offer, err := handover.Offer(ctx, practice, "Cabinet", address, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	peer, answer, err := handover.Accept(ctx, laptop, offer, "Portable", nil)
	if err == nil {
		err = handover.SendAnswer(ctx, laptop, peer, answer)
	}
	for _, j := range []*store.Journal{laptop, practice} {
		_, confirmed := handover.Confirm(ctx, j, func([]byte) bool { return true })
		err = errors.Join(err, confirmed)
	}
	if err != nil {
		t.Fatal(err)
	}
	c := consultation(time.Now())
	entry, _, err := laptop.Record(ctx, c, submission(t, c))
	if err != nil {
		t.Fatal(err)
	}
	giving, err := a.startExchange(ctx, laptop, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-woken:
	case <-time.After(time.Minute):
		t.Fatal("nothing was taken")
	}
	info, err := practice.Entry(ctx, entry)
	if err != nil || info.Item.State != record.InFlight || info.From == "" {
		t.Fatalf("got %+v, %v", info, err)
	}
	stop()
	if err := errors.Join(<-holding, <-giving, laptop.Close(), practice.Close()); err != nil {
		t.Error(err)
	}
}
