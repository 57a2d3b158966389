package main

import (
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/trust"
)

func newTrust(a *app) *cobra.Command {
	var p passphraseFlag
	add := verb("add CERTIFICAT...", helpTrustAdd, atLeast(1, sayNoCertificate), func(_ *cobra.Command, args []string) error {
		return a.trustAdd(args, &p)
	})
	p.flag(add.Flags())
	a.jsonFlag(add.Flags())
	list := verb("list [LISTE]", helpTrustList, cobra.MaximumNArgs(1), func(_ *cobra.Command, args []string) error {
		return a.trustList(args)
	})
	a.jsonFlag(list.Flags())
	return group("trust", helpTrust, add, list)
}

// trustResult is one line of trust list --json: one key of one issuer.
type trustResult struct {
	issuerFacts
	List       string    `json:"list"`
	Issued     time.Time `json:"issued"`
	NextUpdate time.Time `json:"next_update"`
	Stale      bool      `json:"stale"`
	Revoked    bool      `json:"revoked"`
}

func (a *app) trustAdd(paths []string, p *passphraseFlag) error {
	data, err := a.folder()
	if err != nil {
		return err
	}
	var keys []record.TrustedKey
	for _, path := range paths {
		key, err := readCertificate(path)
		if err != nil {
			return aboutFile(path, err)
		}
		keys = append(keys, key)
	}
	passphrase, err := p.given()
	if err != nil {
		return err
	}
	dir := filepath.Join(data, "trust")
	list, created, err := addToList(dir, keys, passphrase, time.Now())
	if err != nil {
		return err
	}
	if created {
		a.notef(sayRootCreated+"\n", trust.Words(list.RootFingerprint()))
		if len(passphrase) == 0 {
			a.notef("%s\n", sayKeyUnprotected)
		}
	}
	for _, key := range keys {
		if a.asJSON {
			if err := a.json(trustFacts(key, list, dir)); err != nil {
				return err
			}
			continue
		}
		a.printf(sayTrustAdded, clean(key.Issuer.Name), hex.EncodeToString(key.Key.ID))
	}
	return nil
}

// maxCertificate bounds a certificate's file, in bytes.
const maxCertificate = 64 << 10

func readCertificate(path string) (record.TrustedKey, error) {
	f, err := os.Open(path)
	if err != nil {
		return record.TrustedKey{}, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxCertificate+1))
	if err != nil {
		return record.TrustedKey{}, err
	}
	return trust.ParseCertificate(data)
}

// addToList adds keys to the practice's own list, which it signs with the
// practice's own root, made on first use.
func addToList(dir string, keys []record.TrustedKey, passphrase []byte, now time.Time) (list *trust.List, created bool, err error) {
	folder, err := trust.OpenFolder(dir)
	if err != nil {
		return nil, false, err
	}
	_, err = os.Stat(folder.Path(trust.RootFile))
	created = os.IsNotExist(err)
	list, err = folder.Change(passphrase, now, func(l *trust.List) error {
		for _, key := range keys {
			if err := l.Add(key); err != nil {
				return err
			}
		}
		return nil
	})
	return list, created && err == nil, err
}

func (a *app) trustList(args []string) error {
	data, err := a.folder()
	if err != nil {
		return err
	}
	path := filepath.Join(data, "trust", trust.ListFile)
	var list *trust.List
	if len(args) == 1 {
		path = args[0]
		list, err = readTrustList(path)
	} else {
		var folder *trust.Folder
		if folder, err = trust.OpenFolder(filepath.Dir(path)); err == nil {
			list, err = folder.Current()
		}
	}
	if err != nil {
		return aboutFile(path, err)
	}
	if !a.asJSON {
		issued, next := list.ListDate()
		a.printf(sayTrustHead, path, frenchTime(issued), frenchTime(next), trust.Words(list.RootFingerprint()))
	}
	for _, key := range list.Issuers() {
		facts := trustFacts(key, list, path)
		if a.asJSON {
			err = a.json(facts)
		} else {
			a.printf(sayTrustLine, clean(facts.Name), kindInFrench(facts.Kind), facts.KeyID, revokedInFrench(facts.Revoked))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func trustFacts(key record.TrustedKey, list *trust.List, path string) trustResult {
	issued, next := list.ListDate()
	return trustResult{
		issuerFacts: factsOf(key, ""), List: path, Issued: issued, NextUpdate: next,
		Stale: time.Now().After(next), Revoked: !key.Key.RevokedAt.IsZero(),
	}
}
