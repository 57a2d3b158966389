package foreign

import (
	"encoding/json"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/zoneblanche/zoneblanche/record"
)

const exampleIssuer = "https://spec.smarthealth.cards/examples/issuer"

// exampleKeys are the key set and the revocation list of the standard's example
// issuer.
func exampleKeys(t testing.TB) Keys {
	t.Helper()
	var k Keys
	for _, name := range []string{"shc/issuer/jwks.json", "shc/issuer/crl-3Kfdg.json"} {
		if err := k.AddJSON(vector(t, name), ""); err != nil {
			t.Fatal(err)
		}
	}
	return k
}

// wanted is what a file of cards is expected to give, card by card, and the codes
// of the warnings that must be among the first card's.
type wanted struct {
	verdicts []record.Verdict
	warnings []string
}

func want(v ...record.Verdict) wanted { return wanted{verdicts: v} }

func (w wanted) with(codes ...string) wanted { w.warnings = codes; return w }

// shcVectors has every file of cards. A file that carries no card has no verdict.
var shcVectors = map[string]wanted{
	"examples/example-00-a-fhirBundle.json":                        want(),
	"examples/example-00-b-jws-payload-expanded.json":              want(),
	"examples/example-00-c-jws-payload-minified.json":              want(),
	"examples/example-00-d-jws.txt":                                want(record.Authentic),
	"examples/example-00-e-file.smart-health-card":                 want(record.Authentic),
	"examples/example-00-f-qr-code-numeric-value-0.txt":            want(record.Authentic),
	"examples/example-02-a-fhirBundle.json":                        want(),
	"examples/example-02-b-jws-payload-expanded.json":              want(),
	"examples/example-02-c-jws-payload-minified.json":              want(),
	"examples/example-02-d-jws.txt":                                want(record.Authentic).with(WarnTooLong),
	"examples/example-02-e-file.smart-health-card":                 want(record.Authentic).with(WarnTooLong),
	"examples/example-02-f-qr-code-numeric-value-0.txt":            want(record.Incomplete),
	"examples/example-02-f-qr-code-numeric-value-1.txt":            want(record.Incomplete),
	"examples/example-02-f-qr-code-numeric-value-2.txt":            want(record.Incomplete),
	"negative/test-example-00-d-jws-bad-fhir-metadata.txt":         want(record.Authentic).with(WarnForm),
	"negative/test-example-00-d-jws-der-signature-r-neg.txt":       want(record.NotAuthentic),
	"negative/test-example-00-d-jws-der-signature-s-neg.txt":       want(record.NotAuthentic),
	"negative/test-example-00-d-jws-invalid-signature.txt":         want(record.NotAuthentic),
	"negative/test-example-00-d-jws-trailing_chars.txt":            want(record.NotAuthentic).with(WarnSpaces),
	"negative/test-example-00-d-jws-no_jws_header_kid.txt":         want(record.UnknownIssuer),
	"negative/test-example-00-d-jws-wrong_jws_header_kid.txt":      want(record.UnknownIssuer),
	"negative/test-example-00-d-jws-utf8_bom_prefix.txt":           want(record.Authentic).with(WarnBOM),
	"negative/test-example-00-d-jws-no_deflate.txt":                want(record.Unreadable),
	"negative/test-example-00-e-file-no_deflate.smart-health-card": want(record.Unreadable),
	// Its signature is good and its length is said. But it has no "nbf" and does not
	// announce a health card, and its issuer is not the key's: it is refused too.
	"negative/test-example-00-d-jws-jws_too_long.txt":                                  want(record.Unreadable).with(WarnTooLong),
	"negative/test-example-00-d-jws-issuer-not-valid-with-smart-key.txt":               want(record.UnknownIssuer).with(WarnIssuerForeign),
	"negative/test-example-00-e-file-bad_jwks.smart-health-card":                       want(record.UnknownIssuer).with(WarnIssuerForeign),
	"negative/test-example-00-e-file-invalid_issuer_url.smart-health-card":             want(record.UnknownIssuer).with(WarnIssuerForeign),
	"negative/test-example-00-e-file-issuer_url_with_trailing_slash.smart-health-card": want(record.UnknownIssuer).with(WarnIssuerURL),
	"negative/test-example-00-e-file-multi-jws-issues.smart-health-card":               want(record.NotAuthentic, record.Authentic),
	"negative/test-example-00-e-file.wrong-extension":                                  want(record.Authentic),
	"negative/test-example-00-fhirhealthcard.json":                                     want(record.Authentic),
	"negative/test-example-00-fhirhealthcard-multi-jws.json":                           want(record.Authentic, record.Authentic),
	"negative/test-example-00-f-qr-code-numeric-value-0-odd-count.txt":                 want(record.Unreadable),
	"negative/test-example-00-f-qr-code-numeric-value-0-index-out-of-range.txt":        want(record.Unreadable),
	"negative/test-example-00-f-qr-code-numeric-value-0-wrong-multi-chunk.txt":         want(record.Unreadable),
	"negative/test-example-02-f-qr-code-numeric-value-0-qr_chunk_too_big.txt":          want(record.Unreadable),
	"negative/test-example-1195-byte-qrnumeric.txt":                                    want(record.Authentic),
	"negative/test-example-00-b-jws-payload-expanded-exp_milliseconds.json":            want(),
	"negative/test-example-00-b-jws-payload-expanded-nbf_milliseconds.json":            want(),
	"negative/test-example-00-b-jws-payload-expanded-missing-coding.json":              want(),
	"negative/test-example-00-b-jws-payload-expanded-missing-imm-vc-type.json":         want(),
	"negative/test-example-00-b-jws-payload-expanded-optional-vc-type.json":            want(),
	"negative/test-example-00-b-jws-payload-expanded-trailing_chars.json":              want(),
}

func TestSMARTHealthCardVectors(t *testing.T) {
	reader := Reader{Keys: exampleKeys(t), Now: date(2026, 1, 1)}
	for _, file := range append(filesOf(t, "shc/examples"), filesOf(t, "shc/negative")...) {
		name := strings.TrimPrefix(file, "shc/")
		t.Run(name, func(t *testing.T) {
			w, listed := shcVectors[name]
			if !listed {
				t.Fatal("there is no expectation for this file")
			}
			texts, wrapped := FileTexts(vector(t, file))
			if !wrapped {
				texts = []string{vectorText(t, file)}
			}
			readings, rest := reader.Read(texts)
			if len(readings) != len(w.verdicts) || len(rest) != len(texts)-len(w.verdicts) {
				t.Fatalf("got %d cards and %d other texts, want %d cards of %d texts", len(readings), len(rest), len(w.verdicts), len(texts))
			}
			for i, r := range readings {
				wantVerdict(t, r, w.verdicts[i])
				authentic := r.Judgement.Verdict == record.Authentic
				if r.Kind != KindSHC || authentic != (r.Raw != nil) || authentic && r.Issuer != exampleIssuer {
					t.Errorf("got %s with %d bytes of content, issuer %q", r.Kind, len(r.Raw), r.Issuer)
				}
			}
			for _, code := range w.warnings {
				if !hasCode(readings[0], code) {
					t.Errorf("got warnings %v, want %s", codes(readings[0]), code)
				}
			}
		})
	}
}

// TestSMARTHealthCardContent compares what is handed over with the Bundle that the
// example was made of.
func TestSMARTHealthCardContent(t *testing.T) {
	reader := Reader{Keys: exampleKeys(t), Now: date(2026, 1, 1)}
	r := one(t, reader, vectorText(t, "shc/examples/example-00-f-qr-code-numeric-value-0.txt"))
	var payload struct {
		VC struct {
			CredentialSubject struct {
				FhirBundle json.RawMessage `json:"fhirBundle"`
			} `json:"credentialSubject"`
		} `json:"vc"`
	}
	if err := json.Unmarshal(vector(t, "shc/examples/example-00-c-jws-payload-minified.json"), &payload); err != nil {
		t.Fatal(err)
	}
	if got, want := string(r.Raw), string(payload.VC.CredentialSubject.FhirBundle); got != want {
		t.Errorf("got another Bundle than the example's, %d bytes for %d", len(got), len(want))
	}
	if !r.Verified || r.Issued.Format("2006-01-02 15:04:05.000") != "2024-05-07 18:49:23.677" || !r.Expires.IsZero() || len(r.Warnings) != 0 {
		t.Errorf("got verified %v, issued %v, expires %v, warnings %v", r.Verified, r.Issued, r.Expires, codes(r))
	}
}

// TestCardInSeveralCodes: three codes in any order are the card; fewer, or one
// twice, are an error that names the code.
func TestCardInSeveralCodes(t *testing.T) {
	var text [4]string
	for i, name := range []string{"0", "1", "2"} {
		text[i+1] = vectorText(t, "shc/examples/example-02-f-qr-code-numeric-value-"+name+".txt")
	}
	for _, c := range []struct {
		name    string
		order   []int
		repeats bool
		verdict record.Verdict
		detail  string
	}{
		{"in order", []int{1, 2, 3}, false, record.Authentic, exampleIssuer},
		{"backwards", []int{3, 2, 1}, false, record.Authentic, exampleIssuer},
		{"mixed", []int{2, 3, 1}, false, record.Authentic, exampleIssuer},
		{"the second missing", []int{3, 1}, false, record.Incomplete, "le code 2 sur 3"},
		{"one alone", []int{2}, false, record.Incomplete, "le code 1 sur 3 et le code 3 sur 3"},
		{"one twice", []int{1, 2, 3, 2}, false, record.Unreadable, "le code 2 sur 3 est donné deux fois"},
		{"one twice for another", []int{1, 2, 2}, false, record.Unreadable, "le code 2 sur 3 est donné deux fois"},
		{"one twice in pictures", []int{1, 2, 3, 2, 2}, true, record.Authentic, exampleIssuer},
		{"one missing in pictures", []int{1, 2, 2}, true, record.Incomplete, "le code 3 sur 3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var texts []string
			for _, i := range c.order {
				texts = append(texts, text[i])
			}
			r := one(t, Reader{Keys: exampleKeys(t), Now: date(2026, 1, 1), Repeats: c.repeats}, texts...)
			wantVerdict(t, r, c.verdict)
			if r.Judgement.Detail != c.detail || !slices.Equal(r.Texts, texts) {
				t.Errorf("got %q of %d texts, want %q of %d", r.Judgement.Detail, len(r.Texts), c.detail, len(texts))
			}
		})
	}
	// Two characters change places: every code is whole, and the card is another.
	const head = len("shc:/2/3/")
	other := text[2][:head] + text[2][head+2:head+4] + text[2][head:head+2] + text[2][head+4:]
	r := one(t, Reader{Keys: exampleKeys(t), Repeats: true}, text[1], text[2], text[3], other)
	wantVerdict(t, r, record.Unreadable)
	r = one(t, Reader{Keys: exampleKeys(t)}, text[1], other, text[3])
	wantVerdict(t, r, record.NotAuthentic)
}

// TestPayloadVectors reads the payloads that nobody signed.
func TestPayloadVectors(t *testing.T) {
	prefix := "shc/negative/test-example-00-b-jws-payload-expanded-"
	for _, c := range []struct {
		name, warning  string
		inMilliseconds bool
	}{
		{"exp_milliseconds", "", true},
		{"nbf_milliseconds", "", true},
		{"missing-coding", WarnForm, false},
		{"missing-imm-vc-type", WarnType, false},
		{"optional-vc-type", WarnType, false},
		{"trailing_chars", WarnSpaces, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, warnings, err := parsePayload(vector(t, prefix+c.name+".json"))
			if err != nil {
				t.Fatal(err)
			}
			r := Reading{Warnings: warnings}
			if got.inMilliseconds != c.inMilliseconds || (len(warnings) > 0) != (c.warning != "") || c.warning != "" && !hasCode(r, c.warning) {
				t.Errorf("got milliseconds %v, warnings %v, want %v, %q", got.inMilliseconds, codes(r), c.inMilliseconds, c.warning)
			}
		})
	}
	for _, name := range []string{"example-00-c-jws-payload-minified.json", "example-02-c-jws-payload-minified.json"} {
		if _, warnings, err := parsePayload(vector(t, "shc/examples/"+name)); err != nil || len(warnings) > 0 {
			t.Errorf("%s: got warnings %v, %v", name, warnings, err)
		}
	}
}

func TestKeySetVectors(t *testing.T) {
	why := map[string]error{
		"cert_mismatch.public.json": errChainKey,
		"invalid_chain.public.json": errChain,
		"valid_2_chain.public.json": nil,
		"valid_key_with_x5c.json":   nil,
		"wrong_alg_key.json":        errKeyAlg,
		"wrong_kid_key.json":        errKeyID,
		"wrong_use_key.json":        errKeyUse,
	}
	for _, file := range filesOf(t, "shc/keysets") {
		want, listed := why[path.Base(file)]
		if !listed {
			t.Fatalf("there is no expectation for %s", file)
		}
		keys, err := parseKeySet(vector(t, file), "")
		if !isOrNil(err, want) || err == nil && len(keys) != 1 {
			t.Errorf("%s: got %d keys, %v, want %v", path.Base(file), len(keys), err, want)
		}
	}
	keys, err := parseKeySet(vector(t, "shc/issuer/jwks.json"), "")
	if err != nil || len(keys) != 2 || keys[0].issuer != exampleIssuer {
		t.Errorf("the example issuer's: got %v, %v", keys, err)
	}
	// A list of keys of COVID signers is not one of SMART Health Cards.
	if _, err := parseKeySet(vector(t, "dcc/trustlist-jwks/jwks.json"), ""); !isOrNil(err, errKeyUse) {
		t.Errorf("keys of COVID signers: got %v", err)
	}
}
