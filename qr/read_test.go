package qr

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/qr/base45"
	"github.com/zoneblanche/zoneblanche/record"
)

// sheet is one printing that tests take apart.
type sheet struct {
	summary         *record.Summary
	card            *Card
	emergency, full string // full: the first full code when there are several
	all             []string
}

func newSheet(t testing.TB, s *record.Summary, opt EncodeOptions) sheet {
	card := mustEncode(t, s, opt)
	all := texts(card)
	return sheet{s, card, all[0], all[1], all}
}

// raw returns the bytes behind a text.
func raw(t testing.TB, text string) []byte {
	t.Helper()
	b, err := base45.Decode(strings.TrimPrefix(text, Prefix))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func verdicts(readings []Reading) (out []record.Verdict) {
	for _, r := range readings {
		out = append(out, r.Judgement.Verdict)
	}
	return out
}

func TestVerdicts(t *testing.T) {
	key, trusted := testKey("des Tilleuls")
	_, other := testKey("du Port")
	one := newSheet(t, sampleSummary(), EncodeOptions{Key: key, IssuedAt: testNow, CardID: []byte("card-one")})
	old := sampleSummary()
	old.UpdatedAt = "2025-04-20"
	stale := newSheet(t, old, EncodeOptions{Key: key, IssuedAt: testNow})

	with := func(change func(*record.TrustedKey)) testKeys {
		k := trusted
		change(&k)
		return testList(k)
	}
	revokedCard := testList(trusted)
	revokedCard.cards = map[string]time.Time{"card-one": testNow}
	twin := other // another issuer whose key has the same id
	twin.Key.ID = trusted.Key.ID

	for _, c := range []struct {
		name   string
		keys   KeySource
		texts  []string
		want   record.Judgement
		known  bool
		whole  bool
		warned string
	}{
		{"authentic", testList(trusted), one.all, record.Judgement{Verdict: record.Authentic, Detail: "Cabinet des Tilleuls"}, true, true, ""},
		{"two keys with one id", testList(twin, trusted), one.all, record.Judgement{Verdict: record.Authentic, Detail: "Cabinet des Tilleuls"}, true, true, ""},
		{"stale", testList(trusted), stale.all, record.Judgement{Verdict: record.Stale, Detail: "19"}, true, true, ""},
		{"no list", nil, one.all, record.Judgement{Verdict: record.UnknownIssuer}, false, false, ""},
		{"issuer not in the list", testList(other), one.all, record.Judgement{Verdict: record.UnknownIssuer, Detail: "17/11/2026"}, false, false, ""},
		{"another key with that id", testList(twin), one.all, record.Judgement{Verdict: record.NotAuthentic}, false, false, ""},
		{"key not valid any more", with(func(k *record.TrustedKey) { k.Key.NotAfter = testNow.AddDate(0, 0, -1) }), one.all, record.Judgement{Verdict: record.Expired, Detail: "19/11/2026"}, true, false, ""},
		{"key not valid yet", with(func(k *record.TrustedKey) { k.Key.NotBefore = testNow.AddDate(0, 0, 1) }), one.all, record.Judgement{Verdict: record.Expired}, true, false, ""},
		{"key without an end", with(func(k *record.TrustedKey) { k.Key.NotAfter = time.Time{} }), one.all, record.Judgement{Verdict: record.Authentic, Detail: "Cabinet des Tilleuls"}, true, true, ""},
		{"key revoked before", with(func(k *record.TrustedKey) { k.Key.RevokedAt = testNow.AddDate(0, 0, -1) }), one.all, record.Judgement{Verdict: record.Revoked, Detail: "19/11/2026"}, true, false, ""},
		{"key revoked since", with(func(k *record.TrustedKey) { k.Key.RevokedAt = testNow.AddDate(0, 0, 1) }), one.all, record.Judgement{Verdict: record.Authentic, Detail: "Cabinet des Tilleuls"}, true, true, ""},
		{"key compromised since", with(func(k *record.TrustedKey) { k.Key.RevokedAt, k.Key.Compromised = testNow.AddDate(0, 0, 1), true }), one.all, record.Judgement{Verdict: record.Revoked, Detail: "21/11/2026"}, true, false, ""},
		{"card revoked", revokedCard, one.all, record.Judgement{Verdict: record.Revoked, Detail: "20/11/2026"}, true, false, ""},
		{"emergency code alone", testList(trusted), []string{one.emergency, one.emergency}, record.Judgement{Verdict: record.Incomplete, Detail: "le code de la synthèse complète"}, true, false, ""},
		{"emergency code missing", testList(trusted), []string{one.full}, record.Judgement{Verdict: record.Incomplete, Detail: "le code d’urgence"}, false, false, ""},
		{"stale and alone", testList(trusted), []string{stale.emergency}, record.Judgement{Verdict: record.Incomplete, Detail: "le code de la synthèse complète"}, true, false, WarnStale},
		{"list overdue", testKeys{keys: []record.TrustedKey{trusted}, issued: testNow.AddDate(0, -2, 0), nextDate: testNow.AddDate(0, -1, 0)}, one.all, record.Judgement{Verdict: record.Authentic, Detail: "Cabinet des Tilleuls"}, true, true, WarnListStale},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Reader{Keys: c.keys, Now: testNow}.Read(c.texts)
			if len(got) != 1 {
				t.Fatalf("got %d readings: %v", len(got), verdicts(got))
			}
			r := got[0]
			if r.Kind != KindCard || r.Judgement != c.want || r.IssuerKnown != c.known || r.Complete != c.whole {
				t.Errorf("got %+v", r)
			}
			// The full message alone is never shown: nobody knows whose it is, and its
			// empty sections are not "not asked".
			shown := c.want.Verdict.Believed() && c.want.Detail != wordEmergencyCode
			if shown != (r.Summary != nil) {
				t.Errorf("summary shown: %v, want %v", r.Summary != nil, shown)
			}
			if c.known && (r.Issued != testNow || len(r.CardID) != 8) {
				t.Errorf("issued %v, card %x", r.Issued, r.CardID)
			}
			if c.warned == "" && len(r.Warnings) > 0 || c.warned != "" && (len(r.Warnings) != 1 || r.Warnings[0].Code != c.warned || r.Warnings[0].Text == "") {
				t.Errorf("got warnings %+v, want %q", r.Warnings, c.warned)
			}
		})
	}
}

func TestWhatIsMissingIsNamed(t *testing.T) {
	key, trusted := testKey("des Tilleuls")
	one := newSheet(t, longSummary(8), EncodeOptions{Key: key, IssuedAt: testNow}) // k = 2, n = 3
	two := newSheet(t, longSummary(20), EncodeOptions{Key: key, IssuedAt: testNow})
	if len(one.all) != 4 || len(two.all) != 6 {
		t.Fatalf("got %d and %d codes", len(one.all), len(two.all))
	}
	reader := Reader{Keys: testList(trusted), Now: testNow}
	for _, c := range []struct {
		name    string
		texts   []string
		detail  string
		missing int
	}{
		{"emergency alone", one.all[:1], "les codes 1 et 2 sur 3 (à défaut le code 3)", 2},
		{"one of three", one.all[:2], "le code 2 sur 3 (à défaut le code 3)", 1},
		{"the other of three", []string{one.all[0], one.all[2]}, "le code 1 sur 3 (à défaut le code 3)", 1},
		{"parity of three", []string{one.all[3], one.all[0]}, "le code 1 sur 3 (à défaut le code 2)", 1},
		{"parts alone", one.all[2:3], "le code d’urgence et le code 1 sur 3 (à défaut le code 3)", 2},
		{"enough parts, no emergency", one.all[2:], "le code d’urgence", 1},
		{"one of five", two.all[:2], "les codes 2 et 3 sur 5 (à défaut le code 4 ou 5)", 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := reader.Read(c.texts)
			if len(got) != 1 || got[0].Judgement.Verdict != record.Incomplete {
				t.Fatalf("got %v", verdicts(got))
			}
			if got[0].Judgement.Detail != c.detail || len(got[0].Missing) != c.missing || got[0].Complete || len(got[0].Texts) != len(c.texts) {
				t.Errorf("got %q, %q", got[0].Judgement.Detail, got[0].Missing)
			}
		})
	}
	got := reader.Read(one.all[:1])[0]
	if !reflect.DeepEqual(got.Summary, one.card.Emergency) {
		t.Errorf("the emergency content is not what is shown: %+v", got.Summary)
	}
}

func TestCardsDoNotMix(t *testing.T) {
	key, trusted := testKey("des Tilleuls")
	reader := Reader{Keys: testList(trusted), Now: testNow}
	other := longSummary(8)
	other.Patient.BirthName, other.Allergies = "KERMORVAN", record.Section[record.Allergy]{None: true}
	a := newSheet(t, longSummary(8), EncodeOptions{Key: key, IssuedAt: testNow, CardID: []byte("card-a-1")})
	b := newSheet(t, other, EncodeOptions{Key: key, IssuedAt: testNow, CardID: []byte("card-b-1")})
	// The same card printed a minute later, under the same id: the hardest to keep
	// apart.
	again := newSheet(t, longSummary(8), EncodeOptions{Key: key, IssuedAt: testNow.Add(time.Minute), CardID: []byte("card-a-1")})

	t.Run("two cards at once", func(t *testing.T) {
		var mixed []string
		for i := range a.all {
			mixed = append(mixed, b.all[i], a.all[i])
		}
		got := reader.Read(mixed)
		if len(got) != 2 || !got[0].Complete || !got[1].Complete || !reflect.DeepEqual(got[0].Summary, b.summary) || !reflect.DeepEqual(got[1].Summary, a.summary) {
			t.Errorf("got %v", verdicts(got))
		}
	})
	t.Run("emergency of one, full of the other", func(t *testing.T) {
		got := reader.Read(append([]string{a.emergency}, b.all[1:]...))
		if len(got) != 2 || got[0].Judgement.Verdict != record.Incomplete || got[1].Judgement.Verdict != record.Incomplete {
			t.Fatalf("got %v", verdicts(got))
		}
		if !reflect.DeepEqual(got[0].Summary, a.card.Emergency) || got[1].Summary != nil || got[1].Missing[0] != wordEmergencyCode {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("parts of two cards", func(t *testing.T) {
		got := reader.Read([]string{a.emergency, a.all[1], b.all[2]})
		if len(got) != 2 || got[0].Complete || got[1].Summary != nil || got[1].Judgement.Verdict != record.Incomplete {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("parts of two printings", func(t *testing.T) {
		for _, r := range reader.Read([]string{a.emergency, a.all[1], again.all[2]}) {
			if r.Complete || r.Judgement.Verdict != record.Incomplete {
				t.Errorf("got %+v", r)
			}
		}
	})
	t.Run("full of another printing of one card", func(t *testing.T) {
		got := reader.Read(append([]string{a.emergency}, again.all[1:]...))
		if len(got) != 2 || got[0].Judgement.Verdict != record.Incomplete || got[1].Judgement.Verdict != record.Incomplete || got[1].Summary != nil || got[1].Missing[0] != wordEmergencyCode {
			t.Errorf("got %v", verdicts(got))
		}
	})
	t.Run("two printings of one card", func(t *testing.T) {
		got := reader.Read(append(append([]string{}, again.all...), a.all...))
		if len(got) != 2 || !got[0].Complete || !got[1].Complete {
			t.Errorf("got %v", verdicts(got))
		}
	})
}

func TestTextsThatAreNoCards(t *testing.T) {
	sum := sha256.Sum256([]byte("x"))
	for _, c := range []struct {
		name, text, kind, detail string
	}{
		{"nothing", "", KindUnknown, whyForeign},
		{"an address", "https://example.org/", KindUnknown, whyForeign},
		{"a covid certificate", "HC1:NCFOXN", KindUnknown, whyForeign},
		{"lower case", "zb1:00", KindUnknown, whyForeign},
		{"a space before", " ZB1:00", KindUnknown, whyForeign},
		{"longer than any code", Prefix + strings.Repeat("0", maxText), KindUnknown, whyForeign},
		{"a version to come", "ZB2:ANYTHING", KindCard, whyNewer},
		{"the prefix alone", "ZB1:", KindCard, whyDamaged},
		{"not base45", "ZB1:0", KindCard, whyDamaged},
		{"a kind to come", messageText([]byte{0xd1, 1, 2}), KindCard, whyNewer},
		{"a locked message cut short", messageText([]byte{0xd0, 1, 2}), KindCard, whyDamaged},
		{"a message cut short", messageText([]byte{0xd2, 0x84}), KindCard, whyDamaged},
		{"a part cut short", messageText([]byte{1, 0x12}), KindCard, whyDamaged},
		{"a part that is a header only", messageText(append([]byte{1}, make([]byte, 15)...)), KindCard, whyDamaged},
		{"noise", messageText(sum[:]), KindCard, whyNewer},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Reader{Now: testNow}.Read([]string{c.text, c.text})
			if len(got) != 1 || got[0].Kind != c.kind || got[0].Judgement != (record.Judgement{Verdict: record.Unreadable, Detail: c.detail}) || got[0].Text != c.text {
				t.Errorf("got %+v", got)
			}
		})
	}
	if got := (Reader{}).Read(nil); len(got) != 0 {
		t.Errorf("no texts: got %+v", got)
	}
	if got := (Reader{}).Read(strings.Split(strings.Repeat("x,", 1)+strings.Repeat("ZB1:0,", 3000), ",")); len(got) > 4 {
		t.Errorf("many texts: got %d readings", len(got))
	}
}

func TestPartHeaders(t *testing.T) {
	message := bytes.Repeat([]byte("message"), 100)
	parts, err := split(message, 3, [8]byte{1, 2, 3, 4, 5, 6, 7, 8})
	if err != nil {
		t.Fatal(err)
	}
	good := parts[1].bytes()
	if p, err := parsePart(good); err != nil || !reflect.DeepEqual(p, parts[1]) {
		t.Errorf("got %+v, %v", p, err)
	}
	for _, c := range []struct {
		name   string
		change func(b []byte) []byte
	}{
		{"index 0", func(b []byte) []byte { b[1] &= 0x0f; return b }},
		{"index beyond n", func(b []byte) []byte { b[1] = 6<<4 | 3; return b }},
		{"one part", func(b []byte) []byte { b[1] = 1<<4 | 1; return b }},
		{"eleven parts", func(b []byte) []byte { b[1] = 1<<4 | 11; b[2] = 13<<4 | b[2]&15; return b }},
		{"another n", func(b []byte) []byte { b[2] = 4<<4 | b[2]&15; return b }},
		{"another length", func(b []byte) []byte { b[3] += 3; return b }},
		{"no length", func(b []byte) []byte { b[2] &= 0xf0; b[3] = 0; return b }},
		{"a byte more", func(b []byte) []byte { return append(b, 0) }},
		{"a byte less", func(b []byte) []byte { return b[:len(b)-1] }},
		{"another kind", func(b []byte) []byte { b[0] = 2; return b }},
	} {
		t.Run(c.name, func(t *testing.T) {
			if p, err := parsePart(c.change(bytes.Clone(good))); err == nil {
				t.Errorf("got %+v", p.shape)
			}
		})
	}
}

// TestKeysOfTheWrongType: a key is believed because the list says so, but its Go
// type must be the one of its algorithm.
func TestKeysOfTheWrongType(t *testing.T) {
	key, trusted := testKey("des Tilleuls")
	one := newSheet(t, sampleSummary(), EncodeOptions{Key: key, IssuedAt: testNow})
	for _, public := range []any{nil, "key", ed25519.PublicKey{1, 2, 3}, []byte(key.Signer.Public().(ed25519.PublicKey))} {
		trusted.Key.Public = public
		if got := (Reader{Keys: testList(trusted), Now: testNow}).Read(one.all); got[0].Judgement.Verdict != record.NotAuthentic {
			t.Errorf("%T: got %v", public, verdicts(got))
		}
	}
}

func TestRanges(t *testing.T) {
	for _, c := range []struct {
		numbers []int
		want    string
	}{
		{[]int{4}, "4"},
		{[]int{1, 2}, "1 et 2"},
		{[]int{1, 2, 3}, "1 à 3"},
		{[]int{1, 2, 3, 5}, "1 à 3 et 5"},
		{[]int{1, 3, 5, 6, 7, 9}, "1, 3, 5 à 7 et 9"},
	} {
		if got := ranges(c.numbers, " et "); got != c.want {
			t.Errorf("%v: got %q, want %q", c.numbers, got, c.want)
		}
	}
}
