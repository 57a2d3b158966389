package store

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/zoneblanche/zoneblanche/record"
)

// memoryKeyring stands for the platform's.
type memoryKeyring map[string]string

var errNoSecret = errors.New("secret not found")

func (m memoryKeyring) Get(service, user string) (string, error) {
	if s, ok := m[service+"/"+user]; ok {
		return s, nil
	}
	return "", errNoSecret
}
func (m memoryKeyring) Set(service, user, secret string) error {
	m[service+"/"+user] = secret
	return nil
}
func (m memoryKeyring) Delete(service, user string) error {
	delete(m, service+"/"+user)
	return nil
}

func says(passphrase string) func() ([]byte, error) {
	return func() ([]byte, error) { return []byte(passphrase), nil }
}

func TestCustody(t *testing.T) {
	credentials, ring := t.TempDir(), memoryKeyring{}
	right := Secrets{Passphrase: says("cheval agrafe"), Keyring: ring, Credentials: credentials, WorkFactor: 8}
	for _, c := range []struct {
		kind  Custody
		wrong Secrets
		code  record.Code
		why   string
	}{
		{CustodyPassphrase, Secrets{}, record.CodeLocked, ReasonPassphrase},
		{CustodyPassphrase, Secrets{Passphrase: says("autre")}, record.CodeLocked, ReasonPassphrase},
		{CustodyKeyring, Secrets{Keyring: memoryKeyring{}}, record.CodeUnavailable, ReasonCustody},
		{CustodyCredential, Secrets{Credentials: t.TempDir()}, record.CodeUnavailable, ReasonCustody},
		{CustodyCredential, Secrets{}, record.CodeUnavailable, ReasonCustody},
	} {
		t.Run(string(c.kind), func(t *testing.T) {
			dir := t.TempDir()
			j := mustOpen(t, dir, nil)
			item := mustRecord(t, j, "note", acted)
			plain, err := os.ReadFile(filepath.Join(dir, keyFile))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(credentials, "zb.key"), plain, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := j.Protect(ctx, c.kind, "zb.key", right); err != nil {
				t.Fatal(err)
			}
			if info, err := j.Custody(); err != nil || info.Kind != c.kind || info.Shared {
				t.Errorf("custody: %+v, %v", info, err)
			}
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
			hexKey := bytes.Split(plain, []byte("\n"))[1]
			for name, data := range readAll(t, dir) {
				mustNotContain(t, name, data, string(hexKey))
			}
			_, err = Open(dir, &Options{Secrets: c.wrong})
			wantReason(t, err, c.code, c.why)
			j = mustOpen(t, dir, &Options{Secrets: right})
			if _, err := j.Consultation(ctx, item.Entry); err != nil {
				t.Fatal(err)
			}
			// And back.
			if err := j.Protect(ctx, CustodyFile, "", right); err != nil {
				t.Fatal(err)
			}
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
			if back, err := os.ReadFile(filepath.Join(dir, keyFile)); err != nil || !bytes.Equal(back, plain) {
				t.Errorf("the key file is not what it was: %v", err)
			}
			if len(ring) != 0 {
				t.Error("the keyring still has the key")
			}
			mustOpen(t, dir, nil)
		})
	}
}

// TestKeeperMustGiveBack checks that the key stays where it is when the new keeper
// does not have it.
func TestKeeperMustGiveBack(t *testing.T) {
	dir := t.TempDir()
	j := mustOpen(t, dir, nil)
	before, _ := os.ReadFile(filepath.Join(dir, keyFile))
	credentials := t.TempDir()
	other := formatKey(newDataKey())
	if err := os.WriteFile(filepath.Join(credentials, "zb.key"), other, 0o600); err != nil {
		t.Fatal(err)
	}
	err := j.Protect(ctx, CustodyCredential, "zb.key", Secrets{Credentials: credentials})
	wantReason(t, err, record.CodeLocked, ReasonStoreKeyWrong)
	err = j.Protect(ctx, CustodyCredential, "../zb.key", Secrets{Credentials: credentials})
	wantReason(t, err, record.CodeUnavailable, ReasonCustody)
	err = j.Protect(ctx, CustodyPassphrase, "", Secrets{Passphrase: says("")})
	wantReason(t, err, record.CodeLocked, ReasonPassphrase)
	if runtime.GOOS != "windows" {
		err = j.Protect(ctx, CustodyDPAPI, "", Secrets{})
		wantReason(t, err, record.CodeUnavailable, ReasonCustody)
	}
	if after, _ := os.ReadFile(filepath.Join(dir, keyFile)); !bytes.Equal(before, after) {
		t.Error("the key file changed")
	}
}

// TestSharedKeyFile notices that others may read the key.
func TestSharedKeyFile(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no mode bits; its access list is set when the file is made")
	}
	dir := t.TempDir()
	j := mustOpen(t, dir, nil)
	if err := os.Chmod(filepath.Join(dir, keyFile), 0o644); err != nil {
		t.Fatal(err)
	}
	if info, err := j.Custody(); err != nil || !info.Shared {
		t.Errorf("%+v, %v", info, err)
	}
}

func FuzzKeyFile(f *testing.F) {
	key := bytes.Repeat([]byte{7}, keySize)
	f.Add(formatKey(key))
	f.Add(formatCustody(CustodyKeyring, key, []byte("store-key-00\n")))
	f.Fuzz(func(t *testing.T, text []byte) {
		kept, ok := parseKeyFile(text)
		if ok && kept.custody == CustodyFile && len(kept.key) != keySize {
			t.Fatal("a key of the wrong size")
		}
	})
}
