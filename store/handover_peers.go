package store

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// Peer is another journal with which this one exchanges entries.
type Peer struct {
	ID      string `json:"id"` // hexadecimal; derived from the keys
	Name    string `json:"name"`
	Sign    []byte `json:"sign"`              // Ed25519: signs packages, and is the key of its TLS
	Seal    []byte `json:"seal"`              // X25519: packages for it are sealed to
	Holder  bool   `json:"holder"`            // takes entries of this journal; else it gives some
	Address string `json:"address,omitempty"` // of a holder, host:port on the local network, or ""
	// RelaySeal and RelaySign are the recipient's keys for a holder that must not read
	// what it delivers: X25519 and Ed25519. nil for one that may.
	RelaySeal []byte `json:"relay_seal,omitempty"`
	RelaySign []byte `json:"relay_sign,omitempty"`
	// Fingerprint is what both sides show as words.
	Fingerprint []byte    `json:"fingerprint"`
	PairedAt    time.Time `json:"paired_at"`
	ConfirmedAt time.Time `json:"confirmed_at,omitzero"` // when a person had compared the words
	RevokedAt   time.Time `json:"revoked_at,omitzero"`
}

// Usable reports whether entries may be exchanged with the peer.
func (p Peer) Usable() bool { return !p.ConfirmedAt.IsZero() && p.RevokedAt.IsZero() }

// Relay reports whether the peer must not read what it delivers.
func (p Peer) Relay() bool { return p.RelaySeal != nil }

// Refusal is the error of an exchange with a peer that is not usable; nil otherwise.
func (p Peer) Refusal(op string) error {
	switch {
	case !p.RevokedAt.IsZero():
		return &record.Error{Code: record.CodeUntrusted, Op: op, Reason: ReasonPeerRevoked}
	case p.ConfirmedAt.IsZero():
		return &record.Error{Code: record.CodeUntrusted, Op: op, Reason: ReasonPeerUnconfirmed}
	}
	return nil
}

func (c codec) peer(tx *snapshot, op, id string) (p Peer, err error) {
	key, err := peerKey(op, id)
	if err != nil {
		return p, err
	}
	row, err := get(tx, bucketHandover, key)
	if err != nil {
		return p, err
	}
	if row == nil {
		return p, noPeer(op)
	}
	return p, c.openRow(row, &p, "handover", key)
}

// usable refuses a peer that is unknown, not confirmed, or revoked. It is asked in the
// transaction of each move, so that a revocation holds from the moment it is on disk.
func (t *writeTx) usable(op, id string) error {
	p, err := t.peer(t.tx, op, id)
	if err != nil {
		return err
	}
	return p.Refusal(op)
}

// Peers returns the peers, the earliest pairing first, those revoked included.
func (j *Journal) Peers(ctx context.Context) (all []Peer, err error) {
	err = j.eachHandover(ctx, rowPeer, func(_ *snapshot, key, row []byte) error {
		var p Peer
		if err := j.codec.openRow(row, &p, "handover", key); err != nil {
			return err
		}
		all = append(all, p)
		return nil
	})
	slices.SortStableFunc(all, func(a, b Peer) int { return cmp.Or(a.PairedAt.Compare(b.PairedAt), cmp.Compare(a.ID, b.ID)) })
	return all, err
}

// Pair writes a peer that no person has confirmed yet, in place of what was known of
// it: whoever pairs again compares again.
func (j *Journal) Pair(ctx context.Context, p Peer) error {
	const op = "pair"
	key, err := peerKey(op, p.ID)
	if err != nil {
		return err
	}
	if len(p.Sign) != ed25519.PublicKeySize || len(p.Seal) != 32 {
		return invalid(op, ReasonNoPeer, "a peer has two keys of 32 bytes")
	}
	p.PairedAt, p.ConfirmedAt, p.RevokedAt = stamp(j.now()), time.Time{}, time.Time{}
	return j.update(ctx, op, 0, func(t *writeTx) error { return t.putHandoverAt(key, p) })
}

// ConfirmPeer says that a person has compared the words.
func (j *Journal) ConfirmPeer(ctx context.Context, id string) error {
	return j.changePeer(ctx, "confirm pairing", id, func(p *Peer) {
		if p.ConfirmedAt.IsZero() {
			p.ConfirmedAt = stamp(j.now())
		}
	})
}

// RevokePeer ends a pairing. What was taken from the peer is delivered all the same.
func (j *Journal) RevokePeer(ctx context.Context, id string) error {
	return j.changePeer(ctx, "revoke pairing", id, func(p *Peer) {
		if p.RevokedAt.IsZero() {
			p.RevokedAt = stamp(j.now())
		}
	})
}

// MovePeer notes another address of a peer.
func (j *Journal) MovePeer(ctx context.Context, id, address string) error {
	return j.changePeer(ctx, "note address", id, func(p *Peer) { p.Address = address })
}

func (j *Journal) changePeer(ctx context.Context, op, id string, change func(*Peer)) error {
	return j.update(ctx, op, 0, func(t *writeTx) error {
		p, err := t.peer(t.tx, op, id)
		if err != nil {
			return err
		}
		change(&p)
		key, err := peerKey(op, id)
		if err != nil {
			return err
		}
		return t.putHandoverAt(key, p)
	})
}

// offer is a pairing that was offered and that nobody has answered yet.
type offer struct {
	Secret []byte    `json:"secret"`
	Until  time.Time `json:"until"`
}

func offerKey(name []byte) []byte { return append([]byte{rowOffer}, name[:peerIDSize]...) }

// Offer keeps the secret of a pairing until that time; older ones are forgotten.
func (j *Journal) Offer(ctx context.Context, secret []byte, until time.Time) error {
	const op = "offer pairing"
	var over [][]byte
	now := j.now()
	err := j.eachHandover(ctx, rowOffer, func(_ *snapshot, key, row []byte) error {
		var o offer
		if j.codec.openRow(row, &o, "handover", key) != nil || now.After(o.Until) {
			over = append(over, append([]byte(nil), key...))
		}
		return nil
	})
	if err != nil {
		return err
	}
	name := sha256.Sum256(secret)
	return j.update(ctx, op, 0, func(t *writeTx) error {
		for _, key := range over {
			if err := t.delete(bucketHandover, key); err != nil {
				return err
			}
		}
		return t.putHandoverAt(offerKey(name[:]), offer{secret, stamp(until)})
	})
}

// Offered gives the secret of an offer by the SHA-256 of it and, when check accepts it,
// forgets it: it serves once. not_found "no_offer" says that there is none, that its time
// is over, or that check refused.
func (j *Journal) Offered(ctx context.Context, name []byte, check func(secret []byte) bool) (secret []byte, err error) {
	const op = "answer offer"
	none := &record.Error{Code: record.CodeNotFound, Op: op, Reason: ReasonNoOffer}
	if len(name) != sha256.Size {
		return nil, none
	}
	err = j.update(ctx, op, 0, func(t *writeTx) error {
		key := offerKey(name)
		row, err := get(t.tx, bucketHandover, key)
		if err != nil {
			return err
		}
		var o offer
		if row == nil || t.openRow(row, &o, "handover", key) != nil || j.now().After(o.Until) || !check(o.Secret) {
			return none
		}
		secret = o.Secret
		return t.delete(bucketHandover, key)
	})
	return secret, err
}

// PeerID names a peer by its keys.
func PeerID(sign, seal []byte) string {
	h := sha256.New()
	h.Write([]byte("zoneblanche peer 1\x00"))
	h.Write(sign)
	h.Write(seal)
	return hex.EncodeToString(h.Sum(nil)[:peerIDSize])
}
