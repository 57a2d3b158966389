package fhir

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"

	"github.com/go-jose/go-jose/v4"

	"github.com/zoneblanche/zoneblanche/record"
)

// maxKeyFile bounds a key's file, in bytes.
const maxKeyFile = 64 << 10

// ParseKey reads the private key of [Credentials]: PEM (PKCS #8, PKCS #1 or SEC 1,
// not encrypted), or a JSON Web Key, whose "kid" is returned as well. Errors are
// CodeInvalid with Reason "token_key" and quote nothing.
func ParseKey(data []byte) (key crypto.Signer, keyID string, err error) {
	fail := func() (crypto.Signer, string, error) {
		return nil, "", &record.Error{Code: record.CodeInvalid, Op: "read key", Reason: "token_key", Err: errClientKey}
	}
	if len(data) > maxKeyFile {
		return fail()
	}
	var any any
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
		var web jose.JSONWebKey
		if web.UnmarshalJSON(data) != nil || !web.Valid() {
			return fail()
		}
		any, keyID = web.Key, web.KeyID
	} else if any, err = parsePEM(data); err != nil {
		return fail()
	}
	key, ok := any.(crypto.Signer)
	if !ok {
		return fail()
	}
	if _, err := algorithmOf(key); err != nil {
		return fail()
	}
	return key, keyID, nil
}

func parsePEM(data []byte) (any, error) {
	for {
		var block *pem.Block
		if block, data = pem.Decode(data); block == nil {
			return nil, errClientKey
		}
		switch block.Type {
		case "PRIVATE KEY":
			return x509.ParsePKCS8PrivateKey(block.Bytes)
		case "EC PRIVATE KEY":
			return x509.ParseECPrivateKey(block.Bytes)
		case "RSA PRIVATE KEY":
			return x509.ParsePKCS1PrivateKey(block.Bytes)
		}
	}
}

// PublicJWKS is the set of the one public key, in JSON, as it is registered at the
// recipient's.
func PublicJWKS(key crypto.Signer, keyID string) ([]byte, error) {
	algorithm, err := algorithmOf(key)
	if err == nil && keyID == "" {
		keyID, err = thumbprint(key.Public())
	}
	if err != nil {
		return nil, err
	}
	return encodeJSON(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{
		{Key: key.Public(), KeyID: keyID, Algorithm: string(algorithm), Use: "sig"}}})
}
