package trust

import (
	"crypto"
	"errors"

	"github.com/fxamacker/cbor/v2"

	"github.com/zoneblanche/zoneblanche/record"
)

const (
	certificateLabel   = "ZONEBLANCHE ISSUER CERTIFICATE"
	certificateVersion = 1
	// maxCertificate bounds the signed message inside the lines of base64; the
	// longest that can be written takes under 500 bytes.
	maxCertificate = 4 << 10
)

var errVersion = errors.New("made by a version that this one does not know")

type certificateWire struct {
	Version uint64          `cbor:"1,keyasint"`
	Issuer  cbor.RawMessage `cbor:"2,keyasint"`
	Key     cbor.RawMessage `cbor:"3,keyasint"`
}

const certificateWireFields = 3

// Certificate is the public half: text that can be mailed, for whoever keeps a
// trust list. It is nil for a key that neither [NewIssuerKey] nor
// [LoadIssuerKey] made.
func (k *IssuerKey) Certificate() []byte { return append([]byte(nil), k.certificate...) }

func certify(issuer record.Issuer, key record.Key, signer crypto.Signer) ([]byte, error) {
	who, err := encMode.Marshal(wireOf(issuer))
	if err != nil {
		return nil, err
	}
	public, err := writeKey(key)
	if err != nil {
		return nil, err
	}
	payload, err := encMode.Marshal(certificateWire{Version: certificateVersion, Issuer: who, Key: public})
	if err != nil {
		return nil, err
	}
	signed, err := seal(contextCertificate, key, signer, payload)
	if err != nil {
		return nil, err
	}
	return encodeArmor(certificateLabel, signed), nil
}

// ParseCertificate reads the public half of an issuer's key and checks that the
// holder of the secret half made it. It does not tell who that is.
func ParseCertificate(text []byte) (record.TrustedKey, error) {
	k, err := parseCertificate(text)
	if err != nil {
		return record.TrustedKey{}, refused("read certificate", "certificate", err)
	}
	return k, nil
}

func parseCertificate(text []byte) (record.TrustedKey, error) {
	data, err := decodeArmor(certificateLabel, text, maxCertificate)
	if err != nil {
		return record.TrustedKey{}, err
	}
	var k record.TrustedKey
	_, err = open(contextCertificate, data, maxCertificate, func(payload []byte) (record.Key, error) {
		var err error
		k, err = readCertificate(payload)
		return k.Key, err
	})
	return k, err
}

func readCertificate(payload []byte) (record.TrustedKey, error) {
	var w certificateWire
	if err := decode(payload, &w, certificateWireFields); err != nil {
		return record.TrustedKey{}, err
	}
	if w.Version != certificateVersion {
		return record.TrustedKey{}, errVersion
	}
	issuer, err := readIssuer(w.Issuer)
	if err != nil {
		return record.TrustedKey{}, err
	}
	key, err := readKey(w.Key)
	if err != nil {
		return record.TrustedKey{}, err
	}
	if !key.RevokedAt.IsZero() {
		return record.TrustedKey{}, errors.New("a certificate does not revoke")
	}
	return record.TrustedKey{Issuer: issuer, Key: key}, nil
}

// readIssuer reads an issuer outside of a list, without keys.
func readIssuer(raw []byte) (record.Issuer, error) {
	var w issuerWire
	if err := decode(raw, &w, issuerWireFields-1); err != nil {
		return record.Issuer{}, err
	}
	return w.issuer(), checkIssuer(w.issuer())
}
