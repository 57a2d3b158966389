package qr

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// resign makes a message anew with any head and key: what a forger, or an issuer
// who forges, can do.
func resign(t testing.TB, key SigningKey, text string, change func(*head)) string {
	t.Helper()
	m, err := parseMessage(raw(t, text))
	if err != nil {
		t.Fatal(err)
	}
	h := m.head
	change(&h)
	return signedText(t, key, h, m.compressed)
}

// afterBody is the code, without a dictionary, of the body of a full message whose
// emergency message is text.
func afterBody(t testing.TB, text, body string) []byte {
	t.Helper()
	m, err := parseMessage(raw(t, text))
	if err != nil {
		t.Fatal(err)
	}
	e, err := coder{}.read(m, nil)
	if err != nil {
		t.Fatal(err)
	}
	return models[noDictionary]().Compress(e.body, []byte(body))
}

// reissue signs both messages of a card anew.
func reissue(t testing.TB, key SigningKey, one sheet, change func(*head)) []string {
	t.Helper()
	emergency := resign(t, key, one.emergency, change)
	return []string{emergency, resign(t, key, one.full, func(h *head) { h.binding = bind(raw(t, emergency)) })}
}

func TestAttacks(t *testing.T) {
	key, trusted := testKey("des Tilleuls")
	mallory, malloryKey := testKey("Mallory")
	one := newSheet(t, sampleSummary(), EncodeOptions{Key: key, IssuedAt: testNow})
	both := testList(trusted, malloryKey)
	same := func(*head) {}
	as := func(k SigningKey, kid []byte) SigningKey { k.ID = kid; return k }
	message := raw(t, one.emergency)
	replace := func(old, with []byte) string {
		b := bytes.Replace(bytes.Clone(message), old, with, 1)
		if bytes.Equal(b, message) {
			t.Fatal("nothing to replace")
		}
		return messageText(b)
	}
	later := func(h *head) { h.issued = h.issued.Add(time.Second) }
	elsewhere := reissue(t, mallory, one, same)
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	es256 := SigningKey{ID: key.ID, Algorithm: record.ES256, Signer: private}
	// A key of the other algorithm under the same id, in both directions.
	confused := trusted
	confused.Key.Algorithm = record.ES256

	for _, c := range []struct {
		name  string
		keys  KeySource
		texts []string
		want  []record.Verdict
	}{
		{"signed by somebody not in the list", testList(trusted), reissue(t, mallory, one, same), []record.Verdict{record.UnknownIssuer}},
		{"signed by somebody under our key's id", testList(trusted), []string{resign(t, as(mallory, key.ID), one.emergency, same)}, []record.Verdict{record.NotAuthentic}},
		{"both signed by somebody under our key's id", testList(trusted), reissue(t, as(mallory, key.ID), one, same), []record.Verdict{record.NotAuthentic}},
		{"key id replaced", both, []string{replace(key.ID, mallory.ID)}, []record.Verdict{record.NotAuthentic}},
		{"algorithm replaced", testList(trusted), []string{replace([]byte{0xa2, 1, 0x27}, []byte{0xa2, 1, 0x26})}, []record.Verdict{record.NotAuthentic}},
		{"algorithm of the list replaced", testList(confused), []string{one.emergency}, []record.Verdict{record.NotAuthentic}},
		{"signature cut off", testList(trusted), []string{messageText(append(bytes.Clone(message[:len(message)-66]), 0x40))}, []record.Verdict{record.Unreadable}},
		{"an unprotected header", testList(trusted), []string{replace([]byte{0xa0, 0x58}, []byte{0xa1, 0x03, 0x00, 0x58})}, []record.Verdict{record.Unreadable}},
		{"bytes after the message", testList(trusted), []string{messageText(append(bytes.Clone(message), 0))}, []record.Verdict{record.Unreadable}},
		{"a longer spelling of a length", testList(trusted), []string{replace([]byte{0x58, 0x40}, []byte{0x59, 0x00, 0x40})}, []record.Verdict{record.Unreadable}},
		{"the full message bound to another", testList(trusted), []string{one.emergency, resign(t, key, one.full, func(h *head) { h.binding[0] ^= 1 })}, []record.Verdict{record.Incomplete, record.Incomplete}},
		{"the full message of another time", testList(trusted), []string{resign(t, key, one.emergency, later), one.full}, []record.Verdict{record.Incomplete, record.Incomplete}},
		{"the full message of another trusted issuer", both, []string{one.emergency, resign(t, mallory, one.full, same)}, []record.Verdict{record.Incomplete, record.NotAuthentic}},
		{"the emergency message of another trusted issuer", both, []string{resign(t, mallory, one.emergency, same), one.full}, []record.Verdict{record.Incomplete, record.Incomplete}},
		{"a full message that claims another issuer's emergency", both, []string{elsewhere[0], resign(t, key, one.full, func(h *head) { h.binding = bind(raw(t, elsewhere[0])) })}, []record.Verdict{record.Incomplete, record.NotAuthentic}},
		{"the full message of another algorithm", both, []string{one.emergency, resign(t, es256, one.full, same)}, []record.Verdict{record.Incomplete, record.NotAuthentic}},
		{"the full message under a longer emergency", testList(trusted), []string{resign(t, key, one.emergency, func(h *head) { h.parts = 0 }), one.full}, []record.Verdict{record.Unreadable, record.Incomplete}},
		{"a full message of a card that has none", testList(trusted), reissue(t, key, one, func(h *head) { h.parts = 0 }), []record.Verdict{record.Unreadable, record.NotAuthentic}},
		{"two full messages for one emergency", testList(trusted), append(slices.Clone(one.all), signedText(t, key, head{kind: kindFull, dictionary: noDictionary, binding: bind(message)}, afterBody(t, one.emergency, "\xa0"))), []record.Verdict{record.Unreadable}},
		{"a full message that cannot be read", testList(trusted), []string{one.emergency, resign(t, key, one.full, func(h *head) { h.dictionary = 9 })}, []record.Verdict{record.Incomplete, record.Unreadable}},
		{"a forged emergency beside the true card", testList(trusted), append([]string{resign(t, as(mallory, key.ID), one.emergency, same)}, one.all...), []record.Verdict{record.Authentic, record.NotAuthentic}},
		{"a forged full beside the true card", testList(trusted), append([]string{resign(t, as(mallory, key.ID), one.full, same)}, one.all...), []record.Verdict{record.Authentic, record.NotAuthentic}},
		{"a dictionary to come", testList(trusted), []string{resign(t, key, one.emergency, func(h *head) { h.dictionary = 9 })}, []record.Verdict{record.Unreadable}},
		{"a bomb from a trusted issuer", testList(trusted), []string{signedText(t, key, head{kind: kindEmergency, issued: testNow}, bomb(maxBody))}, []record.Verdict{record.Unreadable}},
		{"a key twice from a trusted issuer", testList(trusted), []string{signedText(t, key, head{kind: kindEmergency, dictionary: noDictionary, issued: testNow}, codeOf("\xa2\x04\x01\x04\x01"))}, []record.Verdict{record.Unreadable}},
		{"a critical key from a trusted issuer", testList(trusted), []string{signedText(t, key, head{kind: kindEmergency, dictionary: noDictionary, issued: testNow}, codeOf("\xa1\x20\x01"))}, []record.Verdict{record.Unreadable}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Reader{Keys: c.keys, Now: testNow}.Read(c.texts)
			if !reflect.DeepEqual(verdicts(got), c.want) {
				t.Errorf("got %v, want %v", verdicts(got), c.want)
			}
			for _, r := range got {
				if !r.Judgement.Verdict.Believed() && r.Summary != nil {
					t.Errorf("%s, and its content is shown", r.Judgement.Verdict)
				}
			}
		})
	}
	newer := Reader{Keys: testList(trusted), Now: testNow}.Read([]string{resign(t, key, one.emergency, func(h *head) { h.dictionary = 9 })})[0]
	if newer.Judgement.Detail != whyNewer {
		t.Errorf("a dictionary to come: got %q", newer.Judgement.Detail)
	}
}

// TestSignatureOfAnotherProtocol: the same structure signed under another context
// is not a card.
func TestSignatureOfAnotherProtocol(t *testing.T) {
	key, trusted := testKey("des Tilleuls")
	one := newSheet(t, sampleSummary(), EncodeOptions{Key: key, IssuedAt: testNow})
	saved := signingContext
	signingContext = []byte("Zone Blanche trust list 1")
	foreign := resign(t, key, one.emergency, func(*head) {})
	signingContext = saved
	got := Reader{Keys: testList(trusted), Now: testNow}.Read([]string{foreign})
	if len(got) != 1 || got[0].Judgement.Verdict != record.NotAuthentic {
		t.Errorf("got %v", verdicts(got))
	}
}

// TestEveryFlippedByteIsRefused flips each bit of both messages in turn. Only the
// message that stayed whole may be believed.
func TestEveryFlippedByteIsRefused(t *testing.T) {
	key, trusted := testKey("des Tilleuls")
	reader := Reader{Keys: testList(trusted), Now: testNow}
	one := newSheet(t, sampleSummary(), EncodeOptions{Key: key, IssuedAt: testNow})
	for which, text := range []string{one.emergency, one.full} {
		message := raw(t, text)
		for i := range message {
			for bit := range 8 {
				if testing.Short() && bit > 0 {
					continue
				}
				damaged := bytes.Clone(message)
				damaged[i] ^= 1 << bit
				if got := reader.Read([]string{messageText(damaged)}); len(got) != 1 || got[0].Judgement.Verdict.Believed() && got[0].Summary != nil {
					t.Fatalf("byte %d, bit %d: got %v", i, bit, verdicts(got))
				}
				if bit > 0 {
					continue
				}
				both := []string{messageText(damaged), one.full}
				if which == 1 {
					both[0], both[1] = one.emergency, both[0]
				}
				for _, r := range reader.Read(both) {
					if r.Complete || r.Judgement.Verdict.Exit() == 0 {
						t.Fatalf("byte %d: a damaged card is %s", i, r.Judgement.Verdict)
					}
				}
			}
		}
	}
}

// TestEveryFlippedByteOfPartsIsHarmless flips each byte of one part: with the
// others there the card is whole and the same, without them nothing is joined.
func TestEveryFlippedByteOfPartsIsHarmless(t *testing.T) {
	key, trusted := testKey("des Tilleuls")
	reader := Reader{Keys: testList(trusted), Now: testNow}
	one := newSheet(t, longSummary(8), EncodeOptions{Key: key, IssuedAt: testNow})
	part := raw(t, one.all[1])
	for i := range part {
		damaged := bytes.Clone(part)
		damaged[i] ^= 0x10
		found := false
		for _, r := range reader.Read([]string{one.all[0], messageText(damaged), one.all[2], one.all[3]}) {
			found = found || r.Complete && reflect.DeepEqual(r.Summary, one.summary)
			if r.Complete && !found {
				t.Fatalf("byte %d: another summary", i)
			}
		}
		if !found {
			t.Fatalf("byte %d: parity did not help", i)
		}
		for _, r := range reader.Read([]string{one.all[0], messageText(damaged), one.all[2]}) {
			if r.Complete {
				t.Fatalf("byte %d: joined with a damaged part", i)
			}
		}
	}
}

// TestDamagedPartsBesideGoodOnes: the same part read twice, once wrong, in every
// place.
func TestDamagedPartsBesideGoodOnes(t *testing.T) {
	key, trusted := testKey("des Tilleuls")
	reader := Reader{Keys: testList(trusted), Now: testNow}
	one := newSheet(t, longSummary(8), EncodeOptions{Key: key, IssuedAt: testNow})
	var all []string
	for _, text := range one.all[1:] {
		damaged := raw(t, text)
		damaged[len(damaged)-1] ^= 1
		all = append(all, messageText(damaged), text)
	}
	got := reader.Read(append(all, one.emergency))
	if len(got) != 1 || !got[0].Complete || !reflect.DeepEqual(got[0].Summary, one.summary) {
		t.Errorf("got %v", verdicts(got))
	}
}
