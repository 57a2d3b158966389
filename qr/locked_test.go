package qr

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
	"pgregory.net/rapid"
)

const (
	typedCode  = "7k0p1-qm3xz"
	otherTyped = "7K0P1 QM3X0"
)

// lockedSheet is the sample under a code, in one full code or in several.
func lockedSheet(t testing.TB, s *record.Summary, opt EncodeOptions) (sheet, testKeys) {
	t.Helper()
	key, trusted := testKey("des Tilleuls")
	opt.Key, opt.IssuedAt, opt.Code = key, testNow, testCode(t, typedCode)
	return newSheet(t, s, opt), testList(trusted)
}

// readOne reads texts that are one card's.
func readOne(t *testing.T, r Reader, texts []string) Reading {
	t.Helper()
	got := r.Read(texts)
	if len(got) != 1 {
		t.Fatalf("got %d readings: %v", len(got), verdicts(got))
	}
	return got[0]
}

func TestLockedCards(t *testing.T) {
	for _, c := range []struct {
		name     string
		summary  *record.Summary
		withhold bool
	}{
		{"one full code", sampleSummary(), false},
		{"several full codes", longSummary(20), false},
		{"one full code, withheld", sampleSummary(), true},
		{"several full codes, withheld", longSummary(20), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			one, keys := lockedSheet(t, c.summary, EncodeOptions{Withhold: c.withhold})
			if !one.card.Locked || one.card.Withheld != c.withhold {
				t.Errorf("the card says locked %v, withheld %v", one.card.Locked, one.card.Withheld)
			}
			reader := Reader{Keys: keys, Now: testNow}

			for typed, lock := range map[string]record.Lock{"": record.Locked, otherTyped: record.WrongCode, "nonsense": record.WrongCode} {
				reader.Code = typed
				r := readOne(t, reader, one.all)
				if r.Judgement.Verdict != record.Incomplete || r.Judgement.Lock != lock || !r.Locked || r.Complete || r.Withheld != c.withhold {
					t.Errorf("code %q: got %+v", typed, r.Judgement)
				}
				if !reflect.DeepEqual(r.Summary, one.card.Emergency) || !slices.Equal(r.Missing, []string{wordPatientCode}) || len(r.Texts) != len(one.all) {
					t.Errorf("code %q: something else than the emergency message is shown", typed)
				}
			}

			reader.Code = typedCode
			r := readOne(t, reader, one.all)
			if r.Judgement.Verdict != record.Authentic || !r.Complete || r.Locked || r.Withheld || !reflect.DeepEqual(r.Summary, c.summary) {
				t.Errorf("opened: got %+v", r.Judgement)
			}
			if c.withhold && (one.card.Emergency.Allergies.Len()+one.card.Emergency.Medications.Len() > 0 ||
				one.card.Emergency.Allergies.Omitted != c.summary.Allergies.Len() || one.card.Emergency.Problems.Len() == 0) {
				t.Errorf("the emergency message says %+v", one.card.Emergency.Allergies)
			}
			for _, symbol := range one.card.Symbols {
				if len(symbol.Text) > maxSymbolChars {
					t.Errorf("%s code of %d characters", symbol.Role, len(symbol.Text))
				}
			}

			// The emergency code alone, and what is locked alone.
			r = readOne(t, reader, one.all[:1])
			if r.Judgement.Verdict != record.Incomplete || r.Judgement.Lock != record.Unlocked || !r.Locked || r.Missing[0] == wordPatientCode {
				t.Errorf("emergency alone: got %+v, %q", r.Judgement, r.Missing)
			}
			if !slices.ContainsFunc(r.Warnings, func(w Warning) bool { return w.Code == WarnLocked }) ||
				slices.ContainsFunc(r.Warnings, func(w Warning) bool { return w.Code == WarnWithheld }) != c.withhold {
				t.Errorf("emergency alone: got warnings %v", r.Warnings)
			}
			r = readOne(t, reader, one.all[1:])
			if r.Judgement.Verdict != record.Incomplete || r.Summary != nil || r.Missing[0] != wordEmergencyCode || r.IssuerKnown {
				t.Errorf("full codes alone: got %+v", r)
			}
		})
	}
}

// opened is the lock of a sheet and the full message inside, as whoever knows the
// code has them.
func opened(t testing.TB, one sheet) (*lock, lockedMessage, []byte) {
	t.Helper()
	emergency := raw(t, one.emergency)
	key, err := newLock(*testCode(t, typedCode), [cardIDSize]byte(one.card.ID), emergency)
	if err != nil {
		t.Fatal(err)
	}
	m, err := parseLocked(raw(t, one.full))
	if err != nil {
		t.Fatal(err)
	}
	signed, err := key.open(m)
	if err != nil {
		t.Fatal(err)
	}
	return key, m, signed
}

// relocked locks signed anew beside an emergency message.
func relocked(t testing.TB, emergency string, signed []byte) string {
	t.Helper()
	m, err := parseMessage(raw(t, emergency))
	if err != nil {
		t.Fatal(err)
	}
	key, err := newLock(*testCode(t, typedCode), m.head.card, m.raw)
	if err != nil {
		t.Fatal(err)
	}
	text, err := key.close(bytes.NewReader(make([]byte, lockNonceSize)), m.head.card, signed)
	if err != nil {
		t.Fatal(err)
	}
	return messageText(text)
}

func TestAttacksOnLockedCards(t *testing.T) {
	key, _ := testKey("des Tilleuls")
	mallory, malloryKey := testKey("Mallory")
	id := []byte("card-one")
	one, keys := lockedSheet(t, sampleSummary(), EncodeOptions{CardID: id})
	other := sampleSummary()
	other.Allergies = record.Section[record.Allergy]{None: true}
	two, _ := lockedSheet(t, other, EncodeOptions{CardID: id}) // same id, time, key and code
	_, _, signed := opened(t, one)
	plain := messageText(signed)
	// The same emergency message, signed by the issuer with other flags.
	cleared := resign(t, key, one.emergency, func(h *head) { h.locked = false })
	moved := resign(t, key, one.emergency, func(h *head) { h.issued = h.issued.Add(time.Second) })
	keys.keys = append(keys.keys, malloryKey)
	withheldFlag := resign(t, key, one.emergency, func(h *head) { h.withheld = true })

	for _, c := range []struct {
		name  string
		texts []string
		want  []record.Verdict
		lock  record.Lock // of the first reading
	}{
		{"another emergency message", []string{two.emergency, one.full}, []record.Verdict{record.Incomplete}, record.WrongCode},
		{"the emergency message signed again", []string{moved, one.full}, []record.Verdict{record.Incomplete}, record.WrongCode},
		{"locked anew beside another emergency message", []string{two.emergency, relocked(t, two.emergency, signed)}, []record.Verdict{record.Incomplete, record.NotAuthentic}, record.Unlocked},
		{"a stranger's full message", []string{one.emergency, relocked(t, one.emergency, raw(t, resign(t, mallory, plain, func(*head) {})))}, []record.Verdict{record.Incomplete, record.NotAuthentic}, record.Unlocked},
		{"noise inside", []string{one.emergency, relocked(t, one.emergency, []byte("noise"))}, []record.Verdict{record.Incomplete, record.NotAuthentic}, record.Unlocked},
		{"the emergency message inside", []string{one.emergency, relocked(t, one.emergency, raw(t, one.emergency))}, []record.Verdict{record.Incomplete, record.NotAuthentic}, record.Unlocked},
		{"the full message in clear", []string{one.emergency, plain}, []record.Verdict{record.Incomplete, record.NotAuthentic}, record.Unlocked},
		{"the flag cleared", []string{cleared, one.full}, []record.Verdict{record.Incomplete, record.NotAuthentic}, record.Unlocked},
		{"the flag cleared by a stranger", []string{resign(t, SigningKey{ID: key.ID, Algorithm: mallory.Algorithm, Signer: mallory.Signer}, one.emergency, func(h *head) { h.locked = false }), one.full}, []record.Verdict{record.NotAuthentic}, record.Unlocked},
		{"said to be withheld and carried", []string{withheldFlag, one.full}, []record.Verdict{record.Unreadable}, record.Unlocked},
		{"the true one beside a false one", []string{one.emergency, relocked(t, one.emergency, []byte("noise")), one.full}, []record.Verdict{record.Authentic, record.NotAuthentic}, record.Unlocked},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Reader{Keys: keys, Now: testNow, Code: typedCode}.Read(c.texts)
			if !reflect.DeepEqual(verdicts(got), c.want) || got[0].Judgement.Lock != c.lock {
				t.Fatalf("got %v, %+v, want %v", verdicts(got), got[0].Judgement, c.want)
			}
			for _, r := range got {
				if !r.Judgement.Verdict.Believed() && r.Summary != nil {
					t.Errorf("%s, and its content is shown", r.Judgement.Verdict)
				}
				if r.Summary != nil && r.Summary.Procedures.Len() > 0 && r.Judgement.Verdict != record.Authentic {
					t.Errorf("%s, and the full message is shown", r.Judgement.Verdict)
				}
			}
		})
	}
}

// TestFlagsThatCannotBe: heads that no writer makes are no heads.
func TestFlagsThatCannotBe(t *testing.T) {
	good := head{kind: kindEmergency, issued: testNow, parts: 3, locked: true, withheld: true}.bytes()
	if h, _, err := parseHead(good); err != nil || !h.locked || !h.withheld || h.parts != 3 {
		t.Fatalf("got %+v, %v", h, err)
	}
	for _, b := range []byte{flagLocked, flagWithheld | 3, flagLocked | flagWithheld, 11, flagLocked | 11, 0x20, 0x10, flagLocked | 0x23} {
		good[len(good)-1] = b
		if _, _, err := parseHead(good); !errors.Is(err, errHead) {
			t.Errorf("%02x: got %v", b, err)
		}
	}
}

// TestEveryFlippedByteOfALockedCard flips each bit of both messages. The code is
// never tried on an emergency message that is not believed, and nothing that was
// altered opens.
func TestEveryFlippedByteOfALockedCard(t *testing.T) {
	one, keys := lockedSheet(t, sampleSummary(), EncodeOptions{})
	key, _, _ := opened(t, one)
	reader := Reader{Keys: keys, Now: testNow, Code: typedCode}
	message := raw(t, one.full)
	for i := range message {
		for bit := range 8 {
			damaged := bytes.Clone(message)
			damaged[i] ^= 1 << bit
			m, err := parseLocked(damaged)
			if err != nil {
				continue
			}
			if _, err := key.open(m); err == nil && i >= lockHintOffset+hintSize {
				t.Fatalf("byte %d, bit %d: it opens", i, bit)
			}
			if i < lockHintOffset || i >= lockHintOffset+hintSize && i < lockIVOffset {
				t.Fatalf("byte %d, bit %d: another spelling is read", i, bit)
			}
		}
		if i%97 > 0 {
			continue
		}
		damaged := bytes.Clone(message)
		damaged[i] ^= 1
		for _, r := range reader.Read([]string{one.emergency, messageText(damaged)}) {
			if r.Complete || r.Judgement.Verdict.Exit() == 0 {
				t.Fatalf("byte %d: a damaged card is %s", i, r.Judgement.Verdict)
			}
		}
	}
	message = raw(t, one.emergency)
	var before, after runtime.MemStats
	for i := range message {
		damaged := bytes.Clone(message)
		damaged[i] ^= 1
		runtime.ReadMemStats(&before)
		for _, r := range reader.Read([]string{messageText(damaged), one.full}) {
			if r.Complete || r.Summary != nil {
				t.Fatalf("byte %d: a damaged card is %s and shown", i, r.Judgement.Verdict)
			}
		}
		if runtime.ReadMemStats(&after); after.TotalAlloc-before.TotalAlloc > 32<<20 {
			t.Fatalf("byte %d: the code was tried on a card that is not believed", i)
		}
	}
}

func TestLockedSpelling(t *testing.T) {
	one, _ := lockedSheet(t, sampleSummary(), EncodeOptions{})
	good := raw(t, one.full)
	m, err := parseLocked(good)
	if err != nil || !bytes.Equal(m.bytes(), good) || lockedSize(len(m.ciphertext)-lockTagSize) != len(good) {
		t.Fatal(err)
	}
	want := []byte{0xd0, 0x83, 0x44, 0xa1, 0x01, 0x18, 0x18, 0xa2, 0x04, 0x44}
	if !bytes.HasPrefix(good, want) || !bytes.Equal(good[10:14], one.card.ID[:4]) || good[14] != 5 || good[15] != 0x4c {
		t.Errorf("got %x", good[:16])
	}
	for name, bad := range map[string][]byte{
		"nothing inside":   lockedMessage{ciphertext: make([]byte, lockTagSize)}.bytes(),
		"a byte more":      append(bytes.Clone(good), 0),
		"a byte less":      good[:len(good)-1],
		"the head alone":   good[:lockHeadFixed],
		"a longer length":  slices.Concat(good[:28], []byte{0x5a, 0, 0}, good[29:]),
		"another alg":      bytes.Replace(good, []byte{1, 0x18, 0x18}, []byte{1, 0x18, 0x19}, 1),
		"not tagged":       good[1:],
		"an empty message": nil,
	} {
		if _, err := parseLocked(bad); !errors.Is(err, errLocked) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestCardsThatCannotBeLocked(t *testing.T) {
	key, _ := testKey("des Tilleuls")
	code := testCode(t, typedCode)
	small := &record.Summary{Patient: record.Patient{BirthName: "VASSEUR"}, UpdatedAt: "2026-11-01"}
	many := sampleSummary()
	for i := range 400 {
		many.Allergies.Entries = append(many.Allergies.Entries, record.Allergy{Substance: record.Text(fmt.Sprintf("%x", sha256.Sum256([]byte{byte(i), byte(i >> 8)})))})
	}
	for _, c := range []struct {
		name    string
		summary *record.Summary
		opt     EncodeOptions
		reason  string
	}{
		{"nothing to lock", small, EncodeOptions{Key: key, Code: code}, "nothing_to_lock"},
		{"withheld without a code", sampleSummary(), EncodeOptions{Key: key, Withhold: true}, "withhold_without_code"},
		{"no code in the code", sampleSummary(), EncodeOptions{Key: key, Code: new(PatientCode)}, "patient_code"},
		{"withheld allergies that do not fit", many, EncodeOptions{Key: key, Code: code, Withhold: true}, "allergies_do_not_fit"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := Encode(c.summary, c.opt); record.ReasonOf(err) != c.reason {
				t.Errorf("got %v, reason %q", err, record.ReasonOf(err))
			}
		})
	}
	// Where there is nothing to leave out, the card does not pretend that there is.
	none := longSummary(8)
	none.Allergies, none.Medications = record.Section[record.Allergy]{None: true}, record.Section[record.Medication]{}
	one, keys := lockedSheet(t, none, EncodeOptions{Withhold: true})
	r := readOne(t, Reader{Keys: keys, Now: testNow}, one.all)
	if one.card.Withheld || r.Withheld || !r.Summary.Allergies.None {
		t.Errorf("got %+v", r.Summary.Allergies)
	}
}

// TestDerivationsAreBounded: anybody can declare any number of locked cards.
func TestDerivationsAreBounded(t *testing.T) {
	code := testCode(t, typedCode)
	var all []string
	for range maxDerivations + 2 {
		all = append(all, texts(mustEncode(t, sampleSummary(), EncodeOptions{Declared: true, Code: code}))...)
	}
	open := 0
	for _, r := range (Reader{Now: testNow, Code: typedCode}).Read(all) {
		if r.Complete {
			open++
		}
	}
	if open != maxDerivations {
		t.Errorf("%d of %d cards were opened", open, maxDerivations+2)
	}
}

// TestWithheldSummariesJoin: what is left out of the emergency message is all in
// the rest, whatever the summary and the room.
func TestWithheldSummariesJoin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := genSummary(2).Draw(t, "summary")
		room := rapid.IntRange(0, 600).Draw(t, "room")
		emergency, rest, err := withhold(s, func(e *record.Summary) (bool, error) {
			body, err := encodeBody(e)
			return len(body) <= room+200, err
		})
		if record.CodeOf(err) == record.CodeTooLarge {
			t.Skip("the identity does not fit")
		}
		if err != nil {
			t.Fatal(err)
		}
		if n := emergency.Allergies.Len() + emergency.Medications.Len(); n > 0 {
			t.Fatalf("%d entries that were to be left out", n)
		}
		got, err := record.JoinStrict(emergency, rest)
		if err != nil || !reflect.DeepEqual(got, s) {
			t.Fatalf("got  %+v, %v\nwant %+v", got, err, s)
		}
	})
}

// FuzzLocked: what is read is written the same.
func FuzzLocked(f *testing.F) {
	one, _ := lockedSheet(f, sampleSummary(), EncodeOptions{CardID: []byte("card-one")})
	f.Add(raw(f, one.full))
	f.Add(lockedMessage{ciphertext: make([]byte, 17)}.bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		if m, err := parseLocked(data); err == nil && !bytes.Equal(m.bytes(), data) {
			t.Errorf("%x is written %x", data, m.bytes())
		}
	})
}

// TestLockVector holds the construction to the vector of doc/card-format.md, which
// another implementation computed from its words.
func TestLockVector(t *testing.T) {
	card := [cardIDSize]byte([]byte("card-one"))
	l, err := newLock(*testCode(t, typedCode), card, []byte("emergency message"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := l.close(bytes.NewReader([]byte("random nonce")), card, []byte("full message"))
	const want = "d08344a1011818a2044463617264054c72616e646f6d206e6f6e6365581c22174f696ec71ca3b30771ad96373de14a3f5b5755e50080ae60d89c"
	if err != nil || hex.EncodeToString(got) != want {
		t.Errorf("got %x, %v", got, err)
	}
}
