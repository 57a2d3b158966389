package trust

import (
	"bytes"
	"slices"

	"github.com/zoneblanche/zoneblanche/record"
)

// Changes is what a list says that the one before it did not, for the person who
// installs it. Each part is in the order of the list.
type Changes struct {
	Added   []record.TrustedKey
	Removed []record.TrustedKey // as the list before had them
	Revoked []record.TrustedKey // revoked since, or known as compromised since
	Changed []record.TrustedKey // another name, number or date
	Cards   [][]byte            // identifiers of the cards revoked since
	// RootReplaced says that another root signs, which the one before named.
	RootReplaced bool
}

// Since compares l with an earlier list; nil stands for none.
func (l *List) Since(before *List) Changes {
	var c Changes
	if before == nil {
		before = emptyList()
	} else {
		c.RootReplaced = !bytes.Equal(before.fingerprint, l.fingerprint)
	}
	for _, k := range l.Issuers() {
		old, ok := before.same(k)
		switch {
		case !ok:
			c.Added = append(c.Added, k)
		case k.Key.Compromised && !old.Key.Compromised, !k.Key.RevokedAt.IsZero() && old.Key.RevokedAt.IsZero():
			c.Revoked = append(c.Revoked, k)
		case k.Issuer != old.Issuer, !sameDates(k.Key, old.Key), k.Key.Compromised != old.Key.Compromised:
			c.Changed = append(c.Changed, k)
		}
	}
	for _, k := range before.Issuers() {
		if _, ok := l.same(k); !ok {
			c.Removed = append(c.Removed, k)
		}
	}
	for id := range l.cards {
		if _, ok := before.cards[id]; !ok {
			c.Cards = append(c.Cards, bytes.Clone(id[:]))
		}
	}
	slices.SortFunc(c.Cards, bytes.Compare)
	return c
}

// same finds the listing of k's key.
func (l *List) same(k record.TrustedKey) (record.TrustedKey, bool) {
	for _, other := range l.Keys(k.Key.ID) {
		if samePublic(other.Key, k.Key) {
			return other, true
		}
	}
	return record.TrustedKey{}, false
}

func sameDates(a, b record.Key) bool {
	return a.NotBefore.Equal(b.NotBefore) && a.NotAfter.Equal(b.NotAfter) && a.RevokedAt.Equal(b.RevokedAt)
}
