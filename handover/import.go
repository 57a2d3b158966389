package handover

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"

	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
)

// What became of one file.
type What string

// The outcomes.
const (
	Took      What = "taken"     // an entry of a peer, now owed here too
	TookAgain What = "known"     // an entry or a receipt that was known already
	HeardTook What = "held"      // a holder says that it has an entry
	Cleared   What = "cleared"   // an entry of this journal, by the recipient's receipt
	Elsewhere What = "elsewhere" // for another journal, or this one's own package
	Refused   What = "refused"   // Err says why; nothing of it was taken
)

// Outcome is what became of one file.
type Outcome struct {
	File string
	What What
	Header
	Err error
}

// Imported sums an import up.
type Imported struct {
	Seen      int // files looked at
	Outcomes  map[What]int
	Leftovers int // what an interrupted copy left, ignored
}

// The import of small packages runs side by side, so that they share the waits for the
// disk; larger ones are read one at a time.
const (
	importers    = 8
	largePackage = 1 << 20
)

// Import takes what a folder has for this journal. A file that is refused changes
// nothing and holds up no other; tell, which may be nil, hears of each, one at a time.
// The error is this machine's: what was taken until then stays, and calling again goes
// on.
func (d *Desk) Import(ctx context.Context, f Folder, tell func(Outcome)) (out Imported, err error) {
	out.Outcomes = map[What]int{}
	names, leftovers, err := f.List()
	if err != nil {
		return out, err
	}
	out.Leftovers = leftovers
	all, err := d.journal.Peers(ctx)
	if err != nil {
		return out, err
	}
	peers := map[string]store.Peer{}
	for _, p := range all {
		peers[p.ID] = p
	}
	var mu sync.Mutex // of out, err and tell
	var large sync.Mutex
	var wg sync.WaitGroup
	next := make(chan string)
	for range min(d.importers, len(names)) {
		wg.Go(func() {
			for name := range next {
				o := d.importFile(ctx, f, name, peers, &large)
				mu.Lock()
				if o.Err != nil && (fatal(o.Err) || ctx.Err() != nil) {
					err = errors.Join(err, o.Err)
				} else {
					out.Seen++
					out.Outcomes[o.What]++
					if tell != nil {
						tell(o)
					}
				}
				mu.Unlock()
			}
		})
	}
	for _, name := range names {
		mu.Lock()
		stop := err != nil || ctx.Err() != nil
		mu.Unlock()
		if stop {
			break
		}
		next <- name
	}
	close(next)
	wg.Wait()
	if err == nil {
		err = ctx.Err()
	}
	return out, err
}

// importFile takes one file.
func (d *Desk) importFile(ctx context.Context, f Folder, name string, peers map[string]store.Peer, large *sync.Mutex) (o Outcome) {
	o = Outcome{File: name, What: Refused}
	h, size, err := readHeader(f, name)
	if err != nil {
		o.Err = err
		return o
	}
	o.Header = h
	if h.To != d.identity.ID {
		o.What = Elsewhere
		return o
	}
	peer, known := peers[h.From]
	if !known {
		o.Err = &record.Error{Code: record.CodeUntrusted, Op: opOpen, Reason: ReasonStranger}
		return o
	}
	if o.Err = peer.Refusal(opOpen); o.Err != nil {
		return o
	}
	if size > largePackage {
		large.Lock()
		defer large.Unlock()
	}
	b, err := readPackage(f, name)
	if err == nil {
		h, err = ParseHeader(b)
	}
	if err == nil && (h.To != o.To || h.From != o.From) {
		err = wrong(ReasonPackage, "the file changed while it was read")
	}
	var content []byte
	if err == nil {
		content, err = d.identity.Open(h, b, peer.Sign)
	}
	if err == nil {
		o.What, err = d.receive(ctx, f, h, peer, content)
	}
	if err != nil {
		o.What, o.Err = Refused, err
	}
	return o
}

// receive acts on a package that is from whom it says and for this journal.
func (d *Desk) receive(ctx context.Context, f Folder, h Header, peer store.Peer, content []byte) (What, error) {
	if h.Kind == KindEntry {
		handed, err := readEntry(h, content)
		if err != nil {
			return Refused, err
		}
		if head, err := store.ParseHead(handed.Head); err != nil || !head.Verify(peer.Sign) {
			return Refused, wrong(ReasonPackage, "the head is not the origin's")
		}
		again, err := d.journal.Take(ctx, handed)
		if again {
			return TookAgain, err
		}
		return Took, err
	}
	r, err := readReceipt(h, content)
	if err != nil {
		return Refused, err
	}
	if h.Kind == KindTaken {
		return HeardTook, d.journal.HeardTaken(ctx, h.Entry, h.From, r.Content, store.Heard{At: r.TakenAt, Attention: r.Attention})
	}
	if peer.Relay() {
		if r.Receipt, err = d.proven(ctx, h.Entry, peer, r.Receipt); err != nil {
			return Refused, err
		}
	}
	cleared, err := d.journal.HeardFinal(ctx, h.Entry, h.From, r.Content, r.Receipt)
	if err != nil {
		return Refused, err
	}
	d.tidy(f, h)
	if !cleared {
		return TookAgain, nil
	}
	return Cleared, nil
}

// tidy takes away what a final receipt answers, and the receipts. Where that cannot be
// done it stays, and harms nobody.
func (d *Desk) tidy(f Folder, final Header) {
	for _, h := range []Header{
		{Kind: KindEntry, Entry: final.Entry, From: final.To, To: final.From},
		{Kind: KindTaken, Entry: final.Entry, From: final.From, To: final.To},
		{Kind: KindFinal, Entry: final.Entry, From: final.From, To: final.To},
	} {
		_ = f.Remove(h.Name())
	}
}

func readHeader(f Folder, name string) (Header, int64, error) {
	r, size, err := f.Open(name)
	if errors.Is(err, os.ErrNotExist) {
		return Header{}, 0, wrong(ReasonPackageCut, "the file is gone")
	}
	if err != nil {
		return Header{}, 0, err
	}
	defer r.Close()
	b := make([]byte, min(size, int64(headerSize)))
	if _, err := io.ReadFull(r, b); err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return Header{}, 0, lost(err)
	}
	h, err := ParseHeader(b)
	return h, size, err
}
