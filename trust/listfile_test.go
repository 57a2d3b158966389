package trust

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/veraison/go-cose"

	"github.com/zoneblanche/zoneblanche/record"
)

func TestListFileRoundTrip(t *testing.T) {
	for name, alg := range algorithms {
		l, root := testList(t), testRoot(t, alg)
		got, err := OpenList(mustSign(t, l, root))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		wantSameList(t, got, l)
		if !bytes.Equal(got.RootFingerprint(), root.Fingerprint()) {
			t.Errorf("%s: got root %x, want %x", name, got.RootFingerprint(), root.Fingerprint())
		}
	}
	empty := NewList(testNow, 0)
	got, err := OpenList(mustSign(t, empty, testRoot(t, 0)))
	if err != nil {
		t.Fatalf("an empty list: %v", err)
	}
	wantSameList(t, got, empty)
	if empty.RootFingerprint() != nil {
		t.Error("a list that was never opened names a root")
	}
}

func wantSameList(t *testing.T, got, want *List) {
	t.Helper()
	gi, gn := got.ListDate()
	wi, wn := want.ListDate()
	if got.Sequence() != want.Sequence() || !gi.Equal(wi) || !gn.Equal(wn) {
		t.Errorf("got list %d of %v, next %v, want %d, %v, %v", got.Sequence(), gi, gn, want.Sequence(), wi, wn)
	}
	g, w := got.Issuers(), want.Issuers()
	if len(g) != len(w) {
		t.Fatalf("got %d keys, want %d", len(g), len(w))
	}
	for i := range g {
		wantSameKey(t, g[i], w[i])
	}
	if len(got.cards) != len(want.cards) {
		t.Errorf("got %d revoked cards, want %d", len(got.cards), len(want.cards))
	}
	if !slices.EqualFunc(got.successions, want.successions, bytes.Equal) {
		t.Errorf("got %d statements on its roots, want %d", len(got.successions), len(want.successions))
	}
	for id, at := range want.cards {
		if g, ok := got.RevokedCard(id[:]); !ok || !g.Equal(at) {
			t.Errorf("card %x: got %v, %v, want %v", id, g, ok, at)
		}
	}
}

func TestSameContentSamePayload(t *testing.T) {
	root := testRoot(t, 0)
	keys := []record.TrustedKey{
		trusted(testIssuerKey(t, testDoctor, 0)), trusted(testIssuerKey(t, testPractice, 0)),
		trusted(testIssuerKey(t, testDoctor, record.ES256)), trusted(testIssuerKey(t, testPractice, 0)),
	}
	forward, backward := NewList(testNow, 0), NewList(testNow, 0)
	mustAdd(t, forward, keys...)
	slices.Reverse(keys)
	mustAdd(t, backward, keys...)
	// Ed25519 is deterministic, and so the whole files are equal.
	if !bytes.Equal(mustSign(t, forward, root), mustSign(t, backward, root)) {
		t.Error("the order in which keys were added shows in the file")
	}
}

func TestEveryChangedBitOfAListIsRefused(t *testing.T) {
	for name, alg := range algorithms {
		data := mustSign(t, testList(t), testRoot(t, alg))
		everyFlip(data, func(at int, changed []byte) {
			if _, err := OpenList(changed); err == nil {
				t.Errorf("%s: opened with byte %d changed from %02x to %02x", name, at, data[at], changed[at])
			}
		})
		for n := range data {
			if _, err := OpenList(data[:n]); err == nil {
				t.Errorf("%s: opened with %d bytes of %d", name, n, len(data))
			}
		}
		for _, more := range [][]byte{{0}, data} {
			if _, err := OpenList(append(bytes.Clone(data), more...)); err == nil {
				t.Errorf("%s: opened with %d trailing bytes", name, len(more))
			}
		}
	}
}

// listForger makes signed lists that our own writer would not.
type listForger struct {
	t    *testing.T
	root *Root
}

// fields is the good payload as a map, to be spoilt.
func (f listForger) fields() map[uint64]any {
	f.t.Helper()
	payload, err := testList(f.t).payload(f.root.Key)
	if err != nil {
		f.t.Fatal(err)
	}
	var raw map[uint64]cbor.RawMessage
	if err := cbor.Unmarshal(payload, &raw); err != nil {
		f.t.Fatal(err)
	}
	fields := map[uint64]any{}
	for number, value := range raw {
		fields[number] = value
	}
	return fields
}

func (f listForger) sign(payload []byte) []byte {
	f.t.Helper()
	data, err := seal(contextList, f.root.Key, f.root.Signer, payload)
	if err != nil {
		f.t.Fatal(err)
	}
	return data
}

func (f listForger) marshal(v any) []byte {
	f.t.Helper()
	data, err := encMode.Marshal(v)
	if err != nil {
		f.t.Fatal(err)
	}
	return data
}

func TestSignedNonsenseIsRefused(t *testing.T) {
	f := listForger{t, testRoot(t, 0)}
	other := testRoot(t, record.ES256)
	if _, err := OpenList(f.sign(f.marshal(f.fields()))); err != nil {
		t.Fatalf("the forger does not even make a good one: %v", err)
	}
	issuer := func(keys ...cbor.RawMessage) any {
		w := wireOf(testPractice)
		w.Keys = keys
		return []any{w}
	}
	rawKey := func(k record.Key) cbor.RawMessage {
		raw, err := writeKey(k)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	good := rawKey(testIssuerKey(t, testPractice, 0).Key)
	for name, change := range map[string]func(map[uint64]any){
		"another version":           func(m map[uint64]any) { m[1] = 2 },
		"no version":                func(m map[uint64]any) { delete(m, 1) },
		"sequence zero":             func(m map[uint64]any) { m[2] = 0 },
		"a negative sequence":       func(m map[uint64]any) { m[2] = -1 },
		"a sequence in words":       func(m map[uint64]any) { m[2] = "1" },
		"no date":                   func(m map[uint64]any) { m[3] = 0 },
		"a date beyond 9999":        func(m map[uint64]any) { m[4] = uint64(maxTime + 1) },
		"a next list before this":   func(m map[uint64]any) { m[4] = m[3] },
		"no root":                   func(m map[uint64]any) { delete(m, 5) },
		"another root":              func(m map[uint64]any) { m[5] = rawKey(other.Key) },
		"a root with dates":         func(m map[uint64]any) { m[5] = rawKey(f.root.Key) },
		"issuers that are null":     func(m map[uint64]any) { m[6] = nil },
		"issuers that are no list":  func(m map[uint64]any) { m[6] = map[uint64]any{1: 1} },
		"an issuer without keys":    func(m map[uint64]any) { m[6] = issuer() },
		"a key twice":               func(m map[uint64]any) { m[6] = issuer(good, good) },
		"an issuer twice":           func(m map[uint64]any) { m[6] = append(issuer(good).([]any), issuer(good).([]any)...) },
		"an issuer's empty field":   func(m map[uint64]any) { m[6] = []any{map[uint64]any{1: "A", 2: "practice", 3: "", 5: []any{good}}} },
		"an unknown kind of issuer": func(m map[uint64]any) { m[6] = []any{map[uint64]any{1: "A", 2: "bakery", 5: []any{good}}} },
		"an unknown field of an issuer": func(m map[uint64]any) {
			m[6] = []any{map[uint64]any{1: "A", 2: "practice", 5: []any{good}, 6: true}}
		},
		"a key as a list of numbers": func(m map[uint64]any) {
			m[6] = issuer(f.marshal(map[uint64]any{1: -8, 2: make([]int, 32)}))
		},
		"a key off the curve": func(m map[uint64]any) {
			m[6] = issuer(f.marshal(map[uint64]any{1: -7, 2: append([]byte{4}, make([]byte, 64)...)}))
		},
		"cards cut short":           func(m map[uint64]any) { m[7] = make([]byte, 11) },
		"cards out of order":        func(m map[uint64]any) { m[7] = []byte("carte--2\x01\x01\x01\x01carte--1\x01\x01\x01\x01") },
		"a card twice":              func(m map[uint64]any) { m[7] = []byte("carte--1\x01\x01\x01\x01carte--1\x01\x01\x01\x02") },
		"a card without a date":     func(m map[uint64]any) { m[7] = []byte("carte--1\x00\x00\x00\x00") },
		"no cards, at length":       func(m map[uint64]any) { m[7] = []byte{} },
		"no successions, at length": func(m map[uint64]any) { m[8] = []any{} },
		"successions of no kind":    func(m map[uint64]any) { m[8] = 1 },
		"a succession of no bytes":  func(m map[uint64]any) { m[8] = []any{[]byte{}} },
		"an unknown field":          func(m map[uint64]any) { m[9] = 1 },
		"the last critical number":  func(m map[uint64]any) { m[63] = 1 },
		"a tag":                     func(m map[uint64]any) { m[64] = cbor.Tag{Number: 1, Content: 0} },
	} {
		fields := f.fields()
		change(fields)
		if _, err := OpenList(f.sign(f.marshal(fields))); err == nil || record.CodeOf(err) != record.CodeInvalid {
			t.Errorf("%s: got %v, want invalid", name, err)
		}
	}
}

func TestOtherSpellingsAreRefused(t *testing.T) {
	f := listForger{t, testRoot(t, 0)}
	payload := f.marshal(f.fields())
	for name, spoilt := range map[string][]byte{
		"a trailing byte":       append(bytes.Clone(payload), 0),
		"a map without an end":  append(append([]byte{0xbf}, payload[1:]...), 0xff),
		"a longer head":         append([]byte{0xb8, payload[0] & 0x1f}, payload[1:]...),
		"a longer number":       append([]byte{payload[0], 0x18, 0x01}, payload[2:]...),
		"the same number twice": append(append([]byte{payload[0] + 1}, payload[1:]...), 0x07, 0x40),
		"numbers out of order":  append(append([]byte{payload[0] + 1, 0x18, 0x40, 0x01}, payload[1:]...), nil...),
		"a number as a float":   bytes.Replace(payload, []byte{0x02, 0x01}, []byte{0x02, 0xf9, 0x3c, 0x00}, 1),
		"an unknown field with a key twice": append(append([]byte{payload[0] + 1}, payload[1:]...),
			0x18, 0x40, 0xa2, 0x01, 0x01, 0x01, 0x02),
		"an unknown field at length": append(append([]byte{payload[0] + 1}, payload[1:]...), 0x18, 0x40, 0x18, 0x01),
		"an unknown field too deep":  append(append(append([]byte{payload[0] + 1}, payload[1:]...), 0x18, 0x40), append(bytes.Repeat([]byte{0x81}, 40), 0x01)...),
	} {
		if _, err := OpenList(f.sign(spoilt)); err == nil || record.CodeOf(err) != record.CodeInvalid {
			t.Errorf("%s: got %v, want invalid", name, err)
		}
	}
}

func TestOptionalFieldsArePassedOver(t *testing.T) {
	f := listForger{t, testRoot(t, 0)}
	fields := f.fields()
	fields[64] = map[string]any{"plus tard": []any{1, "deux", []byte{3}, 1.5, true}}
	fields[1000] = "autre"
	if _, err := OpenList(f.sign(f.marshal(fields))); err != nil {
		t.Errorf("got %v, want the list without the fields from %d up", err, firstOptional)
	}
}

func TestAlgorithmsAreNotConfused(t *testing.T) {
	root := testRoot(t, record.EdDSA)
	signer := &IssuerKey{Key: root.Key, Signer: root.Signer}
	p256 := testIssuerKey(t, testPractice, record.ES256)
	payload, err := testList(t).payload(root.Key)
	if err != nil {
		t.Fatal(err)
	}
	none := cose.UnprotectedHeader{}
	type header = cose.ProtectedHeader
	const alg, kid = cose.HeaderLabelAlgorithm, cose.HeaderLabelKeyID
	for name, data := range map[string][]byte{
		"another algorithm's signature": forge(t, contextList, header{alg: cose.AlgorithmES256, kid: root.Key.ID}, none, cose.AlgorithmES256, p256, payload),
		"no algorithm":                  forge(t, contextList, header{kid: root.Key.ID}, none, cose.AlgorithmEdDSA, signer, payload),
		"a certificate's context":       forge(t, contextCertificate, header{alg: cose.AlgorithmEdDSA, kid: root.Key.ID}, none, cose.AlgorithmEdDSA, signer, payload),
		"the algorithm unprotected": forge(t, contextList, header{kid: root.Key.ID}, cose.UnprotectedHeader{alg: cose.AlgorithmEdDSA},
			cose.AlgorithmEdDSA, signer, payload),
	} {
		if _, err := OpenList(data); err == nil {
			t.Errorf("%s: opened", name)
		}
	}
	// An algorithm that the message names and nobody implements here.
	good := mustSign(t, testList(t), root)
	changed := bytes.Replace(good, []byte{0xa2, 0x01, 0x27}, []byte{0xa2, 0x01, 0x05}, 1)
	if bytes.Equal(changed, good) {
		t.Fatal("the algorithm is not where it was expected")
	}
	if _, err := OpenList(changed); err == nil {
		t.Error("a message authentication code in place of a signature: opened")
	}
}

func TestListsAreBounded(t *testing.T) {
	_, err := OpenList(make([]byte, MaxList+1))
	wantError(t, err, record.CodeTooLarge, "trust_list")
	l, root := NewList(testNow, 0), testRoot(t, 0)
	for i := range MaxList / cardRecord {
		if err := l.RevokeCard(fmt.Appendf(nil, "%08d", i), testNow); err != nil {
			t.Fatal(err)
		}
	}
	_, err = l.Sign(root)
	wantError(t, err, record.CodeTooLarge, "trust_list")
}

func TestListThatCannotBeWritten(t *testing.T) {
	for name, l := range map[string]*List{
		"before 1970": NewList(time.Unix(-10, 0), 0),
		"after 9999":  NewList(time.Unix(maxTime, 0), 0),
	} {
		if _, err := l.Sign(testRoot(t, 0)); err == nil {
			t.Errorf("%s: signed", name)
		}
	}
}

// BenchmarkOpenList opens the list of some four thousand issuers.
func BenchmarkOpenList(b *testing.B) {
	l := NewList(testNow, 0)
	for i := range 4000 {
		issuer := testPractice
		issuer.Name = fmt.Sprintf("Cabinet d’essai n° %d (clé de test)", i)
		mustAdd(b, l, trusted(testIssuerKey(b, issuer, 0)))
	}
	data := mustSign(b, l, testRoot(b, 0))
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := OpenList(data); err != nil {
			b.Fatal(err)
		}
	}
}
