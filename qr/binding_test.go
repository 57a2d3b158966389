package qr

import (
	"crypto/ed25519"
	"crypto/rand"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/veraison/go-cose"
	"github.com/zoneblanche/zoneblanche/record"
)

// This file holds the bond of a full message to doc/card-format.md, 2: it names its
// emergency message, says nothing else of itself, and takes its key from it.

func TestFullMessageSaysNothingTwice(t *testing.T) {
	key, _ := testKey("des Tilleuls")
	for name, one := range map[string]sheet{
		"an issuer's": newSheet(t, sampleSummary(), EncodeOptions{Key: key, IssuedAt: testNow}),
		"declared":    declaredSheet(t, sampleSummary(), EncodeOptions{}),
	} {
		m, err := parseMessage(raw(t, one.full))
		if err != nil {
			t.Fatal(err)
		}
		protected := m.sign.Headers.Protected
		if _, ok := protected[cose.HeaderLabelAlgorithm]; !ok || len(protected) != 1 || len(m.kid) > 0 {
			t.Errorf("%s: got the header %v", name, protected)
		}
		want := head{kind: kindFull, dictionary: m.head.dictionary, binding: bind(raw(t, one.emergency))}
		if m.head != want || len(m.sign.Payload)-len(m.compressed) != 10 {
			t.Errorf("%s: got %+v", name, m.head)
		}
	}
}

// TestMessagesDoNotChangeKind presents each message as another: in its first byte,
// with the header that such a message has, and where only full messages stand.
func TestMessagesDoNotChangeKind(t *testing.T) {
	key, trusted := testKey("des Tilleuls")
	one := newSheet(t, sampleSummary(), EncodeOptions{Key: key, IssuedAt: testNow})
	self := declaredSheet(t, sampleSummary(), EncodeOptions{})
	reader := Reader{Keys: testList(trusted), Now: testNow}
	// The body of this one reads well as what an emergency message has in its head.
	zeros := signedText(t, key, head{kind: kindFull, dictionary: noDictionary}, make([]byte, 60))
	// as gives a message another kind, keeping its signature.
	as := func(text string, k kind, kid []byte) string {
		m, err := parseMessage(raw(t, text))
		if err != nil {
			t.Fatal(err)
		}
		m.sign.Payload[0] = byte(k)
		delete(m.sign.Headers.Protected, cose.HeaderLabelKeyID)
		if kid != nil {
			m.sign.Headers.Protected[cose.HeaderLabelKeyID] = kid
		}
		m.sign.Headers.RawProtected = nil
		b, err := m.sign.MarshalCBOR()
		if err != nil {
			t.Fatal(err)
		}
		return messageText(b)
	}
	inParts := func(text string) []string {
		parts, err := split(raw(t, text), 2, [cardIDSize]byte(one.card.ID))
		if err != nil {
			t.Fatal(err)
		}
		return []string{messageText(parts[0].bytes()), messageText(parts[1].bytes())}
	}
	for _, c := range []struct {
		name  string
		texts []string
		want  []record.Verdict
	}{
		{"nothing changed", []string{as(one.emergency, kindEmergency, key.ID), as(one.full, kindFull, nil)}, []record.Verdict{record.Authentic}},
		{"an emergency message as full", []string{as(one.emergency, kindFull, nil)}, []record.Verdict{record.Incomplete}},
		{"an emergency message as full, with its key id", []string{as(one.emergency, kindFull, key.ID)}, []record.Verdict{record.Unreadable}},
		{"an emergency message as declared", []string{as(one.emergency, kindDeclared, nil)}, []record.Verdict{record.NotAuthentic}},
		{"a declared emergency message as an issuer's", []string{as(self.emergency, kindEmergency, key.ID)}, []record.Verdict{record.NotAuthentic}},
		{"a full message as emergency", []string{as(one.full, kindEmergency, nil)}, []record.Verdict{record.Unreadable}},
		{"a full message as emergency, with a key id", []string{as(zeros, kindEmergency, key.ID)}, []record.Verdict{record.NotAuthentic}},
		{"a full message with a key id", []string{one.emergency, as(one.full, kindFull, key.ID)}, []record.Verdict{record.Incomplete, record.Unreadable}},
		{"a full message as declared", []string{as(zeros, kindDeclared, nil)}, []record.Verdict{record.NotAuthentic}},
		{"a kind to come", []string{as(one.full, 4, nil)}, []record.Verdict{record.Unreadable}},
		{"an emergency message in parts", inParts(one.emergency), []record.Verdict{record.NotAuthentic}},
		{"a full message in parts", append(inParts(one.full), one.emergency), []record.Verdict{record.Authentic}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := reader.Read(c.texts)
			if !reflect.DeepEqual(verdicts(got), c.want) {
				t.Errorf("got %v, want %v", verdicts(got), c.want)
			}
		})
	}
}

// TestOnlyTheKeyOfTheEmergencyMessage: everybody who has an emergency message can
// name it; what is signed by any other key is refused.
func TestOnlyTheKeyOfTheEmergencyMessage(t *testing.T) {
	key, trusted := testKey("des Tilleuls")
	other, otherKey := testKey("du Port")
	otherKey.Key.ID, other.ID = trusted.Key.ID, trusted.Key.ID // two keys under one id
	_, forger, _ := ed25519.GenerateKey(rand.Reader)
	one := newSheet(t, sampleSummary(), EncodeOptions{Key: key, IssuedAt: testNow})
	m, err := parseMessage(raw(t, one.full))
	if err != nil {
		t.Fatal(err)
	}
	for name, full := range map[string]string{
		"a trusted key under the same id": resign(t, other, one.full, func(*head) {}),
		"a key that a patient declares":   declared(t, forger, m.head, m.compressed, nil),
	} {
		for _, list := range []testKeys{testList(trusted, otherKey), testList(otherKey, trusted)} {
			got := Reader{Keys: list, Now: testNow}.Read([]string{full, one.emergency})
			if !reflect.DeepEqual(verdicts(got), []record.Verdict{record.Incomplete, record.NotAuthentic}) {
				t.Fatalf("%s: got %v", name, verdicts(got))
			}
			if !reflect.DeepEqual(got[0].Summary, one.card.Emergency) || got[1].Summary != nil || got[1].IssuerKnown || got[1].CardID != nil {
				t.Errorf("%s: got %+v", name, got)
			}
			if !slices.Equal(got[0].Texts, []string{one.emergency}) || !slices.Equal(got[1].Texts, []string{full}) {
				t.Errorf("%s: got the texts %q and %q", name, got[0].Texts, got[1].Texts)
			}
			got = Reader{Keys: list, Now: testNow}.Read([]string{full, one.full, one.emergency})
			if !reflect.DeepEqual(verdicts(got), []record.Verdict{record.Authentic, record.NotAuthentic}) || !reflect.DeepEqual(got[0].Summary, one.summary) {
				t.Errorf("%s beside the true one: got %v", name, verdicts(got))
			}
		}
	}
}

func TestFullMessagesOfNoCard(t *testing.T) {
	key, trusted := testKey("des Tilleuls")
	mallory, _ := testKey("Mallory")
	id := []byte("card-one")
	one := newSheet(t, sampleSummary(), EncodeOptions{Key: key, IssuedAt: testNow, CardID: id})
	again := newSheet(t, sampleSummary(), EncodeOptions{Key: key, IssuedAt: testNow.AddDate(0, 0, -1), CardID: id})
	reader := Reader{Keys: testList(trusted), Now: testNow}
	lone := func(r Reading, full string) {
		t.Helper()
		if r.Judgement != (record.Judgement{Verdict: record.Incomplete, Detail: wordEmergencyCode}) || r.Summary != nil || r.IssuerKnown ||
			r.Declared || r.CardID != nil || len(r.Warnings) > 0 || !slices.Equal(r.Missing, []string{wordEmergencyCode}) || !slices.Equal(r.Texts, []string{full}) {
			t.Errorf("got %+v", r)
		}
	}
	for _, full := range []string{
		one.full,
		newSheet(t, sampleSummary(), EncodeOptions{Key: mallory, IssuedAt: testNow}).full,
		declaredSheet(t, sampleSummary(), EncodeOptions{CardID: id}).full,
	} {
		lone(readOne(t, reader, []string{full}), full)
		// Another printing of the same card does not take it.
		got := reader.Read(append([]string{full}, again.all...))
		if len(got) != 2 || got[0].Judgement.Verdict != record.Authentic {
			t.Fatalf("beside another card: got %v", verdicts(got))
		}
		lone(got[1], full)
	}
}

// TestFullMessagesOfRefusedCards: what is refused is refused once, with all of its
// codes, in one code or in several.
func TestFullMessagesOfRefusedCards(t *testing.T) {
	key, trusted := testKey("des Tilleuls")
	mallory, _ := testKey("Mallory")
	id := []byte("card-one")
	revoked := testList(trusted)
	revoked.cards = map[string]time.Time{"card-one": testNow}
	for _, s := range []*record.Summary{sampleSummary(), longSummary(20)} {
		for want, all := range map[record.Verdict][]string{
			record.UnknownIssuer: newSheet(t, s, EncodeOptions{Key: mallory, IssuedAt: testNow}).all,
			record.Revoked:       newSheet(t, s, EncodeOptions{Key: key, IssuedAt: testNow, CardID: id}).all,
		} {
			slices.Reverse(all)
			r := readOne(t, Reader{Keys: revoked, Now: testNow}, all)
			if r.Judgement.Verdict != want || r.Summary != nil || len(r.Missing) > 0 || len(r.Texts) != len(all) {
				t.Errorf("got %+v", r)
			}
			if r = readOne(t, Reader{Keys: revoked, Now: testNow}, all[len(all)-2:]); r.Judgement.Verdict != want {
				t.Errorf("some of its codes: got %+v", r)
			}
		}
	}
}

// TestOneMessageLockedTwice: a sheet printed twice in one second has one message
// under two nonces.
func TestOneMessageLockedTwice(t *testing.T) {
	one, keys := lockedSheet(t, sampleSummary(), EncodeOptions{CardID: []byte("card-one")})
	two, _ := lockedSheet(t, sampleSummary(), EncodeOptions{CardID: []byte("card-one")})
	if one.emergency != two.emergency || one.full == two.full {
		t.Fatal("not the printings that this test is about")
	}
	r := readOne(t, Reader{Keys: keys, Now: testNow, Code: typedCode}, append(one.all, two.all...))
	if r.Judgement.Verdict != record.Authentic || !reflect.DeepEqual(r.Summary, one.summary) {
		t.Errorf("got %+v", r.Judgement)
	}
}
