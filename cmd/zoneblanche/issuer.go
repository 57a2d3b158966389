package main

import (
	"crypto"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/zoneblanche/zoneblanche/internal/atomicfile"
	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/trust"
)

// The names of an issuer's files in <data>/issuer.
const (
	issuerKeyFile  = "issuer.key"
	issuerCertFile = "issuer.cert"
)

type issuerOptions struct {
	issuer     record.Issuer
	algorithm  string
	passphrase passphraseFlag
}

func newIssuer(a *app) *cobra.Command {
	var o issuerOptions
	create := verb("new --name NOM", helpIssuerNew, exactly(0, sayNoArguments), func(cmd *cobra.Command, _ []string) error {
		return a.issuerNew(cmd, o)
	})
	flags := create.Flags()
	flags.StringVar(&o.issuer.Name, "name", "", flagIssuerName)
	flags.StringVar(&o.issuer.Kind, "kind", "practice", flagIssuerKind)
	flags.StringVar(&o.issuer.RPPS, "rpps", "", flagIssuerRPPS)
	flags.StringVar(&o.issuer.FINESS, "finess", "", flagIssuerFINESS)
	flags.StringVar(&o.algorithm, "alg", "EdDSA", flagIssuerAlg)
	o.passphrase.flag(flags)
	a.jsonFlag(flags)
	var p passphraseFlag
	show := verb("show", helpIssuerShow, exactly(0, sayNoArguments), func(*cobra.Command, []string) error {
		return a.issuerShow(&p)
	})
	p.flag(show.Flags())
	a.jsonFlag(show.Flags())
	return group("issuer", helpIssuer, create, show, newIssuerRotate(a))
}

// issuerFacts is what issuer new and issuer show tell as JSON.
type issuerFacts struct {
	Name      string    `json:"name"`
	Kind      string    `json:"kind"`
	RPPS      string    `json:"rpps,omitempty"`
	FINESS    string    `json:"finess,omitempty"`
	KeyID     string    `json:"key"`
	Algorithm string    `json:"alg"`
	NotBefore time.Time `json:"not_before"`
	NotAfter  time.Time `json:"not_after,omitzero"`
	Cert      string    `json:"certificate"`
}

func (a *app) issuerNew(cmd *cobra.Command, o issuerOptions) error {
	o.issuer.Name = strings.TrimSpace(o.issuer.Name)
	if o.issuer.Name == "" {
		return &usageError{cmd: cmd, say: sayIssuerName}
	}
	alg, ok := map[string]record.Algorithm{"EdDSA": record.EdDSA, "ES256": record.ES256}[o.algorithm]
	if !ok {
		return &usageError{cmd: cmd, say: sayIssuerAlg}
	}
	if !issuerKinds[o.issuer.Kind] {
		return &usageError{cmd: cmd, say: sayIssuerKind}
	}
	if o.issuer.RPPS != "" {
		if err := record.CheckRPPS(o.issuer.RPPS); err != nil {
			return err
		}
	}
	if o.issuer.FINESS != "" {
		if err := record.CheckFINESS(o.issuer.FINESS); err != nil {
			return err
		}
	}
	data, err := a.folder()
	if err != nil {
		return err
	}
	passphrase, err := o.passphrase.choose(a.terminal)
	if err != nil {
		return err
	}
	key, err := createIssuer(filepath.Join(data, "issuer"), o.issuer, alg, passphrase, time.Now())
	if err != nil {
		return err
	}
	if len(passphrase) == 0 {
		a.notef("%s\n", sayKeyUnprotected)
	}
	cert := filepath.Join(data, "issuer", issuerCertFile)
	if a.asJSON {
		return a.json(factsOf(record.TrustedKey{Issuer: key.Issuer, Key: key.Key}, cert))
	}
	a.printf(sayIssuerCreated, key.Issuer.Name, hex.EncodeToString(key.Key.ID), cert)
	return nil
}

// issuerKinds are the kinds of issuer that the trust list knows.
var issuerKinds = map[string]bool{"practitioner": true, "practice": true, "pharmacy": true, "care_home": true, "town_hall": true}

// createIssuer makes a key pair and its two files in dir.
func createIssuer(dir string, issuer record.Issuer, alg record.Algorithm, passphrase []byte, now time.Time) (*trust.IssuerKey, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	key, err := trust.NewIssuerKey(issuer, alg, now)
	if err != nil {
		return nil, err
	}
	if err := trust.SaveIssuerKey(filepath.Join(dir, issuerKeyFile), key, passphrase); err != nil {
		return nil, err
	}
	return key, atomicfile.Write(filepath.Join(dir, issuerCertFile), key.Certificate(), 0o644)
}

// issuerShowResult is what issuer show --json tells: Listed is what this machine's
// own list says of the key, accepted, revoked or absent.
type issuerShowResult struct {
	issuerFacts
	Listed string `json:"listed"`
}

// renewalNotice is how long before its end a key is said to be near it: lists
// travel by hand, a few times a year.
const renewalNotice = 180 * 24 * time.Hour

func (a *app) issuerShow(p *passphraseFlag) error {
	data, err := a.folder()
	if err != nil {
		return err
	}
	path := filepath.Join(data, "issuer", issuerCertFile)
	key, err := readCertificate(path)
	if errors.Is(err, os.ErrNotExist) {
		key, err = a.restoreCertificate(filepath.Dir(path), p)
	} else {
		err = aboutFile(path, err)
	}
	if err != nil {
		return err
	}
	facts := issuerShowResult{issuerFacts: factsOf(key, path), Listed: "absent"}
	listed, ok := a.listedKey(key)
	if ok {
		facts.Listed = "accepted"
	}
	if !listed.RevokedAt.IsZero() {
		facts.Listed = "revoked"
	}
	if a.asJSON {
		return a.json(facts)
	}
	a.printf(sayIssuerShown, facts.Name, kindInFrench(facts.Kind), facts.KeyID, facts.Algorithm, frenchTime(facts.NotBefore), facts.Cert)
	end := key.Key.NotAfter
	switch left := time.Until(end); {
	case facts.Listed == "revoked":
		a.printf(sayIssuerRevoked, frenchDate(listed.RevokedAt))
		return nil
	case !end.IsZero() && left <= 0:
		a.printf(sayIssuerEnded, frenchDate(end))
		return nil
	case !end.IsZero() && left < renewalNotice:
		a.printf(sayIssuerEndsSoon, frenchDate(end))
	}
	if ok {
		a.printf("%s", sayIssuerListed)
	} else {
		a.printf(sayIssuerNotListed, path)
	}
	return nil
}

// restoreCertificate writes the certificate anew from the key file, when a crash or
// a careless hand left the key alone.
func (a *app) restoreCertificate(dir string, p *passphraseFlag) (record.TrustedKey, error) {
	key, _, err := a.openIssuer(filepath.Join(dir, issuerKeyFile), p)
	if err != nil {
		return record.TrustedKey{}, err
	}
	err = atomicfile.Write(filepath.Join(dir, issuerCertFile), key.Certificate(), 0o644)
	return record.TrustedKey{Issuer: key.Issuer, Key: key.Key}, err
}

// listedKey is what this machine's own list says of a key. A list that cannot be
// read says nothing: verdicts refuse it, and printing does not depend on it.
func (a *app) listedKey(k record.TrustedKey) (record.Key, bool) {
	folder, err := a.trustFolder()
	if err != nil {
		return record.Key{}, false
	}
	list, err := folder.Current()
	if err != nil {
		return record.Key{}, false
	}
	public, ok := k.Key.Public.(interface{ Equal(crypto.PublicKey) bool })
	for _, other := range list.Keys(k.Key.ID) {
		if ok && public.Equal(other.Key.Public) {
			return other.Key, true
		}
	}
	return record.Key{}, false
}

func factsOf(k record.TrustedKey, cert string) issuerFacts {
	alg := "EdDSA"
	if k.Key.Algorithm == record.ES256 {
		alg = "ES256"
	}
	return issuerFacts{
		Name: k.Issuer.Name, Kind: k.Issuer.Kind, RPPS: k.Issuer.RPPS, FINESS: k.Issuer.FINESS,
		KeyID: hex.EncodeToString(k.Key.ID), Algorithm: alg, NotBefore: k.Key.NotBefore, NotAfter: k.Key.NotAfter, Cert: cert,
	}
}

// issuerKey opens the key that signs: the file given, else the data folder's. A
// key that this machine's own list revokes signs nothing more.
func (a *app) issuerKey(path string, p *passphraseFlag) (*trust.IssuerKey, error) {
	if path == "" {
		data, err := a.folder()
		if err != nil {
			return nil, err
		}
		path = filepath.Join(data, "issuer", issuerKeyFile)
	}
	key, _, err := a.openIssuer(path, p)
	if err != nil {
		return nil, err
	}
	if listed, _ := a.listedKey(record.TrustedKey{Issuer: key.Issuer, Key: key.Key}); !listed.RevokedAt.IsZero() {
		return nil, &record.Error{Code: record.CodeExpired, Op: "open issuer key", Reason: "issuer_revoked"}
	}
	return key, nil
}

// openIssuer opens a key file and returns the passphrase that did it.
func (a *app) openIssuer(path string, p *passphraseFlag) (*trust.IssuerKey, []byte, error) {
	given, err := p.given()
	if err != nil {
		return nil, nil, err
	}
	key, err := trust.LoadIssuerKey(path, given)
	if len(given) == 0 && record.ReasonOf(err) == "passphrase" && isTerminal(a.in) {
		if given, err = askPassphrase(a.terminal, sayAskPassphrase); err == nil {
			key, err = trust.LoadIssuerKey(path, given)
		}
	}
	return key, given, err
}

// passphraseFlag is where a passphrase comes from: a file named by
// --passphrase-file, else the environment's ZONEBLANCHE_PASSPHRASE, else a
// question where somebody can answer.
type passphraseFlag struct{ file string }

func (p *passphraseFlag) flag(flags *pflag.FlagSet) {
	flags.StringVar(&p.file, "passphrase-file", "", flagPassphraseFile)
}

// given returns the passphrase from file or environment, or nothing.
func (p *passphraseFlag) given() ([]byte, error) {
	if p.file == "" {
		return []byte(os.Getenv("ZONEBLANCHE_PASSPHRASE")), nil
	}
	data, err := os.ReadFile(p.file)
	if err != nil {
		return nil, aboutFile(p.file, err)
	}
	return []byte(strings.TrimRight(string(data), "\r\n")), nil
}

// choose returns the passphrase for a new key; on a terminal it is asked twice.
func (p *passphraseFlag) choose(t terminal) ([]byte, error) {
	given, err := p.given()
	if err != nil || len(given) > 0 || !isTerminal(t.in) {
		return given, err
	}
	first, err := askPassphrase(t, sayNewPassphrase)
	if err != nil || len(first) == 0 {
		return nil, err
	}
	second, err := askPassphrase(t, sayRepeatPassphrase)
	if err != nil {
		return nil, err
	}
	if string(first) != string(second) {
		return nil, &plainError{say: sayPassphrasesDiffer, next: nextAgain, code: exitFailed}
	}
	return first, nil
}

// askPassphrase reads a line without showing it.
func askPassphrase(t terminal, question string) ([]byte, error) {
	f, ok := t.in.(*os.File)
	if !ok {
		return nil, nil
	}
	t.notef("%s", question)
	answer, err := term.ReadPassword(int(f.Fd()))
	t.notef("\n")
	return answer, err
}
