package handover

import (
	"bytes"
	"context"
	"crypto/sha1"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
)

var (
	histories = flag.Int("handover.histories", 300, "histories of the two journals to explore")
	firstSeed = flag.Uint64("handover.seed", 1, "seed of the first history")
)

// world is a laptop, two practices, somebody who is not paired, the recipient, and the
// keys that travel between them.
type world struct {
	random  *rand.Rand
	laptop  *site
	others  []*site // the practices
	thief   *site
	sites   []*site
	keys    []*key
	held    map[string]*document
	made    map[string]record.Submission // by entry
	secrets [][]byte
	broken  string // the first promise that did not hold
	trace   []string
	tally   map[What]int // what imports did
}

// site is one machine.
type site struct {
	name    string
	journal *memory
	desk    *Desk
	skew    time.Duration // of its clock
	online  bool
	world   *world
}

// document is what the recipient holds under one unique id.
type document struct {
	body    []byte
	effects int
}

// mutant is a program that breaks one promise.
type mutant struct {
	name  string
	apply func(*site)
}

var mutants = []mutant{
	{"the origin clears on taken", func(s *site) { s.journal.clearOnTaken = true }},
	{"the importer takes twice", func(s *site) { s.journal.notIdempotent = true }},
	{"packages are not sealed", func(s *site) {
		s.desk.seal = func(h Header, _, content []byte) ([]byte, error) {
			head, err := h.bytes()
			return append(head, content...), err
		}
	}},
}

func newWorld(seed uint64, break_ func(*site)) *world {
	w := &world{random: rand.New(rand.NewPCG(seed, 8)), held: map[string]*document{}, made: map[string]record.Submission{}, tally: map[What]int{}}
	site := func(name string) *site {
		s := &site{name: name, world: w}
		s.journal = newMemory(name[0], s.now)
		s.desk, _ = NewDesk(s.journal)
		s.desk.importers = 1 // a history is the same each time
		if break_ != nil {
			break_(s)
		}
		w.sites = append(w.sites, s)
		return s
	}
	w.laptop = site("laptop")
	w.others = append(w.others, site("practice"), site("town hall"))
	w.thief = site("x")
	for _, o := range w.others {
		pair(w.laptop, o)
	}
	w.keys = append(w.keys, w.newKey())
	return w
}

func (s *site) now() time.Time { return modelStart.Add(s.skew) }

var modelStart = time.Date(2026, 3, 14, 9, 0, 0, 0, time.UTC)

// pair makes the two know each other, as the words that a person compared would.
func pair(origin, holder *site) {
	know := func(s, of *site, holds bool) {
		i := of.desk.identity
		s.journal.peers[i.ID] = &store.Peer{ID: i.ID, Sign: i.SignKey(), Seal: i.SealKey(), Holder: holds, ConfirmedAt: modelStart}
	}
	know(origin, holder, true)
	know(holder, origin, false)
}

func (w *world) newKey() *key {
	return &key{files: map[string][]byte{}, random: w.random, seen: func(b []byte) {
		for _, secret := range w.secrets {
			if bytes.Contains(b, secret) {
				w.fail("the carrier reads what was written")
			}
		}
	}}
}

func (w *world) fail(format string, args ...any) {
	if w.broken == "" {
		w.broken = fmt.Sprintf(format, args...)
	}
}

func (w *world) note(format string, args ...any) {
	w.trace = append(w.trace, fmt.Sprintf(format, args...))
}

// pick draws one of several.
func pick[T any](w *world, from []T) T { return from[w.random.IntN(len(from))] }

// step does one thing that may happen.
func (w *world) step(ctx context.Context) {
	r := w.random
	some, k := pick(w, w.sites), pick(w, w.keys)
	if r.IntN(6) == 0 {
		some.journal.crashIn, some.journal.late = 1+r.IntN(4), r.IntN(2) == 0
	}
	if r.IntN(8) == 0 {
		k.pulled = 1 + r.IntN(4)
	}
	switch r.IntN(21) {
	case 0, 1, 2:
		w.consult()
	case 3, 4, 5, 6:
		w.note("%s exports", some.name)
		_, _ = some.desk.Export(ctx, k, ExportOptions{Now: some.now, Again: r.IntN(4) == 0})
	case 7, 8, 9, 10, 11:
		w.note("%s imports", some.name)
		w.imports(ctx, some, k)
	case 12, 13, 14:
		w.note("%s delivers", some.name)
		some.deliver(ctx)
	case 15:
		some.online = !some.online
		w.note("%s online: %v", some.name, some.online)
	case 16:
		some.skew = time.Duration(r.IntN(21)-10) * 24 * time.Hour
		w.note("%s has its clock wrong by %v", some.name, some.skew)
	case 17:
		w.meddle(k)
	case 18:
		w.note("%s purges", some.name)
		for _, e := range some.journal.items {
			e.purged = e.purged || e.item.State == record.Cleared && some != w.laptop
		}
	case 20:
		if o := pick(w, w.others); len(o.journal.taken) > 0 {
			w.note("%s is restored from an older backup", o.name)
			lost := inOrder(o.journal.taken)[0]
			delete(o.journal.taken, lost)
			delete(o.journal.items, lost[0])
		}
	case 19:
		if r.IntN(4) == 0 {
			a, b := pick(w, w.others), w.laptop
			if r.IntN(2) == 0 {
				a, b = b, a
			}
			w.note("%s revokes %s", a.name, b.name)
			a.journal.peers[b.desk.identity.ID].RevokedAt = modelStart
		}
	}
	some.journal.crashIn, k.pulled = 0, 0
}

func (w *world) imports(ctx context.Context, s *site, k *key) {
	_, _ = s.desk.Import(ctx, k, func(o Outcome) {
		w.tally[o.What]++
		if s == w.thief && o.What != Refused && o.What != Elsewhere {
			w.fail("somebody who is not paired takes a package (%s)", o.What)
		}
	})
}

// meddle is what happens to a key between two machines.
func (w *world) meddle(k *key) {
	r := w.random
	names, _, _ := k.List()
	switch kind := r.IntN(6); {
	case kind == 0: // somebody copies it: an old state comes back later
		w.note("the key is copied")
		other := w.newKey()
		for name, b := range k.files {
			other.files[name] = b
		}
		w.keys = append(w.keys, other)
	case kind == 1:
		w.note("the key is lost")
		w.keys[slices.Index(w.keys, k)] = w.newKey()
	case len(names) == 0:
	case kind == 2:
		name := pick(w, names)
		w.note("a file is cut")
		k.files[name] = k.files[name][:r.IntN(len(k.files[name])+1)]
	case kind == 3:
		if name := pick(w, names); len(k.files[name]) > 0 {
			w.note("a bit flips")
			b := slices.Clone(k.files[name])
			b[r.IntN(len(b))] ^= 1 << r.IntN(8)
			k.files[name] = b
		}
	case kind == 4:
		w.note("a file is put under another's name")
		k.files[pick(w, names)] = k.files[pick(w, names)]
	case kind == 5:
		w.note("somebody forges receipts")
		w.forge(k, pick(w, names))
	}
}

// forge writes a final receipt with the thief's key, in the practice's name, for an
// entry that the key shows.
func (w *world) forge(k *key, name string) {
	h, err := ParseHeader(k.files[name])
	if err != nil {
		return
	}
	as := pick(w, w.others).desk.identity.ID
	for _, s := range w.made {
		content := fmt.Sprintf(`{"document_id":%q,"body_sha256":"","taken_at":"2026-03-14T09:00:00Z","attention":false,"receipt":{"location":"DocumentReference/1"}}`, s.DocumentID)
		forged := Header{Kind: KindFinal, Entry: h.Entry, To: w.laptop.desk.identity.ID, Made: modelStart, Deadline: h.Deadline}
		b, err := w.thief.desk.identity.Seal(forged, w.laptop.desk.identity.SealKey(), []byte(content))
		if err != nil {
			w.fail("forge: %v", err)
			return
		}
		if w.random.IntN(2) == 0 { // in another's name: the signature is the thief's
			forged.From, forged.Size = as, int64(len(content))
			head, _ := forged.bytes()
			copy(b, head)
		}
		k.files[forged.Name()] = b
		return
	}
}

// consult records an entry on the laptop.
func (w *world) consult() {
	id := uuid.UUID{}
	for i := range id {
		id[i] = byte(w.random.Uint32())
	}
	secret := fmt.Appendf(nil, "SECRET-%s", id)
	w.secrets = append(w.secrets, secret)
	sum := sha1.Sum(secret)
	s := record.Submission{DocumentID: "urn:uuid:" + id.String(), MediaType: "application/fhir+json",
		Body: append([]byte(`{"note":"`), append(secret, '"', '}')...), DocumentSHA1: sum[:], DocumentSize: len(secret), Entries: 3}
	e := entry{submission: s, item: record.Item{Entry: id.String(), State: record.Pending, Epoch: 1, ActedAt: modelStart,
		Deadline: modelStart.Add(record.SyncWithin), DocumentID: s.DocumentID}}
	w.note("a consultation is recorded")
	if w.laptop.journal.record(e) == nil {
		w.made[e.item.Entry] = s
	} else {
		delete(w.laptop.journal.items, e.item.Entry) // the doctor was told that it is not recorded
	}
}

// deliver is the worker of sync in a few lines: a look-up first where the outcome of an
// attempt is not known, and no clearance but by what the recipient holds.
func (s *site) deliver(ctx context.Context) {
	items, _ := s.journal.Owed(ctx)
	for _, item := range items {
		if !s.online || item.State == record.Attention {
			continue
		}
		e := s.journal.items[item.Entry]
		if item.Attempts > 0 && s.clear(e) {
			continue
		}
		if s.journal.change(e.doubt) != nil {
			return
		}
		s.world.receive(e.submission)
		if s.world.random.IntN(3) > 0 { // else the answer is lost
			s.clear(e)
		}
	}
}

// clear looks the document up and clears the entry if it is there.
func (s *site) clear(e *entry) bool {
	d := s.world.held[e.item.DocumentID]
	if d == nil {
		return false
	}
	if !bytes.Equal(d.body, e.submission.Body) {
		e.item.State = record.Attention
		return true
	}
	return s.journal.change(func() {
		e.item.State = record.Cleared
		e.item.Receipt = record.Receipt{At: s.now(), Location: "DocumentReference/" + e.item.Entry}
	}) == nil
}

// receive is the recipient: one document for each unique id.
func (w *world) receive(s record.Submission) {
	if d := w.held[s.DocumentID]; d != nil {
		if !bytes.Equal(d.body, s.Body) {
			w.fail("other bytes are sent under a known unique id")
		}
		return
	}
	w.held[s.DocumentID] = &document{s.Body, 1}
}

// judge looks for a promise that does not hold.
func (w *world) judge() {
	for id, s := range w.made {
		e := w.laptop.journal.items[id]
		if e == nil {
			w.fail("an entry is lost")
			continue
		}
		if e.item.State == record.Cleared {
			if d := w.held[s.DocumentID]; d == nil || !bytes.Equal(d.body, s.Body) || e.item.Receipt.Empty() {
				w.fail("an entry is cleared that the recipient does not hold")
			}
		}
	}
	for _, site := range w.sites {
		seen := map[string]bool{}
		for _, e := range site.journal.items {
			if seen[e.item.DocumentID] {
				w.fail("a document is owed twice by one journal")
			}
			seen[e.item.DocumentID] = true
			if !slices.ContainsFunc(w.submissions(), func(s record.Submission) bool { return bytes.Equal(s.Body, e.submission.Body) }) {
				w.fail("a journal owes what nobody wrote")
			}
		}
	}
	for _, d := range w.held {
		if d.effects != 1 {
			w.fail("a document took effect twice")
		}
	}
}

func (w *world) submissions() (all []record.Submission) {
	for _, s := range w.made {
		all = append(all, s)
	}
	return all
}

// heal lets the story end well: a last round trip of a key where the pairing stands, and
// else the laptop finds a line. Either is enough, whatever happened before.
func (w *world) heal(ctx context.Context) {
	paired := func(o *site) bool {
		return w.laptop.journal.peers[o.desk.identity.ID].Usable() && o.journal.peers[w.laptop.desk.identity.ID].Usable()
	}
	i := slices.IndexFunc(w.others, paired)
	if i >= 0 && w.random.IntN(2) == 0 {
		holder, k := w.others[i], w.newKey()
		holder.online = true
		for _, act := range []func(){
			func() { _, _ = w.laptop.desk.Export(ctx, k, ExportOptions{Now: w.laptop.now, Again: true}) },
			func() { w.imports(ctx, holder, k) },
			func() { holder.deliver(ctx); holder.deliver(ctx) },
			func() { _, _ = holder.desk.Export(ctx, k, ExportOptions{Now: holder.now}) },
			func() { w.imports(ctx, w.laptop, k) },
		} {
			act()
		}
	} else {
		w.laptop.online = true
		for range 3 {
			w.laptop.deliver(ctx)
		}
	}
	for id := range w.made {
		if e := w.laptop.journal.items[id]; e == nil || e.item.State != record.Cleared {
			w.fail("an entry is still owed after a road was open")
		}
	}
}

// play runs one history.
func play(seed uint64, break_ func(*site)) *world {
	ctx := context.Background()
	w := newWorld(seed, break_)
	for range 15 + w.random.IntN(35) {
		w.step(ctx)
		if w.judge(); w.broken != "" {
			return w
		}
	}
	w.heal(ctx)
	w.judge()
	return w
}

func TestNoHistoryBreaksAPromise(t *testing.T) {
	total := map[What]int{}
	for i := range *histories {
		seed := *firstSeed + uint64(i)
		w := play(seed, nil)
		if w.broken != "" {
			t.Fatalf("history %d (-handover.seed %d -handover.histories 1): %s\n%q", i, seed, w.broken, w.trace)
		}
		for what, n := range w.tally {
			total[what] += n
		}
	}
	t.Logf("%d histories, files imported: %v", *histories, total)
	for _, what := range []What{Took, TookAgain, HeardTook, Cleared, Elsewhere, Refused} {
		if *histories >= 100 && total[what] == 0 {
			t.Errorf("no file was ever %s: the histories are too tame", what)
		}
	}
}

// A model that cannot fail proves nothing.
func TestTheModelNoticesMutants(t *testing.T) {
	for _, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			for seed := uint64(1); seed <= 300; seed++ {
				if w := play(seed, m.apply); w.broken != "" {
					t.Logf("history %d: %s", seed, w.broken)
					return
				}
			}
			t.Error("300 histories did not notice it")
		})
	}
}
