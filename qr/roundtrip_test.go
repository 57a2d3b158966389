package qr

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// Keys of this file are for tests only: they are derived from words.

type testKeys struct {
	keys             []record.TrustedKey
	cards            map[string]time.Time
	issued, nextDate time.Time
}

func (k testKeys) Keys(kid []byte) (out []record.TrustedKey) {
	for _, key := range k.keys {
		if string(key.Key.ID) == string(kid) {
			out = append(out, key)
		}
	}
	return out
}

func (k testKeys) RevokedCard(id []byte) (time.Time, bool) {
	at, ok := k.cards[string(id)]
	return at, ok
}

func (k testKeys) ListDate() (time.Time, time.Time) { return k.issued, k.nextDate }

var testNow = time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC)

// testKey derives a key that must never be used outside of tests.
func testKey(word string) (SigningKey, record.TrustedKey) {
	seed := sha256.Sum256([]byte("zone blanche test key " + word))
	private := ed25519.NewKeyFromSeed(seed[:])
	der, err := x509.MarshalPKIXPublicKey(private.Public())
	if err != nil {
		panic(err)
	}
	sum := sha256.Sum256(der)
	id := sum[:record.KeyIDSize]
	return SigningKey{ID: id, Algorithm: record.EdDSA, Signer: private},
		record.TrustedKey{
			Issuer: record.Issuer{Name: "Cabinet " + word, Kind: "practice"},
			Key: record.Key{ID: id, Algorithm: record.EdDSA, Public: private.Public(),
				NotBefore: testNow.AddDate(-1, 0, 0), NotAfter: testNow.AddDate(2, 0, 0)},
		}
}

func testList(keys ...record.TrustedKey) testKeys {
	return testKeys{keys: keys, issued: testNow.AddDate(0, 0, -3), nextDate: testNow.AddDate(0, 0, 27)}
}

func texts(c *Card) []string {
	var out []string
	for _, s := range c.Symbols {
		out = append(out, s.Text)
	}
	return out
}

func TestCardRoundTrip(t *testing.T) {
	s := sampleSummary()
	key, trusted := testKey("des Tilleuls")
	card, err := Encode(s, EncodeOptions{Key: key, IssuedAt: testNow})
	if err != nil {
		t.Fatal(err)
	}
	reader := Reader{Keys: testList(trusted), Now: testNow}
	all := texts(card)
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	got := reader.Read(all)
	if len(got) != 1 {
		t.Fatalf("got %d readings, want 1", len(got))
	}
	if got[0].Judgement != (record.Judgement{Verdict: record.Authentic, Detail: "Cabinet des Tilleuls"}) || !got[0].Complete {
		t.Errorf("got %+v, complete %v", got[0].Judgement, got[0].Complete)
	}
	if !reflect.DeepEqual(got[0].Summary, s) {
		a, _ := json.Marshal(got[0].Summary)
		b, _ := json.Marshal(s)
		t.Errorf("got  %s\nwant %s", a, b)
	}
	t.Logf("%d bytes of CBOR, %d signed, %d bits", card.CBORBytes, card.SignedBytes, card.Bits)
	for _, symbol := range card.Symbols {
		t.Logf("%s %d/%d: %d characters, version %d", symbol.Role, symbol.Index, symbol.Of, len(symbol.Text), symbol.Version)
	}
}
