package trust

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

func testFolder(t *testing.T) *Folder {
	t.Helper()
	f, err := OpenFolder(filepath.Join(t.TempDir(), "data", "trust"))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// signedAs returns a list with that sequence number.
func signedAs(t *testing.T, sequence uint64, root *Root, keys ...record.TrustedKey) []byte {
	t.Helper()
	l := NewList(testNow, 0)
	l.sequence = sequence
	mustAdd(t, l, keys...)
	return mustSign(t, l, root)
}

func TestAPracticeStartsInTwoCommands(t *testing.T) {
	dir := t.TempDir()
	// issuer new
	k := testIssuerKey(t, testPractice, 0)
	if err := SaveIssuerKey(filepath.Join(dir, "issuer.key"), k, nil); err != nil {
		t.Fatal(err)
	}
	// trust add issuer.cert
	cert, err := ParseCertificate(k.Certificate())
	if err != nil {
		t.Fatal(err)
	}
	f, err := OpenFolder(filepath.Join(dir, "trust"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Current(); record.CodeOf(err) != record.CodeNotFound || record.ReasonOf(err) != "no_trust_list" {
		t.Fatalf("before the first list: got %v, want not found", err)
	}
	l, err := f.Change(nil, testNow, func(l *List) error { return l.Add(cert) })
	if err != nil {
		t.Fatal(err)
	}
	// What was installed is what the next program finds.
	current, err := f.Current()
	if err != nil {
		t.Fatal(err)
	}
	wantSameList(t, current, l)
	if got := current.Keys(k.Key.ID); len(got) != 1 || got[0].Issuer != testPractice {
		t.Errorf("got %+v, want the practice's key", got)
	}
	if current.Sequence() != 1 || Words(current.RootFingerprint()) == "" {
		t.Errorf("got list %d of root %x", current.Sequence(), current.RootFingerprint())
	}
	// Later: the key is revoked, in the list that follows.
	later := testNow.AddDate(0, 1, 0)
	if _, err := f.Change(nil, later, func(l *List) error { return l.RevokeKey(k.Key.ID, later, false) }); err != nil {
		t.Fatal(err)
	}
	if current, err = f.Current(); err != nil {
		t.Fatal(err)
	}
	if issued, _ := current.ListDate(); current.Sequence() != 2 || !issued.Equal(later) || current.Keys(k.Key.ID)[0].Key.RevokedAt.IsZero() {
		t.Errorf("got list %d of %v with %+v, want list 2 with the key revoked", current.Sequence(), issued, current.Issuers())
	}
}

func TestFirstListPinsItsRoot(t *testing.T) {
	f, root := testFolder(t), testRoot(t, 0)
	l, first, err := f.Install(signedAs(t, 5, root), testNow)
	if err != nil || !first || !bytes.Equal(l.RootFingerprint(), root.Fingerprint()) {
		t.Fatalf("got %v, first %v, want the first list installed", err, first)
	}
	if _, first, err = f.Install(signedAs(t, 6, root), testNow); err != nil || first {
		t.Errorf("the next list: got %v, first %v", err, first)
	}
	_, _, err = f.Install(signedAs(t, 7, testRoot(t, 0)), testNow)
	wantError(t, err, record.CodeUntrusted, "trust_root_unknown")
	if l, err := f.Current(); err != nil || l.Sequence() != 6 {
		t.Errorf("after a refusal: got %v, want list 6 untouched", err)
	}
}

func TestRollBackIsRefused(t *testing.T) {
	f, root := testFolder(t), testRoot(t, record.ES256)
	old, current := signedAs(t, 5, root), signedAs(t, 6, root)
	for _, data := range [][]byte{old, current} {
		if _, _, err := f.Install(data, testNow); err != nil {
			t.Fatal(err)
		}
	}
	_, _, err := f.Install(old, testNow)
	wantError(t, err, record.CodeConflict, "trust_list_older")
	// The same list again is no change, even signed anew.
	for _, again := range [][]byte{current, signedAs(t, 6, root)} {
		if _, _, err := f.Install(again, testNow); err != nil {
			t.Errorf("the same list again: %v", err)
		}
	}
	_, _, err = f.Install(signedAs(t, 6, root, trusted(testIssuerKey(t, testDoctor, 0))), testNow)
	wantError(t, err, record.CodeConflict, "trust_list_forked")

	// Deleting the list's file does not let the old one in.
	if err := os.Remove(f.Path(ListFile)); err != nil {
		t.Fatal(err)
	}
	_, _, err = f.Install(old, testNow)
	wantError(t, err, record.CodeConflict, "trust_list_older")
	// Nor does putting it in place by hand.
	if err := os.WriteFile(f.Path(ListFile), old, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = f.Current()
	wantError(t, err, record.CodeConflict, "trust_list_older")
}

func TestListPutInPlaceByHand(t *testing.T) {
	f, root := testFolder(t), testRoot(t, 0)
	if _, _, err := f.Install(signedAs(t, 1, root), testNow); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		data   []byte
		code   record.Code
		reason string
	}{
		"of another root": {signedAs(t, 9, testRoot(t, 0)), record.CodeUntrusted, "trust_root_unknown"},
		"that is no list": {[]byte("bonjour"), record.CodeInvalid, "trust_list"},
		"that is huge":    {make([]byte, MaxList+1), record.CodeTooLarge, "trust_list"},
	} {
		if err := os.WriteFile(f.Path(ListFile), c.data, 0o644); err != nil {
			t.Fatal(err)
		}
		l, err := f.Current()
		if l != nil {
			t.Errorf("%s: got a list beside the error", name)
		}
		wantError(t, err, c.code, c.reason)
	}
	// A newer list of the same root is what a crash between two writes leaves.
	if err := os.WriteFile(f.Path(ListFile), signedAs(t, 2, root), 0o644); err != nil {
		t.Fatal(err)
	}
	if l, err := f.Current(); err != nil || l.Sequence() != 2 {
		t.Errorf("a newer list: got %v, want it used", err)
	}
}

func TestDamagedPinsLetNothingIn(t *testing.T) {
	f, root := testFolder(t), testRoot(t, 0)
	data := signedAs(t, 1, root)
	if _, _, err := f.Install(data, testNow); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(f.Path(PinsFile))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(good, []byte(Words(root.Fingerprint()))) {
		t.Error("the file of pins does not show the words to compare")
	}
	for name, pins := range map[string][]byte{
		"empty":             {},
		"cut short":         good[:len(good)/2],
		"twice":             append(bytes.Clone(good), good...),
		"a newer version":   bytes.Replace(good, []byte(`"version": 1`), []byte(`"version": 2`), 1),
		"an unknown field":  bytes.Replace(good, []byte(`"version"`), []byte(`"any": true, "version"`), 1),
		"half a finger":     bytes.Replace(good, good[bytes.Index(good, []byte(`"fingerprint": "`)):][:20], []byte(`"fingerprint": "`), 1),
		"something endless": bytes.Repeat([]byte(" "), maxPins+1),
	} {
		if err := os.WriteFile(f.Path(PinsFile), pins, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, _, err := f.Install(data, testNow); record.ReasonOf(err) != "trust_pins" {
			t.Errorf("%s: install: got %v, want the pins refused", name, err)
		}
		if _, err := f.Current(); record.ReasonOf(err) != "trust_pins" {
			t.Errorf("%s: current: got %v, want the pins refused", name, err)
		}
	}
	// Without pins at all, a list is nobody's until it is installed again.
	if err := os.Remove(f.Path(PinsFile)); err != nil {
		t.Fatal(err)
	}
	_, err = f.Current()
	wantError(t, err, record.CodeUntrusted, "trust_root_unknown")
	if _, first, err := f.Install(data, testNow); err != nil || !first {
		t.Errorf("got %v, first %v, want the root pinned again", err, first)
	}
}

func TestFollowingSomebodyElsesList(t *testing.T) {
	f, theirs := testFolder(t), testRoot(t, 0)
	if _, _, err := f.Install(signedAs(t, 3, theirs), testNow); err != nil {
		t.Fatal(err)
	}
	_, err := f.Change(nil, testNow, func(l *List) error { return l.RevokeCard([]byte("carte--1"), testNow) })
	wantError(t, err, record.CodeNotFound, "no_root")
	if _, err := os.Stat(f.Path(RootFile)); err == nil {
		t.Error("a root was made that nobody would believe")
	}
	l, err := f.Current()
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.SignAndInstall(l, testRoot(t, 0), testNow)
	wantError(t, err, record.CodeConflict, "trust_root_other")
}

func TestSigningAfterTheListWasLost(t *testing.T) {
	f := testFolder(t)
	add := func(l *List) error { return l.Add(trusted(testIssuerKey(t, testPractice, 0))) }
	for range 3 {
		if _, err := f.Change(nil, testNow, add); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(f.Path(ListFile)); err != nil {
		t.Fatal(err)
	}
	l, err := f.Change(nil, testNow, add)
	if err != nil || l.Sequence() != 4 {
		t.Fatalf("got %v, want list 4: the pins remember 3", err)
	}
}

func TestTwoChangesAtOnce(t *testing.T) {
	f := testFolder(t)
	if _, err := f.Change(nil, testNow, func(*List) error { return nil }); err != nil {
		t.Fatal(err)
	}
	root, err := f.Root(nil, testNow)
	if err != nil {
		t.Fatal(err)
	}
	a, err := f.Current()
	if err != nil {
		t.Fatal(err)
	}
	b, err := f.Current()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.SignAndInstall(a, root, testNow); err != nil {
		t.Fatal(err)
	}
	_, err = f.SignAndInstall(b, root, testNow.Add(time.Minute))
	wantError(t, err, record.CodeConflict, "trust_list_older")
}

func TestRootWithAPassphrase(t *testing.T) {
	f := testFolder(t)
	if _, err := f.Change([]byte("phrase"), testNow, func(*List) error { return nil }); err != nil {
		t.Fatal(err)
	}
	_, err := f.Change(nil, testNow, func(*List) error { return nil })
	wantError(t, err, record.CodeLocked, "passphrase")
	// Reading needs none.
	if _, err := f.Current(); err != nil {
		t.Error(err)
	}
}

func TestOpenFolderOnAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fichier")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := OpenFolder(path)
	wantError(t, err, record.CodeInvalid, "not_a_folder")
}
