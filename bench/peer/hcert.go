package peer

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/veraison/go-cose"

	"github.com/zoneblanche/zoneblanche/qr/base45"
)

const (
	hcertPrefix = "HC1:"
	hcertIssuer = "FR"
	// hcertSymbol is what the largest QR code holds in alphanumeric mode.
	hcertSymbol = 4296
	hcertClaim  = -260
)

// HCERT issues European health certificates whose content is the same FHIR as a
// health card's, in CBOR.
type HCERT struct {
	// Quick compresses once, with the quickest encoder, rather than with each.
	Quick  bool
	signer cose.Signer
	kid    []byte
	now    time.Time
	mode   cbor.EncMode
}

// steady signs without randomness (RFC 6979). A certificate's signature is
// compressed with the rest, so that random ones make its size vary by some bytes.
type steady struct{ *ecdsa.PrivateKey }

func (s steady) Sign(_ io.Reader, digest []byte, _ crypto.SignerOpts) ([]byte, error) {
	return s.PrivateKey.Sign(nil, digest, crypto.SHA256)
}

// NewHCERT makes an issuer; kid is 8 bytes, as the standard has it.
func NewHCERT(key *ecdsa.PrivateKey, kid []byte, now time.Time) (*HCERT, error) {
	signer, err := cose.NewSigner(cose.AlgorithmES256, steady{key})
	if err != nil {
		return nil, fmt.Errorf("make a certificate signer: %w", err)
	}
	options := cbor.CoreDetEncOptions() // the shortest float that is exact, sorted keys
	mode, err := options.EncMode()
	if err != nil {
		return nil, fmt.Errorf("make a CBOR encoder: %w", err)
	}
	return &HCERT{signer: signer, kid: kid, now: now, mode: mode}, nil
}

// Encode signs the content. What one QR code does not hold is counted as if cut
// into the fewest codes; the standard has no way of doing that.
func (i *HCERT) Encode(c *Content) (Code, error) {
	message, err := i.sign(numbers(c.tree))
	if err != nil {
		return Code{}, err
	}
	compressed, err := toZlib(message, i.Quick)
	if err != nil {
		return Code{}, err
	}
	var code Code
	for text := hcertPrefix + base45.Encode(compressed); text != ""; {
		piece := text[:min(len(text), hcertSymbol)]
		code.Texts = append(code.Texts, piece)
		code.Bits += codeBits(run{alnum, len(piece)})
		text = text[len(piece):]
	}
	return code, nil
}

// sign makes the CWT (RFC 8392) and the COSE_Sign1 around it.
func (i *HCERT) sign(content any) ([]byte, error) {
	payload, err := i.mode.Marshal(map[int64]any{
		1: hcertIssuer, 4: i.now.AddDate(1, 0, 0).Unix(), 6: i.now.Unix(),
		hcertClaim: map[int64]any{1: content},
	})
	if err != nil {
		return nil, fmt.Errorf("write the certificate: %w", err)
	}
	message := cose.NewSign1Message()
	message.Payload = payload
	message.Headers.Protected.SetAlgorithm(cose.AlgorithmES256)
	message.Headers.Protected[cose.HeaderLabelKeyID] = i.kid
	if err := message.Sign(rand.Reader, nil, i.signer); err != nil {
		return nil, fmt.Errorf("sign the certificate: %w", err)
	}
	signed, err := message.MarshalCBOR()
	if err != nil {
		return nil, fmt.Errorf("write the certificate: %w", err)
	}
	return signed, nil
}

// numbers turns JSON numbers into those of CBOR: integers where they are, floats
// elsewhere, as any program that goes through a JSON library has them.
func numbers(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, err := strconv.ParseInt(string(v), 10, 64); err == nil {
			return n
		}
		f, err := v.Float64()
		if err != nil {
			return string(v)
		}
		return f
	case object:
		out := make(object, len(v))
		for name, value := range v {
			out[name] = numbers(value)
		}
		return out
	case list:
		out := make(list, len(v))
		for i, item := range v {
			out[i] = numbers(item)
		}
		return out
	}
	return v
}

var hcertDecoder = sync.OnceValues(func() (cbor.DecMode, error) {
	return cbor.DecOptions{DefaultMapType: reflect.TypeFor[object]()}.DecMode()
})

// ReadHCERT verifies the texts of one certificate and returns its FHIR as a tree.
func ReadHCERT(texts []string, key *ecdsa.PublicKey) (any, error) {
	body, ok := strings.CutPrefix(strings.Join(texts, ""), hcertPrefix)
	if !ok {
		return nil, errors.New("read a certificate: not an HCERT")
	}
	compressed, err := base45.Decode(body)
	if err != nil {
		return nil, fmt.Errorf("read a certificate: %w", err)
	}
	data, err := fromZlib(compressed)
	if err != nil {
		return nil, err
	}
	var message cose.Sign1Message
	if err := message.UnmarshalCBOR(data); err != nil {
		return nil, fmt.Errorf("read a certificate: %w", err)
	}
	verifier, err := cose.NewVerifier(cose.AlgorithmES256, key)
	if err == nil {
		err = message.Verify(nil, verifier)
	}
	if err != nil {
		return nil, fmt.Errorf("verify a certificate: %w", err)
	}
	var claims struct {
		Content map[int64]cbor.RawMessage `cbor:"-260,keyasint"`
	}
	if err := cbor.Unmarshal(message.Payload, &claims); err != nil {
		return nil, fmt.Errorf("read a certificate: %w", err)
	}
	mode, err := hcertDecoder()
	if err != nil {
		return nil, fmt.Errorf("make a CBOR decoder: %w", err)
	}
	var content any
	if err := mode.Unmarshal(claims.Content[1], &content); err != nil {
		return nil, fmt.Errorf("read a certificate: %w", err)
	}
	return content, nil
}
