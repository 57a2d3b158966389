package foreign

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/zoneblanche/zoneblanche/qr/base45"
	"github.com/zoneblanche/zoneblanche/record"
)

// seeds are texts of every kind, good and bad.
func seeds(f *testing.F) (texts []string) {
	for _, file := range append(filesOf(f, "shc/examples"), filesOf(f, "shc/negative")...) {
		if inFile, ok := FileTexts(vector(f, file)); ok {
			texts = append(texts, inFile...)
		} else if text := vectorText(f, file); len(text) < maxText {
			texts = append(texts, text)
		}
	}
	for _, file := range dccFiles(f)[:20] {
		v, _, _ := readDCC(f, file)
		texts = append(texts, v.Prefix)
	}
	for _, folder := range []string{"2ddoc", "ins-datamatrix", "shl"} {
		for _, file := range filesOf(f, folder) {
			texts = append(texts, vectorText(f, file))
		}
	}
	return texts
}

// FuzzRead: no text makes the reader panic, and nothing that nobody made is
// believed. Texts are lines.
func FuzzRead(f *testing.F) {
	genuine := map[string]bool{}
	for _, text := range seeds(f) {
		genuine[text] = true
		f.Add(text)
	}
	f.Add(strings.Join([]string{
		vectorText(f, "shc/examples/example-02-f-qr-code-numeric-value-2.txt"), vectorText(f, "shc/examples/example-02-f-qr-code-numeric-value-0.txt"),
		vectorText(f, "shc/examples/example-02-f-qr-code-numeric-value-1.txt"),
	}, "\n"))
	keys := exampleKeys(f)
	keys.certificates = antsKeys(f).certificates
	for _, file := range dccFiles(f)[:20] {
		_, k, _ := readDCC(f, file)
		keys.certificates = append(keys.certificates, k.certificates...)
	}
	f.Fuzz(func(t *testing.T, lines string) {
		texts := strings.Split(lines, "\n")
		known := false
		for _, text := range texts {
			known = known || genuine[text] || genuine[bare(text)]
		}
		readings, rest := Reader{Keys: keys, Now: date(2014, 1, 1)}.Read(texts)
		for _, r := range readings {
			switch v := r.Judgement.Verdict; {
			case r.Verified && !known && r.Kind != KindSHC && r.Kind != Kind2DDoc:
				t.Errorf("%s without a genuine text", v)
			case !r.usable() && (r.Raw != nil || r.Immunizations != nil), !r.showable() && r.Facts != nil, len(r.Texts) == 0:
				t.Errorf("%s lets out what it must not", v)
			case v == record.Authentic && !r.Verified, v.Exit() == 1:
				t.Errorf("got %q", v)
			}
		}
		if len(readings) > 0 && len(rest) == len(texts) {
			t.Error("a text is read and left")
		}
	})
}

// FuzzJWS: what is taken apart is spelled in one way.
func FuzzJWS(f *testing.F) {
	for _, text := range seeds(f) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		j, err := parseJWS(text)
		if err != nil {
			return
		}
		encode := base64.RawURLEncoding.EncodeToString
		if !strings.HasSuffix(text, "."+encode(j.payload)+"."+encode(j.signature)) {
			t.Errorf("%q has another spelling", text)
		}
		j.claims()
	})
}

// FuzzPayload: no payload makes the reader panic.
func FuzzPayload(f *testing.F) {
	for _, file := range append(filesOf(f, "shc/examples"), filesOf(f, "shc/negative")...) {
		if strings.Contains(file, "-payload-") {
			f.Add(vector(f, file))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if c, _, err := parsePayload(data); err == nil && (c.bundle == nil || c.nbf.IsZero()) {
			t.Error("a card without content or date")
		}
	})
}

// FuzzSign1: no message makes the reader panic; the certificate inside is read
// without a signature, as for an unknown issuer.
func FuzzSign1(f *testing.F) {
	for _, file := range dccFiles(f)[:40] {
		v, _, _ := readDCC(f, file)
		if data, err := base45.Decode(strings.TrimPrefix(v.Prefix, prefixHCERT)); err == nil {
			if message, err := unzlib(data, maxHCERT); err == nil {
				f.Add(message)
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := parseSign1(data)
		if err != nil {
			return
		}
		c, err := parseCWT(m.payload)
		if err != nil {
			return
		}
		if d, _, err := parseDCC(c.dcc, c.issued); err == nil {
			var r Reading
			d.describe(&r)
			if len(r.Facts) == 0 {
				t.Error("a sound certificate says nothing")
			}
		}
	})
}

// FuzzFields: no message of a 2D-DOC or an INS makes the reader panic, and what is
// read of a 2D-DOC is no longer than it.
func FuzzFields(f *testing.F) {
	for _, folder := range []string{"2ddoc", "ins-datamatrix"} {
		for _, file := range filesOf(f, folder) {
			if text := vectorText(f, file); len(text) > headerINS {
				f.Add(text[headerINS:])
			}
		}
	}
	f.Fuzz(func(t *testing.T, message string) {
		total := 0
		for _, field := range parseFields(message) {
			total += len(field.id) + len(field.value)
			fields2DDoc[field.id].french(field)
		}
		if total > len(message) {
			t.Errorf("%d characters of %d", total, len(message))
		}
		parseINS(strings.Repeat("0", headerINS) + message)
	})
}

// FuzzInflate: never more than the bound.
func FuzzInflate(f *testing.F) {
	f.Add(deflated([]byte("card")))
	f.Add(zlibbed(bytes.Repeat([]byte("a"), 1000)))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, undo := range []func([]byte, int) ([]byte, error){inflate, unzlib} {
			if out, err := undo(data, 500); err == nil && len(out) > 500 {
				t.Errorf("got %d bytes", len(out))
			}
		}
	})
}

// FuzzKeys: no file of keys makes the reader panic, and a file that is refused adds
// nothing.
func FuzzKeys(f *testing.F) {
	for _, file := range append(filesOf(f, "shc/keysets"), filesOf(f, "shc/issuer")...) {
		f.Add(vector(f, file))
	}
	f.Add(vector(f, "2ddoc/cert-FR00-0001.pem"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var k Keys
		errJSON, errCertificates := k.AddJSON(data, ""), k.AddCertificates(data)
		if errJSON != nil && (k.smart != nil || k.revoked != nil) || errCertificates != nil && k.certificates != nil {
			t.Error("a refused file adds keys")
		}
	})
}
