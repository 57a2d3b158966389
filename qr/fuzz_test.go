package qr

import (
	"bytes"
	"strings"
	"testing"
)

// FuzzBody: what decodes without an unknown key has one spelling.
func FuzzBody(f *testing.F) {
	for _, s := range []string{"\xa0", "\xa1\x05\xf5", "\xa1\x18\x40\x01", "\xa1\x02\x19\xb7\x40", "\xa2\x04\x01\x05\x81\xa0"} {
		f.Add([]byte(s))
	}
	body, err := encodeBody(sampleSummary())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(body)
	key, _ := testKey("des Tilleuls")
	if body, err = encodeBody(mustEncode(f, longSummary(3), EncodeOptions{Key: key, IssuedAt: testNow}).Full); err != nil {
		f.Fatal(err)
	}
	f.Add(body)
	for _, c := range lowCases(f, "body") {
		f.Add([]byte(c.Body))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, unknown, err := decodeBody(data)
		if err != nil {
			return
		}
		again, err := encodeBody(s)
		if err != nil {
			t.Fatal(err)
		}
		if unknown == 0 && !bytes.Equal(again, data) {
			t.Errorf("%x decodes and is spelled %x", data, again)
		}
	})
}

// FuzzPart: a header that is accepted is written the same.
func FuzzPart(f *testing.F) {
	parts, err := split(bytes.Repeat([]byte("message"), 100), 3, [8]byte{1, 2, 3})
	if err != nil {
		f.Fatal(err)
	}
	for _, p := range parts {
		f.Add(p.bytes())
	}
	for _, c := range lowCases(f, "parts") {
		for _, p := range c.Parts {
			f.Add([]byte(p))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := parsePart(data)
		if err == nil && !bytes.Equal(p.bytes(), data) {
			t.Errorf("%x is written %x", data, p.bytes())
		}
	})
}

// FuzzDecompress: never more than the bound, and one code for each body.
func FuzzDecompress(f *testing.F) {
	id, code := coder{}.compress(nil, []byte("\xa1\x06\x811 comprim"))
	f.Add(id, []byte{}, code)
	f.Add(byte(noDictionary), []byte("\xa0"), bomb(100))
	for _, c := range lowCases(f, "compress") {
		if c.Learnt == "" {
			f.Add(byte(c.Dictionary), []byte(c.Prior), []byte(c.Code))
		}
	}
	f.Fuzz(func(t *testing.T, id byte, prior, code []byte) {
		if len(prior) > maxEmergencyBody {
			t.Skip("longer than any emergency body")
		}
		body, err := coder{}.decompress(id, prior, code, maxBody)
		if err != nil {
			return
		}
		if len(body) > maxBody {
			t.Errorf("got %d bytes", len(body))
		}
		if again := models[id]().Compress(prior, body); !bytes.Equal(again, code) {
			t.Errorf("%x decodes to what is written %x", code, again)
		}
	})
}

// FuzzRead: no text makes the reader panic, and none is believed without a
// signature. Texts are lines.
func FuzzRead(f *testing.F) {
	key, trusted := testKey("des Tilleuls")
	one := newSheet(f, sampleSummary(), EncodeOptions{Key: key, IssuedAt: testNow, CardID: []byte("card-one")})
	two := newSheet(f, longSummary(20), EncodeOptions{Key: key, IssuedAt: testNow, CardID: []byte("card-two")})
	f.Add(strings.Join(one.all, "\n"))
	f.Add(strings.Join(two.all[1:], "\n"))
	f.Add(two.all[1] + "\nHC1:ABC\n" + two.all[0])
	genuineTexts := map[string]bool{}
	for _, texts := range vectorTexts(f) {
		f.Add(strings.Join(texts, "\n"))
		for _, text := range texts {
			genuineTexts[text] = true
		}
	}
	for _, text := range append(one.all, two.all...) {
		genuineTexts[text] = true
	}
	stranger, _ := testKey("Mallory")
	f.Add(signedText(f, stranger, head{kind: kindEmergency, issued: testNow}, []byte("\xa0")))
	reader := Reader{Keys: testList(trusted), Now: testNow}
	f.Fuzz(func(t *testing.T, lines string) {
		texts := strings.Split(lines, "\n")
		genuine := false
		for _, text := range texts {
			genuine = genuine || genuineTexts[text]
		}
		for _, r := range reader.Read(texts) {
			if r.Summary != nil && !genuine {
				t.Errorf("%s without a genuine text", r.Judgement.Verdict)
			}
		}
	})
}
