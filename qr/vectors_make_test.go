package qr

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/veraison/go-cose"
	"github.com/zoneblanche/zoneblanche/qr/base45"
	"github.com/zoneblanche/zoneblanche/record"
)

var makeVectors = flag.Bool("make-vectors", false, "write the vectors that do not exist yet")

// vectorMaker collects vectors. What stands in it once is on disk for ever: only
// add to it.
type vectorMaker struct {
	t        *testing.T
	key      SigningKey
	trusted  record.TrustedKey
	mallory  SigningKey
	malloryK record.TrustedKey
	out      []vector
	// bodyCases are the bodies of the vectors, for low/body.json.
	bodyCases []lowCase
}

func hexKey(k record.TrustedKey) vectorKey {
	v := vectorKey{KeyID: hex.EncodeToString(k.Key.ID), Algorithm: int(k.Key.Algorithm), Issuer: k.Issuer.Name,
		NotBefore: k.Key.NotBefore, NotAfter: k.Key.NotAfter, RevokedAt: k.Key.RevokedAt, Compromised: k.Key.Compromised}
	switch public := k.Key.Public.(type) {
	case ed25519.PublicKey:
		v.Public = hex.EncodeToString(public)
	case *ecdsa.PublicKey:
		b, err := public.Bytes()
		if err != nil {
			panic(err)
		}
		v.Public = hex.EncodeToString(b)
	}
	return v
}

// add adds a vector that the list of one usual key is to judge; change may say
// otherwise.
func (m *vectorMaker) add(name, about string, texts []string, change ...func(*vector)) {
	m.t.Helper()
	l := testList()
	v := vector{Name: name, About: about, Now: testNow, Texts: texts,
		Trust: vectorTrust{Issued: l.issued, NextUpdate: l.nextDate, Keys: []vectorKey{hexKey(m.trusted)}}}
	for _, c := range change {
		c(&v)
	}
	expect, err := v.read()
	if err != nil {
		m.t.Fatalf("%s: %v", name, err)
	}
	v.Expect, v.Class = expect, classOf(expect)
	m.out = append(m.out, v)
}

func (m *vectorMaker) sheet(id string, s *record.Summary, change ...func(*EncodeOptions)) sheet {
	m.t.Helper()
	opt := EncodeOptions{Key: m.key, IssuedAt: testNow, CardID: []byte(id)}
	for _, c := range change {
		c(&opt)
	}
	card := mustEncode(m.t, s, opt)
	all := texts(card)
	one := sheet{summary: s, card: card, emergency: all[0], all: all}
	if len(all) > 1 {
		one.full = all[1]
	}
	return one
}

func withKeys(keys ...record.TrustedKey) func(*vector) {
	return func(v *vector) {
		v.Trust.Keys = nil
		for _, k := range keys {
			v.Trust.Keys = append(v.Trust.Keys, hexKey(k))
		}
	}
}

func smallSummary() *record.Summary {
	s := &record.Summary{
		Patient: record.Patient{INS: record.INS{Matricule: "258077532145177", OID: record.OIDINSTest}, BirthName: "VASSEUR", GivenNames: []string{"Odile"},
			BirthDate: "1958-07-14", Sex: record.Female, BirthPlace: "75321"},
		UpdatedAt: "2026-11-18",
		Allergies: record.Section[record.Allergy]{None: true},
		Medications: record.Section[record.Medication]{Entries: []record.Medication{
			{Drug: coded("Lévothyroxine 75 µg", record.SystemATC, "H03AA01"), Status: "active", Dosages: []record.Dosage{{Text: "1 comprimé le matin à jeun"}}}}},
	}
	s.Sort()
	return s
}

func TestMakeVectors(t *testing.T) {
	if !*makeVectors {
		return // vectors are made once
	}
	key, trusted := testKey("des Tilleuls")
	mallory, malloryKey := testKey("Mallory")
	m := &vectorMaker{t: t, key: key, trusted: trusted, mallory: mallory, malloryK: malloryKey}
	m.shapes()
	m.contents()
	m.textForms()
	m.messages()
	m.bodies()
	m.partForms()
	m.bindings()
	m.trustForms()
	m.lockedForms()
	m.more()
	m.write()
	m.low()
	m.sums()
}

func (m *vectorMaker) shapes() {
	m.add("one-code", "a card that one code holds: k = 0", m.sheet("card-001", smallSummary()).all)
	two := m.sheet("card-002", sampleSummary())
	m.add("two-codes", "an emergency code and a full code of one symbol", two.all)
	m.add("two-codes-reversed", "codes come in any order and more than once", []string{two.full, two.emergency, two.full})
	m.add("emergency-alone", "the full code is missing", two.all[:1])
	m.add("full-alone", "a full code without the emergency code says nothing", two.all[1:])
	three := m.sheet("card-003", longSummary(8))
	m.add("two-parts", "a full message of two parts, and parity", three.all)
	for i := 1; i <= 3; i++ {
		some := append(slices.Clone(three.all[:i]), three.all[i+1:]...)
		m.add(fmt.Sprintf("two-parts-without-%d", i), "any two of the three parts are enough", some)
	}
	m.add("one-part-of-two", "one part is not enough", three.all[:2])
	m.add("parts-alone", "parts that are enough, without the emergency code", three.all[1:])
	many := m.sheet("card-004", longSummary(20))
	m.add("more-parts", "more than two parts have two of parity", many.all)
	m.add("more-parts-with-parity", "parity instead of the first two parts", append(slices.Clone(many.all[:1]), many.all[3:]...))
	m.add("more-parts-too-few", "one part too few", append(slices.Clone(many.all[:1]), many.all[4:]...))
	largest := m.sheet("card-005", longSummary(400))
	m.add("left-out", "what the symbols do not hold is counted as left out", largest.all)
	m.add("left-out-parity", "the same with the last parts and parity", append(slices.Clone(largest.all[:1]), largest.all[3:]...))
	m.add("two-cards", "codes of two cards in one set of texts", []string{two.emergency, three.all[2], three.all[0], two.full, three.all[1]})
	old := smallSummary()
	old.UpdatedAt = "2025-04-20"
	m.add("stale", "not updated for 18 months", m.sheet("card-006", old).all)
	m.add("stale-incomplete", "incomplete, and old besides", m.sheet("card-007", func() *record.Summary { s := sampleSummary(); s.UpdatedAt = "2025-04"; return s }()).all[:1])
	m.add("two-printings", "parts of two printings of one card do not mix", func() []string {
		again := m.sheet("card-003", longSummary(8), func(o *EncodeOptions) { o.IssuedAt = testNow.Add(time.Minute) })
		return []string{three.all[0], three.all[1], again.all[2]}
	}())
	plain := m.sheet("card-008", smallSummary())
	parsed, err := parseMessage(raw(m.t, plain.emergency))
	if err != nil {
		m.t.Fatal(err)
	}
	content, err := coder{}.read(parsed, nil)
	if err != nil {
		m.t.Fatal(err)
	}
	h := parsed.head
	h.dictionary = noDictionary
	m.add("no-dictionary", "dictionary id 0", []string{signedText(m.t, m.key, h, codeOf(string(content.body)))})
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		m.t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
	if err != nil {
		m.t.Fatal(err)
	}
	id := sha256.Sum256(der)
	es := record.TrustedKey{Issuer: record.Issuer{Name: "Pharmacie de la Gare"}, Key: record.Key{ID: id[:8], Algorithm: record.ES256, Public: &private.PublicKey, NotBefore: testNow.AddDate(-1, 0, 0)}}
	signer := func(o *EncodeOptions) { o.Key = SigningKey{ID: id[:8], Algorithm: record.ES256, Signer: private} }
	es256 := m.sheet("card-009", sampleSummary(), signer)
	m.add("es256", "signed with ES256", es256.all, withKeys(m.trusted, es))
	high := func(text string) string {
		b := raw(m.t, text)
		s := b[len(b)-32:]
		twin := bytes.Clone(b)
		subtractFromOrder(twin[len(b)-32:], s)
		return messageText(twin)
	}
	m.add("es256-high-s", "the twin of an ES256 signature is refused", []string{high(es256.emergency)}, withKeys(es))
	confused := m.trusted
	confused.Key.Algorithm = record.ES256
	confused.Key.Public = &private.PublicKey
	m.add("algorithm-of-the-key", "the list says ES256 for a key that signed with Ed25519", two.all, withKeys(confused))
}

// subtractFromOrder sets out to n − s, n being the order of P-256.
func subtractFromOrder(out, s []byte) {
	n := p256Order.FillBytes(make([]byte, 32))
	borrow := 0
	for i := 31; i >= 0; i-- {
		d := int(n[i]) - int(s[i]) - borrow
		borrow = 0
		if d < 0 {
			d, borrow = d+256, 1
		}
		out[i] = byte(d)
	}
}

func (m *vectorMaker) contents() {
	s := smallSummary()
	s.Medications = record.Section[record.Medication]{}
	m.add("states", "no information, none known and entries", m.sheet("card-101", s).all)
	for i, matricule := range []string{"", "148022B96300131", ""} {
		s := smallSummary()
		name := []string{"no-ins", "ins-2b", "original-name"}[i]
		switch i {
		case 0:
			s.Patient.INS, s.Patient.Identifiers = record.INS{}, []record.CodeValue{{System: "urn:oid:2.999.1", Value: "0042"}, {System: "urn:oid:2.999.2", Value: "42", Label: "dossier"}}
		case 1:
			s.Patient.INS.Matricule, s.Patient.Sex, s.Patient.BirthPlace, s.Patient.BirthDate = matricule, record.Male, "2B963", "1948-02-09"
		case 2:
			s.Patient.Original, s.Author.Name = "أوديل", "Dr Kerbrat"
		}
		m.add(name, "identity: "+name, m.sheet("card-10"+fmt.Sprint(2+i), s).all)
	}
	dates := smallSummary()
	for i, d := range []record.Date{"1958", "1958-07", "1958-07-14", "1899-12-31", "2026-11-18T09:12:00+01:00", "2026-11-18T09:12:07Z", "2026-11-18T09:12:07.25Z", "2026-11-18T09:12:00-03:30"} {
		dates.Results.Entries = append(dates.Results.Entries, record.Observation{What: record.Text(fmt.Sprint("date ", i)), Status: "final", Date: d})
	}
	dates.Sort()
	m.add("dates", "every form of a date", m.sheet("card-105", dates).all)
	numbers := smallSummary()
	for i, q := range []record.Quantity{{Value: "0"}, {Value: "7.2", Unit: "mmol/L"}, {Value: "5.0", Unit: "g/L", Code: "g/L"}, {Value: "0.125", Unit: "mg"}, {Value: "12.3456", Unit: "verre"}, {Value: "-1"}, {Value: "007"},
		{Value: "3", Unit: "capsule", Comparator: "ad", Code: "{tbl}"}, {Value: "900000000000000000"}} {
		numbers.Results.Entries = append(numbers.Results.Entries, record.Observation{What: record.Text(fmt.Sprint("number ", i)), Status: "final", Quantity: q})
	}
	numbers.Sort()
	m.add("numbers", "numbers that pack and numbers that do not, units with and without a rank", m.sheet("card-106", numbers).all)
	codes := smallSummary()
	for i, c := range []record.CodeValue{
		{System: record.SystemATC, Value: "N02BE01"}, {System: record.SystemATC, Value: "N02BE"}, {System: record.SystemICD10, Value: "I10"}, {System: record.SystemICD10, Value: "E11.9"},
		{System: record.SystemICD10, Value: "E11.90"}, {System: record.SystemLOINC, Value: "4548-4"}, {System: record.SystemLOINC, Value: "4548-5"}, {System: record.SystemSNOMED, Value: "38341003", Label: "Hypertensive disorder"},
		{System: "https://example.org/mine", Value: "x y"}, {System: "https://example.org/mine", Value: "12", Label: "douze"}, {System: "urn:ietf:rfc:3986", Value: "0"}, {System: record.SystemRPPS, Value: "10100862514"}, {System: record.SystemFINESS, Value: "123456789"}} {
		label := ""
		if i%2 == 0 {
			label = fmt.Sprint("code ", i)
		}
		codes.Problems.Entries = append(codes.Problems.Entries, record.Problem{Condition: record.Concept{Label: label, Codes: []record.CodeValue{c}}, Status: "active"})
	}
	codes.Sort()
	m.add("codes", "codes of every packing, in systems with and without a rank, with labels of their own", m.sheet("card-107", codes).all)
	phones := smallSummary()
	for i, p := range []string{"0199001234", "01 99 00 12 34", "+33199001234", "+33 1 99 00 12 34", "01.99.00.12.34", "15"} {
		phones.Contacts = append(phones.Contacts, record.Contact{Role: []record.Role{record.RoleEmergency, record.RoleTrusted, record.RoleDoctor, "", "shaman", record.RoleDirective}[i],
			Name: fmt.Sprint("N", i), Relation: []string{"fille", "", "cousin", "NBOR", "SPS", "voisine"}[i], Phone: p})
	}
	m.add("telephones", "every spelling of a telephone number, roles and relations with and without a rank", m.sheet("card-108", phones).all)
	for i, size := range []int{1, 1, 2, 2, 3, 3, 3, 2} {
		s := genSummary(size).Example(1000 + i)
		s.UpdatedAt = "2026-11-01"
		card, err := Encode(s, EncodeOptions{Key: m.key, IssuedAt: testNow, CardID: fmt.Appendf(nil, "card-20%d", i)})
		if errors.Is(err, record.ErrAllergiesDoNotFit) || record.CodeOf(err) == record.CodeTooLarge {
			continue
		}
		if err != nil {
			m.t.Fatal(err)
		}
		m.add(fmt.Sprintf("random-%d", i), "a summary of random fields", texts(card))
	}
}

func (m *vectorMaker) textForms() {
	one := m.sheet("card-301", smallSummary()).emergency
	text := func(name, about, s string) { m.add("text-"+name, about, []string{s}) }
	text("foreign", "a text of something else", "https://example.org/")
	text("empty", "no text at all", "")
	text("prefix-alone", "a prefix and nothing", Prefix)
	text("lower-case", "lower case is not repaired", strings.ToLower(one))
	text("later-version", "another number announces a later version", "ZB2:"+one[4:])
	text("space-before", "nothing is trimmed", " "+one)
	over := "0"
	if len(one[len(Prefix):])%3 == 2 {
		over = "00"
	}
	text("a-character-more", "a single character is left over", one+over)
	text("cut", "the last character is missing", one[:len(one)-1])
	text("group-too-high", "a group above 65535", Prefix+"::::::")
	text("last-group-too-high", "a last group above 255", Prefix+"BB8::")
	text("outside-the-alphabet", "a character outside of base45", one[:20]+"é"+one[21:])
	text("unknown-first-byte", "a first byte to come", Prefix+base45.Encode([]byte{0xd1, 1, 2, 3}))
}

func (m *vectorMaker) messages() {
	one := m.sheet("card-302", smallSummary()).emergency
	b := raw(m.t, one)
	replace := func(old, with string) []string {
		c := bytes.Replace(bytes.Clone(b), []byte(old), []byte(with), 1)
		if bytes.Equal(b, c) {
			m.t.Fatalf("nothing to replace: %x in %x", old, b)
		}
		return []string{messageText(c)}
	}
	for _, at := range []int{9, 20, 24, 30, 38, 40, 60, len(b) - 65, len(b) - 33, len(b) - 1} {
		c := bytes.Clone(b)
		c[at] ^= 1
		m.add(fmt.Sprintf("flip-%d", at), "one bit is another", []string{messageText(c)})
	}
	m.add("untagged", "the tag is missing", []string{messageText(b[1:])})
	m.add("trailing-byte", "a byte after the message", []string{messageText(append(bytes.Clone(b), 0))})
	m.add("unprotected-header", "the unprotected header is not empty", replace("\xa0\x58", "\xa1\x03\x00\x58"))
	m.add("longer-length", "a length that is not the shortest", replace("\x58\x40", "\x59\x00\x40"))
	m.add("indefinite", "a payload of indefinite length", replace("\xd2\x84", "\xd2\x9f"))
	m.add("key-id-replaced", "the key id of another listed key", replace(string(m.key.ID), string(m.mallory.ID)), withKeys(m.trusted, m.malloryK))
	m.add("algorithm-replaced", "the header names another algorithm", replace("\xa2\x01\x27", "\xa2\x01\x26"))
	m.add("short-signature", "a signature of no bytes", []string{messageText(append(bytes.Clone(b[:len(b)-66]), 0x40))})
	base := head{kind: kindEmergency, dictionary: noDictionary, issued: testNow, card: [8]byte([]byte("card-bad"))}
	body := codeOf("\xa1\x04\x01")
	heads := func(name, about string, change func(b []byte) []byte) {
		payload := change(append(base.bytes(), body...))
		m.add("head-"+name, about, []string{messageText(m.sign(payload))})
	}
	heads("good", "the message that the next ones spoil", func(b []byte) []byte { return b })
	heads("kind-0", "a kind that there is not", func(b []byte) []byte { b[0] = 0; return b })
	heads("kind-4", "a kind that there is not", func(b []byte) []byte { b[0] = 4; return b })
	heads("full-with-key-id", "a full message has no key id", func(b []byte) []byte { b[0] = 2; return b })
	heads("declared-with-key-id", "a declared message has no key id", func(b []byte) []byte { b[0] = 3; return append(b, make([]byte, 32)...) })
	heads("k-11", "k above 10", func(b []byte) []byte { b[14] = 11; return b })
	heads("locked-k-0", "locked without a full message", func(b []byte) []byte { b[14] = 0x80; return b })
	heads("withheld-unlocked", "withheld without being locked", func(b []byte) []byte { b[14] = 0x41; return b })
	heads("short", "a head that is cut", func(b []byte) []byte { return b[:14] })
	heads("dictionary-to-come", "a dictionary id that this version does not have", func(b []byte) []byte { b[1] = 9; return b })
	heads("no-body", "nothing after the head", func(b []byte) []byte { return b[:15] })
}

// sign signs any payload with the usual key and header.
func (m *vectorMaker) sign(payload []byte) []byte {
	message := newSign1(m.key.Algorithm, m.key.ID, head{kind: kindEmergency}, nil)
	message.Payload = payload
	signer, err := cose.NewSigner(cose.Algorithm(m.key.Algorithm), m.key.Signer)
	if err != nil {
		m.t.Fatal(err)
	}
	if err := message.Sign(nil, signingContext, signer); err != nil {
		m.t.Fatal(err)
	}
	b, err := message.MarshalCBOR()
	if err != nil {
		m.t.Fatal(err)
	}
	return b
}

func (m *vectorMaker) partForms() {
	one := m.sheet("card-401", longSummary(8))
	change := func(name, about string, at int, with byte) {
		b := raw(m.t, one.all[1])
		b[at] = with
		m.add("part-"+name, about, []string{one.all[0], messageText(b), one.all[2]})
	}
	first := raw(m.t, one.all[1])
	change("index-0", "index 0", 1, 0x02)
	change("index-4", "an index above n", 1, 0x42)
	change("k-1", "k below 2", 1, 0x11)
	change("n-4", "n that does not go with k", 2, first[2]&0x0f|0x40)
	change("wrong-byte", "a byte of a part is wrong, and there is no other choice", 40, first[40]^1)
	b := raw(m.t, one.all[1])
	b[40] ^= 1
	m.add("part-repaired", "a wrong part, and parity: another choice gives the hash", []string{one.all[0], messageText(b), one.all[2], one.all[3]})
	m.add("part-cut", "a part that is one byte short", []string{one.all[0], messageText(first[:len(first)-1]), one.all[2]})
	m.add("part-longer", "a part that is one byte long", []string{one.all[0], messageText(append(slices.Clone(first), 0)), one.all[2]})
	m.add("part-hash", "parts that agree on a hash that is not the message's", func() []string {
		out := []string{one.all[0]}
		for _, text := range one.all[1:3] {
			b := raw(m.t, text)
			b[8] ^= 1
			out = append(out, messageText(b))
		}
		return out
	}())
	emergency := raw(m.t, one.emergency)
	parts, err := split(emergency, 2, [8]byte([]byte("card-401")))
	if err != nil {
		m.t.Fatal(err)
	}
	m.add("part-emergency", "an emergency message in parts is refused", []string{messageText(parts[0].bytes()), messageText(parts[1].bytes())})
}

func (m *vectorMaker) bindings() {
	one := m.sheet("card-501", sampleSummary())
	other := sampleSummary()
	other.Patient.BirthName = "LE GOFF"
	two := m.sheet("card-502", other)
	m.add("full-of-another", "the emergency code of one person with the full code of another", []string{one.emergency, two.full})
	m.add("full-of-another-key", "a full message that another listed key signed", []string{one.emergency, resign(m.t, m.mallory, one.full, func(*head) {})}, withKeys(m.trusted, m.malloryK))
	m.add("full-of-nothing", "a full message that names an emergency message with k = 0", reissue(m.t, m.key, one, func(h *head) { h.parts = 0 }))
	m.add("two-full", "two full messages, both signed, for one emergency message", append(slices.Clone(one.all),
		signedText(m.t, m.key, head{kind: kindFull, dictionary: noDictionary, binding: bind(raw(m.t, one.emergency))}, afterBody(m.t, one.emergency, "\xa0"))))
	e, f := one.card.Emergency, one.card.Full
	forged := func(name, about string, change func(e, f *record.Summary)) {
		ce, cf := *e, *f
		change(&ce, &cf)
		m.add("join-"+name, about, forgedCard(m.t, m.key, &ce, &cf))
	}
	forged("good", "the two messages that the next ones spoil", func(e, f *record.Summary) {})
	forged("omitted", "entries that neither message carries", func(e, f *record.Summary) { e.Results.Omitted++ })
	forged("abridged", "a count of details that is not that of the full message", func(e, f *record.Summary) { e.Abridged++ })
	forged("contact", "a contact that the emergency message did not count", func(e, f *record.Summary) { f.Contacts = append(slices.Clone(f.Contacts), record.Contact{Name: "x"}) })
	forged("author-twice", "an author in both messages", func(e, f *record.Summary) { e.Author = f.Author })
	forged("none-in-full", "none known in the full message", func(e, f *record.Summary) { f.Directives = record.Section[record.Statement]{None: true} })
	forged("detail-of-nothing", "details of an entry that is not there", func(e, f *record.Summary) {
		f.Problems.Details = append(make([]record.Problem, e.Problems.Len()), record.Problem{Note: "n"})
		e.Abridged++
	})
	forged("detail-said-twice", "details of a field that is there", func(e, f *record.Summary) {
		f.Medications.Details = []record.Medication{{Drug: record.Text("autre")}}
		e.Abridged++
	})
}

func (m *vectorMaker) trustForms() {
	one := m.sheet("card-601", sampleSummary())
	with := func(name, about string, change func(*record.Key)) {
		k := m.trusted
		change(&k.Key)
		m.add("key-"+name, about, one.all, withKeys(k))
	}
	m.add("key-unknown", "a key that the list does not have", one.all, withKeys(m.malloryK))
	m.add("no-list", "a list without a key", one.all, withKeys())
	with("expired", "issued after the end of the key", func(k *record.Key) { k.NotAfter = testNow.AddDate(0, 0, -1) })
	with("too-early", "issued before the key was valid", func(k *record.Key) { k.NotBefore = testNow.AddDate(0, 0, 1) })
	with("revoked", "issued after the key was revoked", func(k *record.Key) { k.RevokedAt = testNow.AddDate(0, 0, -1) })
	with("revoked-later", "issued before the key was revoked for another reason than compromise", func(k *record.Key) { k.RevokedAt = testNow.AddDate(0, 0, 1) })
	with("compromised", "a compromised key, whenever it signed", func(k *record.Key) { k.RevokedAt, k.Compromised = testNow.AddDate(0, 0, 1), true })
	shared := m.malloryK
	shared.Key.ID = m.key.ID
	m.add("key-shared-id", "two keys under one id: each is tried", one.all, withKeys(shared, m.trusted))
	m.add("key-shared-id-only", "another key under the same id", one.all, withKeys(shared))
	m.add("list-stale", "an overdue list is warned of and changes no verdict", one.all, func(v *vector) { v.Trust.NextUpdate = testNow.AddDate(0, 0, -1) })
	m.add("card-revoked", "the card is revoked", one.all, func(v *vector) {
		v.Trust.Revoked = []revokedCard{{hex.EncodeToString([]byte("card-601")), testNow.AddDate(0, 0, -1)}}
	})
	future := m.sheet("card-602", smallSummary(), func(o *EncodeOptions) { o.IssuedAt = testNow.AddDate(0, 0, 3) })
	m.add("issued-in-future", "issued after now: a clock is wrong", future.all)
	declared := func(id string, s *record.Summary) sheet {
		return m.sheet(id, s, func(o *EncodeOptions) { o.Key, o.Declared, o.Rand = SigningKey{}, true, zeroReader{} })
	}
	self := declared("card-603", smallSummary())
	m.add("declared", "a card that a patient declares", self.all)
	long := declared("card-604", longSummary(8))
	m.add("declared-parts", "a declared card of several codes", long.all)
	m.add("declared-incomplete", "a declared card, a code of which is missing", long.all[:2])
	flipped := raw(m.t, self.emergency)
	flipped[len(flipped)-1] ^= 1
	m.add("declared-flip", "a declared card with one bit changed", []string{messageText(flipped)})
	kid, err := parseMessage(raw(m.t, self.emergency))
	if err != nil {
		m.t.Fatal(err)
	}
	m.add("declared-as-issuer", "a self-signed card that claims an issuer's key id", []string{messageText(m.signWith(m.mallory, m.key.ID, append(kid.head.bytes()[:15], kid.compressed...), 1))})
}

// signWith signs a payload of a given kind under any key id.
func (m *vectorMaker) signWith(key SigningKey, id, payload []byte, k kind) []byte {
	payload[0] = byte(k)
	key.ID = id
	saved := m.key
	m.key = key
	defer func() { m.key = saved }()
	return m.sign(payload)
}

// zeroReader is randomness for vectors.
type zeroReader struct{}

func (zeroReader) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func (m *vectorMaker) lockedForms() {
	code := testCode(m.t, typedCode)
	lock := func(id string, s *record.Summary, withhold bool) sheet {
		return m.sheet(id, s, func(o *EncodeOptions) { o.Code, o.Withhold, o.Rand = code, withhold, zeroReader{} })
	}
	typed := func(s string) func(*vector) { return func(v *vector) { v.Code = s } }
	one, kept := lock("card-701", sampleSummary(), false), lock("card-702", sampleSummary(), true)
	long := lock("card-703", longSummary(8), false)
	m.add("locked", "a locked card without its code", one.all)
	m.add("locked-opened", "a locked card with its code", one.all, typed(typedCode))
	m.add("locked-typed", "the code as people type it", one.all, typed("7kOpi qm3xz "))
	m.add("locked-wrong-code", "a locked card with the code of another", one.all, typed(otherTyped))
	m.add("locked-no-code", "what was typed is no code", one.all, typed("BONJOUR"))
	m.add("locked-parts", "a locked message in parts", long.all[:3], typed(typedCode))
	m.add("locked-missing", "the emergency code of a locked card alone", one.all[:1], typed(typedCode))
	m.add("withheld", "allergies and treatments behind the code", kept.all)
	m.add("withheld-opened", "the same, opened", kept.all, typed(typedCode))
	cleared := resign(m.t, m.key, one.emergency, func(h *head) { h.locked = false })
	m.add("locked-flag-cleared", "a locked message beside an emergency message that locks nothing", []string{cleared, one.full}, typed(typedCode))
	clear := m.sheet("card-704", sampleSummary())
	marked := resign(m.t, m.key, clear.emergency, func(h *head) { h.locked = true })
	m.add("locked-in-clear", "a full message in clear that names a locked emergency message",
		[]string{marked, resign(m.t, m.key, clear.full, func(h *head) { h.binding = bind(raw(m.t, marked)) })})
	other := sampleSummary()
	other.Patient.BirthName = "LE GOFF"
	exchanged := lock("card-701", other, false)
	m.add("locked-exchanged", "the emergency message was exchanged: the code does not open the other's", []string{exchanged.emergency, one.full}, typed(typedCode))
	b := raw(m.t, one.full)
	b[len(b)-1] ^= 1
	m.add("locked-flip", "a bit of the locked message is another", []string{one.emergency, messageText(b)}, typed(typedCode))
	b = raw(m.t, one.full)
	b[4] = 0x03
	m.add("locked-header", "a locked message with another header", []string{one.emergency, messageText(b)}, typed(typedCode))
}

// write writes the vectors that are not there.
func (m *vectorMaker) write() {
	names := map[string]bool{}
	for _, v := range m.out {
		if names[v.Name] {
			m.t.Fatalf("two vectors are called %s", v.Name)
		}
		names[v.Name] = true
		m.writeFile(filepath.Join(vectorFolder, v.Name+".json"), v)
	}
}

// writeFile writes one file unless it is there.
func (m *vectorMaker) writeFile(file string, v any) {
	if _, err := os.Stat(file); err == nil {
		return
	}
	data, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		m.t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(file, append(data, '\n'), 0o644); err != nil {
		m.t.Fatal(err)
	}
}

// sums adds what is new to the sums. A file that has one already keeps it: if the
// file has changed since, a test says so.
func (m *vectorMaker) sums() {
	sums, err := vectorSums()
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		m.t.Fatal(err)
	}
	var lines strings.Builder
	for _, name := range vectorFiles(m.t) {
		data, err := os.ReadFile(filepath.Join(vectorFolder, name))
		if err != nil {
			m.t.Fatal(err)
		}
		if sums[name] == "" {
			sums[name] = fmt.Sprintf("%x", sha256.Sum256(data))
		}
		fmt.Fprintf(&lines, "%s  %s\n", sums[name], name)
	}
	if err := os.WriteFile(vectorFolder+"/SHA256SUMS", []byte(lines.String()), 0o644); err != nil {
		m.t.Fatal(err)
	}
}
