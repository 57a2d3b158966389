package foreign

import (
	"crypto/elliptic"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/qr/base45"
	"github.com/zoneblanche/zoneblanche/record"
)

func TestInflate(t *testing.T) {
	for _, limit := range []int{10, 1000} {
		exact, over := make([]byte, limit), make([]byte, limit+1)
		for name, f := range map[string]func([]byte) ([]byte, error){
			"deflate": func(b []byte) ([]byte, error) { return inflate(deflated(b), limit) },
			"zlib":    func(b []byte) ([]byte, error) { return unzlib(zlibbed(b), limit) },
		} {
			if got, err := f(exact); err != nil || len(got) != limit {
				t.Errorf("%s: got %d bytes, %v", name, len(got), err)
			}
			if _, err := f(over); !isOrNil(err, errBomb) {
				t.Errorf("%s: a byte too many: got %v", name, err)
			}
		}
	}
}

// TestLimits holds one text to 100 ms and 16 MiB, whatever it holds. The issuers
// are trusted and have gone mad: nobody else gets so far.
func TestLimits(t *testing.T) {
	key := newECKey(t, elliptic.P256())
	var k Keys
	if err := k.AddKeySet(keySet(t, publicJWK(t, key, nil)), testIssuer); err != nil {
		t.Fatal(err)
	}
	s := newSigner(t, newECKey(t, elliptic.P256()))
	if err := k.AddCertificates(s.der); err != nil {
		t.Fatal(err)
	}
	card := func(payload string) string { return cardJWS(t, key, "", deflated([]byte(payload))) }
	bundle := func(content string) string {
		return card(strings.Replace(cardPayload(testIssuer, `"nbf":1700000000`, ""), `"entry":[]`, `"entry":[`+content+`]`, 1))
	}
	certificate := func(claims map[any]any) string {
		return newHCERT(t, s.key, hcertOptions{map[any]any{1: -7, 4: s.kid}, nil, nil, claims})
	}
	message := func(data []byte) string { return prefixHCERT + base45.Encode(zlibbed(data)) }
	many := map[string]any{}
	for i := range 900 {
		many[fmt.Sprint(i)] = []any{1, 2, 3}
	}
	header := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"ES256","zip":"DEF","kid":"x"}`))
	reader := Reader{Keys: k, Now: date(2026, 1, 1)}
	for _, c := range []struct{ name, text string }{
		{"a card that is a bomb", card(strings.Repeat(" ", 20<<20))},
		{"a bomb of nobody's", header + "." + base64.RawURLEncoding.EncodeToString(deflated(make([]byte, 20<<20))) + ".AAAA"},
		{"deep JSON", card(strings.Repeat(`{"a":`, 40000))},
		{"deep lists in a Bundle", bundle(strings.Repeat("[", 9000) + strings.Repeat("]", 9000))},
		{"many empty objects", bundle(strings.Repeat("{},", 60000) + "{}")},
		{"many members", bundle(`{"resource":{` + strings.TrimSuffix(numbered(20000), ",") + `}}`)},
		{"a long card", strings.Repeat("eyJ", 20000) + ".a.b"},
		{"longer than any card", "eyJ" + strings.Repeat("a", 1<<20) + ".a.b"},
		{"many digits", prefixSHC + strings.Repeat("56", 1<<19)},
		{"a chunk of many digits", prefixSHC + "1/2/" + strings.Repeat("56", 1<<19)},
		{"many slashes", prefixSHC + strings.Repeat("1/", 1<<19)},
		{"a certificate that is a bomb", message(make([]byte, 20<<20))},
		{"a certificate of a thousand members", certificate(claimsOf(many))},
		{"a certificate of a long text", certificate(claimsOf(covid(map[string]any{"nam/fn": strings.Repeat("a", 60000)})))},
		{"deep CBOR", message([]byte(strings.Repeat("\x81", 60000)))},
		{"a promise of four billion", message([]byte("\x84\x9a\xff\xff\xff\xff"))},
		{"a long text that is no base45", prefixHCERT + strings.Repeat("Z", 1<<20)},
		{"a long 2D-DOC", "DC04FR0000011E581E58B201FR" + strings.Repeat("10A\x1d", 1700) + "\x1fAAAA"},
		{"a long INS", "IS010000000000000000000000" + strings.Repeat("S3A\x1d", 1700)},
		{"a long link", prefixLink + strings.Repeat("A", 1<<20)},
	} {
		t.Run(c.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			readings, _ := reader.Read([]string{c.text})
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			if n := after.TotalAlloc - before.TotalAlloc; n > 16<<20 {
				t.Errorf("took %d bytes", n)
			}
			if took > 100*time.Millisecond && !testing.Short() && !raceEnabled {
				t.Errorf("took %v", took)
			}
			if len(readings) != 1 {
				t.Errorf("got %d readings", len(readings))
			}
		})
	}
	texts := slices.Repeat([]string{"shc:/1/3/56"}, 3000)
	if readings, rest := reader.Read(texts); len(readings) != 1 || len(rest) != 3000-maxTexts {
		t.Errorf("got %d readings and %d other texts", len(readings), len(rest))
	}
}

// numbered is n members of an object.
func numbered(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"%d":0,`, i)
	}
	return b.String()
}

// TestNothingIsTakenFromTheRest: other texts come back as they were, in order, and
// the same code twice is one.
func TestNothingIsTakenFromTheRest(t *testing.T) {
	link := vectorText(t, "shl/shlink-link.txt")
	readings, rest := Reader{}.Read([]string{"ZB1:AAAA", link, "HL0:AAA", link, "", "DC04", "IS01"})
	if len(readings) != 1 || !slices.Equal(rest, []string{"ZB1:AAAA", "HL0:AAA", "", "DC04", "IS01"}) {
		t.Errorf("got %d readings, %q", len(readings), rest)
	}
}

// TestErrorsQuoteNothing: no error and no judgement has words of the file or the
// text.
func TestErrorsQuoteNothing(t *testing.T) {
	var k Keys
	for _, err := range []error{
		k.AddCertificates([]byte("VASSEUR")), k.AddKeySet([]byte(`{"keys":[{"kty":"VASSEUR"}]}`), ""), k.AddRevocations([]byte(`{"rids":["VASSEUR"]}`)), k.AddJSON([]byte("VASSEUR"), ""),
	} {
		if record.CodeOf(err) != record.CodeInvalid || strings.Contains(err.Error(), "VASSEUR") {
			t.Errorf("got %v", err)
		}
	}
	readings, _ := Reader{}.Read([]string{"HC1:VASSEUR", "shc:/VASSEUR", "DC04VASSEURVASSEURVASSEUR", "IS01VASSEURVASSEURVASSEURVASSEUR"})
	for _, r := range readings {
		if data, _ := json.Marshal(r.Judgement); strings.Contains(string(data), "VASSEUR") {
			t.Errorf("%s: got %s", r.Kind, data)
		}
	}
}
