package handover

import (
	"context"
	"crypto/ed25519"

	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
)

// Journal is what a desk needs of a journal; [store.Journal] is one. Each change is
// one transaction, durable when the method returns, and refused for a peer that is not
// usable.
type Journal interface {
	Signer() ed25519.PrivateKey
	SealingSeed() []byte
	Head() (store.Head, error)
	Peers(ctx context.Context) ([]store.Peer, error)
	Owed(ctx context.Context) ([]record.Item, error)
	Submission(ctx context.Context, entry string) (record.Submission, error)

	// The origin's side.
	Give(ctx context.Context, g store.Given) error
	HeardTaken(ctx context.Context, entry, peer string, c store.Content, taken store.Heard) error
	HeardNothing(ctx context.Context, entry, peer string) error
	HeardFinal(ctx context.Context, entry, peer string, c store.Content, r record.Receipt) (cleared bool, err error)
	AllGiven(ctx context.Context) ([]store.Given, error)
	Sealed(ctx context.Context, entry, peer string) ([]byte, error)
	KeepSealed(ctx context.Context, entry, peer string, sealed []byte) ([]byte, error)

	// The holder's side.
	Take(ctx context.Context, h store.Handed) (duplicate bool, err error)
	MadeFinal(ctx context.Context, entry, peer string) error
	AllTaken(ctx context.Context) ([]store.Taken, error)
}

// Desk hands entries over for one journal, on either side. Its methods may be called
// by several goroutines.
type Desk struct {
	journal  Journal
	identity *Identity

	// For tests: seal is [Identity.Seal], importers how many files are taken side by side.
	seal      func(h Header, to, content []byte) ([]byte, error)
	importers int
}

// NewDesk makes a desk over a journal.
func NewDesk(j Journal) (*Desk, error) {
	identity, err := NewIdentity(j.Signer(), j.SealingSeed())
	if err != nil {
		return nil, err
	}
	return &Desk{journal: j, identity: identity, seal: identity.Seal, importers: importers}, nil
}

// Identity is the journal's own.
func (d *Desk) Identity() *Identity { return d.identity }

// usable returns the peers with which entries may be exchanged, by id.
func (d *Desk) usable(ctx context.Context) (map[string]store.Peer, error) {
	all, err := d.journal.Peers(ctx)
	peers := map[string]store.Peer{}
	for _, p := range all {
		if p.Usable() {
			peers[p.ID] = p
		}
	}
	return peers, err
}
