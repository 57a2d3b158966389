package qr

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/zoneblanche/zoneblanche/qr/base45"
	"github.com/zoneblanche/zoneblanche/qr/compress"
)

// This file makes the vectors of single layers.

func (m *vectorMaker) low() {
	for name, f := range map[string]lowFile{
		"base45":   {"text without its prefix, and bytes (section 1, RFC 9285)", lowBase45()},
		"compress": {"code and body, after what is learnt: a dictionary by its id or in full, then the body before; limit is the largest body (section 3)", m.lowCompress()},
		"body":     {"CBOR and the summary that it says; of a full message's body alone, entries that have details count as omitted (section 4)", m.lowBodies()},
		"parts":    {"a message, and its parts from 1 to n: any k of them give it (section 6)", lowParts()},
		"lock":     {"a patient's code as it was typed with its ten characters, and locked messages (section 7)", m.lowLock()},
		"messages": {"messages of some vectors taken apart: what their heads say, and their bodies (section 2)", m.lowMessages()},
	} {
		m.writeFile(filepath.Join(vectorFolder, "low", name+".json"), f)
	}
}

func lowBase45() []lowCase {
	var out []lowCase
	for _, b := range []string{"", "\x00", "\xff", "AB", "Hello!!", "base-45", "ietf!", "\x00\x00", "\xff\xff", "\xff\xff\xff", "\x00\x24", "\xd2\x84\x4d"} {
		out = append(out, lowCase{About: fmt.Sprintf("%d bytes: %x", len(b), b), Bytes: hexBytes(b), Text: base45.Encode([]byte(b))})
	}
	for _, c := range [][2]string{
		{"a character alone", "0"}, {"a character left over", "BB80"}, {"a group of 65536", "GGX"}, {"the highest group", ":::"}, {"a last group of 256", "V5"},
		{"the highest last group", "::"}, {"a good group, then one above", "BB8V5"}, {"lower case", "bb8"}, {"a character outside of the alphabet", "BB!"}, {"a letter beyond ASCII", "BBÉ"}, {"a line break", "BB8\n"},
		{"a tab instead of a space", "BB\t"}, {"padding", "BB8="},
	} {
		out = append(out, lowCase{About: c[0], Text: c[1], Refused: true})
	}
	return out
}

func (m *vectorMaker) lowCompress() []lowCase {
	const (
		taught    = "\xa2\x05\x81\x6cP\xc3\xa9nicilline\x06\x82\x6cParac\xc3\xa9tamol\x6aMetformine\xa1\x07\x82\x66Asthme\x70Diab\xc3\xa8te de type"
		emergency = "\xa1\x05\x81\x6cP\xc3\xa9nicilline"
		full      = "\xa2\x05\x81\x6cP\xc3\xa9nicilline\x07\x82\x66Asthme\x68Migraine"
	)
	var out []lowCase
	add := func(about string, dictionary int, learnt, prior, body string) {
		model := models[byte(dictionary)]()
		if learnt != "" {
			model = compress.NewModel([]byte(learnt))
		}
		out = append(out, lowCase{About: about, Dictionary: dictionary, Learnt: hexBytes(learnt), Prior: hexBytes(prior), Body: hexBytes(body), Limit: maxBody,
			Code: hexBytes(model.Compress([]byte(prior), []byte(body)))})
	}
	add("the example of section 3.7, nothing learnt", 0, "", "", full)
	add("the same with the dictionary", 0, taught, "", full)
	add("the same with the dictionary and the body before", 0, taught, emergency, full)
	for _, body := range []string{"\xa0", "\x00", "\xf5", "\x60", "\x61a", "\x43\x00\x00\x00", "\x18\x63", "\x1b\x00\x00\x00\x01\x00\x00\x00\x00", "\x80", "\x82\xa0\x80", "\xa1\x00\x00",
		strings.Repeat("\x81", 16) + "\x00", "\x78\x40" + strings.Repeat("ab", 32), "\x99\x01\x00" + strings.Repeat("\x01", 256), "\x3b\x7f\xff\xff\xff\xff\xff\xff\xff", "\x6b\xc3\x89T\xc3\x89 Ete 1"} {
		add(fmt.Sprintf("%d bytes from %x, nothing learnt", len(body), body[:min(len(body), 4)]), 0, "", "", body)
		add(fmt.Sprintf("%d bytes from %x, dictionary 1", len(body), body[:min(len(body), 4)]), 1, "", "", body)
	}
	e, err := encodeBody(mustEncode(m.t, sampleSummary(), EncodeOptions{Key: m.key, IssuedAt: testNow}).Emergency)
	if err != nil {
		m.t.Fatal(err)
	}
	f, err := encodeBody(mustEncode(m.t, sampleSummary(), EncodeOptions{Key: m.key, IssuedAt: testNow}).Full)
	if err != nil {
		m.t.Fatal(err)
	}
	add("an emergency body, nothing learnt", 0, "", "", string(e))
	add("an emergency body, dictionary 1", 1, "", "", string(e))
	add("a full body, dictionary 1 and the emergency body before", 1, "", string(e), string(f))
	add("a full body, dictionary 1 alone", 1, "", "", string(f))

	good := codeOf(full)
	// Bytes that nobody has written; some are the code of a body all the same.
	read := func(about, code string, limit int) {
		body, err := models[0]().Decompress(nil, []byte(code), limit)
		out = append(out, lowCase{About: about, Code: hexBytes(code), Body: hexBytes(body), Limit: limit, Refused: err != nil})
	}
	read("nothing", "", maxBody)
	read("cut by a byte", string(good[:len(good)-1]), maxBody)
	read("a zero after the end", string(good)+"\x00", maxBody)
	read("a byte after the end", string(good)+"\x01", maxBody)
	read("a body of more than the limit", string(good), len(full)-1)
	read("the largest item", string(bomb(100)), 99)
	read("bytes of ones", strings.Repeat("\xff", 40), maxBody)
	return out
}

func (m *vectorMaker) lowBodies() []lowCase {
	var out []lowCase
	for _, c := range m.bodyCases {
		s, unknown, err := decodeBody([]byte(c.Body))
		if c.Refused, c.Unknown = err != nil, unknown; err == nil {
			if c.Content, err = json.Marshal(s); err != nil {
				m.t.Fatal(err)
			}
		}
		out = append(out, c)
	}
	return out
}

func lowParts() []lowCase {
	var out []lowCase
	for k := 2; k <= maxFullParts; k++ {
		var message []byte
		for i := byte(0); len(message) < 7*k-k/2; i++ {
			sum := sha256.Sum256([]byte{byte(k), i})
			message = append(message, sum[:]...)
		}
		message = message[:7*k-k/2]
		parts, err := split(message, k, [8]byte([]byte("card-low")))
		if err != nil {
			panic(err)
		}
		c := lowCase{About: fmt.Sprintf("%d parts", k), K: k, Card: "card-low", Message: hexBytes(message)}
		for _, p := range parts {
			c.Parts = append(c.Parts, hexBytes(p.bytes()))
		}
		out = append(out, c)
	}
	good := string(out[1].Parts[0]) // k = 3, 5 parts
	for _, c := range [][2]string{
		{"a header and no more", good[:16]}, {"index 0", good[:1] + "\x03" + good[2:]}, {"an index above n", good[:1] + "\x63" + good[2:]}, {"k = 1", good[:1] + "\x11" + good[2:]},
		{"k = 11", good[:1] + "\x1b\xd0" + good[3:]}, {"n that does not go with k", good[:2] + "\x60" + good[3:]}, {"a length of 0", good[:2] + "\x50\x00" + good[4:]},
		{"a length that asks for more", good[:3] + "\xff" + good[4:]}, {"a byte less", good[:len(good)-1]}, {"a byte more", good + "\x00"},
	} {
		out = append(out, lowCase{About: c[0], Parts: []hexBytes{hexBytes(c[1])}, Refused: true})
	}
	return out
}

func (m *vectorMaker) lowLock() []lowCase {
	var out []lowCase
	for _, c := range []struct{ about, typed, code string }{
		{"as it is shown", "7K0P1 QM3XZ", "7K0P1QM3XZ"}, {"small letters and a dash", "7k0p1-qm3xz", "7K0P1QM3XZ"}, {"O, I and L", "OoIiLl0123", "0011110123"}, {"spaces everywhere", "  7 K0P1\tQM3X Z ", "7K0P1QM3XZ"},
		{"every character", "ABCDE FGHJK", "ABCDEFGHJK"}, {"and the others", "MNPQR STVWX", "MNPQRSTVWX"},
		{"nine", "7K0P1 QM3X", ""}, {"eleven", "7K0P1 QM3XZ0", ""}, {"U", "7K0P1 QM3XU", ""}, {"another sign", "7K0P1_QM3XZ", ""}, {"no letter of ASCII", "7K0P1 QM3XÉ", ""},
	} {
		out = append(out, lowCase{About: c.about, Typed: c.typed, Code: hexBytes(c.code), Refused: c.code == ""})
	}
	lock := func(about, typed, card, emergency, iv, inside string) {
		key, err := newLock(*testCode(m.t, typed), [8]byte([]byte(card)), []byte(emergency))
		if err != nil {
			m.t.Fatal(err)
		}
		locked, err := key.close(strings.NewReader(iv), [8]byte([]byte(card)), []byte(inside))
		if err != nil {
			m.t.Fatal(err)
		}
		out = append(out, lowCase{About: about, Typed: typed, Card: hexBytes(card), Emergency: hexBytes(emergency), IV: hexBytes(iv), Inside: hexBytes(inside), Locked: hexBytes(locked)})
	}
	lock("the example of section 7", "7K0P1 QM3XZ", "card-one", "emergency message", "random nonce", "full message")
	lock("300 bytes", "ABCDE FGHJK", "\x00\x01\x02\x03\x04\x05\x06\x07", strings.Repeat("\xd2", 100), strings.Repeat("\x00", 12), strings.Repeat("\x5a", 300))
	wrong := out[len(out)-2]
	wrong.About, wrong.Emergency, wrong.Inside, wrong.Refused = "another emergency message", "emergency messagf", "", true
	out = append(out, wrong)
	return out
}

func (m *vectorMaker) lowMessages() []lowCase {
	wanted := map[string]bool{}
	for _, name := range []string{"one-code", "two-codes", "two-parts", "es256", "declared", "dates", "numbers", "codes", "telephones", "every-field", "no-dictionary", "full-good"} {
		wanted[name] = true
	}
	var out []lowCase
	for _, v := range m.out {
		if wanted[v.Name] {
			// What is on disk counts: signatures of ES256 are new each time.
			stored, err := storedVector(v.Name)
			if err != nil {
				m.t.Fatal(err)
			}
			out = append(out, lowCase{About: v.About, Vector: v.Name, Signed: messagesOf(m.t, stored)})
		}
	}
	return out
}
