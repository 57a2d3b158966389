package trust

import (
	"bytes"
	"crypto/rand"
	"strings"
	"testing"

	"github.com/veraison/go-cose"

	"github.com/zoneblanche/zoneblanche/record"
)

func TestCertificateRoundTrip(t *testing.T) {
	for name, alg := range algorithms {
		k := testIssuerKey(t, testDoctor, alg)
		text := k.Certificate()
		got, err := ParseCertificate(text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		wantSameKey(t, got, trusted(k))
		secret, err := privateBytes(k.Signer)
		if err != nil {
			t.Fatal(err)
		}
		data, err := decodeArmor(certificateLabel, text, maxCertificate)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(data, secret) {
			t.Errorf("%s: the certificate carries the secret key", name)
		}
	}
	if got := (&IssuerKey{}).Certificate(); got != nil {
		t.Errorf("got %q for a key that was never made, want nothing", got)
	}
}

func TestCertificateThroughAMail(t *testing.T) {
	k := testIssuerKey(t, testPractice, 0)
	text := string(k.Certificate())
	for _, line := range strings.Split(text, "\n") {
		if len(line) > 64 {
			t.Errorf("got a line of %d characters, want 64 at most", len(line))
		}
	}
	for name, mailed := range map[string]string{
		"Windows line ends":   strings.ReplaceAll(text, "\n", "\r\n"),
		"blank lines around":  "\n \r\n" + text + "\n\n",
		"a byte order mark":   "\ufeff" + text,
		"no final line break": strings.TrimRight(text, "\n"),
	} {
		if _, err := ParseCertificate([]byte(mailed)); err != nil {
			t.Errorf("%s: got %v, want it read", name, err)
		}
	}
	lines := strings.SplitAfter(text, "\n")
	for name, mailed := range map[string]string{
		"nothing":            "",
		"words before":       "Bonjour,\n" + text,
		"two of them":        text + text,
		"a quoted mail":      "> " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n> "),
		"a lost line":        lines[0] + strings.Join(lines[2:], ""),
		"a space in a line":  strings.Replace(text, "\n", " \n", 1),
		"a blank line":       lines[0] + "\n" + strings.Join(lines[1:], ""),
		"no lines of base64": lines[0] + lines[len(lines)-2],
		"another header":     strings.ReplaceAll(text, "CERTIFICATE", "SECRET KEY"),
		"unending":           text[:40] + strings.Repeat("A", 1<<20),
	} {
		if _, err := ParseCertificate([]byte(mailed)); err == nil {
			t.Errorf("%s: read", name)
		}
	}
}

func TestEveryChangedBitOfACertificateIsRefused(t *testing.T) {
	for name, alg := range algorithms {
		text := testIssuerKey(t, testDoctor, alg).Certificate()
		everyFlip(text, func(at int, changed []byte) {
			if _, err := ParseCertificate(changed); err == nil {
				t.Errorf("%s: read with byte %d changed from %q to %q", name, at, text[at], changed[at])
			}
		})
		data, err := decodeArmor(certificateLabel, text, maxCertificate)
		if err != nil {
			t.Fatal(err)
		}
		everyFlip(data, func(at int, changed []byte) {
			if _, err := ParseCertificate(encodeArmor(certificateLabel, changed)); err == nil {
				t.Errorf("%s: read with message byte %d changed from %02x to %02x", name, at, data[at], changed[at])
			}
		})
		for n := range data {
			if _, err := ParseCertificate(encodeArmor(certificateLabel, data[:n])); err == nil {
				t.Errorf("%s: read with %d bytes of %d", name, n, len(data))
			}
		}
		if _, err := ParseCertificate(encodeArmor(certificateLabel, append(data, 0))); err == nil {
			t.Errorf("%s: read with a trailing byte", name)
		}
	}
}

// everyFlip calls try with every bit of data flipped, one at a time, and every
// byte inverted. try must not keep what it gets.
func everyFlip(data []byte, try func(at int, changed []byte)) {
	changed := bytes.Clone(data)
	for i := range data {
		for _, mask := range []byte{1, 2, 4, 8, 16, 32, 64, 128, 255} {
			changed[i] = data[i] ^ mask
			try(i, changed)
		}
		changed[i] = data[i]
	}
}

// forge signs payload as the caller likes, without any of our checks.
func forge(t *testing.T, context string, protected cose.ProtectedHeader, unprotected cose.UnprotectedHeader, alg cose.Algorithm, k *IssuerKey, payload []byte) []byte {
	t.Helper()
	s, err := cose.NewSigner(alg, k.Signer)
	if err != nil {
		t.Fatal(err)
	}
	m := cose.Sign1Message{Headers: cose.Headers{Protected: protected, Unprotected: unprotected}, Payload: payload}
	if err := m.Sign(rand.Reader, []byte(context), s); err != nil {
		t.Fatal(err)
	}
	data, err := m.MarshalCBOR()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestForgedCertificates(t *testing.T) {
	k, other, p256 := testIssuerKey(t, testPractice, 0), testIssuerKey(t, testPractice, 0), testIssuerKey(t, testPractice, record.ES256)
	payloadOf := func(k *IssuerKey) []byte {
		data, err := decodeArmor(certificateLabel, k.Certificate(), maxCertificate)
		if err != nil {
			t.Fatal(err)
		}
		var m cose.Sign1Message
		if err := m.UnmarshalCBOR(data); err != nil {
			t.Fatal(err)
		}
		return m.Payload
	}
	type header = cose.ProtectedHeader
	const alg, kid, crit = cose.HeaderLabelAlgorithm, cose.HeaderLabelKeyID, cose.HeaderLabelCritical
	own := header{alg: cose.AlgorithmEdDSA, kid: k.Key.ID}
	none := cose.UnprotectedHeader{}
	if _, err := ParseCertificate(encodeArmor(certificateLabel, forge(t, contextCertificate, own, none, cose.AlgorithmEdDSA, k, payloadOf(k)))); err != nil {
		t.Fatalf("the forger does not even make a good one: %v", err)
	}
	for name, c := range map[string]struct {
		data []byte
		code record.Code
	}{
		"another key's signature":  {forge(t, contextCertificate, own, none, cose.AlgorithmEdDSA, other, payloadOf(k)), record.CodeUntrusted},
		"another context":          {forge(t, contextList, own, none, cose.AlgorithmEdDSA, k, payloadOf(k)), record.CodeUntrusted},
		"no algorithm":             {forge(t, contextCertificate, header{kid: k.Key.ID}, none, cose.AlgorithmEdDSA, k, payloadOf(k)), record.CodeInvalid},
		"no key identifier":        {forge(t, contextCertificate, header{alg: cose.AlgorithmEdDSA}, none, cose.AlgorithmEdDSA, k, payloadOf(k)), record.CodeInvalid},
		"another key's identifier": {forge(t, contextCertificate, header{alg: cose.AlgorithmEdDSA, kid: other.Key.ID}, none, cose.AlgorithmEdDSA, k, payloadOf(k)), record.CodeInvalid},
		"a key of another kind":    {forge(t, contextCertificate, header{alg: cose.AlgorithmES256, kid: p256.Key.ID}, none, cose.AlgorithmES256, p256, payloadOf(k)), record.CodeInvalid},
		"the other algorithm":      {forge(t, contextCertificate, header{alg: cose.AlgorithmES256, kid: k.Key.ID}, none, cose.AlgorithmES256, p256, payloadOf(k)), record.CodeInvalid},
		"an unprotected header":    {forge(t, contextCertificate, own, cose.UnprotectedHeader{kid: k.Key.ID}, cose.AlgorithmEdDSA, k, payloadOf(k)), record.CodeInvalid},
		"a critical header": {forge(t, contextCertificate, header{alg: cose.AlgorithmEdDSA, kid: k.Key.ID, crit: []any{int64(99)}, int64(99): true}, none,
			cose.AlgorithmEdDSA, k, payloadOf(k)), record.CodeInvalid},
		"no payload": {forge(t, contextCertificate, own, none, cose.AlgorithmEdDSA, k, []byte{}), record.CodeInvalid},
	} {
		_, err := ParseCertificate(encodeArmor(certificateLabel, c.data))
		if err == nil || record.CodeOf(err) != c.code {
			t.Errorf("%s: got %v, want %s", name, err, c.code)
		}
	}
}
