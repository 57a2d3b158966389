package foreign

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/qr/base45"
	"github.com/zoneblanche/zoneblanche/record"
)

func isOrNil(err, want error) bool {
	if want == nil {
		return err == nil
	}
	return errors.Is(err, want)
}

// dccVector is one file of the Union's test data: a certificate at every stage of
// its making, its signer, a clock, and what is expected of each stage; an absent
// expectation means that nobody tested it.
type dccVector struct {
	JSON       json.RawMessage
	CBOR       string
	COSE       string
	Compressed string `json:"COMPRESSED"`
	Base45     string `json:"BASE45"`
	Prefix     string `json:"PREFIX"`
	Context    struct {
		Certificate string `json:"CERTIFICATE"`
		Clock       string `json:"VALIDATIONCLOCK"`
	} `json:"TESTCTX"`
	Expected map[string]bool `json:"EXPECTEDRESULTS"`
}

func readDCC(t testing.TB, file string) (v dccVector, keys Keys, now time.Time) {
	t.Helper()
	if err := json.Unmarshal(vector(t, file), &v); err != nil {
		t.Fatal(err)
	}
	if err := keys.AddCertificates([]byte(v.Context.Certificate)); err != nil {
		t.Fatal(err)
	}
	var err error
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04:05.999Z0700"} {
		if now, err = time.Parse(layout, v.Context.Clock); err == nil {
			return v, keys, now
		}
	}
	t.Fatal(err)
	return
}

// fails reports whether some stage is expected to fail.
func (v dccVector) fails() bool {
	for _, ok := range v.Expected {
		if !ok {
			return true
		}
	}
	return false
}

// dccFailures is the verdict of what must fail, by the stage that fails. Of
// several the first counts.
var dccFailures = []struct {
	stage   string
	verdict record.Verdict
}{
	{"EXPECTEDB45DECODE", record.Unreadable},
	{"EXPECTEDCOMPRESSION", record.Unreadable},
	{"EXPECTEDVERIFY", ""}, // see dccUnverified
	{"EXPECTEDKEYUSAGE", record.UnknownIssuer},
	{"EXPECTEDSCHEMAVALIDATION", record.Unreadable},
	{"EXPECTEDEXPIRATIONCHECK", record.Expired},
}

// dccUnverified is the verdict of what must not verify.
var dccUnverified = map[string]record.Verdict{
	"dcc/PL/1.2.1/6.json":  record.UnknownIssuer, // the signer named is not the one given
	"dcc/common/CO23.json": record.UnknownIssuer, // the same
	"dcc/common/CBO2.json": record.Unreadable,    // no CWT at all
}

// dccExceptions are the files for which another verdict is right than the
// expectations give at first sight.
var dccExceptions = map[string]struct {
	verdict record.Verdict
	why     string
}{
	"dcc/ES/401.json": {record.NotAuthentic, "ES256 with a P-384 key and 96 bytes of signature: an error upstream"},
	"dcc/ES/403.json": {record.NotAuthentic, "as ES/401"},

	"dcc/ES/1101.json":                  {record.Expired, "expiry is not tested; the clock is 7 days before the certificate"},
	"dcc/ES/1103.json":                  {record.Expired, "as ES/1101"},
	"dcc/ES/2102.json":                  {record.Expired, "expiry is not tested; the clock is 3 days before the certificate"},
	"dcc/FR/recovery_ok.json":           {record.Expired, "expiry is not tested; the clock is a day before the certificate"},
	"dcc/FR/vaccin_ok.json":             {record.Expired, "as FR/recovery_ok"},
	"dcc/LU/INCERT_R_DCC_Recovery.json": {record.Expired, "expiry is not tested; the clock is 6 days before the certificate"},
	"dcc/SG/4.json":                     {record.Expired, "expiry is not tested; the clock is 7 days before the certificate"},
}

// dccDeviations are accepted although the strict schema, on which the upstream
// expectation is wrong or older, would not have them; the reading says so.
var dccDeviations = map[string]string{
	"dcc/BG/1.json":        "hours in dates, and groups that are null",
	"dcc/HU/3.json":        "a name of 97 characters",
	"dcc/PL/1.2.1/11.json": "an hour in the date of vaccination",
	"dcc/PL/1.2.1/12.json": "the same",
	"dcc/PL/1.2.1/13.json": "the same",
	"dcc/SG/4.json":        "hours in dates",
	"dcc/SK/3.json":        "two vaccinations",
}

func dccFiles(t testing.TB) []string {
	var out []string
	for _, file := range filesOf(t, "dcc") {
		if !strings.Contains(file, "trustlist") {
			out = append(out, file)
		}
	}
	return out
}

func TestCOVIDCertificateVectors(t *testing.T) {
	for _, file := range dccFiles(t) {
		t.Run(strings.TrimPrefix(file, "dcc/"), func(t *testing.T) {
			v, keys, now := readDCC(t, file)
			reader := Reader{Keys: keys, Now: now}
			if ok, tested := v.Expected["EXPECTEDUNPREFIX"]; tested && !ok {
				if readings, rest := reader.Read([]string{v.Prefix}); len(readings) != 0 || len(rest) != 1 {
					t.Errorf("got %v, want a text that nobody knows", readings)
				}
				return
			}
			r := one(t, reader, v.Prefix)
			wantVerdict(t, r, wantedDCC(t, file, v))
			_, deviates := dccDeviations[file]
			if authentic := r.Judgement.Verdict == record.Authentic; authentic && hasCode(r, WarnSchema) != deviates {
				t.Errorf("got warnings %v, want a deviation: %v", codes(r), deviates)
			}
			if dccExceptions[file].verdict == record.Expired {
				// What is wrong with these is the clock, and nothing else.
				reader.Now = r.Issued.Add(time.Minute)
				wantVerdict(t, one(t, reader, v.Prefix), record.Authentic)
			}
			// Without its signer a certificate is nobody's, or it is not readable.
			stranger := one(t, Reader{Now: now}, v.Prefix)
			if got := stranger.Judgement.Verdict; got != record.UnknownIssuer && got != record.Unreadable {
				t.Errorf("without the signer: got %q", got)
			}
			if stranger.Verified || stranger.Raw != nil || stranger.Patient.Name() != "" || stranger.Immunizations != nil {
				t.Error("without the signer the content may be taken over")
			}
		})
	}
}

func wantedDCC(t *testing.T, file string, v dccVector) record.Verdict {
	if e, ok := dccExceptions[file]; ok {
		return e.verdict
	}
	for _, f := range dccFailures {
		if ok, tested := v.Expected[f.stage]; !tested || ok {
			continue
		}
		if f.verdict == "" {
			return dccUnverified[file]
		}
		return f.verdict
	}
	if v.fails() {
		t.Fatalf("a stage is expected to fail that this test does not know: %v", v.Expected)
	}
	return record.Authentic
}

// TestCOVIDCertificateStages follows each certificate from stage to stage.
func TestCOVIDCertificateStages(t *testing.T) {
	for _, file := range dccFiles(t) {
		t.Run(strings.TrimPrefix(file, "dcc/"), func(t *testing.T) {
			v, keys, _ := readDCC(t, file)
			expected := func(stage string) bool {
				ok, tested := v.Expected["EXPECTED"+stage]
				return !tested || ok
			}
			if v.Base45 != "" && expected("UNPREFIX") && v.Prefix != prefixHCERT+v.Base45 {
				t.Error("the prefix is not before the base45")
			}
			data, err := base45.Decode(strings.TrimPrefix(v.Prefix, prefixHCERT))
			if !expected("UNPREFIX") {
				return
			}
			if (err == nil) != expected("B45DECODE") {
				t.Fatalf("base45: %v", err)
			}
			if err != nil {
				return
			}
			if v.Compressed != "" && !sameHex(v.Compressed, data) {
				t.Error("base45 holds something else than the compressed stage")
			}
			message, err := unzlib(data, maxHCERT)
			if (err == nil) != expected("COMPRESSION") {
				t.Fatalf("zlib: %v", err)
			}
			if err != nil {
				return
			}
			if v.COSE != "" && !sameHex(v.COSE, message) {
				t.Error("zlib holds something else than the COSE stage")
			}
			m, err := parseSign1(message)
			if err != nil {
				if expected("VERIFY") {
					t.Fatal(err)
				}
				return
			}
			signer, _ := keys.signer(m)
			verifies := expected("VERIFY") && dccExceptions[file].verdict != record.NotAuthentic
			if (signer != nil) != verifies {
				t.Errorf("got signer %v, want %v", signer != nil, verifies)
			}
			c, err := parseCWT(m.payload)
			if err != nil {
				t.Fatal(err)
			}
			if v.CBOR != "" && !bytes.Contains(m.payload, fromHex(t, v.CBOR)) && !sameCBOR(t, fromHex(t, v.CBOR), c.dccJSON) {
				t.Error("COSE holds something else than the CBOR stage")
			}
			if v.JSON != nil && !sameJSON(t, v.JSON, c.dccJSON) {
				t.Errorf("got %s, want %s", c.dccJSON, v.JSON)
			}
			if _, _, err := parseDCC(c.dcc, c.issued); (err == nil) != expected("SCHEMAVALIDATION") {
				t.Errorf("schema: %v", err)
			}
		})
	}
}

func fromHex(t *testing.T, text string) []byte {
	t.Helper()
	data, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// sameCBOR compares eu_dcc in CBOR with its JSON.
func sameCBOR(t *testing.T, data, want []byte) bool {
	t.Helper()
	var v map[string]any
	if err := laxJSON.Unmarshal(data, &v); err != nil {
		return false
	}
	got, err := json.Marshal(v)
	return err == nil && sameJSON(t, got, want)
}

func sameHex(text string, data []byte) bool {
	want, err := hex.DecodeString(text)
	return err == nil && bytes.Equal(want, data)
}

// sameJSON compares values; instants may be spelled in two ways.
func sameJSON(t *testing.T, a, b []byte) bool {
	t.Helper()
	var x, y any
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		return false
	}
	return reflect.DeepEqual(instants(x), instants(y))
}

func instants(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = instants(v[k])
		}
	case []any:
		for i := range v {
			v[i] = instants(v[i])
		}
	case string:
		if t, err := time.Parse(time.RFC3339Nano, v); err == nil {
			return t.UTC().Format(time.RFC3339Nano)
		}
	}
	return v
}

// TestCOVIDCertificateContent looks at one certificate of each group.
func TestCOVIDCertificateContent(t *testing.T) {
	for file, want := range map[string][]Fact{
		"dcc/FR/DGC_QrCode_00001_Raw.json": {{labelDose, ""}, {labelVaccine, ""}},
		"dcc/AT/1.json": {
			{labelFamily, "Musterfrau-Gößinger"}, {labelGiven, "Gabriele"}, {labelBirth, "26/02/1998"}, {labelDisease, "COVID-19 (840539006)"},
			{labelVaccine, "Comirnaty (EU/1/20/1528)"}, {labelDose, "1 / 2"}, {labelVaccinated, "18/02/2021"}, {labelCountry, "AT"},
		},
		"dcc/AT/3.json":           {{labelResult, "non détecté (260415000)"}, {labelSampled, "20/02/2021 12:34 +00:00"}},
		"dcc/CH/3.json":           {{labelValidUntil, ""}, {labelFirstPositive, ""}},
		"dcc/NL/018-NL-test.json": {{labelBirth, "01/1964"}},
	} {
		v, keys, now := readDCC(t, file)
		r := one(t, Reader{Keys: keys, Now: now}, v.Prefix)
		for _, f := range want {
			found := false
			for _, got := range r.Facts {
				found = found || got.Label == f.Label && (f.Value == "" && got.Value != "" || got.Value == f.Value)
			}
			if !found {
				t.Errorf("%s: got %v, want %v among them", file, r.Facts, f)
			}
		}
	}
	v, keys, now := readDCC(t, "dcc/AT/1.json")
	r := one(t, Reader{Keys: keys, Now: now}, v.Prefix)
	if len(r.Immunizations) != 1 {
		t.Fatalf("got %d vaccinations, want 1", len(r.Immunizations))
	}
	i := r.Immunizations[0]
	if !i.Declared || i.Date != "2021-02-18" || i.Dose != "1/2" || i.Vaccine.Label != "Comirnaty" || !i.Vaccine.Has(systemCommunityRegister, "EU/1/20/1528") ||
		!i.Vaccine.Has(record.SystemSNOMED, "1119349007") || len(i.Targets) != 1 || !i.Targets[0].Has(record.SystemSNOMED, "840539006") ||
		i.Note != "Déclarée par document : certificat COVID européen, émetteur BMSGPK (AT)" {
		t.Errorf("got %+v", i)
	}
	if r.Patient.Name() != "Gabriele MUSTERFRAU-GÖSSINGER" && r.Patient.Name() != "Gabriele MUSTERFRAU-GÖßINGER" || r.Patient.BirthName != "" || r.Patient.BirthDate != "1998-02-26" {
		t.Errorf("got %q, born %q on %s", r.Patient.Name(), r.Patient.BirthName, r.Patient.BirthDate)
	}
	if r.Issuer != "BMSGPK (AT)" || r.Issued.IsZero() || r.Expires.IsZero() || r.Raw == nil {
		t.Errorf("got issuer %q, %v to %v, %d bytes", r.Issuer, r.Issued, r.Expires, len(r.Raw))
	}
}
