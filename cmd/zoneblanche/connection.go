package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/record"
)

// connection is how a recipient is reached and told who we are. Each flag has a
// variable of the environment beside it, for a service; keys come by file alone.
type connection struct {
	ca         string
	cert, key  string
	tokenURL   string
	clientID   string
	tokenKey   string
	tokenScope string
	unasked    bool // whether the patient has a record there
}

// maxPEM bounds a file of certificates, in bytes.
const maxPEM = 4 << 20

func (c *connection) flags(flags *pflag.FlagSet) {
	for _, f := range []struct {
		to                 *string
		name, env, explain string
	}{
		{&c.ca, "ca", "ZONEBLANCHE_CA", flagCA},
		{&c.cert, "client-cert", "ZONEBLANCHE_CLIENT_CERT", flagClientCert},
		{&c.key, "client-key", "ZONEBLANCHE_CLIENT_KEY", flagClientKey},
		{&c.tokenURL, "token-url", "ZONEBLANCHE_TOKEN_URL", flagTokenURL},
		{&c.clientID, "client-id", "ZONEBLANCHE_CLIENT_ID", flagClientID},
		{&c.tokenKey, "token-key", "ZONEBLANCHE_TOKEN_KEY", flagTokenKey},
		{&c.tokenScope, "token-scope", "ZONEBLANCHE_TOKEN_SCOPE", flagTokenScope},
	} {
		flags.StringVar(f.to, f.name, os.Getenv(f.env), f.explain)
	}
	flags.BoolVar(&c.unasked, "no-record-check", false, flagNoRecordCheck)
}

var errNoCertificate = errors.New("the file holds no certificate")

// client returns a client of the recipient at url.
func (c connection) client(url string, timeout time.Duration) (*fhir.Client, error) {
	options := fhir.ClientOptions{Timeout: timeout, CheckRecord: !c.unasked}
	var err error
	if c.ca != "" {
		if options.Roots, err = readPool(c.ca); err != nil {
			return nil, err
		}
	}
	if c.cert != "" || c.key != "" {
		pair, err := readPair(c.cert, c.key)
		if err != nil {
			return nil, err
		}
		options.Certificate = &pair
	}
	if c.tokenURL != "" || c.clientID != "" || c.tokenKey != "" {
		if c.tokenURL == "" || c.clientID == "" || c.tokenKey == "" {
			return nil, &plainError{say: sayTokenIncomplete, next: nextTokenIncomplete, code: exitUsage}
		}
		auth := fhir.Credentials{TokenURL: c.tokenURL, ClientID: c.clientID, Scopes: strings.Fields(c.tokenScope)}
		data, err := readAtMost(c.tokenKey, maxPEM)
		if err == nil {
			auth.Key, auth.KeyID, err = fhir.ParseKey(data)
		}
		if err != nil {
			return nil, aboutFile(c.tokenKey, err)
		}
		options.Auth = &auth
	}
	return fhir.NewClient(url, options)
}

// readPool reads certificates of authorities, in PEM.
func readPool(path string) (*x509.CertPool, error) {
	data, err := readAtMost(path, maxPEM)
	pool := x509.NewCertPool()
	if err == nil && !pool.AppendCertsFromPEM(data) {
		err = &record.Error{Code: record.CodeInvalid, Op: "read authorities", Reason: "ca_file", Err: errNoCertificate}
	}
	return pool, aboutFile(path, err)
}

// readPair reads a certificate and its key, in PEM.
func readPair(cert, key string) (tls.Certificate, error) {
	if cert == "" || key == "" {
		return tls.Certificate{}, &plainError{say: sayPairIncomplete, next: nextPairIncomplete, code: exitUsage}
	}
	certificates, err := readAtMost(cert, maxPEM)
	if err != nil {
		return tls.Certificate{}, aboutFile(cert, err)
	}
	private, err := readAtMost(key, maxPEM)
	if err != nil {
		return tls.Certificate{}, aboutFile(key, err)
	}
	pair, err := tls.X509KeyPair(certificates, private)
	if err != nil {
		// The library's words are dropped: they can name what the key holds.
		return pair, aboutFile(cert, &record.Error{Code: record.CodeInvalid, Op: "read certificate", Reason: "client_cert", Err: errNoCertificate})
	}
	return pair, nil
}

func readAtMost(path string, most int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > most {
		return nil, &record.Error{Code: record.CodeTooLarge, Op: "read file", Reason: "ca_file", Err: errNoCertificate}
	}
	return os.ReadFile(path)
}

// newJWKS shows the public half of the key that asks for tokens, as a recipient
// registers it.
func newJWKS(a *app) *cobra.Command {
	return verb("jwks FICHIER", helpSyncJWKS, exactly(1, sayOneKey), func(_ *cobra.Command, args []string) error {
		data, err := readAtMost(args[0], maxPEM)
		if err != nil {
			return aboutFile(args[0], err)
		}
		key, id, err := fhir.ParseKey(data)
		if err != nil {
			return aboutFile(args[0], err)
		}
		set, err := fhir.PublicJWKS(key, id)
		if err != nil {
			return aboutFile(args[0], err)
		}
		a.printf("%s\n", set)
		return nil
	})
}
