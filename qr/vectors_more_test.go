package qr

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// This file makes further vectors of what must be refused, rule by rule, with a
// neighbour that must not.

func (m *vectorMaker) more() {
	m.everything()
	m.moreTexts()
	m.envelopes()
	m.moreHeads()
	m.moreBodies()
	m.fullBodies()
	m.moreParts()
	m.moreBindings()
	m.moreLocked()
	m.moreTrust()
}

func (m *vectorMaker) moreTexts() {
	text := func(name, about, s string) { m.add("text-"+name, about, []string{s}) }
	one := m.sheet("card-311", smallSummary()).emergency
	text("space-after", "a space after the text: the last character of base45 is W at most", one+" ")
	text("two-spaces-after", "two spaces after the text", one+"  ")
	text("newline", "a line break after the text", one+"\n")
	text("version-10", "a later version of two digits", "ZB10:"+one[4:])
	text("prefix-lower-case", "the prefix in lower case", "zb1:"+one[4:])
	text("too-long", "more characters than a QR code holds", Prefix+strings.Repeat("0", 4293))
	b := raw(m.t, one)
	b[0] = 0xd3
	text("other-tag", "another CBOR tag", messageText(b))
	b[0] = 0xd2
	text("long-tag", "the tag 18 in two bytes", messageText(append([]byte{0xd8, 18}, b[1:]...)))
}

// envelope signs a payload under protected header bytes of any kind. parts has the
// four fields of the COSE_Sign1 as CBOR, for change.
func (m *vectorMaker) envelope(protected []byte, change func(parts [][]byte) []byte) []string {
	payload := append(head{kind: kindEmergency, dictionary: noDictionary, issued: testNow, card: [8]byte([]byte("card-bad"))}.bytes(), codeOf("\xa1\x04\x01")...)
	signature := m.signature(protected, signingContext, payload)
	parts := [][]byte{cborBytes(protected), {0xa0}, cborBytes(payload), cborBytes(signature)}
	if change == nil {
		change = func(parts [][]byte) []byte { return append([]byte{0xd2, 0x84}, bytes.Join(parts, nil)...) }
	}
	return []string{messageText(change(parts))}
}

func (m *vectorMaker) signature(protected, context, payload []byte) []byte {
	var e encoder
	e.head(majorArray, 4)
	e.text("Signature1")
	e.bytes(protected)
	e.bytes(context)
	e.bytes(payload)
	return ed25519.Sign(m.key.Signer.(ed25519.PrivateKey), e.b)
}

func cborBytes(b []byte) []byte {
	var e encoder
	e.bytes(b)
	return e.b
}

// envelopes: everything that a second spelling of a message could vary.
func (m *vectorMaker) envelopes() {
	kid := string(m.key.ID)
	good := []byte("\xa2\x01\x27\x04\x48" + kid)
	add := func(name, about string, texts []string) { m.add("cose-"+name, about, texts) }
	add("good", "the message that the next ones spoil", m.envelope(good, nil))
	for _, p := range [][3]string{
		{"third-parameter", "a third parameter in the protected header", "\xa3\x01\x27\x03\x00\x04\x48" + kid},
		{"critical", "a list of critical parameters", "\xa3\x01\x27\x02\x81\x04\x04\x48" + kid},
		{"order", "the parameters in another order", "\xa2\x04\x48" + kid + "\x01\x27"},
		{"key-id-short", "a key id of 7 bytes", "\xa2\x01\x27\x04\x47" + kid[:7]},
		{"key-id-long", "a key id of 9 bytes", "\xa2\x01\x27\x04\x49" + kid + "\x00"},
		{"key-id-as-text", "a key id that is text", "\xa2\x01\x27\x04\x68ABCDEFGH"},
		{"no-key-id", "an emergency message without a key id", "\xa1\x01\x27"},
		{"no-algorithm", "no algorithm", "\xa1\x04\x48" + kid},
		{"no-parameters", "a protected header without parameters", ""},
		{"empty-map", "a protected header that is an empty map", "\xa0"},
		{"algorithm-as-text", "an algorithm by its name", "\xa2\x01\x65EdDSA\x04\x48" + kid},
		{"algorithm-long", "the algorithm in a longer spelling", "\xa2\x01\x38\x07\x04\x48" + kid},
		{"parameter-twice", "a parameter twice", "\xa3\x01\x27\x01\x27\x04\x48" + kid},
		{"header-trailing", "a byte after the protected header's map", "\xa2\x01\x27\x04\x48" + kid + "\x00"},
	} {
		add(p[0], p[1], m.envelope([]byte(p[2]), nil))
	}
	spoil := func(name, about string, change func(parts [][]byte) []byte) {
		add(name, about, m.envelope(good, change))
	}
	join := func(first string, parts ...[]byte) []byte { return append([]byte(first), bytes.Join(parts, nil)...) }
	spoil("header-as-map", "a protected header that is no byte string", func(p [][]byte) []byte { return join("\xd2\x84", good, p[1], p[2], p[3]) })
	spoil("three-fields", "no unprotected header", func(p [][]byte) []byte { return join("\xd2\x83", p[0], p[2], p[3]) })
	spoil("five-fields", "a field too many", func(p [][]byte) []byte { return join("\xd2\x85", append(p, []byte{0xa0})...) })
	spoil("payload-elsewhere", "a payload that is null", func(p [][]byte) []byte { return join("\xd2\x84", p[0], p[1], []byte{0xf6}, p[3]) })
	spoil("payload-in-pieces", "a payload of indefinite length", func(p [][]byte) []byte {
		return join("\xd2\x84", p[0], p[1], []byte{0x5f}, p[2], []byte{0xff}, p[3])
	})
	spoil("payload-long-length", "a length of the payload that is not the shortest", func(p [][]byte) []byte {
		return join("\xd2\x84", p[0], p[1], []byte{0x59, 0}, p[2][1:], p[3])
	})
	spoil("tag-twice", "the tag twice", func(p [][]byte) []byte { return join("\xd2\xd2\x84", p...) })
	spoil("signature-short", "a signature of 63 bytes", func(p [][]byte) []byte {
		return join("\xd2\x84", p[0], p[1], p[2], []byte{0x58, 63}, p[3][2:65])
	})
	spoil("signature-long", "a signature of 65 bytes", func(p [][]byte) []byte {
		return join("\xd2\x84", p[0], p[1], p[2], []byte{0x58, 65}, p[3][2:], []byte{0})
	})
	spoil("signature-as-text", "a signature that is text", func(p [][]byte) []byte {
		return join("\xd2\x84", p[0], p[1], p[2], []byte{0x78, 64}, bytes.Repeat([]byte("a"), 64))
	})
	spoil("signature-zero", "a signature of zeros", func(p [][]byte) []byte {
		return join("\xd2\x84", p[0], p[1], p[2], []byte{0x58, 64}, make([]byte, 64))
	})
	spoil("signature-s-above-the-order", "an Ed25519 signature whose s is not reduced (RFC 8032, 5.1.7)", func(p [][]byte) []byte {
		order, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
		s := slices.Clone(p[3][34:])
		slices.Reverse(s)
		s = new(big.Int).Add(new(big.Int).SetBytes(s), order).FillBytes(make([]byte, 32))
		slices.Reverse(s)
		return join("\xd2\x84", p[0], p[1], p[2], p[3][:34], s)
	})
	for _, c := range [][2]string{{"no-context", ""}, {"context-of-the-trust-list", "Zone Blanche trust list 1"}, {"context-of-another-version", "Zone Blanche card 2"}} {
		spoil(c[0], fmt.Sprintf("a signature over external_aad %q", c[1]), func(p [][]byte) []byte {
			payload := p[2][2:]
			return join("\xd2\x84", p[0], p[1], p[2], cborBytes(m.signature(good, []byte(c[1]), payload)))
		})
	}
}

func (m *vectorMaker) moreHeads() {
	body := codeOf("\xa1\x04\x01")
	heads := func(name, about string, change func(b []byte)) {
		payload := append(head{kind: kindEmergency, dictionary: noDictionary, issued: testNow, card: [8]byte([]byte("card-bad"))}.bytes(), body...)
		change(payload)
		m.add("head-"+name, about, []string{messageText(m.sign(payload))})
	}
	heads("kind-5", "a kind that there is not", func(b []byte) { b[0] = 5 })
	heads("k-10", "the largest k: the full message is missing", func(b []byte) { b[14] = 10 })
	heads("k-63", "k above 10", func(b []byte) { b[14] = 0x3f })
	heads("withheld-k-0", "withheld and locked without a full message", func(b []byte) { b[14] = 0xc0 })
	heads("dictionary-255", "a dictionary id that is not given", func(b []byte) { b[1] = 0xff })
	heads("latest", "the last time that a head holds: the key is over by then", func(b []byte) { copy(b[2:], "\xff\xff\xff\xff") })
	heads("earliest", "the first time that a head holds: the key is not valid yet", func(b []byte) { copy(b[2:], "\x00\x00\x00\x00") })
}

// moreParts: parts of three sizes, and what spoils them.
func (m *vectorMaker) moreParts() {
	for _, c := range []struct{ k, results int }{{6, 104}} {
		one := m.sheet(fmt.Sprintf("card-4%02d", 10+c.k), longSummary(c.results))
		if got := len(one.all) - 3; got != c.k {
			m.t.Fatalf("%d results take %d parts", c.results, got)
		}
		m.add(fmt.Sprintf("parts-%d", c.k), fmt.Sprintf("a full message of %d parts", c.k), one.all[:1+c.k])
		m.add(fmt.Sprintf("parts-%d-and-parity", c.k), "two parts in the middle are lost", slices.Delete(slices.Clone(one.all), 3, 5))
		m.add(fmt.Sprintf("parts-%d-too-few", c.k), "three parts are lost", slices.Delete(slices.Clone(one.all), 3, 6))
	}
	one := m.sheet("card-421", longSummary(20)) // 3 of 5
	wrong := func(indexes ...int) []string {
		out := slices.Clone(one.all)
		for _, i := range indexes {
			b := raw(m.t, out[i])
			b[30] ^= 1
			out[i] = messageText(b)
		}
		return out
	}
	stray := m.sheet("card-421", smallSummary(), func(o *EncodeOptions) { o.Key, o.Declared, o.Rand = SigningKey{}, true, zeroReader{} })
	forged := raw(m.t, stray.emergency)
	forged[len(forged)-1] ^= 1
	m.add("parts-beside-a-forgery", "too few parts, beside a forged declared card of the same id: they are the true card's",
		append([]string{messageText(forged)}, one.all[:3]...))
	m.add("parts-of-a-forgery", "too few parts, whose card is there as a forgery only: nothing is said of them",
		append([]string{messageText(forged)}, one.all[1:3]...))
	m.add("parts-left-over", "too few parts of two printings, and one emergency code: each set is a reading",
		append(slices.Clone(one.all[:3]), m.sheet("card-421", longSummary(20), func(o *EncodeOptions) { o.IssuedAt = testNow.Add(time.Minute) }).all[1]))
	m.add("parts-beside-the-whole", "too few parts of another printing, beside a card that is all there",
		append(slices.Clone(one.all[:4]), m.sheet("card-421", longSummary(20), func(o *EncodeOptions) { o.IssuedAt = testNow.Add(time.Minute) }).all[1]))
	m.add("part-two-wrong", "two wrong parts of five: three are right", wrong(1, 4))
	m.add("part-three-wrong", "three wrong parts of five", wrong(1, 2, 4))
	b := raw(m.t, one.all[1])
	change := func(name, about string, edit func(b []byte) []byte) {
		out := slices.Clone(one.all[:4])
		out[1] = messageText(edit(slices.Clone(b)))
		m.add("part-"+name, about, out)
	}
	change("length-0", "a message of no bytes", func(b []byte) []byte { b[2] &= 0xf0; b[3] = 0; return b })
	change("header-alone", "a part without bytes of the message", func(b []byte) []byte { return b[:16] })
	change("k-11", "k above 10", func(b []byte) []byte { b[1], b[2] = b[1]&0xf0|11, b[2]&0x0f|13<<4; return b })
	change("of-another-hint", "a part that names another card is of another message", func(b []byte) []byte { b[4] ^= 1; return b })

	// Messages that parts give and that are none.
	full := raw(m.t, one.emergency)
	parts := func(name, about string, message []byte, edit func(p *part)) {
		all, err := split(message, 2, [8]byte([]byte("card-421")))
		if err != nil {
			m.t.Fatal(err)
		}
		out := []string{one.all[0]}
		for _, p := range all[:2] {
			edit(&p)
			out = append(out, messageText(p.bytes()))
		}
		m.add("parts-"+name, about, out)
	}
	keep := func(*part) {}
	parts("of-nothing", "parts of something that is no message", []byte("bonjour"), keep)
	parts("of-parts", "a part in parts", slices.Clone(b), keep)
	parts("filler", "parts filled up with something else than zeros", full[:len(full)-1+len(full)%2], func(p *part) {
		if p.index == 2 {
			p.data[len(p.data)-1] = 1
		}
	})
	short := m.sheet("card-422", sampleSummary())
	all, err := split(raw(m.t, short.full), 2, [8]byte([]byte("card-xxx")))
	if err != nil {
		m.t.Fatal(err)
	}
	m.add("parts-of-another-hint", "the hint of parts names what is missing, and binds nothing", []string{short.emergency, messageText(all[0].bytes()), messageText(all[2].bytes())})
}

func (m *vectorMaker) moreBindings() {
	one := m.sheet("card-521", sampleSummary())
	later := resign(m.t, m.key, one.emergency, func(h *head) { h.issued = h.issued.Add(time.Second) })
	m.add("emergency-signed-again", "the same emergency message of a second later is another", []string{later, one.full})
	m.add("emergency-twice", "two emergency messages of one card id, one with its full message", []string{later, one.emergency, one.full})
	m.add("full-of-a-dictionary-to-come", "a full message whose dictionary this version does not have", []string{one.emergency, resign(m.t, m.key, one.full, func(h *head) { h.dictionary = 9 })})
	foreign := SigningKey{ID: m.key.ID, Algorithm: m.mallory.Algorithm, Signer: m.mallory.Signer}
	m.add("forgery-beside-the-card", "a forged emergency message under the issuer's key id, beside the true card",
		append([]string{resign(m.t, foreign, one.emergency, func(*head) {})}, one.all...))
	m.add("forged-full-beside-the-card", "a forged full message beside the true card", append([]string{resign(m.t, foreign, one.full, func(*head) {})}, one.all...))
	b := raw(m.t, one.full)
	for _, at := range []int{8, 14, 18, 60, len(b) - 1} {
		c := bytes.Clone(b)
		c[at] ^= 1
		m.add(fmt.Sprintf("full-flip-%d", at), "one bit of the full message is another", []string{one.emergency, messageText(c)})
	}

	self := m.sheet("card-521", sampleSummary(), func(o *EncodeOptions) { o.Key, o.Declared, o.Rand = SigningKey{}, true, zeroReader{} })
	m.add("declared-beside-issued", "a declared card and an issuer's under one card id are two cards", append(slices.Clone(self.all), one.all...))
	m.add("declared-full-of-an-issuer", "an issuer signs a full message that names a declared emergency message",
		[]string{self.emergency, resign(m.t, m.key, self.full, func(*head) {})})
	parsed, err := parseMessage(raw(m.t, self.emergency))
	if err != nil {
		m.t.Fatal(err)
	}
	seed := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)) // that of zeroReader
	es256 := newSign1(record.ES256, nil, parsed.head, parsed.compressed)
	protected, err := es256.Headers.MarshalProtected()
	if err != nil {
		m.t.Fatal(err)
	}
	var bare []byte
	d := decoder{data: protected}
	if bare, err = d.bytes(); err != nil {
		m.t.Fatal(err)
	}
	maker := vectorMaker{t: m.t, key: SigningKey{Signer: seed}}
	es256.Signature = maker.signature(bare, signingContext, es256.Payload)
	text, err := es256.MarshalCBOR()
	if err != nil {
		m.t.Fatal(err)
	}
	m.add("declared-es256", "a declared card says ES256", []string{messageText(text)})
	issuers := bytes.Replace(raw(m.t, self.emergency), parsed.head.self[:], m.trusted.Key.Public.(ed25519.PublicKey), 1)
	m.add("declared-key-of-an-issuer", "a declared card that carries an issuer's key", []string{messageText(issuers)})
	m.add("declared-revoked", "a declared card whose id is revoked", self.all, func(v *vector) {
		v.Trust.Revoked = []revokedCard{{fmt.Sprintf("%x", "card-521"), testNow.AddDate(0, 0, -1)}}
	})
	old := smallSummary()
	old.UpdatedAt = "2019-05"
	m.add("declared-old", "a declared card keeps its verdict when it is old", m.sheet("card-522", old, func(o *EncodeOptions) { o.Key, o.Declared, o.Rand = SigningKey{}, true, zeroReader{} }).all)
	m.add("declared-without-list", "a declared card needs no list", self.all, withKeys(), func(v *vector) { v.Trust.NextUpdate = testNow.AddDate(0, 0, -1) })
}

func (m *vectorMaker) moreLocked() {
	code := testCode(m.t, typedCode)
	lock := func(id string, s *record.Summary, change func(*EncodeOptions)) sheet {
		return m.sheet(id, s, func(o *EncodeOptions) { o.Code, o.Rand = code, zeroReader{}; change(o) })
	}
	typed := func(v *vector) { v.Code = typedCode }
	one := lock("card-721", sampleSummary(), func(*EncodeOptions) {})
	_, _, signed := opened(m.t, one)
	inside := func(name, about string, b []byte) {
		m.add("locked-"+name, about, []string{one.emergency, relocked(m.t, one.emergency, b)}, typed, withKeys(m.trusted, m.malloryK))
	}
	inside("full-of-another-key", "inside is a full message that another listed key signed", raw(m.t, resign(m.t, m.mallory, messageText(signed), func(*head) {})))
	inside("nothing-inside", "inside is no message", []byte("bonjour"))
	inside("emergency-inside", "inside is the emergency message", raw(m.t, one.emergency))
	inside("byte-after", "inside is a byte after the full message", append(bytes.Clone(signed), 0))
	two := lock("card-722", sampleSummary(), func(*EncodeOptions) {})
	m.add("locked-full-of-another", "a locked message beside the emergency message of another card", []string{two.emergency, one.full}, typed)
	m.add("locked-beside-a-false-one", "two locked messages, one of which is the card's", []string{one.emergency, relocked(m.t, one.emergency, []byte("bonjour")), one.full}, typed)
	m.add("locked-alone", "a locked message without its emergency message", []string{one.full}, typed)
	m.add("locked-of-a-forgery", "a code is not tried beside an emergency message that is not believed", []string{resign(m.t, SigningKey{ID: m.key.ID, Algorithm: m.mallory.Algorithm, Signer: m.mallory.Signer}, one.emergency, func(*head) {}), one.full}, typed)
	m.add("locked-opened-stale-list", "opened, with an overdue list", one.all, typed, func(v *vector) { v.Trust.NextUpdate = testNow.AddDate(0, 0, -1) })
	b := raw(m.t, one.full)
	spoil := func(name, about string, edit func(b []byte) []byte) {
		m.add("encrypt0-"+name, about, []string{one.emergency, messageText(edit(bytes.Clone(b)))}, typed)
	}
	spoil("trailing-byte", "a byte after the locked message", func(b []byte) []byte { return append(b, 0) })
	spoil("indefinite", "an array of indefinite length", func(b []byte) []byte { b[1] = 0x9f; return append(b, 0xff) })
	spoil("four-fields", "a COSE_Encrypt", func(b []byte) []byte { b[1] = 0x84; return append(b, 0x80) })
	spoil("algorithm", "another algorithm", func(b []byte) []byte { b[6] = 0x01; return b })
	spoil("iv-label", "the IV under another label", func(b []byte) []byte { b[14] = 6; return b })
	spoil("no-ciphertext", "a tag and nothing before it", func(b []byte) []byte { return append(b[:28], append([]byte{0x50}, b[len(b)-16:]...)...) })
	spoil("cut", "a locked message that is cut", func(b []byte) []byte { return b[:len(b)-1] })
	spoil("iv-flip", "a bit of the IV is another", func(b []byte) []byte { b[16] ^= 1; return b })
	spoil("hint-flip", "the hint names another card", func(b []byte) []byte { b[10] ^= 1; return b })

	self := lock("card-723", sampleSummary(), func(o *EncodeOptions) { o.Key, o.Declared = SigningKey{}, true })
	m.add("declared-locked", "a declared card, locked", self.all)
	m.add("declared-locked-opened", "the same, opened", self.all, typed)
	kept := lock("card-724", sampleSummary(), func(o *EncodeOptions) { o.Withhold = true })
	m.add("withheld-wrong-code", "allergies and treatments withheld, and the code of another", kept.all, func(v *vector) { v.Code = otherTyped })
	m.add("withheld-no-code", "allergies and treatments withheld, and what was typed is no code", kept.all, func(v *vector) { v.Code = "7K0P1 QM3XU" })
	m.add("withheld-with-entries", "withheld, and an emergency message that names treatments", []string{resign(m.t, m.key, one.emergency, func(h *head) { h.withheld = true })})
	none := smallSummary()
	none.Medications = record.Section[record.Medication]{}
	body, err := encodeBody(none)
	if err != nil {
		m.t.Fatal(err)
	}
	m.add("withheld-nothing", "withheld, and nothing that is elsewhere", []string{signedText(m.t, m.key,
		head{kind: kindEmergency, dictionary: noDictionary, issued: testNow, card: [8]byte([]byte("card-725")), parts: 1, locked: true, withheld: true}, codeOf(string(body)))})
}

func (m *vectorMaker) moreTrust() {
	one := m.sheet("card-621", smallSummary())
	with := func(name, about string, change func(*record.Key)) {
		k := m.trusted
		change(&k.Key)
		m.add("key-"+name, about, one.all, withKeys(k))
	}
	with("until-now", "issued in the last second of the key", func(k *record.Key) { k.NotAfter = testNow })
	with("from-now", "issued in the first second of the key", func(k *record.Key) { k.NotBefore = testNow })
	with("revoked-now", "issued in the second in which the key was revoked", func(k *record.Key) { k.RevokedAt = testNow })
	with("without-end", "a key without an end", func(k *record.Key) { k.NotAfter = time.Time{} })
	with("revoked-and-expired", "revoked before issuing comes before outside its validity", func(k *record.Key) {
		k.NotAfter, k.RevokedAt = testNow.AddDate(0, 0, -2), testNow.AddDate(0, 0, -1)
	})
	expired := m.trusted
	expired.Key.NotAfter = testNow.AddDate(0, 0, -1)
	m.add("key-twice", "one key listed twice, once past its end: the listing that believes wins", one.all, withKeys(expired, m.trusted))
	revoked := func(id string) func(*vector) {
		return func(v *vector) {
			v.Trust.Revoked = []revokedCard{{fmt.Sprintf("%x", id), testNow.AddDate(0, 0, -1)}}
		}
	}
	m.add("card-revoked-unknown", "a revoked card id under a key that the list does not have", one.all, withKeys(m.malloryK), revoked("card-621"))
	flipped := raw(m.t, one.emergency)
	flipped[len(flipped)-1] ^= 1
	m.add("card-revoked-flip", "a revoked card whose signature does not hold", []string{messageText(flipped)}, revoked("card-621"))
	m.add("card-revoked-another", "another card is revoked", one.all, revoked("card-622"))
	for name, date := range map[string]record.Date{"18-months": "2025-05-20", "18-months-and-a-day": "2025-05-19", "unknown": "", "tomorrow": "2026-11-21", "after-tomorrow": "2026-11-22",
		"year-before": "2025", "year-before-that": "2024", "month": "2025-06", "month-too-old": "2025-04", "instant": "2025-06-20T23:00:00+02:00"} {
		s := smallSummary()
		s.UpdatedAt = date
		m.add("age-"+name, fmt.Sprintf("updated %q, read on 20 November 2026", date), m.sheet("card-631", s).all)
	}
}
