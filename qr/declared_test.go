package qr

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"reflect"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/veraison/go-cose"
	"github.com/zoneblanche/zoneblanche/record"
)

func declaredSheet(t testing.TB, s *record.Summary, opt EncodeOptions) sheet {
	opt.Declared, opt.IssuedAt = true, testNow
	return newSheet(t, s, opt)
}

func TestDeclaredCards(t *testing.T) {
	_, trusted := testKey("des Tilleuls")
	want := sampleSummary()
	want.Patient.Qualified = false
	one := declaredSheet(t, sampleSummary(), EncodeOptions{CardID: []byte("declared")})
	long := declaredSheet(t, longSummary(20), EncodeOptions{})
	locked := declaredSheet(t, sampleSummary(), EncodeOptions{Code: testCode(t, typedCode), Withhold: true})

	for name, keys := range map[string]KeySource{"no list": nil, "a list": testList(trusted)} {
		r := readOne(t, Reader{Keys: keys, Now: testNow}, one.all)
		if r.Judgement != (record.Judgement{Verdict: record.PatientDeclared}) || !r.Complete || !r.Declared || !reflect.DeepEqual(r.Summary, want) {
			t.Errorf("%s: got %+v", name, r)
		}
		if r.IssuerKnown || r.Issuer != (record.Issuer{}) || string(r.CardID) != "declared" || !r.Issued.Equal(testNow) || len(r.Warnings) > 0 {
			t.Errorf("%s: got issuer %+v, card %q, warnings %v", name, r.Issuer, r.CardID, r.Warnings)
		}
	}
	reader := Reader{Now: testNow}
	if r := readOne(t, reader, long.all[:len(long.all)-2]); r.Judgement.Verdict != record.PatientDeclared || !r.Complete || r.Summary.Results.Len() < 20 {
		t.Errorf("several codes: got %+v", r.Judgement)
	}
	r := readOne(t, reader, long.all[:2])
	if r.Judgement.Verdict != record.Incomplete || !r.Declared || r.Summary == nil || len(r.Warnings) != 1 || r.Warnings[0].Code != WarnDeclared {
		t.Errorf("some codes: got %+v", r)
	}
	r = readOne(t, reader, []string{one.full})
	if r.Judgement.Verdict != record.Incomplete || r.Summary != nil || r.CardID != nil || !slices.Equal(r.Missing, []string{wordEmergencyCode}) {
		t.Errorf("full code alone: got %+v", r)
	}
	if r = readOne(t, reader, locked.all); !r.Locked || !r.Declared || r.Judgement.Lock != record.Locked {
		t.Errorf("locked: got %+v", r)
	}
	reader.Code = typedCode
	if r = readOne(t, reader, locked.all); r.Judgement.Verdict != record.PatientDeclared || !reflect.DeepEqual(r.Summary, want) {
		t.Errorf("opened: got %+v", r.Judgement)
	}
	revoked := testList()
	revoked.cards = map[string]time.Time{"declared": testNow}
	if r = readOne(t, Reader{Keys: revoked, Now: testNow}, one.all); r.Judgement.Verdict != record.Revoked || r.Summary != nil {
		t.Errorf("revoked: got %+v", r)
	}
	old := sampleSummary()
	old.UpdatedAt = "2020-01-01"
	r = readOne(t, reader, declaredSheet(t, old, EncodeOptions{}).all)
	if r.Judgement.Verdict != record.PatientDeclared || len(r.Warnings) != 1 || r.Warnings[0].Code != WarnStale {
		t.Errorf("old: got %+v, %v", r.Judgement, r.Warnings)
	}
}

func TestEveryDeclaredCardHasItsOwnKey(t *testing.T) {
	key := func() [32]byte {
		m, err := parseMessage(raw(t, declaredSheet(t, sampleSummary(), EncodeOptions{}).emergency))
		if err != nil || len(m.kid) > 0 || !m.head.declared() {
			t.Fatal(m, err)
		}
		return m.head.self
	}
	if one, two := key(), key(); one == two {
		t.Error("two cards have one key")
	}
	issuer, _ := testKey("des Tilleuls")
	if _, err := Encode(sampleSummary(), EncodeOptions{Declared: true, Key: issuer}); record.CodeOf(err) != record.CodeInvalid {
		t.Errorf("an issuer's key on a declared card: got %v", err)
	}
}

// declared signs a head and body as a card that a patient declares, with whatever
// header a forger likes.
func declared(t *testing.T, private ed25519.PrivateKey, h head, compressed []byte, header cose.ProtectedHeader) string {
	t.Helper()
	if h.kind == kindEmergency {
		h.kind = kindDeclared
	}
	copy(h.self[:], private.Public().(ed25519.PublicKey))
	m := newSign1(record.EdDSA, nil, h, compressed)
	for label, value := range header {
		m.Headers.Protected[label] = value
	}
	signer, err := cose.NewSigner(cose.AlgorithmEdDSA, private)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Sign(rand.Reader, signingContext, signer); err != nil {
		t.Fatal(err)
	}
	text, err := m.MarshalCBOR()
	if err != nil {
		t.Fatal(err)
	}
	return messageText(text)
}

func TestAttacksWithDeclaredCards(t *testing.T) {
	key, trusted := testKey("des Tilleuls")
	id := []byte("card-one")
	true1 := newSheet(t, sampleSummary(), EncodeOptions{Key: key, IssuedAt: testNow, CardID: id})
	_, forger, _ := ed25519.GenerateKey(rand.Reader)
	_, other, _ := ed25519.GenerateKey(rand.Reader)
	parsed := func(text string) *message {
		m, err := parseMessage(raw(t, text))
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	e, f := parsed(true1.emergency), parsed(true1.full)

	// The same words as the practice's card, claimed by somebody else.
	claims := sampleSummary()
	claims.Author = record.Author{Name: "Cabinet des Tilleuls", RPPS: "10100862514"}
	posing := declaredSheet(t, claims, EncodeOptions{CardID: id})
	emergency := declared(t, forger, e.head, e.compressed, nil)
	bound := f.head
	bound.binding = bind(raw(t, emergency))
	full := declared(t, forger, bound, f.compressed, nil)
	d, df := parsed(posing.emergency), parsed(posing.full)
	ofAnother := declared(t, other, df.head, df.compressed, nil)
	withKid := declared(t, forger, e.head, e.compressed, cose.ProtectedHeader{cose.HeaderLabelKeyID: key.ID})
	undeclared := bytes.Clone(raw(t, posing.emergency))
	undeclared[bytes.IndexByte(undeclared, byte(kindDeclared))] = byte(kindEmergency)

	for _, c := range []struct {
		name  string
		texts []string
		want  []record.Verdict
	}{
		{"an issuer's name as author", posing.all, []record.Verdict{record.PatientDeclared}},
		{"an issuer's card declared again", []string{emergency, full}, []record.Verdict{record.PatientDeclared}},
		{"an issuer's key id in the header", []string{withKid}, []record.Verdict{record.Unreadable}},
		{"an issuer's key as its own", []string{messageText(bytes.Replace(raw(t, posing.emergency), d.head.self[:], trusted.Key.Public.(ed25519.PublicKey), 1)), posing.full}, []record.Verdict{record.NotAuthentic, record.Incomplete}},
		{"said not to be declared", []string{messageText(undeclared)}, []record.Verdict{record.Unreadable}},
		{"a declared full message beside an issuer's emergency message", []string{true1.emergency, declared(t, forger, f.head, f.compressed, nil)}, []record.Verdict{record.Incomplete, record.NotAuthentic}},
		{"an issuer's full message beside a declared emergency message", []string{emergency, true1.full}, []record.Verdict{record.Incomplete, record.Incomplete}},
		{"the issuer signs what a declared emergency message binds", []string{emergency, resign(t, key, true1.full, func(h *head) { h.binding = bound.binding })}, []record.Verdict{record.Incomplete, record.NotAuthentic}},
		{"two keys on one card", []string{posing.emergency, ofAnother}, []record.Verdict{record.Incomplete, record.NotAuthentic}},
		{"a false full message before the true one", []string{posing.emergency, ofAnother, posing.full}, []record.Verdict{record.PatientDeclared, record.NotAuthentic}},
		{"beside the true card of the same id", append(slices.Clone(posing.all), true1.all...), []record.Verdict{record.PatientDeclared, record.Authentic}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Reader{Keys: testList(trusted), Now: testNow}.Read(c.texts)
			if !reflect.DeepEqual(verdicts(got), c.want) {
				t.Fatalf("got %v, want %v", verdicts(got), c.want)
			}
			for _, r := range got {
				if r.Declared && (r.IssuerKnown || r.Issuer.Name != "" || r.Summary != nil && r.Summary.Patient.Qualified) {
					t.Errorf("declared, and shown as %+v", r.Issuer)
				}
				if r.Summary != nil && !r.Declared && !r.IssuerKnown {
					t.Error("shown without a signer")
				}
			}
		})
	}
}

func TestEveryFlippedByteOfADeclaredCard(t *testing.T) {
	one := declaredSheet(t, sampleSummary(), EncodeOptions{})
	reader := Reader{Now: testNow}
	for which, text := range []string{one.emergency, one.full} {
		message := raw(t, text)
		for i := range message {
			damaged := bytes.Clone(message)
			damaged[i] ^= 1 << (i % 8)
			both := []string{messageText(damaged), one.full}
			if which == 1 {
				both = []string{one.emergency, messageText(damaged)}
			}
			for _, r := range reader.Read(both) {
				if r.Complete || r.Judgement.Verdict.Exit() == 0 || which == 0 && r.Summary != nil {
					t.Fatalf("message %d, byte %d: a damaged card is %s", which, i, r.Judgement.Verdict)
				}
			}
		}
	}
}

// TestDeclaredLimits: whoever declares a card gets as far as inflating and
// decoding, and no further than a trusted issuer.
func TestDeclaredLimits(t *testing.T) {
	_, private, _ := ed25519.GenerateKey(rand.Reader)
	for name, body := range map[string][]byte{"a bomb": bomb(4 << 20), "nothing": nil, "zeros": make([]byte, 3000)} {
		text := declared(t, private, head{kind: kindEmergency, issued: testNow}, body, nil)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		r := readOne(t, Reader{Now: testNow}, []string{text})
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		if r.Judgement.Verdict != record.Unreadable || r.Summary != nil {
			t.Errorf("%s: got %+v", name, r.Judgement)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 16<<20 {
			t.Errorf("%s: took %d bytes", name, n)
		}
		if took > 100*time.Millisecond && !testing.Short() && !raceEnabled {
			t.Errorf("%s: took %v", name, took)
		}
	}
}
