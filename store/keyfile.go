package store

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/zoneblanche/zoneblanche/record"
)

// The store key's file says where the key is. When it holds the key itself it is
// three lines of text, so that a person can print it and type it back:
//
//	zoneblanche store key 1
//	64 hexadecimal digits: the key
//	8 hexadecimal digits: a check, so that a typing error is noticed
//
// Otherwise something else keeps the key (custody.go):
//
//	zoneblanche store key 1
//	custody NAME
//	8 hexadecimal digits: the check
//	what that keeper needs, to the end of the file
const (
	keyFile    = "store.key"
	keyHeader  = "zoneblanche store key 1"
	keyCustody = "custody "
	keySize    = 32
	// maxKeyFile bounds the file.
	maxKeyFile = 8 << 10
)

func keyError(reason string, err error) error {
	return &record.Error{Code: record.CodeLocked, Op: "open store key", Reason: reason, Err: err}
}

// keptKey is what the key file says.
type keptKey struct {
	custody Custody
	key     []byte // for CustodyFile
	check   []byte // otherwise
	payload []byte // otherwise
}

// readKeyFile reads the file. fs.ErrNotExist is in the chain when there is none.
func readKeyFile(path string, open openFile) (keptKey, error) {
	text, err := readSmall(path, maxKeyFile, open)
	if errors.Is(err, fs.ErrNotExist) {
		return keptKey{}, keyError(ReasonStoreKeyMissing, fs.ErrNotExist)
	}
	if err != nil {
		return keptKey{}, keyError("", err)
	}
	defer clear(text)
	kept, ok := parseKeyFile(text)
	if !ok {
		return keptKey{}, keyError(ReasonStoreKeyDamaged, errors.New("the file is not a store key, or was altered"))
	}
	return kept, nil
}

func parseKeyFile(text []byte) (keptKey, bool) {
	text = bytes.ReplaceAll(text, []byte("\r"), nil)
	lines := bytes.SplitN(text, []byte("\n"), 4)
	if len(lines) < 3 || string(lines[0]) != keyHeader {
		return keptKey{}, false
	}
	name, other := bytes.CutPrefix(lines[1], []byte(keyCustody))
	if !other {
		key, ok := parseKey(text)
		return keptKey{custody: CustodyFile, key: key}, ok
	}
	check, err := hex.DecodeString(string(lines[2]))
	if err != nil || len(lines) != 4 {
		return keptKey{}, false
	}
	return keptKey{custody: Custody(name), check: check, payload: bytes.Clone(lines[3])}, true
}

// parseKey reads the key itself, as the file, a credential or paper has it.
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

func formatCustody(c Custody, key, payload []byte) []byte {
	return append([]byte(keyHeader+"\n"+keyCustody+string(c)+"\n"+hex.EncodeToString(keyCheck(key))+"\n"), payload...)
}

// loadKey returns the store key, from wherever it is kept.
func loadKey(dir string, open openFile, s Secrets) ([]byte, error) {
	kept, err := readKeyFile(filepath.Join(dir, keyFile), open)
	if err != nil {
		return nil, err
	}
	if kept.custody == CustodyFile {
		return kept.key, nil
	}
	key, err := s.fetch(kept, open)
	if err != nil {
		return nil, err
	}
	if len(key) != keySize || !bytes.Equal(keyCheck(key), kept.check) {
		return nil, keyError(ReasonStoreKeyWrong, errors.New("what keeps the key gave another one"))
	}
	return key, nil
}

// createKey makes a new store key, or returns the one that another process made
// at the same time.
func createKey(dir string, open openFile) ([]byte, error) {
	key := newDataKey()
	err := createFile(dir, keyFile, func(temporary string) error { return writeWhole(temporary, formatKey(key), open) })
	if errors.Is(err, fs.ErrExist) {
		return loadKey(dir, open, Secrets{})
	}
	if err != nil {
		return nil, fail("create store key", err)
	}
	return key, nil
}
