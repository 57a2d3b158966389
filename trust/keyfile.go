package trust

import (
	"bytes"
	"crypto"
	"errors"
	"io"
	"os"

	"filippo.io/age"
	"filippo.io/age/armor"
	"github.com/fxamacker/cbor/v2"

	"github.com/zoneblanche/zoneblanche/internal/atomicfile"
	"github.com/zoneblanche/zoneblanche/record"
)

const (
	issuerKeyLabel    = "ZONEBLANCHE ISSUER SECRET KEY"
	rootKeyLabel      = "ZONEBLANCHE ROOT SECRET KEY"
	secretVersion     = 1
	maxSecret         = 4 << 10
	maxSecretFile     = 64 << 10
	secretPermissions = 0o600

	// workFactor is the binary logarithm of scrypt's cost for new files: 128 MiB
	// and well under a second on the computer of a practice.
	workFactor = 17
	// maxWorkFactor is what opening a file may cost at most, 256 MiB: what age
	// itself writes, and no more, since a hostile file chooses its cost.
	maxWorkFactor = 18
)

// secretWire is what a key file holds: the public half as certificates write it,
// and the secret.
type secretWire struct {
	Version uint64          `cbor:"1,keyasint"`
	Issuer  cbor.RawMessage `cbor:"2,keyasint,omitempty"` // absent in a root's file
	Key     cbor.RawMessage `cbor:"3,keyasint"`
	Secret  []byte          `cbor:"4,keyasint"`
}

const secretWireFields = 4

// SaveIssuerKey writes k to a new file that only its owner may read, encrypted
// when there is a passphrase; the caller warns when there is none. It never
// replaces a file.
func SaveIssuerKey(path string, k *IssuerKey, passphrase []byte) error {
	const op = "save issuer key"
	who, err := encMode.Marshal(wireOf(k.Issuer))
	if err != nil {
		return refused(op, "issuer", err)
	}
	return saveSecret(op, path, issuerKeyLabel, "issuer_exists", secretWire{Issuer: who}, k.Key, k.Signer, passphrase)
}

// LoadIssuerKey reads the file at path. A passphrase that is missing or wrong is
// told by the code Locked and the reason "passphrase"; one that the file does not
// need is ignored.
func LoadIssuerKey(path string, passphrase []byte) (*IssuerKey, error) {
	const op = "open issuer key"
	w, key, signer, err := loadSecret(op, path, issuerKeyLabel, "no_issuer", passphrase)
	if err != nil {
		return nil, err
	}
	issuer, err := readIssuer(w.Issuer)
	if err != nil {
		return nil, refused(op, "key_file", err)
	}
	return newIssuerKey(op, issuer, key, signer)
}

// SaveRoot is [SaveIssuerKey] for a root.
func SaveRoot(path string, r *Root, passphrase []byte) error {
	return saveSecret("save root key", path, rootKeyLabel, "root_exists", secretWire{}, r.Key, r.Signer, passphrase)
}

// LoadRoot is [LoadIssuerKey] for a root.
func LoadRoot(path string, passphrase []byte) (*Root, error) {
	const op = "open root key"
	w, key, signer, err := loadSecret(op, path, rootKeyLabel, "no_root", passphrase)
	if err != nil {
		return nil, err
	}
	if len(w.Issuer) > 0 {
		return nil, refused(op, "key_file", errors.New("a root has no issuer"))
	}
	return &Root{Key: key, Signer: signer}, nil
}

func saveSecret(op, path, label, exists string, w secretWire, key record.Key, signer crypto.Signer, passphrase []byte) error {
	// Before the slow part, and for a clear answer; what decides is below.
	if _, err := os.Lstat(path); err == nil {
		return &record.Error{Code: record.CodeConflict, Op: op, Reason: exists, Err: os.ErrExist}
	}
	text, err := writeSecret(label, w, key, signer)
	if err != nil {
		return refused(op, "key_file", err)
	}
	if len(passphrase) > 0 {
		if text, err = encrypt(text, passphrase, workFactor); err != nil {
			return &record.Error{Code: record.CodeInternal, Op: op, Err: err}
		}
	}
	switch err := atomicfile.Create(path, text, secretPermissions); {
	case errors.Is(err, os.ErrExist):
		return &record.Error{Code: record.CodeConflict, Op: op, Reason: exists, Err: os.ErrExist}
	case err != nil:
		return &record.Error{Code: record.CodeUnavailable, Op: op, Err: err}
	}
	return nil
}

func loadSecret(op, path, label, missing string, passphrase []byte) (w secretWire, key record.Key, signer crypto.Signer, err error) {
	text, err := readBounded(path, maxSecretFile)
	switch {
	case errors.Is(err, os.ErrNotExist):
		err = &record.Error{Code: record.CodeNotFound, Op: op, Reason: missing, Err: err}
		return
	case errors.Is(err, errTooLarge):
		err = refused(op, "key_file", err)
		return
	case err != nil:
		err = &record.Error{Code: record.CodeUnavailable, Op: op, Err: err}
		return
	}
	if encrypted(text) {
		if text, err = decrypt(text, passphrase); errors.Is(err, errPassphrase) {
			err = &record.Error{Code: record.CodeLocked, Op: op, Reason: "passphrase", Err: err}
			return
		}
	}
	if err == nil {
		w, key, signer, err = readSecret(label, text)
	}
	if err != nil {
		err = refused(op, "key_file", err)
	}
	return
}

func writeSecret(label string, w secretWire, key record.Key, signer crypto.Signer) ([]byte, error) {
	public, err := writeKey(key)
	if err != nil {
		return nil, err
	}
	secret, err := privateBytes(signer)
	if err != nil {
		return nil, err
	}
	w.Version, w.Key, w.Secret = secretVersion, public, secret
	data, err := encMode.Marshal(w)
	if err != nil {
		return nil, err
	}
	return encodeArmor(label, data), nil
}

func readSecret(label string, text []byte) (w secretWire, key record.Key, signer crypto.Signer, err error) {
	data, err := decodeArmor(label, text, maxSecret)
	if err != nil {
		return
	}
	if err = decode(data, &w, secretWireFields); err != nil {
		return
	}
	if w.Version != secretVersion {
		err = errVersion
		return
	}
	if key, err = readKey(w.Key); err != nil {
		return
	}
	signer, err = parsePrivate(key, w.Secret)
	return
}

var errPassphrase = errors.New("the passphrase is missing or wrong")

// encrypted reports whether text is an age file in its text form.
func encrypted(text []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n"), []byte(armor.Header))
}

func encrypt(text, passphrase []byte, cost int) ([]byte, error) {
	recipient, err := age.NewScryptRecipient(string(passphrase))
	if err != nil {
		return nil, err
	}
	recipient.SetWorkFactor(cost)
	var b bytes.Buffer
	lines := armor.NewWriter(&b)
	body, err := age.Encrypt(lines, recipient)
	if err != nil {
		return nil, err
	}
	if _, err := body.Write(text); err != nil {
		return nil, err
	}
	if err := errors.Join(body.Close(), lines.Close()); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func decrypt(text, passphrase []byte) ([]byte, error) {
	if len(passphrase) == 0 {
		return nil, errPassphrase
	}
	identity, err := age.NewScryptIdentity(string(passphrase))
	if err != nil {
		return nil, err
	}
	identity.SetMaxWorkFactor(maxWorkFactor)
	body, err := age.Decrypt(armor.NewReader(bytes.NewReader(text)), identity)
	if errors.Is(err, age.ErrIncorrectIdentity) {
		return nil, errPassphrase
	}
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(body, maxSecretFile))
}

// readBounded reads a whole file of at most limit bytes.
func readBounded(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = errTooLarge
	}
	return data, err
}
