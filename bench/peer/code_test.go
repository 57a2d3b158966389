package peer

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/zoneblanche/zoneblanche/qr/foreign"
	"github.com/zoneblanche/zoneblanche/record"
)

var testNow = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// TestSHC reads each card with our own decoder and with the program's reader of
// other people's codes, which shares nothing with the encoder here.
func TestSHC(t *testing.T) {
	key := newKey(t)
	issuer, err := NewSHC(key, testNow)
	if err != nil {
		t.Fatal(err)
	}
	public := jose.JSONWebKey{Key: key.Public(), Algorithm: "ES256", Use: "sig"}
	thumbprint, err := public.Thumbprint(crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	public.KeyID = base64.RawURLEncoding.EncodeToString(thumbprint)
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{public}})
	if err != nil {
		t.Fatal(err)
	}
	reader := foreign.Reader{Now: testNow}
	if err := reader.Keys.AddKeySet(set, shcIssuer); err != nil {
		t.Fatal(err)
	}
	several := 0
	for name, s := range summaries(t) {
		t.Run(name, func(t *testing.T) {
			c, code := encoded(t, s, issuer.Encode)
			if len(code.Texts) > 1 {
				several++
			}
			got, err := ReadSHC(code.Texts, &key.PublicKey)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, any(c.tree)) {
				t.Error("another content came back")
			}
			readings, rest := reader.Read(code.Texts)
			if len(readings) != 1 || len(rest) != 0 || readings[0].Judgement.Verdict != record.Authentic || len(readings[0].Warnings) > 0 {
				t.Fatalf("the program's reader says %+v", readings)
			}
			want, err := c.JSON()
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(readings[0].Raw, want) {
				t.Error("the program's reader has another content")
			}
			if _, err := ReadSHC(code.Texts, &newKey(t).PublicKey); err == nil {
				t.Error("another key verifies the card")
			}
		})
	}
	if several == 0 {
		t.Error("no card took several codes")
	}
}

func TestHCERT(t *testing.T) {
	key := newKey(t)
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Mesures"},
		NotBefore: testNow.AddDate(-1, 0, 0), NotAfter: testNow.AddDate(1, 0, 0),
	}, &x509.Certificate{}, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	kid := sha256.Sum256(der)
	issuer, err := NewHCERT(key, kid[:8], testNow)
	if err != nil {
		t.Fatal(err)
	}
	reader := foreign.Reader{Now: testNow}
	if err := reader.Keys.AddCertificates(der); err != nil {
		t.Fatal(err)
	}
	for name, s := range summaries(t) {
		t.Run(name, func(t *testing.T) {
			c, code := encoded(t, s, issuer.Encode)
			got, err := ReadHCERT(code.Texts, &key.PublicKey)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(asFloats(got), asFloats(c.tree)) {
				t.Error("another content came back")
			}
			if _, err := ReadHCERT(code.Texts, &newKey(t).PublicKey); err == nil {
				t.Error("another key verifies the certificate")
			}
			// The program's reader knows the COVID content only: it says that the
			// signature holds, and no more.
			readings, _ := reader.Read(code.Texts)
			if len(code.Texts) == 1 && !(len(readings) == 1 && readings[0].Verified) {
				t.Errorf("the program's reader does not verify the signature: %+v", readings)
			}
		})
	}
}

// encoded makes the code of a summary and checks what every code must keep.
func encoded(t *testing.T, s *record.Summary, encode func(*Content) (Code, error)) (*Content, Code) {
	t.Helper()
	c, err := NewContent(s)
	if err != nil {
		t.Fatal(err)
	}
	code, err := encode(c)
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range code.Texts {
		if codeBits(run{alnum, len(text)}) == 0 && !strings.HasPrefix(text, shcPrefix) {
			t.Errorf("code %d fits no QR code", i)
		}
	}
	return c, code
}

// asFloats makes every number one of one type.
func asFloats(v any) any {
	switch v := v.(type) {
	case json.Number:
		f, _ := v.Float64()
		return f
	case uint64:
		return float64(v)
	case int64:
		return float64(v)
	case object:
		out := object{}
		for name, value := range v {
			out[name] = asFloats(value)
		}
		return out
	case list:
		out := list{}
		for _, item := range v {
			out = append(out, asFloats(item))
		}
		return out
	}
	return v
}

// TestCodeBits compares with figures of other people's: the health card standard
// says that 1195 characters are what version 22 holds at level L, which is 8048
// bits (ISO/IEC 18004, table 7).
func TestCodeBits(t *testing.T) {
	health := func(chars int) int { return codeBits(run{bytes8, len(shcPrefix)}, run{numeric, 2 * chars}) }
	if health(shcSingle) > 8048 || health(shcSingle+1) <= 8048 {
		t.Errorf("got %d and %d bits for 1195 and 1196 characters, want 8048 between them", health(shcSingle), health(shcSingle+1))
	}
	for _, c := range []struct {
		name string
		run  run
		want int
	}{
		{"one alphanumeric character", run{alnum, 1}, 4 + 9 + 6},
		{"an odd number of them", run{alnum, 5}, 4 + 9 + 28},
		{"what version 9 holds", run{alnum, 335}, 4 + 9 + 1843},
		{"one more", run{alnum, 336}, 4 + 11 + 1848},
		{"what version 40 holds", run{alnum, 4296}, 4 + 13 + 23628},
		{"one more than any", run{alnum, 4297}, 0},
		{"the digits of version 40", run{numeric, 7089}, 4 + 14 + 23630},
		{"the bytes of version 40", run{bytes8, 2953}, 4 + 16 + 23624},
	} {
		if got := codeBits(c.run); got != c.want {
			t.Errorf("%s: got %d bits, want %d", c.name, got, c.want)
		}
	}
}

func TestSHCCodes(t *testing.T) {
	for chars, want := range map[int]int{1: 1, 1195: 1, 1196: 2, 2382: 2, 2383: 3} {
		code, err := shcCode(strings.Repeat("e", chars))
		if err != nil || len(code.Texts) != want {
			t.Errorf("%d characters: got %d codes, error %v; want %d", chars, len(code.Texts), err, want)
		}
	}
}
