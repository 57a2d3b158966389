package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/zoneblanche/zoneblanche/internal/atomicfile"
	outsync "github.com/zoneblanche/zoneblanche/sync"
)

// deliveryFile stands beside the journal and keeps what a delivery knows between
// two processes: how the recipient was doing, what people were told, and the status
// as it was last seen, for whoever asks while a worker holds the journal. It holds no
// identity and none of the recipient's words. Lost, it costs a warning told twice.
const deliveryFile = "delivery.json"

// deliveryState is its content.
type deliveryState struct {
	Endpoint endpointState                      `json:"endpoint"`
	Told     map[string]map[string]outsync.Told `json:"told,omitempty"` // by way of telling, by entry
	Status   *statusResult                      `json:"status,omitempty"`
}

// endpointState is one recipient at one moment: what is known of it says nothing of
// another.
type endpointState struct {
	Server      string                `json:"server,omitempty"`
	State       outsync.EndpointState `json:"state,omitempty"`
	Cause       string                `json:"cause,omitempty"`
	Since       time.Time             `json:"since,omitzero"`
	LastContact time.Time             `json:"last_contact,omitzero"`
	RetryAt     time.Time             `json:"retry_at,omitzero"`
	ClockOffset time.Duration         `json:"clock_offset_ns,omitempty"` // of this machine's clock, ahead of the recipient's
	Compared    time.Time             `json:"clock_compared,omitzero"`
}

func endpointOf(server string, s outsync.Status, now time.Time) endpointState {
	e := endpointState{Server: server, State: s.State, Cause: s.Cause, Since: s.Since, LastContact: s.LastContact,
		ClockOffset: s.ClockOffset, Compared: s.Compared.UTC().Round(time.Minute)}
	if s.RetryAfter > 0 {
		e.RetryAt = now.Add(s.RetryAfter).UTC().Round(time.Second)
	}
	return e
}

func (e endpointState) status(now time.Time) outsync.Status {
	s := outsync.Status{State: e.State, Cause: e.Cause, Since: e.Since, LastContact: e.LastContact}
	if !e.RetryAt.IsZero() {
		s.RetryAfter = max(e.RetryAt.Sub(now), 0)
	}
	return s
}

// deliveryKeeper holds the file's content and writes it when it has changed.
type deliveryKeeper struct {
	path string

	mu      sync.Mutex
	state   deliveryState
	written string
}

// openDeliveryKeeper reads the file beside a journal. One that is not there or cannot be
// understood is begun anew.
func openDeliveryKeeper(dir string) (*deliveryKeeper, error) {
	k := &deliveryKeeper{path: filepath.Join(dir, deliveryFile)}
	data, err := os.ReadFile(k.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, err
	case json.Unmarshal(data, &k.state) != nil:
		k.state = deliveryState{}
	default:
		k.written = string(data)
	}
	return k, nil
}

func (k *deliveryKeeper) now() deliveryState {
	k.mu.Lock()
	defer k.mu.Unlock()
	s := k.state
	s.Told = maps.Clone(s.Told)
	return s
}

// change changes the content, and the file when that makes a difference.
func (k *deliveryKeeper) change(f func(*deliveryState)) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	f(&k.state)
	data, err := json.Marshal(k.state)
	if err != nil {
		return err
	}
	if string(data) == k.written {
		return nil
	}
	if err := atomicfile.Write(k.path, data, 0o600); err != nil {
		return err
	}
	k.written = string(data)
	return nil
}

// told returns the alarm's Keep for one way of telling.
func (k *deliveryKeeper) told(way string) func(map[string]outsync.Told) error {
	return func(told map[string]outsync.Told) error {
		return k.change(func(s *deliveryState) {
			// A new map each time: readers keep the old one.
			ways := maps.Clone(s.Told)
			if ways == nil {
				ways = make(map[string]map[string]outsync.Told)
			}
			ways[way] = told
			s.Told = ways
		})
	}
}
