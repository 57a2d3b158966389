package handover

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"time"
)

// Both sides of a line show a certificate that was made for the occasion, around the
// key that pairing made known. Nothing but the key counts: no name, no authority, no
// date, so that nothing expires and no clock matters.

var errOtherKey = errors.New("the other side has another key than the one that was paired")

// certificate wraps the journal's signing key.
func (i *Identity) certificate() (tls.Certificate, error) {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: i.ID},
		NotBefore: time.Unix(0, 0), NotAfter: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, i.SignKey(), i.sign)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: i.sign}, err
}

// tlsConfig is TLS 1.3 alone, with both sides' certificates. No session is resumed: each
// connection proves its key anew.
func (i *Identity) tlsConfig(accept func(key ed25519.PublicKey) bool) (*tls.Config, error) {
	own, err := i.certificate()
	if err != nil {
		return nil, err
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{own}, SessionTicketsDisabled: true,
		ClientAuth: tls.RequireAnyClientCert,
		// The usual check is by names and authorities, of which there are none;
		// VerifyConnection takes its place and is never left out.
		InsecureSkipVerify: true,
		VerifyConnection: func(s tls.ConnectionState) error {
			if key := keyOf(s); key == nil || !accept(key) {
				return errOtherKey
			}
			return nil
		},
	}, nil
}

// keyOf is the key that the other side proved it has; nil for none of ours.
func keyOf(s tls.ConnectionState) ed25519.PublicKey {
	if len(s.PeerCertificates) == 0 {
		return nil
	}
	key, _ := s.PeerCertificates[0].PublicKey.(ed25519.PublicKey)
	return key
}

// pinned accepts one key.
func pinned(sign []byte) func(ed25519.PublicKey) bool {
	return func(key ed25519.PublicKey) bool { return bytes.Equal(key, sign) }
}
