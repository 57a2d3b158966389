package trust

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"filippo.io/age/armor"

	"github.com/zoneblanche/zoneblanche/record"
)

func TestIssuerKeyFileRoundTrip(t *testing.T) {
	for name, alg := range algorithms {
		path := filepath.Join(t.TempDir(), "issuer.key")
		k := testIssuerKey(t, testDoctor, alg)
		if err := SaveIssuerKey(path, k, nil); err != nil {
			t.Fatalf("%s: save: %v", name, err)
		}
		got, err := LoadIssuerKey(path, nil)
		if err != nil {
			t.Fatalf("%s: load: %v", name, err)
		}
		wantSameKey(t, trusted(got), trusted(k))
		// The key that was read signs what the key that was written verifies.
		cert, err := ParseCertificate(got.Certificate())
		if err != nil {
			t.Fatalf("%s: certificate of the key read: %v", name, err)
		}
		wantSameKey(t, cert, trusted(k))
	}
}

func TestRootFileRoundTrip(t *testing.T) {
	for name, alg := range algorithms {
		path := filepath.Join(t.TempDir(), RootFile)
		r := testRoot(t, alg)
		if err := SaveRoot(path, r, nil); err != nil {
			t.Fatalf("%s: save: %v", name, err)
		}
		got, err := LoadRoot(path, []byte("not needed, and so ignored"))
		if err != nil {
			t.Fatalf("%s: load: %v", name, err)
		}
		if !bytes.Equal(got.Fingerprint(), r.Fingerprint()) || !got.Key.NotBefore.Equal(testNow) {
			t.Errorf("%s: got %x made %v, want %x made %v", name, got.Fingerprint(), got.Key.NotBefore, r.Fingerprint(), testNow)
		}
		if _, err := OpenList(mustSign(t, testList(t), got)); err != nil {
			t.Errorf("%s: a list signed by the root that was read: %v", name, err)
		}
	}
}

func TestKeyFilesAreTheOwnersOnly(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the folder's access rules decide")
	}
	dir := t.TempDir()
	if err := SaveIssuerKey(filepath.Join(dir, "issuer.key"), testIssuerKey(t, testPractice, 0), nil); err != nil {
		t.Fatal(err)
	}
	if err := SaveRoot(filepath.Join(dir, RootFile), testRoot(t, 0), nil); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"issuer.key", RootFile} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s: got mode %o, want 600", name, info.Mode().Perm())
		}
	}
	if left, _ := os.ReadDir(dir); len(left) != 2 {
		t.Errorf("got %d files, want the two keys and nothing beside", len(left))
	}
}

func TestKeyFilesAreNeverReplaced(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "issuer.key")
	first := testIssuerKey(t, testPractice, 0)
	if err := SaveIssuerKey(path, first, nil); err != nil {
		t.Fatal(err)
	}
	wantError(t, SaveIssuerKey(path, testIssuerKey(t, testPractice, 0), nil), record.CodeConflict, "issuer_exists")
	got, err := LoadIssuerKey(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	wantSameKey(t, trusted(got), trusted(first))

	// An empty file, or a link that leads nowhere, is in the way as well.
	empty := filepath.Join(dir, "empty.key")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	wantError(t, SaveRoot(empty, testRoot(t, 0), nil), record.CodeConflict, "root_exists")
	if link := filepath.Join(dir, "link.key"); os.Symlink(filepath.Join(dir, "nowhere"), link) == nil {
		wantError(t, SaveRoot(link, testRoot(t, 0), nil), record.CodeConflict, "root_exists")
	}
}

func TestEncryptedKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "issuer.key")
	k := testIssuerKey(t, testPractice, 0)
	passphrase := []byte("une phrase de passe, avec un accent : é")
	if err := SaveIssuerKey(path, k, passphrase); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := privateBytes(k.Signer)
	if err != nil {
		t.Fatal(err)
	}
	header, err := io.ReadAll(armor.NewReader(bytes.NewReader(text)))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(header, secret) || bytes.Contains(header, []byte(testPractice.Name)) {
		t.Error("the encrypted file shows what it protects")
	}
	if first, _, _ := strings.Cut(string(header), "\n--- "); !regexp.MustCompile(`\n-> scrypt \S+ 17\n`).MatchString(first) {
		t.Errorf("got header %q, want scrypt at the cost of 2^17", first)
	}
	got, err := LoadIssuerKey(path, passphrase)
	if err != nil {
		t.Fatal(err)
	}
	wantSameKey(t, trusted(got), trusted(k))
}

// The files of these tests cost less to open than real ones.
const cheap = 8

func TestWrongPassphrases(t *testing.T) {
	path := filepath.Join(t.TempDir(), "issuer.key")
	plain := secretFile(t, testIssuerKey(t, testPractice, 0), func(*secretWire) {})
	text, err := encrypt(plain, []byte("la bonne"), cheap)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []string{"", "la mauvaise", "la bonne ", "La bonne"} {
		_, err := LoadIssuerKey(path, []byte(wrong))
		wantError(t, err, record.CodeLocked, "passphrase")
	}
	if _, err := LoadIssuerKey(path, []byte("la bonne")); err != nil {
		t.Error(err)
	}
	// A file that was changed is not a matter of passphrases.
	lines := strings.SplitAfter(string(text), "\n")
	if err := os.WriteFile(path, []byte(strings.Join(append(lines[:len(lines)-4:len(lines)-4], lines[len(lines)-2:]...), "")), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = LoadIssuerKey(path, []byte("la bonne"))
	wantError(t, err, record.CodeInvalid, "key_file")
}

// A lost program does not mean a lost key: any age program opens the file, and
// finds the unencrypted form inside.
func TestAgeOpensAKeyFile(t *testing.T) {
	plain := secretFile(t, testIssuerKey(t, testPractice, 0), func(*secretWire) {})
	text, err := encrypt(plain, []byte("phrase"), cheap)
	if err != nil {
		t.Fatal(err)
	}
	identity, err := age.NewScryptIdentity("phrase")
	if err != nil {
		t.Fatal(err)
	}
	body, err := age.Decrypt(armor.NewReader(bytes.NewReader(text)), identity)
	if err != nil {
		t.Fatal(err)
	}
	inside, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(inside, plain) || !strings.HasPrefix(string(inside), "-----BEGIN ZONEBLANCHE ISSUER SECRET KEY-----\n") {
		t.Errorf("got %.60q inside, want a key file", inside)
	}
}

func TestHostileKeyFiles(t *testing.T) {
	dir := t.TempDir()
	k := testIssuerKey(t, testPractice, 0)
	good := filepath.Join(dir, "good.key")
	if err := SaveIssuerKey(good, k, nil); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.Join(dir, RootFile)
	if err := SaveRoot(root, testRoot(t, 0), nil); err != nil {
		t.Fatal(err)
	}
	rootText, err := os.ReadFile(root)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		text []byte
		code record.Code
	}{
		"empty":              {nil, record.CodeInvalid},
		"cut short":          {text[:len(text)/2], record.CodeInvalid},
		"a root's":           {rootText, record.CodeInvalid},
		"a certificate":      {k.Certificate(), record.CodeInvalid},
		"huge":               {bytes.Repeat([]byte("a"), maxSecretFile+1), record.CodeTooLarge},
		"a costly age file":  {costly(t), record.CodeInvalid},
		"a broken age file":  {[]byte(armor.Header + "\nAAAA\n" + armor.Footer + "\n"), record.CodeInvalid},
		"trailing text":      {append(bytes.Clone(text), "encore"...), record.CodeInvalid},
		"a changed secret":   {changedSecret(t, k), record.CodeInvalid},
		"a newer version":    {newerSecret(t, k), record.CodeInvalid},
		"a secret too short": {shortSecret(t, k), record.CodeInvalid},
	} {
		path := filepath.Join(dir, "hostile.key")
		if err := os.WriteFile(path, c.text, 0o600); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if _, err := LoadIssuerKey(path, []byte("x")); err == nil || record.CodeOf(err) != c.code {
			t.Errorf("%s: got %v, want %s", name, err, c.code)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s: refused after %v", name, took)
		}
	}
	_, err = LoadIssuerKey(filepath.Join(dir, "none.key"), nil)
	wantError(t, err, record.CodeNotFound, "no_issuer")
	_, err = LoadRoot(filepath.Join(dir, "none.key"), nil)
	wantError(t, err, record.CodeNotFound, "no_root")
	_, err = LoadRoot(good, nil)
	wantError(t, err, record.CodeInvalid, "key_file")
	_, err = LoadRoot(dir, nil)
	wantError(t, err, record.CodeUnavailable, "")
}

// costly is an age file that asks for more work than a reader should do.
func costly(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	lines := armor.NewWriter(&b)
	// The cost is read before anything is computed: a header that names it is
	// enough, and takes no work to make.
	header := "age-encryption.org/v1\n-> scrypt AAAAAAAAAAAAAAAAAAAAAA 22\n" +
		strings.Repeat("A", 43) + "\n--- " + strings.Repeat("A", 43) + "\n"
	if _, err := lines.Write(append([]byte(header), make([]byte, 64)...)); err != nil {
		t.Fatal(err)
	}
	if err := lines.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func secretFile(t *testing.T, k *IssuerKey, change func(*secretWire)) []byte {
	t.Helper()
	public, err := writeKey(k.Key)
	if err != nil {
		t.Fatal(err)
	}
	who, err := encMode.Marshal(wireOf(k.Issuer))
	if err != nil {
		t.Fatal(err)
	}
	secret, err := privateBytes(k.Signer)
	if err != nil {
		t.Fatal(err)
	}
	w := secretWire{Version: secretVersion, Issuer: who, Key: public, Secret: bytes.Clone(secret)}
	change(&w)
	data, err := encMode.Marshal(w)
	if err != nil {
		t.Fatal(err)
	}
	return encodeArmor(issuerKeyLabel, data)
}

func changedSecret(t *testing.T, k *IssuerKey) []byte {
	return secretFile(t, k, func(w *secretWire) { w.Secret[3] ^= 1 })
}

func newerSecret(t *testing.T, k *IssuerKey) []byte {
	return secretFile(t, k, func(w *secretWire) { w.Version++ })
}

func shortSecret(t *testing.T, k *IssuerKey) []byte {
	return secretFile(t, k, func(w *secretWire) { w.Secret = w.Secret[1:] })
}

func wantSameKey(t *testing.T, got, want record.TrustedKey) {
	t.Helper()
	if got.Issuer != want.Issuer || !bytes.Equal(got.Key.ID, want.Key.ID) || !samePublic(got.Key, want.Key) ||
		!got.Key.NotBefore.Equal(want.Key.NotBefore) || !got.Key.NotAfter.Equal(want.Key.NotAfter) ||
		!got.Key.RevokedAt.Equal(want.Key.RevokedAt) || got.Key.Compromised != want.Key.Compromised {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func BenchmarkLoadEncryptedKey(b *testing.B) {
	path := filepath.Join(b.TempDir(), "issuer.key")
	if err := SaveIssuerKey(path, testIssuerKey(b, testPractice, 0), []byte("phrase")); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := LoadIssuerKey(path, []byte("phrase")); err != nil {
			b.Fatal(err)
		}
	}
}
