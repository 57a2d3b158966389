package qr

import (
	"bytes"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// Bodies that must be refused, written in hexadecimal-like Go strings. Key 2 of a
// summary is its date, 4 its language, 5 its allergies, 16 its contacts.
func TestHostileBodies(t *testing.T) {
	for _, c := range []struct {
		name, body string
		want       error
	}{
		{"nothing", "", errTruncated},
		{"not a map", "\x80", errType},
		{"bytes after the end", "\xa0\xa0", errTrailing},
		{"a map that ends early", "\xa1", errTruncated},
		{"a value that ends early", "\xa1\x04\x62a", errTruncated},
		{"a key given twice", "\xa2\x04\x01\x04\x01", errKeyOrder},
		{"keys out of order", "\xa2\x04\x01\x02\x00", errKeyOrder},
		{"an indefinite map", "\xbf\x04\x01\xff", errIndefinite},
		{"indefinite text", "\xa1\x04\x7f\x61a\xff", errIndefinite},
		{"an indefinite array", "\xa1\x05\x9f\xff", errIndefinite},
		{"a long spelling of a key", "\xa1\x18\x04\x01", errSpelling},
		{"a long spelling of a number", "\xa1\x02\x19\x00\x05", errSpelling},
		{"a long spelling of a length", "\xa1\x04\x78\x01a", errSpelling},
		{"text that is not UTF-8", "\xa1\x04\x61\xff", errUTF8},
		{"a byte string for text", "\xa1\x04\x41a", errType},
		{"a number for a patient", "\xa1\x01\x05", errType},
		{"a key that is text", "\xa1\x61a\x01", errType},
		{"a tag", "\xa1\x04\xc1\x01", errType},
		{"a float", "\xa1\x02\xfb\x00\x00\x00\x00\x00\x00\x00\x00", errType},
		{"null", "\xa1\x04\xf6", errType},
		{"a simple value spelled in two bytes", "\xa1\x05\xf8\x15", errType},
		{"a critical key", "\xa1\x20\x01", errCritical},
		{"a critical key inside", "\xa1\x01\xa1\x20\x01", errCritical},
		{"a rank beyond the table", "\xa1\x04\x18\xc8", errRange},
		{"a word that has a rank", "\xa1\x04\x62en", errSpelling},
		{"an empty text spelled out", "\xa1\x12\x80", errSpelling},
		{"an empty patient spelled out", "\xa1\x01\xa0", errSpelling},
		{"a day that is none", "\xa1\x02\x19\xb7\x54", errDate},
		{"a date that packs as text", "\xa1\x02\x642009", errSpelling},
		{"none known that is false", "\xa1\x05\xf4", errSpelling},
		{"a section that is empty", "\xa1\x05\x80", errSection},
		{"no entries omitted", "\xa1\x05\x00", errSpelling},
		{"a promise of four billion entries", "\xa1\x05\x9a\xff\xff\xff\xff", errTruncated},
		{"a promise of more than an int", "\xa1\x05\x9b\xff\xff\xff\xff\xff\xff\xff\xff", errTruncated},
		{"a number beyond 63 bits", "\xa1\x11\x1b\xff\xff\xff\xff\xff\xff\xff\xff", errRange},
		{"a number beyond 32 bits", "\xa1\x11\x1a\xff\xff\xff\xff", errRange},
		{"nested without end", "\xa1\x18\x40" + strings.Repeat("\x81", 40) + "\x01", errDepth},
		{"an unknown key with a key twice", "\xa1\x18\x40\xa2\x01\x01\x01\x01", errKeyOrder},
		{"an unknown key with bad text", "\xa1\x18\x40\x61\xff", errUTF8},
		{"more items than a card has", "\xa1\x05\x99\xff\x00" + strings.Repeat("\xa0", 0xff00), errTooMany},
		{"a concept with half a code", "\xa1\x05\x81\x81\x01", errType},
		{"a code system beyond the table", "\xa1\x05\x81\x82\x18\xff\x01", errRange},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := decodeBody([]byte(c.body))
			if !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestUnknownKeysAreCounted(t *testing.T) {
	// Keys 22 of the summary and 21 of the patient are not in version 1.
	s, unknown, err := decodeBody([]byte("\xa3\x01\xa2\x03\x61A\x15\x82\x01\xa1\x20\x61b\x04\x01\x16\xf5"))
	if err != nil || unknown != 2 || s.Patient.BirthName != "A" || s.Language != "fr-FR" {
		t.Errorf("got %+v, %d unknown keys, %v", s, unknown, err)
	}
}

// codeOf is what a body becomes without a dictionary. The body must be CBOR, and may
// be anything else but a summary.
func codeOf(body string) []byte { return models[noDictionary]().Compress(nil, []byte(body)) }

// bomb is the code, without a dictionary, of a string of n zeros, three bytes of
// which are its head.
func bomb(n int) []byte {
	return codeOf("\x59" + string([]byte{byte((n - 3) >> 8), byte(n - 3)}) + strings.Repeat("\x00", n-3))
}

func TestDecompress(t *testing.T) {
	body := []byte("\xa1\x06\x81\x78\x241 comprim\xc3\xa9 le matin, 1 comprim\xc3\xa9 le soir")
	body[4] = byte(len(body) - 5)
	id, code := coder{}.compress(nil, body)
	if id != currentDictionary || len(code) >= len(body)/2 {
		t.Errorf("%d bytes compressed to %d with dictionary %d", len(body), len(code), id)
	}
	if got, err := (coder{}).decompress(id, nil, code, maxBody); err != nil || !bytes.Equal(got, body) {
		t.Errorf("got %q, %v", got, err)
	}
	for _, c := range []struct {
		name  string
		id    byte
		code  []byte
		limit int
		fails bool
	}{
		{"the largest body", 0, bomb(maxBody), maxBody, false},
		{"one byte too many", 0, bomb(maxBody + 1), maxBody, true},
		{"the largest emergency body", 0, bomb(maxEmergencyBody), maxEmergencyBody, false},
		{"too many for an emergency body", 0, bomb(maxEmergencyBody + 1), maxEmergencyBody, true},
		{"an end too early", id, code[:len(code)-1], maxBody, true},
		{"a byte after the end", id, append(bytes.Clone(code), 0), maxBody, true},
		{"another after the end", id, append(bytes.Clone(code), 1), maxBody, true},
		{"nothing", id, nil, maxBody, true},
		{"a dictionary to come", 77, code, maxBody, true},
		{"the dictionary of a measure", trialDictionary, code, maxBody, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			// A code that is cut may be that of another body, never of this one.
			got, err := (coder{}).decompress(c.id, nil, c.code, c.limit)
			if failed := err != nil || c.id != 0 && !bytes.Equal(got, body); failed != c.fails {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

// signedText is the text of a message with any payload, by a key of the list: a
// trusted issuer gone mad is the only one who gets this far.
func signedText(t testing.TB, key SigningKey, h head, payload []byte) string {
	t.Helper()
	raw, err := seal(key, nil, h, payload)
	if err != nil {
		t.Fatal(err)
	}
	return messageText(raw)
}

// TestLimits holds one symbol's text to 100 ms and 16 MiB whatever it holds.
func TestLimits(t *testing.T) {
	key, trusted := testKey("des Tilleuls")
	reader := Reader{Keys: testList(trusted), Now: testNow}
	h := head{kind: kindEmergency, issued: testNow}
	Prepare() // once for a program, not for each text
	for _, c := range []struct{ name, text string }{
		{"a bomb", signedText(t, key, h, bomb(maxBody))},
		{"many empty observations", signedText(t, key, h, codeOf("\xa1\x0c\x99\x1f\x40"+strings.Repeat("\xa0", 8000)))},
		{"too many empty observations", signedText(t, key, h, codeOf("\xa1\x0c\x99\xff\x00"+strings.Repeat("\xa0", 0xff00)))},
		{"many empty codes", signedText(t, key, h, codeOf("\xa1\x05\x81\x99\x1f\x00"+strings.Repeat("\x01\x60", 0xf80)))},
		{"one long text", signedText(t, key, h, codeOf("\xa1\x04\x79\xff\xf0"+strings.Repeat("a", 0xfff0)))},
		{"the longest text that is no card", Prefix + strings.Repeat("0", maxText-len(Prefix))},
		{"longer than any code", Prefix + strings.Repeat("0", 1<<20)},
	} {
		t.Run(c.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			reader.Read([]string{c.text})
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			if n := after.TotalAlloc - before.TotalAlloc; n > 16<<20 {
				t.Errorf("took %d bytes", n)
			}
			if took > 100*time.Millisecond && !testing.Short() && !raceEnabled {
				t.Errorf("took %v", took)
			}
		})
	}
}

func TestErrorsQuoteNothing(t *testing.T) {
	s := sampleSummary()
	s.Patient.BirthName = "VASSEUR\xff"
	key, _ := testKey("des Tilleuls")
	_, err := Encode(s, EncodeOptions{Key: key, IssuedAt: testNow})
	if err == nil || strings.Contains(err.Error(), "VASSEUR") || record.CodeOf(err) != record.CodeInvalid {
		t.Errorf("got %v", err)
	}
}
