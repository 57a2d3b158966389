package store

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/zoneblanche/zoneblanche/record"
)

// The store key's file is three lines of text, so that a person can print it and
// type it back:
//
//	zoneblanche store key 1
//	64 hexadecimal digits: the key
//	8 hexadecimal digits: a check, so that a typing error is noticed
const (
	keyFile   = "store.key"
	keyHeader = "zoneblanche store key 1"
	keySize   = 32
)

func keyError(reason string, err error) error {
	return &record.Error{Code: record.CodeLocked, Op: "open store key", Reason: reason, Err: err}
}

// loadKey reads the store key. fs.ErrNotExist is in the chain when there is none.
func loadKey(dir string, open openFile) ([]byte, error) {
	f, err := open(filepath.Join(dir, keyFile), os.O_RDONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, keyError(ReasonStoreKeyMissing, fs.ErrNotExist)
	}
	if err != nil {
		return nil, keyError("", err)
	}
	defer f.Close()
	var buf [512]byte
	n, err := f.Read(buf[:])
	if err != nil && n == 0 {
		return nil, keyError(ReasonStoreKeyDamaged, errors.New("the file is empty or cannot be read"))
	}
	key, ok := parseKey(buf[:n])
	clear(buf[:])
	if !ok {
		return nil, keyError(ReasonStoreKeyDamaged, errors.New("the file is not a store key, or was altered"))
	}
	return key, nil
}

func parseKey(text []byte) ([]byte, bool) {
	lines := bytes.Split(bytes.TrimSpace(bytes.ReplaceAll(text, []byte("\r"), nil)), []byte("\n"))
	if len(lines) != 3 || string(lines[0]) != keyHeader {
		return nil, false
	}
	key, err := hex.DecodeString(string(lines[1]))
	if err != nil || len(key) != keySize {
		return nil, false
	}
	check, err := hex.DecodeString(string(lines[2]))
	if err != nil || !bytes.Equal(check, keyCheck(key)) {
		return nil, false
	}
	return key, true
}

func formatKey(key []byte) []byte {
	return []byte(keyHeader + "\n" + hex.EncodeToString(key) + "\n" + hex.EncodeToString(keyCheck(key)) + "\n")
}

// createKey makes a new store key, or returns the one that another process made
// at the same time.
func createKey(dir string, open openFile) ([]byte, error) {
	key := make([]byte, keySize)
	if _, err := rand.Read(key); err != nil {
		return nil, err
	}
	err := createFile(dir, keyFile, func(temporary string) error {
		f, err := open(temporary, os.O_WRONLY|os.O_TRUNC, 0o600)
		if err != nil {
			return err
		}
		_, err = f.Write(formatKey(key))
		return errors.Join(err, f.Sync(), f.Close())
	})
	if errors.Is(err, fs.ErrExist) {
		return loadKey(dir, open)
	}
	if err != nil {
		return nil, fail("create store key", err)
	}
	return key, nil
}
