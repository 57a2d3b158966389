package trust

import (
	"bytes"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"pgregory.net/rapid"

	"github.com/zoneblanche/zoneblanche/record"
)

func FuzzOpenList(f *testing.F) {
	for _, alg := range algorithms {
		data := mustSign(f, testList(f), testRoot(f, alg))
		f.Add(data)
		f.Add(data[:len(data)/2])
	}
	a, b := testRoot(f, 0), testRoot(f, record.ES256)
	f.Add(mustSign(f, replacedList(f, a, b), b))
	f.Add([]byte{0xd2, 0x84, 0x40, 0xa0, 0x40, 0x40})
	f.Fuzz(func(t *testing.T, data []byte) {
		if l, err := OpenList(data); err == nil && l.RootFingerprint() == nil {
			t.Error("a list was opened that no root signed")
		}
	})
}

// FuzzListPayload goes past the signature, where a fuzzer cannot get by itself:
// what is read is written back byte for byte.
func FuzzListPayload(f *testing.F) {
	for _, alg := range algorithms {
		payload, err := testList(f).payload(testRoot(f, alg).Key)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(payload)
		next := testRoot(f, alg)
		if payload, err = replacedList(f, testRoot(f, alg), next).payload(next.Key); err != nil {
			f.Fatal(err)
		}
		f.Add(payload)
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		var w listWire
		if decode(payload, &w, listWireFields) != nil {
			return
		}
		root, err := readKey(w.Root)
		if err != nil {
			return
		}
		l, err := readList(w)
		if err != nil || passedOver(payload, w) || !root.NotBefore.Equal(root.NotAfter) || !root.RevokedAt.IsZero() {
			return
		}
		again, err := l.payload(root)
		if err != nil {
			t.Fatalf("read, but not written: %v", err)
		}
		if !bytes.Equal(again, payload) {
			t.Errorf("got %x back, want %x", again, payload)
		}
	})
}

// replacedList is a list whose root next was named by old.
func replacedList(t testing.TB, old, next *Root) *List {
	t.Helper()
	statement, err := old.vouch(next)
	if err != nil {
		t.Fatal(err)
	}
	l := testList(t)
	l.successions = [][]byte{statement}
	return l
}

func FuzzOpenSuccession(f *testing.F) {
	for _, alg := range algorithms {
		f.Add(replacedList(f, testRoot(f, 0), testRoot(f, alg)).successions[0])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		before, after, err := openSuccession(data)
		if err != nil {
			return
		}
		if len(before.ID) == 0 || len(after.ID) == 0 {
			t.Error("a statement was opened that does not name two roots")
		}
	})
}

// passedOver reports whether a payload carries, at any level, a field that
// readers pass over and so do not write back.
func passedOver(payload []byte, w listWire) bool {
	maps := append([]cbor.RawMessage{payload, w.Root}, w.Issuers...)
	for _, raw := range w.Issuers {
		var issuer issuerWire
		_ = decMode.Unmarshal(raw, &issuer)
		maps = append(maps, issuer.Keys...)
	}
	for _, raw := range maps {
		var fields map[uint64]cbor.RawMessage
		_ = decMode.Unmarshal(raw, &fields)
		for number := range fields {
			if number >= firstOptional {
				return true
			}
		}
	}
	return false
}

func FuzzParseCertificate(f *testing.F) {
	for _, alg := range algorithms {
		text := testIssuerKey(f, testDoctor, alg).Certificate()
		f.Add(text)
		f.Add(bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n")))
		f.Add(text[:len(text)/2])
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		k, err := ParseCertificate(text)
		if err != nil {
			return
		}
		if err := NewList(testNow, 0).Add(k); err != nil {
			t.Errorf("a certificate that was read cannot go on a list: %v", err)
		}
	})
}

func FuzzKeyFile(f *testing.F) {
	k := testIssuerKey(f, testDoctor, 0)
	text, err := writeSecret(issuerKeyLabel, secretWire{}, k.Key, k.Signer)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Fuzz(func(t *testing.T, text []byte) {
		if _, key, signer, err := readSecret(issuerKeyLabel, text); err == nil && (signer == nil || key.Public == nil) {
			t.Error("read, but without a key")
		}
	})
}

// TestListsSurviveSigning: whatever a list holds, signing and opening it is the
// identity, and so is doing it twice.
func TestListsSurviveSigning(t *testing.T) {
	root, nextRoot := testRoot(t, 0), testRoot(t, 0)
	statement := mustVouch(t, root, nextRoot)
	var keys []record.Key
	for _, alg := range []record.Algorithm{record.EdDSA, record.EdDSA, record.ES256, record.EdDSA, record.ES256} {
		keys = append(keys, testIssuerKey(t, testPractice, alg).Key)
	}
	issuers := []record.Issuer{testPractice, testDoctor, {Name: "É", Kind: "town_hall"}, {Name: "a", Kind: "pharmacy"}}
	rapid.Check(t, func(rt *rapid.T) {
		l := NewList(testNow, 0)
		l.sequence = rapid.Uint64Range(1, 1<<63).Draw(rt, "sequence")
		for range rapid.IntRange(0, 8).Draw(rt, "additions") {
			k := rapid.SampledFrom(keys).Draw(rt, "key")
			k.NotAfter = k.NotBefore.AddDate(0, 0, rapid.IntRange(1, 5000).Draw(rt, "days"))
			if err := l.Add(record.TrustedKey{Issuer: rapid.SampledFrom(issuers).Draw(rt, "issuer"), Key: k}); err != nil {
				rt.Fatal(err)
			}
			if rapid.Bool().Draw(rt, "revoked") {
				at := testNow.AddDate(0, 0, rapid.IntRange(0, 500).Draw(rt, "revoked after"))
				if err := l.RevokeKey(k.ID, at, rapid.Bool().Draw(rt, "compromised")); err != nil {
					rt.Fatal(err)
				}
			}
		}
		for range rapid.IntRange(0, 8).Draw(rt, "cards") {
			id := rapid.SliceOfN(rapid.Byte(), CardIDSize, CardIDSize).Draw(rt, "card")
			if err := l.RevokeCard(id, testNow); err != nil {
				rt.Fatal(err)
			}
		}
		by := root
		if rapid.Bool().Draw(rt, "replaced") {
			by = nextRoot
			l.successions = [][]byte{statement}
		}
		first := mustSign(t, l, by)
		got, err := OpenList(first)
		if err != nil {
			rt.Fatal(err)
		}
		wantSameList(t, got, l)
		if !bytes.Equal(mustSign(t, got, by), first) {
			rt.Error("opened and signed again, the list is another file")
		}
	})
}
