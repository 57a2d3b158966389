package trust

import (
	"bytes"
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// CardIDSize is the length in bytes of a card's identifier.
const CardIDSize = 8

// DefaultValidity is how long a list counts as fresh when nobody says otherwise:
// lists reach zones without network a few times a year, by hand.
const DefaultValidity = 180 * 24 * time.Hour

// List is a trust list: issuers with their keys, what was revoked, and dates.
// Reading it is safe for concurrent use, changing it is not. A change shows
// nowhere until the list is signed and installed.
type List struct {
	sequence    uint64
	issued      time.Time
	nextUpdate  time.Time
	byID        map[[record.KeyIDSize]byte][]record.TrustedKey
	cards       map[[CardIDSize]byte]time.Time
	successions [][]byte // how its root came to replace earlier ones
	ancestors   [][]byte // fingerprints of those, the oldest first
	fingerprint []byte   // of the root that signed; nil before
	digest      []byte   // SHA-256 of the signed payload; nil before
}

// NewList returns an empty list with sequence number 1, issued now. A validity
// of zero or less means [DefaultValidity].
func NewList(now time.Time, validity time.Duration) *List {
	l := emptyList()
	l.date(now, validity)
	l.sequence = 1
	return l
}

func emptyList() *List {
	return &List{
		byID:  map[[record.KeyIDSize]byte][]record.TrustedKey{},
		cards: map[[CardIDSize]byte]time.Time{},
	}
}

func (l *List) date(now time.Time, validity time.Duration) {
	if validity <= 0 {
		validity = DefaultValidity
	}
	l.issued = now.UTC().Truncate(time.Second)
	l.nextUpdate = l.issued.Add(max(validity.Truncate(time.Second), time.Second))
}

// Renew makes l the next list: one sequence number on, issued now, fresh for as
// long as it was meant to be before.
func (l *List) Renew(now time.Time) {
	l.date(now, l.nextUpdate.Sub(l.issued))
	l.sequence++
}

// SetValidity makes the list and those that follow it fresh for that long from
// their date on. Zero or less means [DefaultValidity].
func (l *List) SetValidity(validity time.Duration) { l.date(l.issued, validity) }

// Sequence is the list's number. Readers refuse a number below one that they
// have seen.
func (l *List) Sequence() uint64 { return l.sequence }

// ListDate returns when the list was issued and when the next one is due.
func (l *List) ListDate() (issued, nextUpdate time.Time) { return l.issued, l.nextUpdate }

// StaleAt reports whether the next list was due before now. A stale list is
// still used; the reader says how old it is.
func (l *List) StaleAt(now time.Time) bool { return now.After(l.nextUpdate) }

// RootFingerprint is the fingerprint of the root that signed the list that l was
// read from; nil when l was never signed.
func (l *List) RootFingerprint() []byte { return bytes.Clone(l.fingerprint) }

// Keys returns every key with that identifier, revoked or not: an identifier is
// eight bytes, and two keys may share one, so the reader tries each. What is
// returned must not be changed.
func (l *List) Keys(kid []byte) []record.TrustedKey {
	if len(kid) != record.KeyIDSize {
		return nil
	}
	return slices.Clone(l.byID[[record.KeyIDSize]byte(kid)])
}

// RevokedCard tells whether and when a card was revoked.
func (l *List) RevokedCard(id []byte) (at time.Time, ok bool) {
	if len(id) != CardIDSize {
		return time.Time{}, false
	}
	at, ok = l.cards[[CardIDSize]byte(id)]
	return at, ok
}

// Issuers returns every key of the list with whose it is, by issuer.
func (l *List) Issuers() []record.TrustedKey {
	var all []record.TrustedKey
	for _, keys := range l.byID {
		all = append(all, keys...)
	}
	slices.SortFunc(all, compareKeys)
	return all
}

// Add puts a key on the list. A key that is there already takes the new issuer
// and dates; a revocation of it stays, since a certificate made before it must
// not undo it. Another key with the same identifier is kept beside.
func (l *List) Add(k record.TrustedKey) error {
	const op = "add to trust list"
	if err := checkIssuer(k.Issuer); err != nil {
		return refused(op, cmp.Or(record.ReasonOf(err), "issuer"), err)
	}
	key, err := checkKey(k.Key)
	if err != nil {
		return refused(op, "certificate", err)
	}
	k.Key = key
	id := [record.KeyIDSize]byte(key.ID)
	keys := slices.Clone(l.byID[id])
	for i, old := range keys {
		if samePublic(old.Key, key) {
			k.Key = withRevocation(key, old.Key.RevokedAt, old.Key.Compromised)
			keys[i] = k
			l.byID[id] = keys
			return nil
		}
	}
	l.byID[id] = append(keys, k)
	return nil
}

// RevokeKey revokes every key with that identifier from at on, or altogether
// when it is compromised. Revoking again keeps the earlier date, and never takes
// "compromised" back.
func (l *List) RevokeKey(kid []byte, at time.Time, compromised bool) error {
	const op = "revoke key"
	if at.Unix() <= 0 || at.Unix() > maxTime {
		return refused(op, "date", errPeriod)
	}
	keys := l.Keys(kid)
	if len(keys) == 0 {
		return &record.Error{Code: record.CodeNotFound, Op: op, Reason: "trust_key"}
	}
	for i := range keys {
		keys[i].Key = withRevocation(keys[i].Key, at.UTC().Truncate(time.Second), compromised)
	}
	l.byID[[record.KeyIDSize]byte(kid)] = keys
	return nil
}

// withRevocation adds a revocation to whatever k says of one already.
func withRevocation(k record.Key, at time.Time, compromised bool) record.Key {
	if !at.IsZero() && (k.RevokedAt.IsZero() || at.Before(k.RevokedAt)) {
		k.RevokedAt = at
	}
	k.Compromised = k.Compromised || compromised
	return k
}

// RevokeCard revokes one card. Revoking again keeps the earlier date.
func (l *List) RevokeCard(id []byte, at time.Time) error {
	const op = "revoke card"
	if len(id) != CardIDSize {
		return refused(op, "card_id", errors.New("a card's identifier has 8 bytes"))
	}
	if at.Unix() <= 0 || at.Unix() > maxCardTime {
		return refused(op, "date", errPeriod)
	}
	at = at.UTC().Truncate(time.Second)
	if old, ok := l.cards[[CardIDSize]byte(id)]; !ok || at.Before(old) {
		l.cards[[CardIDSize]byte(id)] = at
	}
	return nil
}

// compareKeys is the order of the file: by issuer, then by key. Two entries are
// equal only when they are the same key of the same issuer.
func compareKeys(a, b record.TrustedKey) int {
	return cmp.Or(
		compareIssuers(a.Issuer, b.Issuer),
		bytes.Compare(a.Key.ID, b.Key.ID),
		bytes.Compare(rawPublic(a.Key), rawPublic(b.Key)),
	)
}

func compareIssuers(a, b record.Issuer) int {
	return cmp.Or(
		cmp.Compare(a.Name, b.Name), cmp.Compare(a.Kind, b.Kind),
		cmp.Compare(a.RPPS, b.RPPS), cmp.Compare(a.FINESS, b.FINESS),
	)
}

func samePublic(a, b record.Key) bool {
	return a.Algorithm == b.Algorithm && bytes.Equal(rawPublic(a), rawPublic(b))
}

// rawPublic is publicBytes of a key that was checked when it entered the list.
func rawPublic(k record.Key) []byte {
	raw, err := publicBytes(k)
	if err != nil {
		return nil
	}
	return raw
}
