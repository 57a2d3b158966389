package main

import (
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoneblanche/zoneblanche/internal/atomicfile"
	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/trust"
)

func newIssuerRotate(a *app) *cobra.Command {
	var until string
	var p passphraseFlag
	cmd := verb("rotate", helpIssuerRotate, exactly(0, sayNoArguments), func(cmd *cobra.Command, _ []string) error {
		now := time.Now()
		end, err := readDate(cmd, until, now)
		if err != nil {
			return err
		}
		if end.Before(now) {
			return &usageError{cmd: cmd, say: sayUntilPast}
		}
		return a.issuerRotate(&p, end, now)
	})
	cmd.Flags().StringVar(&until, "until", "", flagUntil)
	p.flag(cmd.Flags())
	a.jsonFlag(cmd.Flags())
	return cmd
}

// rotateResult is what issuer rotate --json tells: the new key, and the old one
// with its end.
type rotateResult struct {
	issuerFacts
	Replaces issuerFacts `json:"replaces"`
}

func (a *app) issuerRotate(p *passphraseFlag, end, now time.Time) error {
	data, err := a.folder()
	if err != nil {
		return err
	}
	dir := filepath.Join(data, "issuer")
	old, passphrase, err := a.openIssuer(filepath.Join(dir, issuerKeyFile), p)
	if err != nil {
		return err
	}
	next, retired, err := rotateIssuer(dir, old, passphrase, end, now)
	if err != nil {
		return err
	}
	if len(passphrase) == 0 {
		a.notef("%s\n", sayKeyUnprotected)
	}
	result := rotateResult{
		issuerFacts: factsOf(record.TrustedKey{Issuer: next.Issuer, Key: next.Key}, filepath.Join(dir, issuerCertFile)),
		Replaces:    factsOf(record.TrustedKey{Issuer: retired.Issuer, Key: retired.Key}, filepath.Join(dir, retiredName(old)+".cert")),
	}
	if a.asJSON {
		return a.json(result)
	}
	a.printf(sayRotated, clean(result.Name), result.KeyID, result.Replaces.KeyID, frenchTime(result.Replaces.NotAfter),
		result.Cert, result.Replaces.Cert)
	return nil
}

// retiredName is the name of a key's files, without extension, when it is not the
// one that signs.
func retiredName(k *trust.IssuerKey) string { return "issuer-" + hexID(k.Key.ID) }

// rotateIssuer puts a new key in the place of old, which is kept beside it with an
// end. The new key takes its name last, so that a crash at any point leaves old in
// service; what was written before is removed on failure, and written anew when
// the command is repeated after a crash.
func rotateIssuer(dir string, old *trust.IssuerKey, passphrase []byte, end, now time.Time) (next, retired *trust.IssuerKey, err error) {
	if retired, err = old.Retire(end); err != nil {
		return nil, nil, err
	}
	if next, err = trust.NewIssuerKey(old.Issuer, old.Key.Algorithm, now); err != nil {
		return nil, nil, err
	}
	kept := filepath.Join(dir, retiredName(old))
	fresh := filepath.Join(dir, retiredName(next)+".key")
	current := filepath.Join(dir, issuerCertFile)
	defer func() {
		if err != nil {
			err = errors.Join(err, removeAll(kept+".key", kept+".cert", fresh), atomicfile.Write(current, old.Certificate(), 0o644))
		}
	}()
	// A copy that a crash left: its secret is still in the key that signs.
	if err = removeAll(kept + ".key"); err != nil {
		return nil, nil, err
	}
	if err = trust.SaveIssuerKey(kept+".key", retired, passphrase); err != nil {
		return nil, nil, err
	}
	if err = atomicfile.Write(kept+".cert", retired.Certificate(), 0o644); err != nil {
		return nil, nil, err
	}
	if err = trust.SaveIssuerKey(fresh, next, passphrase); err != nil {
		return nil, nil, err
	}
	if err = atomicfile.Write(current, next.Certificate(), 0o644); err != nil {
		return nil, nil, err
	}
	if err = os.Rename(fresh, filepath.Join(dir, issuerKeyFile)); err != nil {
		return nil, nil, err
	}
	// The new key is in service: what fails from here on takes nothing back.
	_ = atomicfile.SyncDir(dir)
	return next, retired, nil
}

func removeAll(paths ...string) error {
	var errs []error
	for _, path := range paths {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
