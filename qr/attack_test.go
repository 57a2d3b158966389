package qr

import (
	"bytes"
	"reflect"
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
	// A key of the other algorithm under the same id, in both directions.
	confused := trusted
	confused.Key.Algorithm = record.ES256

	for _, c := range []struct {
		name  string
		keys  KeySource
		texts []string
		want  []record.Verdict
	}{
		{"signed by somebody not in the list", testList(trusted), []string{resign(t, mallory, one.emergency, same), resign(t, mallory, one.full, same)}, []record.Verdict{record.UnknownIssuer}},
		{"signed by somebody under our key's id", testList(trusted), []string{resign(t, as(mallory, key.ID), one.emergency, same)}, []record.Verdict{record.NotAuthentic}},
		{"key id replaced", both, []string{replace(key.ID, mallory.ID)}, []record.Verdict{record.NotAuthentic}},
		{"algorithm replaced", testList(trusted), []string{replace([]byte{0xa2, 1, 0x27}, []byte{0xa2, 1, 0x26})}, []record.Verdict{record.NotAuthentic}},
		{"algorithm of the list replaced", testList(confused), []string{one.emergency}, []record.Verdict{record.NotAuthentic}},
		{"signature cut off", testList(trusted), []string{messageText(append(bytes.Clone(message[:len(message)-66]), 0x40))}, []record.Verdict{record.Unreadable}},
		{"an unprotected header", testList(trusted), []string{replace([]byte{0xa0, 0x59}, []byte{0xa1, 0x03, 0x00, 0x59})}, []record.Verdict{record.Unreadable}},
		{"bytes after the message", testList(trusted), []string{messageText(append(bytes.Clone(message), 0))}, []record.Verdict{record.Unreadable}},
		{"a longer spelling of a length", testList(trusted), []string{replace([]byte{0x58, 0x40}, []byte{0x59, 0x00, 0x40})}, []record.Verdict{record.Unreadable}},
		{"the full message bound to another", testList(trusted), []string{one.emergency, resign(t, key, one.full, func(h *head) { h.binding[0] ^= 1 })}, []record.Verdict{record.Incomplete, record.NotAuthentic}},
		{"the full message of another time", testList(trusted), []string{one.emergency, resign(t, key, one.full, func(h *head) { h.issued = h.issued.Add(time.Second) })}, []record.Verdict{record.NotAuthentic}},
		{"the full message of another trusted issuer", both, []string{one.emergency, resign(t, mallory, one.full, same)}, []record.Verdict{record.NotAuthentic}},
		{"the full message under a longer emergency", testList(trusted), []string{resign(t, key, one.emergency, func(h *head) { h.parts = 0 }), one.full}, []record.Verdict{record.Unreadable, record.NotAuthentic}},
		{"a forged emergency beside the true card", testList(trusted), append([]string{resign(t, as(mallory, key.ID), one.emergency, same)}, one.all...), []record.Verdict{record.Authentic, record.NotAuthentic}},
		{"a forged full beside the true card", testList(trusted), append([]string{resign(t, as(mallory, key.ID), one.full, same)}, one.all...), []record.Verdict{record.Authentic, record.NotAuthentic}},
		{"a dictionary to come", testList(trusted), []string{resign(t, key, one.emergency, func(h *head) { h.dictionary = 9 })}, []record.Verdict{record.Unreadable}},
		{"a bomb from a trusted issuer", testList(trusted), []string{signedText(t, key, head{kind: kindEmergency, issued: testNow}, bomb(1<<20))}, []record.Verdict{record.Unreadable}},
		{"a key twice from a trusted issuer", testList(trusted), []string{signedText(t, key, head{kind: kindEmergency, dictionary: methodStored, issued: testNow}, []byte("\xa2\x04\x01\x04\x01"))}, []record.Verdict{record.Unreadable}},
		{"a critical key from a trusted issuer", testList(trusted), []string{signedText(t, key, head{kind: kindEmergency, dictionary: methodStored, issued: testNow}, []byte("\xa1\x20\x01"))}, []record.Verdict{record.Unreadable}},
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
