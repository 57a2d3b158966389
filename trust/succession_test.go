package trust

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// lineage signs list number sequence by the last of roots, each of which was named
// by the one before.
func lineage(t *testing.T, sequence uint64, roots ...*Root) []byte {
	t.Helper()
	l := NewList(testNow, 0)
	l.sequence = sequence
	for i := range len(roots) - 1 {
		l.successions = append(l.successions, mustVouch(t, roots[i], roots[i+1]))
	}
	return mustSign(t, l, roots[len(roots)-1])
}

func mustVouch(t *testing.T, old, next *Root) []byte {
	t.Helper()
	statement, err := old.vouch(next)
	if err != nil {
		t.Fatal(err)
	}
	return statement
}

func install(t *testing.T, f *Folder, data []byte) {
	t.Helper()
	if _, _, err := f.Install(data, testNow); err != nil {
		t.Fatal(err)
	}
}

func TestRootIsReplacedByBothSignatures(t *testing.T) {
	a, b, c := testRoot(t, 0), testRoot(t, record.ES256), testRoot(t, 0)
	f := testFolder(t)
	install(t, f, lineage(t, 5, a))

	_, _, err := f.Install(lineage(t, 6, b), testNow)
	wantError(t, err, record.CodeUntrusted, "trust_root_unknown")

	l, first, err := f.Install(lineage(t, 6, a, b), testNow)
	if err != nil || first || !bytes.Equal(l.RootFingerprint(), b.Fingerprint()) {
		t.Fatalf("got %v, first %v, want the new root believed", err, first)
	}
	_, _, err = f.Install(lineage(t, 7, a), testNow)
	wantError(t, err, record.CodeUntrusted, "trust_root_replaced")
	_, _, err = f.Install(lineage(t, 5, a), testNow)
	wantError(t, err, record.CodeUntrusted, "trust_root_replaced")
	// A second successor of the old root comes too late.
	_, _, err = f.Install(lineage(t, 8, a, c), testNow)
	wantError(t, err, record.CodeUntrusted, "trust_root_unknown")
	// And the old root does not come back, even by the new one's word.
	_, _, err = f.Install(lineage(t, 9, b, a), testNow)
	wantError(t, err, record.CodeUntrusted, "trust_root_replaced")

	// The next lists need not come one by one, with or without the first statement.
	install(t, f, lineage(t, 7, a, b))
	install(t, f, lineage(t, 8, a, b, c))
	if l, err := f.Current(); err != nil || !bytes.Equal(l.RootFingerprint(), c.Fingerprint()) {
		t.Errorf("got %v, want the third root believed", err)
	}
}

func TestALateReaderFollowsSeveralReplacements(t *testing.T) {
	a, b, c := testRoot(t, 0), testRoot(t, 0), testRoot(t, 0)
	f := testFolder(t)
	install(t, f, lineage(t, 1, a))
	install(t, f, lineage(t, 40, a, b, c))
	for name, data := range map[string][]byte{
		"the first root":      lineage(t, 41, a),
		"the one in between":  lineage(t, 41, a, b),
		"an older list of it": lineage(t, 39, a, b, c),
	} {
		if _, _, err := f.Install(data, testNow); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestRollBackAcrossAReplacementIsRefused(t *testing.T) {
	a, b := testRoot(t, 0), testRoot(t, 0)
	f := testFolder(t)
	install(t, f, lineage(t, 5, a))
	for sequence, reason := range map[uint64]string{3: "trust_list_older", 4: "trust_list_older", 5: "trust_list_forked"} {
		_, _, err := f.Install(lineage(t, sequence, a, b), testNow)
		wantError(t, err, record.CodeConflict, reason)
	}
	old, err := os.ReadFile(f.Path(ListFile))
	if err != nil {
		t.Fatal(err)
	}
	install(t, f, lineage(t, 6, a, b))
	// Put back by hand, with or without the file of the new list.
	if err := os.WriteFile(f.Path(ListFile), old, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = f.Current()
	wantError(t, err, record.CodeUntrusted, "trust_root_replaced")
}

// A crash between the list and the pins leaves a folder that opens, and in which
// the replaced root has nothing to say any more.
func TestACrashWhileARootIsReplaced(t *testing.T) {
	a, b := testRoot(t, 0), testRoot(t, 0)
	f := testFolder(t)
	install(t, f, lineage(t, 5, a))
	if err := os.WriteFile(f.Path(ListFile), lineage(t, 6, a, b), 0o644); err != nil {
		t.Fatal(err)
	}
	if l, err := f.Current(); err != nil || l.Sequence() != 6 {
		t.Fatalf("got %v, want the new root's list used", err)
	}
	_, _, err := f.Install(lineage(t, 7, a), testNow)
	wantError(t, err, record.CodeUntrusted, "trust_root_replaced")
	install(t, f, lineage(t, 7, a, b))
}

// The same, of two lists of one root: the one that a crash kept from the pins is
// not rolled back either.
func TestACrashDoesNotLetAnOlderListIn(t *testing.T) {
	f, root := testFolder(t), testRoot(t, 0)
	install(t, f, lineage(t, 5, root))
	if err := os.WriteFile(f.Path(ListFile), lineage(t, 8, root), 0o644); err != nil {
		t.Fatal(err)
	}
	_, _, err := f.Install(lineage(t, 6, root), testNow)
	wantError(t, err, record.CodeConflict, "trust_list_older")
}

func TestStatementsThatDoNotHold(t *testing.T) {
	a, b, c := testRoot(t, 0), testRoot(t, record.ES256), testRoot(t, 0)
	ab, bc := mustVouch(t, a, b), mustVouch(t, b, c)
	resign := func(context string, signer *Root, old, next *Root) []byte {
		before, err := writeRoot(old.Key)
		if err != nil {
			t.Fatal(err)
		}
		after, err := writeRoot(next.Key)
		if err != nil {
			t.Fatal(err)
		}
		payload, err := encMode.Marshal(successionWire{Version: 1, Old: before, New: after})
		if err != nil {
			t.Fatal(err)
		}
		data, err := seal(context, signer.Key, signer.Signer, payload)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	if _, _, err := openSuccession(resign(contextSuccession, a, a, b)); err != nil {
		t.Fatalf("the forger does not even make a good one: %v", err)
	}
	for name, statements := range map[string][][]byte{
		"that name another root":        {ab},
		"without the old signature":     {resign(contextSuccession, b, a, b), bc},
		"signed by the new root":        {resign(contextSuccession, c, b, c)},
		"of another context":            {resign(contextList, b, b, c)},
		"of a certificate":              {resign(contextCertificate, b, b, c)},
		"out of order":                  {bc, ab},
		"that branch":                   {ab, mustVouch(t, a, c)},
		"with a gap":                    {ab, mustVouch(t, testRoot(t, 0), c)},
		"twice":                         {ab, bc, bc},
		"in a circle":                   {mustVouch(t, c, a), mustVouch(t, a, c)},
		"of a root that follows itself": {mustVouch(t, c, c)},
		"that are empty":                {{}},
		"with a trailing byte":          {append(bytes.Clone(bc), 0)},
	} {
		l := NewList(testNow, 0)
		l.successions = statements
		payload, err := l.payload(c.Key)
		if err != nil {
			t.Fatal(err)
		}
		data, err := seal(contextList, c.Key, c.Signer, payload)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := OpenList(data); err == nil {
			t.Errorf("statements %s: opened", name)
		}
	}
	everyFlip(bc, func(at int, changed []byte) {
		if _, _, err := openSuccession(changed); err == nil {
			t.Errorf("opened with byte %d changed", at)
		}
	})
}

func TestReplacementsAreBounded(t *testing.T) {
	roots := []*Root{testRoot(t, 0)}
	for range maxSuccessions {
		roots = append(roots, testRoot(t, 0))
	}
	l, err := OpenList(lineage(t, 99, roots...))
	if err != nil || len(l.ancestors) != maxSuccessions {
		t.Fatalf("got %v, want a list with %d replacements", err, maxSuccessions)
	}
	next := testRoot(t, 0)
	l.successions = append(l.successions, mustVouch(t, roots[maxSuccessions], next))
	_, err = l.Sign(next)
	wantError(t, err, record.CodeTooLarge, "trust_list")
}

// The old root's word for its successor is public. Copied before a statement of
// one's own, it leads nowhere.
func TestAStolenStatementLetsNobodyIn(t *testing.T) {
	a, b := testRoot(t, 0), testRoot(t, 0)
	thief, accomplice := testRoot(t, 0), testRoot(t, 0)
	f := testFolder(t)
	install(t, f, lineage(t, 5, a))
	for name, statements := range map[string][][]byte{
		"alone":               {mustVouch(t, a, b)},
		"before one's own":    {mustVouch(t, a, b), mustVouch(t, accomplice, thief)},
		"before a forged one": {mustVouch(t, a, b), mustVouch(t, b, thief)[:40]},
	} {
		l := NewList(testNow, 0)
		l.sequence, l.successions = 6, statements
		payload, err := l.payload(thief.Key)
		if err != nil {
			t.Fatal(err)
		}
		data, err := seal(contextList, thief.Key, thief.Signer, payload)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := f.Install(data, testNow); err == nil {
			t.Errorf("%s: installed", name)
		}
	}
	if l, err := f.Current(); err != nil || l.Sequence() != 5 {
		t.Errorf("got %v, want list 5 untouched", err)
	}
}

func TestReplacingOnesOwnRoot(t *testing.T) {
	for name, passphrase := range map[string][]byte{"without a passphrase": nil, "with a passphrase": []byte("phrase")} {
		t.Run(name, func(t *testing.T) {
			if passphrase != nil && testing.Short() {
				t.Skip("scrypt, several times")
			}
			nothing := func(*List) error { return nil }
			f, reader := testFolder(t), testFolder(t)
			k := trusted(testIssuerKey(t, testPractice, 0))
			if _, err := f.Change(passphrase, testNow, func(l *List) error { return l.Add(k) }); err != nil {
				t.Fatal(err)
			}
			deliver(t, f, reader)
			before, err := f.Current()
			if err != nil {
				t.Fatal(err)
			}
			if passphrase != nil {
				_, _, err := f.ReplaceRoot(nil, testNow, nothing)
				wantError(t, err, record.CodeLocked, "passphrase")
				if current, err := f.Current(); err != nil || current.Sequence() != 1 {
					t.Errorf("after a refusal: got %v, want list 1 untouched", err)
				}
			}
			l, path, err := f.ReplaceRoot(passphrase, testNow.Add(time.Hour), nothing)
			if err != nil {
				t.Fatal(err)
			}
			if l.Sequence() != 2 || bytes.Equal(l.RootFingerprint(), before.RootFingerprint()) || len(l.Keys(k.Key.ID)) != 1 {
				t.Errorf("got list %d of root %x, want the same issuers under a new root", l.Sequence(), l.RootFingerprint())
			}
			if filepath.Dir(path) != filepath.Dir(f.Path(RootFile)) {
				t.Errorf("got the new key in %s, want it beside the old one", path)
			}
			// The next change is signed by the new root, and the reader, who missed the
			// list in between, follows.
			if _, err := f.Change(passphrase, testNow.Add(2*time.Hour), func(l *List) error { return l.RevokeKey(k.Key.ID, testNow, true) }); err != nil {
				t.Fatal(err)
			}
			deliver(t, f, reader)
			if got, err := reader.Current(); err != nil || got.Sequence() != 3 || !got.Keys(k.Key.ID)[0].Key.Compromised {
				t.Errorf("the reader: got %v, want list 3", err)
			}
			// The old key signs nothing here any more.
			old, err := LoadRoot(f.Path(RootFile), passphrase)
			if err != nil {
				t.Fatal(err)
			}
			current, err := f.Current()
			if err != nil {
				t.Fatal(err)
			}
			_, err = f.SignAndInstall(current, old, testNow)
			wantError(t, err, record.CodeConflict, "trust_root_other")
			// Without the list, the old root's word is lost: nothing is begun that readers
			// would refuse.
			if err := os.Remove(f.Path(ListFile)); err != nil {
				t.Fatal(err)
			}
			_, err = f.Change(passphrase, testNow, nothing)
			wantError(t, err, record.CodeNotFound, "trust_list_lost")
			deliver(t, reader, f)
			if _, err := f.Change(passphrase, testNow.Add(3*time.Hour), nothing); err != nil {
				t.Errorf("with the reader's copy: %v", err)
			}
		})
	}
}

// deliver takes a list from one folder to another, by file.
func deliver(t *testing.T, from, to *Folder) {
	t.Helper()
	data, err := os.ReadFile(from.Path(ListFile))
	if err != nil {
		t.Fatal(err)
	}
	install(t, to, data)
}

func TestRootKeptElsewhere(t *testing.T) {
	f := testFolder(t)
	f.KeyPath = filepath.Join(t.TempDir(), "cle-usb", "racine.key")
	nothing := func(*List) error { return nil }
	if _, err := f.Change(nil, testNow, nothing); err != nil {
		t.Fatal(err)
	}
	stick := f.KeyPath
	_, path, err := f.ReplaceRoot(nil, testNow, nothing)
	if err != nil || filepath.Dir(path) != filepath.Dir(stick) {
		t.Fatalf("got %s, %v, want the new key on the stick", path, err)
	}
	// The old key's path is now a wrong answer, and no path finds no key.
	_, err = f.Change(nil, testNow, nothing)
	wantError(t, err, record.CodeConflict, "trust_root_other")
	f.KeyPath = ""
	_, err = f.Change(nil, testNow, nothing)
	wantError(t, err, record.CodeNotFound, "no_root")
	f.KeyPath = path
	if _, err := f.Change(nil, testNow, nothing); err != nil {
		t.Error(err)
	}
}

func TestAChangeThatFailsLeavesNothing(t *testing.T) {
	f := testFolder(t)
	wrong := errors.New("non")
	if _, err := f.Change(nil, testNow, func(*List) error { return wrong }); !errors.Is(err, wrong) {
		t.Errorf("got %v, want the change's own error", err)
	}
	if _, err := os.Stat(f.Path("")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want no folder", err)
	}
	if _, err := f.Change(nil, testNow, func(*List) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.ReplaceRoot(nil, testNow, func(*List) error { return wrong }); !errors.Is(err, wrong) {
		t.Errorf("got %v, want the change's own error", err)
	}
	entries, err := os.ReadDir(f.Path(""))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "root-") {
			t.Errorf("%s was left behind", e.Name())
		}
	}
}

func TestPinsBelieveOneRoot(t *testing.T) {
	f := testFolder(t)
	a, b := testRoot(t, 0), testRoot(t, 0)
	install(t, f, lineage(t, 1, a))
	for name, spoil := range map[string]func(*pins){
		"two roots":     func(p *pins) { p.add(b.Fingerprint(), testNow) },
		"none of them":  func(p *pins) { p.Roots[0].ReplacedBy = b.Fingerprint() },
		"half a finger": func(p *pins) { p.Roots[0].ReplacedBy = b.Fingerprint()[:3] },
	} {
		good, err := f.readPins()
		if err != nil {
			t.Fatal(err)
		}
		spoilt := &pins{Version: pinsVersion, Roots: append([]pin(nil), good.Roots...)}
		spoil(spoilt)
		if err := f.writePins(spoilt); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Current(); record.ReasonOf(err) != "trust_pins" {
			t.Errorf("%s: got %v, want the pins refused", name, err)
		}
		if err := f.writePins(good); err != nil {
			t.Fatal(err)
		}
	}
}
