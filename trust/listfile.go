package trust

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/zoneblanche/zoneblanche/record"
)

const (
	listVersion = 1
	// MaxList bounds a list's file, in bytes: some eight thousand issuers.
	MaxList = 1 << 20
	// A revoked card takes 12 bytes: its identifier and 32 bits of seconds.
	cardRecord  = CardIDSize + 4
	maxCardTime = math.MaxUint32
)

var errOrder = errors.New("entries are out of order or twice")

// listWire is the signed payload of a list. Successions are the statements by
// which each earlier root named the one after it, the oldest first. Every later
// list repeats them, so that a reader who missed several finds the way from the
// root that it knows.
type listWire struct {
	Version    uint64            `cbor:"1,keyasint"`
	Sequence   uint64            `cbor:"2,keyasint"`
	Issued     uint64            `cbor:"3,keyasint"`
	NextUpdate uint64            `cbor:"4,keyasint"`
	Root       cbor.RawMessage   `cbor:"5,keyasint"`
	Issuers    []cbor.RawMessage `cbor:"6,keyasint"`
	Cards      []byte            `cbor:"7,keyasint,omitempty"`

	Successions [][]byte `cbor:"8,keyasint,omitempty"`
}

const listWireFields = 8

// Sign returns the list as a file, signed by root. The same content gives the
// same payload whatever the order in which it was added.
func (l *List) Sign(root *Root) ([]byte, error) {
	const op = "sign trust list"
	payload, err := l.payload(root.Key)
	if err != nil {
		return nil, refused(op, "trust_list", err)
	}
	data, err := seal(contextList, root.Key, root.Signer, payload)
	if err != nil {
		return nil, refused(op, "trust_list", err)
	}
	// A list that our own reader refuses must not leave.
	if _, err := OpenList(data); err != nil {
		return nil, &record.Error{Code: record.CodeOf(err), Op: op, Err: err}
	}
	return data, nil
}

func (l *List) payload(root record.Key) ([]byte, error) {
	raw, err := writeRoot(root)
	if err != nil {
		return nil, err
	}
	w := listWire{
		Version: listVersion, Sequence: l.sequence, Root: raw,
		Issued: seconds(l.issued), NextUpdate: seconds(l.nextUpdate),
		Cards: l.writeCards(), Successions: l.successions,
	}
	all := l.Issuers()
	for len(all) > 0 {
		issuer := wireOf(all[0].Issuer)
		for len(all) > 0 && all[0].Issuer == issuer.issuer() {
			key, err := writeKey(all[0].Key)
			if err != nil {
				return nil, err
			}
			issuer.Keys = append(issuer.Keys, key)
			all = all[1:]
		}
		raw, err := encMode.Marshal(issuer)
		if err != nil {
			return nil, err
		}
		w.Issuers = append(w.Issuers, raw)
	}
	return encMode.Marshal(w)
}

func (l *List) writeCards() []byte {
	ids := make([][CardIDSize]byte, 0, len(l.cards))
	for id := range l.cards {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b [CardIDSize]byte) int { return bytes.Compare(a[:], b[:]) })
	var out []byte
	for _, id := range ids {
		out = append(out, id[:]...)
		out = binary.BigEndian.AppendUint32(out, uint32(l.cards[id].Unix()))
	}
	return out
}

// OpenList reads a list and checks that the root which it names signed it. Who
// that root is, is for the caller to know: see [List.RootFingerprint].
func OpenList(data []byte) (*List, error) {
	l, err := openList(data)
	if err != nil {
		return nil, refused("open trust list", "trust_list", err)
	}
	return l, nil
}

func openList(data []byte) (*List, error) {
	var w listWire
	var root record.Key
	payload, err := open(contextList, data, MaxList, func(payload []byte) (record.Key, error) {
		if err := decode(payload, &w, listWireFields); err != nil {
			return record.Key{}, err
		}
		var err error
		root, err = readRoot(w.Root)
		return root, err
	})
	if err != nil {
		return nil, err
	}
	l, err := readList(w)
	if err != nil {
		return nil, err
	}
	if l.fingerprint, err = fingerprintOf(root); err != nil {
		return nil, err
	}
	if l.ancestors, err = readSuccessions(w.Successions, root); err != nil {
		return nil, err
	}
	digest := sha256.Sum256(payload)
	l.digest = digest[:]
	return l, nil
}

// readList reads what a signed payload says.
func readList(w listWire) (*List, error) {
	if w.Version != listVersion {
		return nil, errVersion
	}
	l := emptyList()
	l.sequence, l.successions = w.Sequence, w.Successions
	var err error
	if l.issued, err = instant(w.Issued); err != nil {
		return nil, err
	}
	if l.nextUpdate, err = instant(w.NextUpdate); err != nil {
		return nil, err
	}
	if w.Sequence == 0 || l.issued.IsZero() || !l.nextUpdate.After(l.issued) {
		return nil, errPeriod
	}
	if err := l.readIssuers(w.Issuers); err != nil {
		return nil, err
	}
	return l, l.readCards(w.Cards)
}

func (l *List) readIssuers(issuers []cbor.RawMessage) error {
	var last record.TrustedKey
	seen := map[string]bool{}
	for i, raw := range issuers {
		var w issuerWire
		if err := decode(raw, &w, issuerWireFields); err != nil {
			return err
		}
		issuer := w.issuer()
		if err := checkIssuer(issuer); err != nil {
			return err
		}
		if len(w.Keys) == 0 || i > 0 && compareIssuers(last.Issuer, issuer) >= 0 {
			return errOrder
		}
		for j, raw := range w.Keys {
			key, err := readKey(raw)
			if err != nil {
				return err
			}
			k := record.TrustedKey{Issuer: issuer, Key: key}
			public := string(rawPublic(key))
			if j > 0 && compareKeys(last, k) >= 0 || seen[public] {
				return errOrder
			}
			seen[public] = true
			id := [record.KeyIDSize]byte(key.ID)
			l.byID[id] = append(l.byID[id], k)
			last = k
		}
	}
	return nil
}

func (l *List) readCards(raw []byte) error {
	if len(raw)%cardRecord != 0 {
		return errOrder
	}
	var last []byte
	for ; len(raw) > 0; raw = raw[cardRecord:] {
		id, at := raw[:CardIDSize], binary.BigEndian.Uint32(raw[CardIDSize:cardRecord])
		if at == 0 || last != nil && bytes.Compare(last, id) >= 0 {
			return errOrder
		}
		l.cards[[CardIDSize]byte(id)] = time.Unix(int64(at), 0).UTC()
		last = id
	}
	return nil
}
