package peer

import (
	"crypto"
	"crypto/ecdsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Code is a content as one peer would print it: one text for each QR code, and
// what they take in bits together.
type Code struct {
	Texts []string
	Bits  int
}

const (
	shcPrefix = "shc:/"
	// One code holds a JWS of up to 1195 characters, each code of several 1191
	// ("Encoding Chunks as QR Codes").
	shcSingle = 1195
	shcChunk  = 1191
	shcIssuer = "https://example.org"
	shcType   = "https://smarthealth.cards#health-card"
)

// SHC issues SMART Health Cards.
type SHC struct {
	// Quick compresses once, with the quickest encoder, rather than with each.
	Quick  bool
	signer jose.Signer
	now    time.Time
}

// NewSHC makes an issuer, whose key id is the key's thumbprint (RFC 7638).
func NewSHC(key *ecdsa.PrivateKey, now time.Time) (*SHC, error) {
	public := jose.JSONWebKey{Key: key.Public()}
	thumbprint, err := public.Thumbprint(crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("make a health card signer: %w", err)
	}
	kid := base64.RawURLEncoding.EncodeToString(thumbprint)
	options := (&jose.SignerOptions{}).WithHeader("zip", "DEF")
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: kid}}, options)
	if err != nil {
		return nil, fmt.Errorf("make a health card signer: %w", err)
	}
	return &SHC{signer: signer, now: now}, nil
}

// The payload ("Modeling W3C Verifiable Credentials with FHIR Content"), without
// the optional finer types.
type shcPayload struct {
	Issuer    string        `json:"iss"`
	NotBefore int64         `json:"nbf"`
	VC        shcCredential `json:"vc"`
}

type shcCredential struct {
	Type    []string   `json:"type"`
	Subject shcSubject `json:"credentialSubject"`
}

type shcSubject struct {
	Version string          `json:"fhirVersion"`
	Bundle  json.RawMessage `json:"fhirBundle"`
}

// Encode signs the content.
func (i *SHC) Encode(c *Content) (Code, error) {
	bundle, err := c.JSON()
	if err != nil {
		return Code{}, err
	}
	payload, err := minify(shcPayload{shcIssuer, i.now.Unix(), shcCredential{[]string{shcType}, shcSubject{"4.0.1", bundle}}})
	if err != nil {
		return Code{}, err
	}
	compressed, err := deflate(payload, i.Quick)
	if err != nil {
		return Code{}, err
	}
	signed, err := i.signer.Sign(compressed)
	if err != nil {
		return Code{}, fmt.Errorf("sign the health card: %w", err)
	}
	jws, err := signed.CompactSerialize()
	if err != nil {
		return Code{}, fmt.Errorf("write the health card: %w", err)
	}
	return shcCode(jws)
}

// shcCode spells a JWS for QR codes, in as few of them as the standard allows and
// of about equal length.
func shcCode(jws string) (Code, error) {
	n := 1
	if len(jws) > shcSingle {
		n = (len(jws) + shcChunk - 1) / shcChunk
	}
	var code Code
	for i := range n {
		prefix := shcPrefix
		if n > 1 {
			prefix = fmt.Sprintf("%s%d/%d/", shcPrefix, i+1, n)
		}
		piece := jws[i*len(jws)/n : (i+1)*len(jws)/n]
		var text strings.Builder
		text.WriteString(prefix)
		for _, c := range []byte(piece) {
			fmt.Fprintf(&text, "%02d", c-'-')
		}
		bits := codeBits(run{bytes8, len(prefix)}, run{numeric, 2 * len(piece)})
		if bits == 0 {
			return Code{}, errors.New("a piece of a health card fits no QR code")
		}
		code.Texts = append(code.Texts, text.String())
		code.Bits += bits
	}
	return code, nil
}

// ReadSHC verifies the texts of one card and returns its FHIR as a JSON tree.
func ReadSHC(texts []string, key *ecdsa.PublicKey) (any, error) {
	var jws strings.Builder
	for _, text := range texts {
		digits := text[strings.LastIndexByte(text, '/')+1:]
		if len(digits)%2 != 0 {
			return nil, errors.New("read a health card: half a character")
		}
		for i := 0; i < len(digits); i += 2 {
			jws.WriteByte('-' + (digits[i]-'0')*10 + digits[i+1] - '0')
		}
	}
	signed, err := jose.ParseSignedCompact(jws.String(), []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		return nil, fmt.Errorf("read a health card: %w", err)
	}
	compressed, err := signed.Verify(key)
	if err != nil {
		return nil, fmt.Errorf("verify a health card: %w", err)
	}
	payload, err := inflate(compressed)
	if err != nil {
		return nil, err
	}
	var card struct {
		VC struct {
			Subject struct {
				Bundle any `json:"fhirBundle"`
			} `json:"credentialSubject"`
		} `json:"vc"`
	}
	if err := parse(payload, &card); err != nil {
		return nil, fmt.Errorf("read a health card: %w", err)
	}
	return card.VC.Subject.Bundle, nil
}
