package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/trust"
)

// fact sets a variable to a field of the first JSON object of the last command's
// standard output; a dot leads inside an object:
//
//	fact CARD card
//	fact OLD replaces.key
func fact(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: fact VARIABLE FIELD")
	}
	var object any
	ts.Check(json.NewDecoder(strings.NewReader(ts.ReadFile("stdout"))).Decode(&object))
	for _, name := range strings.Split(args[1], ".") {
		fields, _ := object.(map[string]any)
		object = fields[name]
	}
	text, ok := object.(string)
	if !ok {
		ts.Fatalf("%s is %v, not text", args[1], object)
	}
	ts.Setenv(args[0], text)
}

// Whatever fails while a key is rotated, the old one stays in service, with its
// certificate, and nothing else is left.
func TestARotationThatFailsLeavesTheOldKey(t *testing.T) {
	now := time.Now()
	for _, blocked := range []string{"kept.key", "kept.cert", "issuer.key"} {
		dir := t.TempDir()
		key, err := createIssuer(dir, record.Issuer{Name: "Cabinet d’essai", Kind: "practice"}, record.EdDSA, nil, now)
		if err != nil {
			t.Fatal(err)
		}
		// A folder that is not empty stands where a file should go.
		wall := filepath.Join(dir, strings.Replace(blocked, "kept", retiredName(key), 1))
		if blocked == "issuer.key" {
			if err := os.Remove(wall); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.MkdirAll(filepath.Join(wall, "x"), 0o700); err != nil {
			t.Fatal(err)
		}
		if _, _, err := rotateIssuer(dir, key, nil, now, now); err == nil {
			t.Fatalf("%s in the way: rotated", blocked)
		}
		cert, err := readCertificate(filepath.Join(dir, issuerCertFile))
		if err != nil || hexID(cert.Key.ID) != hexID(key.Key.ID) {
			t.Errorf("%s in the way: got certificate %x, %v, want the old key's", blocked, cert.Key.ID, err)
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			switch path := filepath.Join(dir, e.Name()); path {
			case wall, filepath.Join(dir, issuerKeyFile), filepath.Join(dir, issuerCertFile):
			default:
				t.Errorf("%s in the way: %s was left behind", blocked, e.Name())
			}
		}
	}
}

// A crash just before the new key takes its name: the command is repeated.
func TestARotationIsRepeatedAfterACrash(t *testing.T) {
	data := practice(t)
	dir := filepath.Join(data, "issuer")
	key, err := trust.LoadIssuerKey(filepath.Join(dir, issuerKeyFile), nil)
	if err != nil {
		t.Fatal(err)
	}
	next, _, err := rotateIssuer(dir, key, nil, time.Now(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	// The rename undone, by hand.
	if err := os.Remove(filepath.Join(dir, issuerKeyFile)); err != nil {
		t.Fatal(err)
	}
	if err := trust.SaveIssuerKey(filepath.Join(dir, issuerKeyFile), key, nil); err != nil {
		t.Fatal(err)
	}
	codes(t, data, "aucune-allergie-connue") // still prints
	must(t, "issuer", "rotate", "--data", data)
	now, err := trust.LoadIssuerKey(filepath.Join(dir, issuerKeyFile), nil)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := readCertificate(filepath.Join(dir, issuerCertFile))
	if err != nil || hexID(cert.Key.ID) != hexID(now.Key.ID) || hexID(now.Key.ID) == hexID(next.Key.ID) {
		t.Errorf("got key %x with certificate %x, %v", now.Key.ID, cert.Key.ID, err)
	}
}

// Revoking what is revoked leaves the list as it is, byte for byte.
func TestRevokingTwiceChangesNothing(t *testing.T) {
	data := practice(t)
	path := filepath.Join(data, "trust", trust.ListFile)
	must(t, "revoke", "--card", "0123456789ABCDEF", "--data", data)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := cli(t, "revoke", "--card", "0123 4567 89ab cdef", "--data", data)
	if code != exitDone || !strings.Contains(stderr, sayAlreadyRevoked) || !strings.Contains(stdout, "0123456789abcdef") {
		t.Errorf("got status %d, %s%s", code, stdout, stderr)
	}
	if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
		t.Errorf("the list was written anew (%v)", err)
	}
}

// A certificate that was lost is made again from the key.
func TestShowRestoresTheCertificate(t *testing.T) {
	data := practice(t)
	path := filepath.Join(data, "issuer", issuerCertFile)
	before := must(t, "issuer", "show", "--json", "--data", data)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if after := must(t, "issuer", "show", "--json", "--data", data); after != before {
		t.Errorf("got %s, want %s", after, before)
	}
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		t.Error("the certificate was shown, not written")
	}
}

// A list that is overdue already when it comes is better than none: it is put in
// service, and the person is told.
func TestAnOverdueListIsInstalledAndSaidToBe(t *testing.T) {
	data, now := t.TempDir(), time.Now()
	root, err := trust.NewRoot(record.EdDSA, now)
	if err != nil {
		t.Fatal(err)
	}
	list, err := trust.NewList(now.AddDate(-1, 0, 0), 0).Sign(root)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "liste.cose")
	if err := os.WriteFile(path, list, 0o600); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := cli(t, "trust", "update", path, "--data", data, "--json")
	if code != exitDone || !strings.Contains(stdout, `"stale":true`) || !strings.Contains(stderr, "devait être renouvelée le") {
		t.Errorf("got status %d, %s%s", code, stdout, stderr)
	}
}

// A list altered by one bit, or too long, is refused and leaves no folder.
func TestADamagedListIsNotInstalled(t *testing.T) {
	source := practice(t)
	list, err := os.ReadFile(filepath.Join(source, "trust", trust.ListFile))
	if err != nil {
		t.Fatal(err)
	}
	altered := append([]byte(nil), list...)
	altered[len(altered)-1] ^= 1
	for name, c := range map[string]struct {
		list []byte
		say  string
	}{
		"signature": {altered, "signature"},
		"cut short": {list[:len(list)/2], "altérée ou illisible"},
		"empty":     {nil, "altérée ou illisible"},
		"too long":  {make([]byte, trust.MaxList+1), "altérée ou illisible"},
	} {
		data := filepath.Join(t.TempDir(), "data")
		path := filepath.Join(t.TempDir(), "liste.cose")
		if err := os.WriteFile(path, c.list, 0o600); err != nil {
			t.Fatal(err)
		}
		code, stdout, stderr := cli(t, "trust", "update", path, "--data", data)
		if code != exitFailed || !strings.Contains(stderr, c.say) || stdout != "" {
			t.Errorf("%s: got status %d, %s%s", name, code, stdout, stderr)
		}
		if _, err := os.Stat(data); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: a folder was made", name)
		}
	}
}
