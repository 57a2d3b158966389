package store

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"path/filepath"
	"strings"

	"filippo.io/age"
	"filippo.io/age/armor"
	"github.com/zalando/go-keyring"

	"github.com/zoneblanche/zoneblanche/record"
)

// Custody says what keeps the store key. doc/threat-model.md tells the strength of
// each.
type Custody string

// The custodies. All but CustodyPassphrase work with nobody present, as long as the
// account that runs the program is the same.
const (
	// CustodyFile: in store.key, which only its owner may read. Whoever can read the
	// owner's files, or takes out a disk that is not encrypted, can read the journal.
	CustodyFile Custody = "file"
	// CustodyCredential: a credential that the service manager (systemd) gives to the
	// service and to nobody else.
	CustodyCredential Custody = "credential"
	// CustodyDPAPI: sealed by Windows for this account on this machine.
	CustodyDPAPI Custody = "dpapi"
	// CustodyPassphrase: sealed by a passphrase (age, scrypt). Nothing is delivered
	// until somebody has typed it.
	CustodyPassphrase Custody = "passphrase"
	// CustodyKeyring: in the platform's keyring, which the session unlocks.
	CustodyKeyring Custody = "keyring"
)

// Secrets are the ways to a store key that is not in its file. The zero value knows
// the platform's keyring and DPAPI, and no passphrase.
type Secrets struct {
	// Passphrase is asked when the key is under one. What it returns is overwritten
	// after use. It may be asked more than once.
	Passphrase func() ([]byte, error)
	// Credentials is the folder of the service's credentials
	// ($CREDENTIALS_DIRECTORY).
	Credentials string
	// Keyring is the platform's when nil.
	Keyring Keyring
	// WorkFactor is the cost of a new passphrase, as a power of two; 0 means 17,
	// 128 MiB of memory for half a second or so.
	WorkFactor int
}

// Keyring keeps one secret for each service and user.
type Keyring interface {
	Get(service, user string) (string, error)
	Set(service, user, secret string) error
	Delete(service, user string) error
}

const (
	keyringService = "zoneblanche"
	// maxWorkFactor bounds what a key file may ask of us, 256 MiB.
	maxWorkFactor     = 18
	defaultWorkFactor = 17
)

// platformKeyring is the one of the system: Secret Service, Keychain, or Windows'
// Credential Manager.
type platformKeyring struct{}

func (platformKeyring) Get(service, user string) (string, error) { return keyring.Get(service, user) }
func (platformKeyring) Set(service, user, secret string) error {
	return keyring.Set(service, user, secret)
}
func (platformKeyring) Delete(service, user string) error { return keyring.Delete(service, user) }

func (s Secrets) keyring() Keyring {
	if s.Keyring != nil {
		return s.Keyring
	}
	return platformKeyring{}
}

func unreachable(err error) error {
	return &record.Error{Code: record.CodeUnavailable, Op: "open store key", Reason: ReasonCustody, Err: err}
}

// fetch gets the key from what keeps it.
func (s Secrets) fetch(kept keptKey, open openFile) ([]byte, error) {
	name := strings.TrimSpace(string(kept.payload))
	switch kept.custody {
	case CustodyPassphrase:
		return s.openPassphrase(kept.payload)
	case CustodyKeyring:
		secret, err := s.keyring().Get(keyringService, name)
		if err != nil {
			return nil, unreachable(err)
		}
		key, err := hex.DecodeString(secret)
		if err != nil {
			return nil, keyError(ReasonStoreKeyDamaged, errShape)
		}
		return key, nil
	case CustodyCredential:
		return s.credential(name, open)
	case CustodyDPAPI:
		sealed, err := base64.StdEncoding.DecodeString(name)
		if err != nil {
			return nil, keyError(ReasonStoreKeyDamaged, errShape)
		}
		key, err := dpapiOpen(sealed)
		if err != nil {
			return nil, unreachable(err)
		}
		return key, nil
	}
	return nil, invalid("open store key", ReasonJournalNewer, "a custody that this version does not know")
}

// credential reads a key that the service manager hands over.
func (s Secrets) credential(name string, open openFile) ([]byte, error) {
	if name == "" || name != filepath.Base(name) || s.Credentials == "" {
		return nil, unreachable(errors.New("no credential of that name is given to this process"))
	}
	text, err := readSmall(filepath.Join(s.Credentials, name), maxKeyFile, open)
	if err != nil {
		return nil, unreachable(err)
	}
	defer clear(text)
	key, ok := parseKey(text)
	if !ok {
		return nil, keyError(ReasonStoreKeyDamaged, errors.New("the credential is not a store key"))
	}
	return key, nil
}

func (s Secrets) openPassphrase(sealed []byte) ([]byte, error) {
	wrong := func(err error) ([]byte, error) { return nil, keyError(ReasonPassphrase, err) }
	if s.Passphrase == nil {
		return wrong(errors.New("nobody is there to give the passphrase"))
	}
	typed, err := s.Passphrase()
	if err != nil {
		return nil, err
	}
	defer clear(typed)
	if len(typed) == 0 {
		return wrong(errors.New("no passphrase was given"))
	}
	id, err := age.NewScryptIdentity(string(typed))
	if err != nil {
		return wrong(err)
	}
	id.SetMaxWorkFactor(maxWorkFactor)
	r, err := age.Decrypt(armor.NewReader(bytes.NewReader(sealed)), id)
	if errors.Is(err, age.ErrIncorrectIdentity) {
		return wrong(errors.New("the passphrase is wrong"))
	}
	if err != nil {
		return nil, keyError(ReasonStoreKeyDamaged, errShape)
	}
	key, err := io.ReadAll(io.LimitReader(r, keySize+1))
	if err != nil {
		return nil, keyError(ReasonStoreKeyDamaged, errShape)
	}
	return key, nil
}

func (s Secrets) sealPassphrase(key []byte) ([]byte, error) {
	if s.Passphrase == nil {
		return nil, keyError(ReasonPassphrase, errors.New("no passphrase was given"))
	}
	typed, err := s.Passphrase()
	if err != nil {
		return nil, err
	}
	defer clear(typed)
	if len(typed) == 0 {
		return nil, keyError(ReasonPassphrase, errors.New("no passphrase was given"))
	}
	r, err := age.NewScryptRecipient(string(typed))
	if err != nil {
		return nil, err
	}
	r.SetWorkFactor(defaultWorkFactor)
	if s.WorkFactor > 0 {
		r.SetWorkFactor(s.WorkFactor)
	}
	var b bytes.Buffer
	lines := armor.NewWriter(&b)
	w, err := age.Encrypt(lines, r)
	if err != nil {
		return nil, err
	}
	_, err = w.Write(key)
	err = errors.Join(err, w.Close(), lines.Close())
	return b.Bytes(), err
}

// CustodyInfo says what keeps the store key, and whether somebody else than the
// owner of the key's file may read it.
type CustodyInfo struct {
	Kind   Custody `json:"custody"`
	Shared bool    `json:"shared"`
}

// Custody returns how the store key is kept.
func (j *Journal) Custody() (CustodyInfo, error) {
	path := filepath.Join(j.dir, keyFile)
	kept, err := readKeyFile(path, j.openFile)
	if err != nil {
		return CustodyInfo{}, err
	}
	clear(kept.key)
	return CustodyInfo{Kind: kept.custody, Shared: kept.custody == CustodyFile && sharedWithOthers(path)}, nil
}

// Protect gives the store key to another custody. The new keeper is asked for the
// key before the old one lets go of it, so that it is never lost in between. name is
// that of a credential. The key itself stays the same: an old copy of store.key
// still opens the journal.
func (j *Journal) Protect(ctx context.Context, to Custody, name string, s Secrets) error {
	const op = "protect store key"
	return j.exclusively(ctx, op, func() error {
		path := filepath.Join(j.dir, keyFile)
		kept, err := readKeyFile(path, j.openFile)
		if err != nil {
			return err
		}
		key, err := loadKey(j.dir, j.openFile, j.secrets)
		if err != nil {
			return err
		}
		defer clear(key)
		text, err := s.entrust(to, name, key, j.openFile)
		if err != nil {
			return err
		}
		err = replaceFile(j.dir, keyFile, true, func(temporary string) error {
			return writeWhole(temporary, text, j.openFile)
		})
		if err != nil {
			return err
		}
		j.secrets = s
		if kept.custody == CustodyKeyring && to != CustodyKeyring {
			if err := s.keyring().Delete(keyringService, strings.TrimSpace(string(kept.payload))); err != nil {
				return unreachable(err)
			}
		}
		return nil
	})
}

// entrust returns the key file's new text, after the keeper has shown that it gives
// the key back.
func (s Secrets) entrust(to Custody, name string, key []byte, open openFile) ([]byte, error) {
	var payload []byte
	var err error
	switch to {
	case CustodyFile:
		return formatKey(key), nil
	case CustodyPassphrase:
		if payload, err = s.sealPassphrase(key); err != nil {
			return nil, err
		}
	case CustodyKeyring:
		user := "store-key-" + hex.EncodeToString(deriveKeys(key).id[:])
		if err := s.keyring().Set(keyringService, user, hex.EncodeToString(key)); err != nil {
			return nil, unreachable(err)
		}
		payload = []byte(user + "\n")
	case CustodyCredential:
		payload = []byte(name + "\n")
	case CustodyDPAPI:
		sealed, err := dpapiSeal(key)
		if err != nil {
			return nil, unreachable(err)
		}
		payload = []byte(base64.StdEncoding.EncodeToString(sealed) + "\n")
	default:
		return nil, invalid("protect store key", ReasonCustody, "a custody that does not exist")
	}
	back, err := s.fetch(keptKey{custody: to, payload: payload}, open)
	if err != nil {
		return nil, err
	}
	defer clear(back)
	if !bytes.Equal(back, key) {
		return nil, keyError(ReasonStoreKeyWrong, errors.New("what is to keep the key holds another one"))
	}
	return formatCustody(to, key, payload), nil
}
