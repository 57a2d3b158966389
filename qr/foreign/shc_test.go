package foreign

import (
	"crypto/elliptic"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/zoneblanche/zoneblanche/record"
)

const testIssuer = "https://example.org/issuer"

func TestSMARTHealthCardJudgement(t *testing.T) {
	key := newECKey(t, elliptic.P256())
	kid := publicJWK(t, key, nil)["kid"].(string)
	nbf := date(2025, 1, 1).Unix()
	times := fmt.Sprintf(`"nbf":%d.5`, nbf)
	crl := func(ctr int, rids string) string {
		return fmt.Sprintf(`{"kid":%q,"method":"rid","ctr":%d,"rids":[%s]}`, kid, ctr, rids)
	}
	for _, c := range []struct {
		name    string
		issuer  string // that the file of keys is said to be of
		changes map[string]any
		crl     string
		payload string
		verdict record.Verdict
		warning string
	}{
		{"a declared issuer", testIssuer, nil, "", cardPayload(testIssuer, times, ""), record.Authentic, ""},
		{"another issuer than declared", testIssuer + "s", nil, "", cardPayload(testIssuer, times, ""), record.UnknownIssuer, WarnIssuerForeign},
		{"keys of nobody in particular", "", nil, "", cardPayload(testIssuer, times, ""), record.Authentic, WarnIssuerUnbound},
		{"an issuer without https", "", nil, "", cardPayload("http://example.org/issuer", times, ""), record.UnknownIssuer, WarnIssuerURL},
		{"an issuer with a query", "", nil, "", cardPayload(testIssuer+"?a", times, ""), record.UnknownIssuer, WarnIssuerURL},
		{"not yet valid", testIssuer, nil, "", cardPayload(testIssuer, `"nbf":1900000000`, ""), record.Expired, WarnIssuedInFuture},
		{"expired", testIssuer, nil, "", cardPayload(testIssuer, times+`,"exp":1750000000`, ""), record.Expired, ""},
		{"not expired yet", testIssuer, nil, "", cardPayload(testIssuer, times+`,"exp":1800000000`, ""), record.Authentic, ""},
		{"nbf in milliseconds", testIssuer, nil, "", cardPayload(testIssuer, fmt.Sprintf(`"nbf":%d000`, nbf), ""), record.Unreadable, ""},
		{"exp in milliseconds", testIssuer, nil, "", cardPayload(testIssuer, times+`,"exp":1800000000000`, ""), record.Unreadable, ""},
		{"no nbf", testIssuer, nil, "", cardPayload(testIssuer, `"iat":1`, ""), record.Unreadable, ""},
		{"claims in capitals", testIssuer, nil, "", strings.Replace(cardPayload(testIssuer, times, ""), `"iss"`, `"ISS"`, 1), record.Unreadable, ""},
		{"no health card", testIssuer, nil, "", strings.Replace(cardPayload(testIssuer, times, ""), "#health-card", "#covid19", 1), record.Unreadable, ""},
		{"no JSON", testIssuer, nil, "", "health", record.Unreadable, ""},
		{"revoked", testIssuer, nil, crl(1, `"abc"`), cardPayload(testIssuer, times, "abc"), record.Revoked, ""},
		{"revoked until later", testIssuer, nil, crl(1, fmt.Sprintf(`"abc.%d"`, nbf+100)), cardPayload(testIssuer, times, "abc"), record.Revoked, ""},
		{"issued after the revocation", testIssuer, nil, crl(1, fmt.Sprintf(`"abc.%d"`, nbf-100)), cardPayload(testIssuer, times, "abc"), record.Authentic, ""},
		{"revoked twice, once for good", testIssuer, nil, crl(1, `"abc.5","abc","abc.6"`), cardPayload(testIssuer, times, "abc"), record.Revoked, ""},
		{"another card revoked", testIssuer, nil, crl(1, `"abd"`), cardPayload(testIssuer, times, "abc"), record.Authentic, ""},
		{"no list to check", testIssuer, map[string]any{"crlVersion": 1}, "", cardPayload(testIssuer, times, "abc"), record.Authentic, WarnNoCRL},
		{"an old list", testIssuer, map[string]any{"crlVersion": 3}, crl(2, `"abd"`), cardPayload(testIssuer, times, "abc"), record.Authentic, WarnOldCRL},
	} {
		t.Run(c.name, func(t *testing.T) {
			var k Keys
			if err := k.AddJSON(keySet(t, publicJWK(t, key, c.changes)), c.issuer); err != nil {
				t.Fatal(err)
			}
			if c.crl != "" {
				if err := k.AddJSON([]byte(c.crl), ""); err != nil {
					t.Fatal(err)
				}
			}
			r := one(t, Reader{Keys: k, Now: date(2026, 1, 1)}, numeric(cardJWS(t, key, "", deflated([]byte(c.payload)))))
			wantVerdict(t, r, c.verdict)
			if (c.warning == "") != (len(r.Warnings) == 0) || c.warning != "" && !hasCode(r, c.warning) {
				t.Errorf("got warnings %v, want %q", codes(r), c.warning)
			}
			if believed := r.Judgement.Verdict == record.Authentic || r.Judgement.Verdict == record.Expired; believed != (r.Raw != nil) {
				t.Errorf("got %d bytes of content", len(r.Raw))
			}
		})
	}
}

func TestForgedHeaders(t *testing.T) {
	key := newECKey(t, elliptic.P256())
	kid := publicJWK(t, key, nil)["kid"].(string)
	var k Keys
	if err := k.AddKeySet(keySet(t, publicJWK(t, key, nil)), testIssuer); err != nil {
		t.Fatal(err)
	}
	payload := deflated([]byte(cardPayload(testIssuer, `"nbf":1700000000`, "")))
	for _, c := range []struct {
		name, header string
		want         record.Verdict
	}{
		{"sound", `{"zip":"DEF","alg":"ES256","kid":"KID"}`, record.Authentic},
		{"no algorithm", `{"zip":"DEF","kid":"KID"}`, record.NotAuthentic},
		{"none", `{"zip":"DEF","alg":"none","kid":"KID"}`, record.NotAuthentic},
		{"HMAC with the public key", `{"zip":"DEF","alg":"HS256","kid":"KID"}`, record.NotAuthentic},
		{"an algorithm in capitals", `{"zip":"DEF","ALG":"ES256","kid":"KID"}`, record.NotAuthentic},
		{"an extension to be understood", `{"zip":"DEF","alg":"ES256","kid":"KID","crit":["b64"],"b64":false}`, record.Unreadable},
		{"a key inside", `{"zip":"DEF","alg":"ES256","jwk":{}}`, record.UnknownIssuer},
		{"a number for a key", `{"zip":"DEF","alg":"ES256","kid":1}`, record.Unreadable},
		{"another compression", `{"zip":"GZIP","alg":"ES256","kid":"KID"}`, record.Unreadable},
		{"a list", `["ES256"]`, record.Unreadable},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := cardJWS(t, key, strings.ReplaceAll(c.header, "KID", kid), payload)
			wantVerdict(t, one(t, Reader{Keys: k, Now: date(2026, 1, 1)}, numeric(text)), c.want)
		})
	}
	sound := cardJWS(t, key, "", payload)
	reader := Reader{Keys: k, Now: date(2026, 1, 1)}
	// The signature's last character has four bits that mean nothing.
	last := strings.IndexByte(base64urlValues, sound[len(sound)-1])
	wantVerdict(t, one(t, reader, sound[:len(sound)-1]+string(base64urlValues[last+1])), record.Unreadable)
	zero := sound[:strings.LastIndexByte(sound, '.')+1] + base64.RawURLEncoding.EncodeToString(make([]byte, 64))
	wantVerdict(t, one(t, reader, zero), record.NotAuthentic)
	wantVerdict(t, one(t, reader, sound+" "), record.NotAuthentic)
	wantVerdict(t, one(t, Reader{}, sound), record.UnknownIssuer)
	if _, rest := reader.Read([]string{sound + "\x00", "eyJ.a"}); len(rest) != 2 {
		t.Errorf("got %d unknown texts, want 2", len(rest))
	}
}

const base64urlValues = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

func TestKeySets(t *testing.T) {
	key := newECKey(t, elliptic.P256())
	other := newECKey(t, elliptic.P256())
	jwk := func(changes map[string]any) []byte { return keySet(t, publicJWK(t, key, changes)) }
	for _, c := range []struct {
		name   string
		data   []byte
		issuer string
		want   error
	}{
		{"sound", jwk(nil), "", nil},
		{"no keys", []byte(`{"keys":[]}`), "", errKeySet},
		{"no JSON", []byte(`keys`), "", errKeySet},
		{"a private key", jwk(map[string]any{"d": "AAAA"}), "", errKeyPrivate},
		{"another curve", jwk(map[string]any{"crv": "P-384"}), "", errKeyType},
		{"another kind of key", jwk(map[string]any{"kty": "RSA"}), "", errKeyType},
		{"no use", jwk(map[string]any{"use": nil}), "", errKeyUse},
		{"no algorithm", jwk(map[string]any{"alg": nil}), "", errKeyAlg},
		{"no id", jwk(map[string]any{"kid": nil}), "", errKeyID},
		{"a point off the curve", jwk(map[string]any{"y": publicJWK(t, key, nil)["x"]}), "", errKeyPoint},
		{"half a point", jwk(map[string]any{"x": "AAAA"}), "", errKeyPoint},
		{"an empty chain", jwk(map[string]any{"x5c": []string{}}), "", errChain},
		{"a chain of nothing", jwk(map[string]any{"x5c": []string{"AAAA"}}), "", errChain},
		{"an issuer with a slash at its end", jwk(nil), testIssuer + "/", errIssuerSyntax},
		{"an issuer without https", jwk(nil), "http://example.org", errIssuerSyntax},
		{"one wrong key of two", keySet(t, publicJWK(t, other, nil), publicJWK(t, key, map[string]any{"use": "enc"})), "", errKeyUse},
		{"another issuer's chain", vector(t, "shc/keysets/valid_key_with_x5c.json"), testIssuer, errIssuers},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := parseKeySet(c.data, c.issuer); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			var k Keys
			if err := k.AddKeySet(c.data, c.issuer); c.want != nil && record.CodeOf(err) != record.CodeInvalid {
				t.Errorf("got %v", err)
			}
		})
	}
	for _, data := range []string{"", "{}", "[]", `{"rids":["a"]}`, `{"kid":"a","method":"jti","rids":[]}`, `{"kid":"a","method":"rid","rids":["a.b"]}`, `{"kid":"a","method":"rid","rids":["a b"]}`} {
		if err := new(Keys).AddJSON([]byte(data), ""); record.CodeOf(err) != record.CodeInvalid {
			t.Errorf("%s: got %v", data, err)
		}
	}
}

func TestNumericText(t *testing.T) {
	for digits, want := range map[string]error{"5676": nil, "": errDigits, "567": errDigits, "56a6": errDigits, "5678": errNumeral, "99": errNumeral} {
		if _, err := numericText(digits); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", digits, err, want)
		}
	}
	for _, text := range []string{"shc:/1/2/3/56", "shc:/01/2/56", "shc:/0/2/56", "shc:/1/51/56", "shc:/1//56", "shc:/-1/2/56", "shc:/"} {
		wantVerdict(t, one(t, Reader{}, text), record.Unreadable)
	}
}

func TestFileTexts(t *testing.T) {
	for data, want := range map[string]int{
		`{"verifiableCredential":["a","b"]}`: 2,
		`{"resourceType":"Parameters","parameter":[{"name":"verifiableCredential","valueString":"a"},{"name":"x","valueString":"b"}]}`: 1,
		`{"resourceType":"Bundle"}`: 0,
		`eyJ`:                       0,
		``:                          0,
	} {
		texts, ok := FileTexts([]byte(data))
		if len(texts) != want || ok != (want > 0) {
			t.Errorf("%s: got %v, %v", data, texts, ok)
		}
	}
}

func TestBundleForm(t *testing.T) {
	for bundle, want := range map[string]form{
		`{"resourceType":"Bundle"}`: {},
		`{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Immunization"}}]}`:      {immunizations: true},
		`{"resourceType":"Bundle","entry":[{"resource":{"id":"1"}}]}`:                           {metadata: true},
		`{"resourceType":"Bundle","entry":[{"resource":{"meta":{"security":[]}}}]}`:             {},
		`{"resourceType":"Bundle","entry":[{"resource":{"meta":{"security":[],"source":""}}}]}`: {metadata: true},
		`{"resourceType":"Bundle","a":{ }}`:                                                     {empty: true},
		`{"resourceType":"Bundle","a":"{}\"{}"}`:                                                {},
	} {
		if got, err := bundleForm(json.RawMessage(bundle)); err != nil || got != want {
			t.Errorf("%s: got %+v, %v, want %+v", bundle, got, err, want)
		}
	}
	if _, err := bundleForm(json.RawMessage(`{"resourceType":"Patient"}`)); err == nil {
		t.Error("a patient passes for a Bundle")
	}
}
