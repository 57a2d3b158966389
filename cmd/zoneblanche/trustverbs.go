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
	var k keeper
	add := verb("add CERTIFICAT...", helpTrustAdd, atLeast(1, sayNoCertificate), func(_ *cobra.Command, args []string) error {
		return a.trustAdd(args, &k)
	})
	k.flags(add.Flags())
	a.jsonFlag(add.Flags())
	list := verb("list [LISTE]", helpTrustList, atMostOne(sayOneList), func(_ *cobra.Command, args []string) error {
		return a.trustList(args)
	})
	a.jsonFlag(list.Flags())
	return group("trust", helpTrust, add, list, newTrustUpdate(a), newTrustSign(a))
}

// trustResult is one line of trust list --json: one key of one issuer.
type trustResult struct {
	issuerFacts
	listFacts
	Revoked     bool      `json:"revoked"`
	RevokedAt   time.Time `json:"revoked_at,omitzero"`
	Compromised bool      `json:"compromised"`
}

// cardResult is one line of trust list --json: one revoked card.
type cardResult struct {
	Card      string    `json:"card"`
	RevokedAt time.Time `json:"revoked_at"`
	listFacts
}

func (a *app) trustAdd(paths []string, k *keeper) error {
	var keys []record.TrustedKey
	for _, path := range paths {
		key, err := readCertificate(path)
		if err != nil {
			return aboutFile(path, err)
		}
		keys = append(keys, key)
	}
	return a.keep(k, func(folder *trust.Folder, passphrase []byte) error {
		created := unrooted(folder)
		if created && len(passphrase) == 0 {
			var err error
			if passphrase, err = k.passphrase.choose(a.terminal); err != nil {
				return err
			}
		}
		list, err := folder.Change(passphrase, time.Now(), adding(keys))
		if err != nil {
			return err
		}
		if created {
			a.notef(sayRootCreated+"\n", trust.Words(list.RootFingerprint()))
			if len(passphrase) == 0 {
				a.notef("%s\n", sayKeyUnprotected)
			}
		}
		return a.showAdded(keys, list, folder.Path(trust.ListFile))
	})
}

func (a *app) showAdded(keys []record.TrustedKey, list *trust.List, path string) error {
	for _, key := range keys {
		if a.asJSON {
			if err := a.json(trustFacts(key, list, path)); err != nil {
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
	list, err = folder.Change(passphrase, now, adding(keys))
	return list, created && err == nil, err
}

// adding is the change that puts keys on a list.
func adding(keys []record.TrustedKey) func(*trust.List) error {
	return func(l *trust.List) error {
		for _, key := range keys {
			if err := l.Add(key); err != nil {
				return err
			}
		}
		return nil
	}
}

func (a *app) trustList(args []string) error {
	data, err := a.place()
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
	head := factsOfList(list, path)
	if !a.asJSON {
		a.printf(sayTrustHead, path, head.Sequence, frenchTime(head.Issued), frenchTime(head.NextUpdate), head.Words)
	}
	if head.Stale {
		a.notef(sayListStale+"\n", frenchDate(head.NextUpdate))
	}
	for _, key := range list.Issuers() {
		facts := trustFacts(key, list, path)
		if a.asJSON {
			err = a.json(facts)
		} else {
			a.printf(sayTrustLine, clean(facts.Name), kindInFrench(facts.Kind), facts.KeyID, keyState(key.Key))
		}
		if err != nil {
			return err
		}
	}
	return a.listCards(list, head)
}

// listCards tells the revoked cards, in the order of the file.
func (a *app) listCards(list *trust.List, head listFacts) error {
	for _, id := range list.Since(nil).Cards {
		at, _ := list.RevokedCard(id)
		if !a.asJSON {
			a.printf(sayListCardAt, hexID(id), frenchDate(at))
			continue
		}
		if err := a.json(cardResult{Card: hexID(id), RevokedAt: at, listFacts: head}); err != nil {
			return err
		}
	}
	return nil
}

func trustFacts(key record.TrustedKey, list *trust.List, path string) trustResult {
	return trustResult{
		issuerFacts: factsOf(key, ""), listFacts: factsOfList(list, path),
		Revoked: !key.Key.RevokedAt.IsZero(), RevokedAt: key.Key.RevokedAt, Compromised: key.Key.Compromised,
	}
}
