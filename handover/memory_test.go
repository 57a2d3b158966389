package handover

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
)

// memory is a journal in memory that crashes when it is told to. It obeys the rules of
// [Journal]; TestMemoryIsLikeTheStore holds it to the real one.
type memory struct {
	seed  [32]byte
	peers map[string]*store.Peer
	items map[string]*entry
	given map[[2]string]store.Given
	taken map[[2]string]store.Taken
	now   func() time.Time

	crashIn int  // so many changes from now; 0 is never
	late    bool // the change that crashes is on disk all the same

	// Mutants.
	clearOnTaken  bool
	notIdempotent bool
}

// entry is an entry with its item.
type entry struct {
	item       record.Item
	submission record.Submission
	purged     bool
}

var errCrash = errors.New("the power was cut")

func newMemory(name byte, now func() time.Time) *memory {
	m := &memory{peers: map[string]*store.Peer{}, items: map[string]*entry{}, now: now,
		given: map[[2]string]store.Given{}, taken: map[[2]string]store.Taken{}}
	m.seed = sha256.Sum256([]byte{name})
	return m
}

func (m *memory) Signer() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(m.seed[:]) }
func (m *memory) SealingSeed() []byte        { return m.seed[:] }

func (m *memory) Head() (store.Head, error) {
	// A head of an empty journal, signed as the store signs.
	var h store.Head
	h.At = time.Unix(0, 0).UTC()
	text := append([]byte("zoneblanche head 1\x00"), make([]byte, 16+8+8+32)...)
	h.Signature = ed25519.Sign(m.Signer(), text)
	return h, nil
}

func (m *memory) Peers(context.Context) (all []store.Peer, err error) {
	for _, p := range m.peers {
		all = append(all, *p)
	}
	return all, nil
}

// change makes one durable change, or crashes before or after it.
func (m *memory) change(do func()) error {
	if m.crashIn > 0 {
		if m.crashIn--; m.crashIn == 0 {
			if m.late {
				do()
			}
			return errCrash
		}
	}
	do()
	return nil
}

func refuse(code record.Code, reason string) error {
	return &record.Error{Code: code, Op: "memory", Reason: reason}
}

func (m *memory) usable(id string) error {
	p := m.peers[id]
	if p == nil {
		return refuse(record.CodeNotFound, store.ReasonNoPeer)
	}
	return p.Refusal("memory")
}

func (m *memory) Owed(context.Context) (all []record.Item, err error) {
	for _, e := range m.items {
		if e.item.State != record.Cleared {
			all = append(all, e.item)
		}
	}
	slices.SortFunc(all, func(a, b record.Item) int {
		return bytes.Compare([]byte(a.Deadline.Format(time.RFC3339)+a.Entry), []byte(b.Deadline.Format(time.RFC3339)+b.Entry))
	})
	return all, nil
}

func (m *memory) Submission(_ context.Context, id string) (record.Submission, error) {
	e := m.items[id]
	switch {
	case e == nil:
		return record.Submission{}, refuse(record.CodeNotFound, store.ReasonNoEntry)
	case e.purged:
		return record.Submission{}, refuse(record.CodeExpired, store.ReasonEntryPurged)
	}
	return e.submission, nil
}

func (m *memory) record(e entry) error { return m.change(func() { m.items[e.item.Entry] = &e }) }

func (m *memory) Give(_ context.Context, g store.Given) error {
	if err := m.usable(g.Peer); err != nil {
		return err
	}
	e := m.items[g.Entry]
	if e == nil {
		return refuse(record.CodeNotFound, store.ReasonNoEntry)
	}
	if e.item.State != record.Pending && e.item.State != record.InFlight {
		return refuse(record.CodeConflict, store.ReasonWrongState)
	}
	key := [2]string{g.Entry, g.Peer}
	if before, ok := m.given[key]; ok {
		if !before.Content.Same(g.Content) {
			return refuse(record.CodeConflict, store.ReasonHandoverOther)
		}
		g.TakenAt, g.Attention, g.FinalAt = before.TakenAt, before.Attention, before.FinalAt
	}
	return m.change(func() {
		m.given[key] = g
		if e.item.State == record.Pending {
			e.doubt()
		}
	})
}

func (e *entry) doubt() {
	e.item.State = record.InFlight
	e.item.Attempts++
	e.item.Epoch++
}

func (m *memory) givenTo(id, peer string, c store.Content) (store.Given, error) {
	if err := m.usable(peer); err != nil {
		return store.Given{}, err
	}
	g, ok := m.given[[2]string{id, peer}]
	switch {
	case !ok:
		return g, refuse(record.CodeInvalid, store.ReasonHandoverUnasked)
	case !g.Content.Same(c):
		return g, refuse(record.CodeConflict, store.ReasonHandoverOther)
	}
	return g, nil
}

func (m *memory) HeardTaken(_ context.Context, id, peer string, c store.Content, h store.Heard) error {
	g, err := m.givenTo(id, peer, c)
	if err != nil {
		return err
	}
	return m.change(func() {
		if g.TakenAt.IsZero() {
			g.TakenAt = h.At
		}
		g.Attention = h.Attention
		m.given[[2]string{id, peer}] = g
		if m.clearOnTaken {
			m.items[id].item.State = record.Cleared
		}
	})
}

func (m *memory) HeardNothing(_ context.Context, id, peer string) error {
	g, ok := m.given[[2]string{id, peer}]
	if !ok || g.TakenAt.IsZero() {
		return nil
	}
	g.TakenAt, g.Attention = time.Time{}, false
	return m.change(func() { m.given[[2]string{id, peer}] = g })
}

func (m *memory) HeardFinal(_ context.Context, id, peer string, c store.Content, r record.Receipt) (cleared bool, err error) {
	g, err := m.givenTo(id, peer, c)
	if err != nil {
		return false, err
	}
	e := m.items[id]
	cleared = e.item.State == record.Pending || e.item.State == record.InFlight
	return cleared, m.change(func() {
		g.FinalAt = m.now()
		m.given[[2]string{id, peer}] = g
		if cleared {
			e.item.State, e.item.Receipt = record.Cleared, r
			e.item.Epoch++
		}
	})
}

func (m *memory) AllGiven(context.Context) (all []store.Given, err error) {
	for _, key := range inOrder(m.given) {
		all = append(all, m.given[key])
	}
	return all, nil
}

func (m *memory) Sealed(context.Context, string, string) ([]byte, error) { return nil, nil }

func (m *memory) KeepSealed(_ context.Context, _, _ string, sealed []byte) ([]byte, error) {
	return sealed, nil // no history has a relay
}

func (m *memory) Take(_ context.Context, h store.Handed) (duplicate bool, err error) {
	if err := m.usable(h.Peer); err != nil {
		return false, err
	}
	c := store.ContentOf(h.Submission, sha256.Sum256(h.Submission.Body))
	key := [2]string{h.Entry, h.Peer}
	t := store.Taken{Entry: h.Entry, Peer: h.Peer, Content: c, TakenAt: m.now()}
	if before, ok := m.taken[key]; ok && !m.notIdempotent {
		if !before.Content.Same(c) {
			return false, refuse(record.CodeConflict, store.ReasonHandoverOther)
		}
		return true, nil
	}
	id := h.Entry
	if e := m.items[id]; e != nil && !m.notIdempotent {
		if e.purged {
			return false, refuse(record.CodeExpired, store.ReasonEntryPurged)
		}
		if !store.ContentOf(e.submission, sha256.Sum256(e.submission.Body)).Same(c) {
			return false, refuse(record.CodeConflict, store.ReasonHandoverOther)
		}
		return true, m.change(func() { m.taken[key] = t })
	} else if e != nil {
		id = fmt.Sprintf("%s again %d", id, len(m.items))
	}
	e := &entry{submission: h.Submission, item: record.Item{Entry: id, State: record.Pending, Epoch: 1, ActedAt: h.ActedAt,
		Deadline: h.ActedAt.Add(record.SyncWithin), DocumentID: h.Submission.DocumentID}}
	e.doubt()
	return false, m.change(func() { m.items[id], m.taken[key] = e, t })
}

func (m *memory) MadeFinal(_ context.Context, id, peer string) error {
	return m.change(func() {
		t := m.taken[[2]string{id, peer}]
		t.FinalAt = m.now()
		m.taken[[2]string{id, peer}] = t
	})
}

func (m *memory) AllTaken(context.Context) (all []store.Taken, err error) {
	for _, key := range inOrder(m.taken) {
		t := m.taken[key]
		t.Item = m.items[key[0]].item
		all = append(all, t)
	}
	return all, nil
}

// inOrder makes a history the same each time.
func inOrder[V any](m map[[2]string]V) [][2]string {
	return slices.SortedFunc(maps.Keys(m), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
}

// key is a USB key in memory, and whoever carries it.
type key struct {
	files  map[string][]byte
	rest   int
	random *rand.Rand
	// pulled is after how many writes it is pulled out; 0 is never.
	pulled int
	seen   func(b []byte) // the carrier reads everything
}

func (k *key) List() (names []string, leftovers int, err error) {
	for name := range k.files {
		names = append(names, name)
	}
	slices.Sort(names)
	return names, k.rest, nil
}

func (k *key) Open(name string) (io.ReadCloser, int64, error) {
	b, ok := k.files[name]
	if !ok {
		return nil, 0, os.ErrNotExist
	}
	return io.NopCloser(bytes.NewReader(b)), int64(len(b)), nil
}

func (k *key) Write(name string, b []byte) error {
	if k.pulled > 0 {
		if k.pulled--; k.pulled == 0 {
			switch k.random.IntN(3) {
			case 0: // in the middle: some systems copy under the last name
				k.files[name] = slices.Clone(b[:k.random.IntN(len(b))])
			case 1:
				k.rest++
			}
			return lost(errCrash)
		}
	}
	k.files[name] = slices.Clone(b)
	k.seen(b)
	return nil
}

func (k *key) Remove(name string) error {
	delete(k.files, name)
	return nil
}
