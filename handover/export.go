package handover

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
)

// ExportOptions refine [Desk.Export].
type ExportOptions struct {
	// For is the one peer that is written for; "" means all.
	For string
	// Again gives anew what a holder says it took.
	Again bool
	// Now is time.Now when nil.
	Now func() time.Time
	// Wrote is told of each package that was written; nil for nobody.
	Wrote func(Header)
}

// Exported is what an export did.
type Exported struct {
	Entries    int      // entries given
	Receipts   int      // receipts written for origins
	Kept       int      // packages that lay there already
	Unreadable []string // entries whose bytes cannot be read here
}

// Export writes to a folder what the journal's peers should have: for holders the
// entries that are owed, notes before photographs, and for origins the receipts of what
// was taken from them. It may be interrupted and called again.
func (d *Desk) Export(ctx context.Context, f Folder, o ExportOptions) (out Exported, err error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Wrote == nil {
		o.Wrote = func(Header) {}
	}
	e := export{Desk: d, f: f, o: o, out: &out, mine: map[string]bool{}}
	if e.peers, err = d.usable(ctx); err != nil {
		return out, err
	}
	for id := range e.peers {
		if o.For != "" && id != o.For {
			delete(e.peers, id)
		}
	}
	e.order = slices.Sorted(maps.Keys(e.peers))
	if len(e.peers) == 0 {
		return out, &record.Error{Code: record.CodeNotFound, Op: "export packages", Reason: store.ReasonNoPeer}
	}
	if err := e.receipts(ctx); err != nil {
		return out, err
	}
	return out, e.entries(ctx)
}

// export is one call of Export.
type export struct {
	*Desk
	f     Folder
	o     ExportOptions
	out   *Exported
	peers map[string]store.Peer
	order []string        // of their ids
	mine  map[string]bool // entries that were taken from others: they go no further
}

// receipts writes, of what was taken from the peers, how it stands. A final receipt is
// written once, and again while the package that it answers lies in the folder.
func (e *export) receipts(ctx context.Context) error {
	all, err := e.journal.AllTaken(ctx)
	if err != nil {
		return err
	}
	for _, t := range all {
		if err := ctx.Err(); err != nil {
			return err
		}
		e.mine[t.Entry] = true
		peer, ok := e.peers[t.Peer]
		if !ok {
			continue
		}
		asked := Header{Kind: KindEntry, Entry: t.Entry, From: peer.ID, To: e.identity.ID}
		if !t.FinalAt.IsZero() && !there(e.f, asked.Name()) {
			continue
		}
		h, content, err := e.receiptOf(t, e.o.Now())
		if err != nil {
			return err
		}
		if err := e.write(h, peer, content); err != nil {
			return err
		}
		e.out.Receipts++
		if h.Kind == KindFinal {
			// After it is on the key: should it get lost, the origin's package asks again.
			if err := e.journal.MadeFinal(ctx, t.Entry, t.Peer); err != nil {
				return err
			}
		}
	}
	return nil
}

// receiptOf says how an entry stands that was taken.
func (d *Desk) receiptOf(t store.Taken, now time.Time) (Header, []byte, error) {
	h := Header{Kind: KindTaken, Entry: t.Entry, From: d.identity.ID, To: t.Peer, Made: now, Deadline: t.Item.Deadline}
	r := receipt{Content: t.Content, TakenAt: t.TakenAt, Attention: t.Item.State == record.Attention}
	if t.Item.State == record.Cleared {
		h.Kind, r.Receipt = KindFinal, t.Item.Receipt
	}
	content, err := json.Marshal(r)
	return h, content, err
}

// receiptsFor returns the receipts of entries that were taken from a peer; those that
// were not have none.
func (d *Desk) receiptsFor(ctx context.Context, peer store.Peer, entries []string, now time.Time) (out [][]byte, err error) {
	all, err := d.journal.AllTaken(ctx)
	if err != nil {
		return nil, err
	}
	for _, t := range all {
		if t.Peer != peer.ID || !slices.Contains(entries, t.Entry) {
			continue
		}
		h, content, err := d.receiptOf(t, now)
		if err != nil {
			return nil, err
		}
		b, err := d.seal(h, peer.Seal, content)
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}

// entries gives what is owed to the holders among the peers.
func (e *export) entries(ctx context.Context) error {
	given, err := e.journal.AllGiven(ctx)
	if err != nil {
		return err
	}
	taken := map[[2]string]bool{}
	for _, g := range given {
		taken[[2]string{g.Entry, g.Peer}] = !g.TakenAt.IsZero()
	}
	owed, err := e.journal.Owed(ctx)
	if err != nil {
		return err
	}
	var photographs []record.Item
	for _, large := range []bool{false, true} {
		for _, item := range owed {
			if err := ctx.Err(); err != nil {
				return err
			}
			// A correction follows what it corrects, whose receipt must be here first.
			if item.State == record.Attention || item.Waits || e.mine[item.Entry] {
				continue
			}
			s, err := e.journal.Submission(ctx, item.Entry)
			if err != nil {
				if fatal(err) {
					return err
				}
				e.out.Unreadable = append(e.out.Unreadable, item.Entry)
				continue
			}
			if !large && s.Attached != nil {
				photographs = append(photographs, item)
				continue
			}
			for _, id := range e.order {
				peer := e.peers[id]
				if !peer.Holder || taken[[2]string{item.Entry, peer.ID}] && !e.o.Again {
					continue
				}
				if err := e.give(ctx, item, s, peer); err != nil {
					return err
				}
			}
		}
		owed = photographs
	}
	return nil
}

// give writes the package of one entry for one holder.
func (e *export) give(ctx context.Context, item record.Item, s record.Submission, peer store.Peer) error {
	h := Header{Kind: KindEntry, Entry: item.Entry, From: e.identity.ID, To: peer.ID, Made: e.o.Now(), Deadline: item.Deadline}
	if e.lies(h) {
		e.out.Kept++
		return nil
	}
	body, err := wholeBody(s)
	if err == nil && peer.Relay() {
		if s, err = e.sealToRecipient(ctx, item, s, body, peer); s.Body == nil {
			return err
		}
		body = s.Body
	}
	if err != nil {
		return err
	}
	head, err := e.journal.Head()
	if err != nil {
		return err
	}
	m := manifest{Content: store.ContentOf(s, sha256.Sum256(body)), SubmissionID: s.SubmissionID, MediaType: s.MediaType,
		Entries: s.Entries, Kind: item.Kind, ActedAt: item.ActedAt, Head: head.String()}
	content, err := entryContent(m, body)
	if err != nil {
		return err
	}
	// On disk before anything can leave, as for any delivery.
	err = e.journal.Give(ctx, store.Given{Entry: item.Entry, Peer: peer.ID, Content: m.Content, GivenAt: e.o.Now()})
	if record.ReasonOf(err) == store.ReasonWrongState {
		return nil // cleared meanwhile, or it needs a person now
	}
	if err != nil {
		return err
	}
	if err := e.write(h, peer, content); err != nil {
		return err
	}
	e.out.Entries++
	return nil
}

func (e *export) write(h Header, peer store.Peer, content []byte) error {
	b, err := e.seal(h, peer.Seal, content)
	if err != nil {
		return err
	}
	if err := e.f.Write(h.Name(), b); err != nil {
		return err
	}
	e.o.Wrote(h)
	return nil
}

// lies reports whether the folder has our package already, whole.
func (e *export) lies(h Header) bool {
	b, err := readPackage(e.f, h.Name())
	if err != nil {
		return false
	}
	found, err := ParseHeader(b)
	return err == nil && found.Kind == h.Kind && found.Entry == h.Entry && found.To == h.To && found.From == h.From &&
		check(found, b, e.identity.SignKey()) == nil
}

func there(f Folder, name string) bool {
	r, _, err := f.Open(name)
	if err != nil {
		return false
	}
	_ = r.Close()
	return true
}

// readPackage reads a whole package, or refuses one that is too large to be any.
func readPackage(f Folder, name string) ([]byte, error) {
	r, size, err := f.Open(name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if size > MaxPackage {
		return nil, wrong(ReasonPackage, "the file is larger than any package")
	}
	b := make([]byte, size)
	switch _, err := io.ReadFull(r, b); {
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) && size > 0:
		return nil, wrong(ReasonPackageCut, "the file became shorter while it was read")
	case err != nil && size > 0:
		return nil, lost(err)
	}
	return b, nil
}

// wholeBody returns all that is sent of a submission.
func wholeBody(s record.Submission) ([]byte, error) {
	if s.Attached == nil {
		return s.Body, nil
	}
	size := fhir.BodySize(s)
	if size > store.MaxBody {
		return nil, &record.Error{Code: record.CodeTooLarge, Op: "export packages", Reason: store.ReasonPhotoTooLarge}
	}
	r, err := fhir.OpenBody(s)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	body := make([]byte, size)
	if _, err := io.ReadFull(r, body); err != nil {
		return nil, err
	}
	return body, nil
}

// fatal reports whether an error is about this machine, and not about one package or
// one entry.
func fatal(err error) bool {
	switch record.CodeOf(err) {
	case record.CodeInvalid, record.CodeUntrusted, record.CodeConflict, record.CodeNotFound, record.CodeExpired, record.CodeTooLarge:
		return false
	}
	return record.ReasonOf(err) != store.ReasonJournalDamaged // of one entry: the others go on
}
