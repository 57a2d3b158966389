package qr

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// The vectors of version 1 (testdata/vectors/v1/README.md). Files are made once, by
// vectors_make_test.go, and never again: what they hold is what printed cards hold.
const vectorFolder = "../testdata/vectors/v1"

// vector is one set of texts with what a reader must say of them.
type vector struct {
	Name   string        `json:"name"`
	About  string        `json:"about"`
	Class  string        `json:"class"`
	Now    time.Time     `json:"now"`
	Code   string        `json:"code,omitempty"`
	Trust  vectorTrust   `json:"trust"`
	Texts  []string      `json:"texts"`
	Expect []expectation `json:"expect"`
}

type vectorTrust struct {
	Issued     time.Time     `json:"issued,omitzero"`
	NextUpdate time.Time     `json:"next_update,omitzero"`
	Keys       []vectorKey   `json:"keys"`
	Revoked    []revokedCard `json:"revoked_cards,omitempty"`
}

type vectorKey struct {
	KeyID       string    `json:"kid"`
	Algorithm   int       `json:"alg"`
	Public      string    `json:"public"`
	Issuer      string    `json:"issuer"`
	NotBefore   time.Time `json:"not_before"`
	NotAfter    time.Time `json:"not_after,omitzero"`
	RevokedAt   time.Time `json:"revoked_at,omitzero"`
	Compromised bool      `json:"compromised,omitempty"`
}

type revokedCard struct {
	ID string    `json:"id"`
	At time.Time `json:"at"`
}

// expectation is one reading.
type expectation struct {
	Verdict  record.Verdict  `json:"verdict"`
	Complete bool            `json:"complete"`
	Missing  int             `json:"missing,omitempty"`
	Locked   bool            `json:"locked,omitempty"`
	Declared bool            `json:"declared,omitempty"`
	Withheld bool            `json:"withheld,omitempty"`
	Issuer   string          `json:"issuer,omitempty"`
	Card     string          `json:"card,omitempty"`
	Issued   time.Time       `json:"issued,omitzero"`
	Warnings []string        `json:"warnings,omitempty"`
	Content  json.RawMessage `json:"content,omitempty"`
}

// list is the trust list of a vector.
func (v vector) list() (testKeys, error) {
	l := testKeys{issued: v.Trust.Issued, nextDate: v.Trust.NextUpdate, cards: map[string]time.Time{}}
	for _, k := range v.Trust.Keys {
		id, err := hex.DecodeString(k.KeyID)
		if err != nil {
			return l, err
		}
		public, err := hex.DecodeString(k.Public)
		if err != nil {
			return l, err
		}
		key := record.Key{ID: id, Algorithm: record.Algorithm(k.Algorithm), NotBefore: k.NotBefore, NotAfter: k.NotAfter,
			RevokedAt: k.RevokedAt, Compromised: k.Compromised, Public: ed25519.PublicKey(public)}
		if len(public) == 65 {
			if key.Public, err = ecdsa.ParseUncompressedPublicKey(elliptic.P256(), public); err != nil {
				return l, err
			}
		}
		l.keys = append(l.keys, record.TrustedKey{Issuer: record.Issuer{Name: k.Issuer, Kind: "practice"}, Key: key})
	}
	for _, c := range v.Trust.Revoked {
		id, err := hex.DecodeString(c.ID)
		if err != nil {
			return l, err
		}
		l.cards[string(id)] = c.At
	}
	return l, nil
}

// read reads the texts of a vector and says what a vector says of it.
func (v vector) read() ([]expectation, error) {
	list, err := v.list()
	if err != nil {
		return nil, err
	}
	var out []expectation
	for _, r := range (Reader{Keys: list, Now: v.Now, Code: v.Code}).Read(v.Texts) {
		e := expectation{Verdict: r.Judgement.Verdict, Complete: r.Complete, Missing: len(r.Missing), Locked: r.Locked,
			Declared: r.Declared, Withheld: r.Withheld, Issuer: r.Issuer.Name, Card: hex.EncodeToString(r.CardID), Issued: r.Issued.UTC()}
		for _, w := range r.Warnings {
			e.Warnings = append(e.Warnings, w.Code)
		}
		if r.Summary != nil {
			if e.Content, err = json.Marshal(r.Summary); err != nil {
				return nil, err
			}
		}
		out = append(out, e)
	}
	return out, nil
}

// class is what a vector of these readings belongs to.
func classOf(readings []expectation) string {
	switch r := readings[0]; {
	case len(readings) > 1 && readings[1].Verdict == record.NotAuthentic:
		return string(record.NotAuthentic)
	case r.Locked:
		return "locked"
	case r.Verdict == record.Authentic:
		return "valid"
	default:
		return string(r.Verdict)
	}
}

var vectorClasses = []string{"valid", "stale", "patient_declared", "incomplete", "locked", "not_authentic", "unknown_issuer", "expired", "revoked", "unreadable"}

func TestVectors(t *testing.T) {
	files, err := filepath.Glob(vectorFolder + "/*.json")
	if err != nil {
		t.Fatal(err)
	}
	classes := map[string]int{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var v vector
		decoder := json.NewDecoder(bytes.NewReader(data))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&v); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		classes[v.Class]++
		t.Run(v.Name, func(t *testing.T) {
			if v.Name+".json" != filepath.Base(file) || v.About == "" || len(v.Expect) == 0 || v.Class != classOf(v.Expect) {
				t.Errorf("name, class or text do not fit")
			}
			got, err := v.read()
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != len(v.Expect) {
				t.Fatalf("got %d readings, want %d", len(got), len(v.Expect))
			}
			for i, want := range v.Expect {
				var compact bytes.Buffer
				if want.Content != nil {
					if err := json.Compact(&compact, want.Content); err != nil {
						t.Fatal(err)
					}
					want.Content = compact.Bytes()
				}
				if !reflect.DeepEqual(got[i], want) {
					t.Errorf("reading %d:\ngot  %+v\nwant %+v", i, got[i], want)
				}
			}
		})
	}
	if len(files) < 400 {
		t.Errorf("%d vectors", len(files))
	}
	for _, class := range vectorClasses {
		if classes[class] == 0 {
			t.Errorf("no vector of class %s", class)
		}
	}
}

// vectorFiles are the names of all files of vectors, as the sums have them.
func vectorFiles(t testing.TB) []string {
	t.Helper()
	var out []string
	for _, pattern := range []string{"*.json", "low/*.json"} {
		files, err := filepath.Glob(filepath.Join(vectorFolder, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			name, err := filepath.Rel(vectorFolder, file)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, filepath.ToSlash(name))
		}
	}
	return out
}

// vectorSums reads SHA256SUMS: the sum of each file by its name.
func vectorSums() (map[string]string, error) {
	sums := map[string]string{}
	data, err := os.ReadFile(vectorFolder + "/SHA256SUMS")
	if err != nil {
		return sums, err
	}
	for line := range strings.Lines(string(data)) {
		sum, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		if !ok || sums[name] != "" {
			return nil, fmt.Errorf("not a line of sums: %q", line)
		}
		sums[name] = sum
	}
	return sums, nil
}

// TestVectorsAreThoseOfTheFormat: a released vector never changes.
func TestVectorsAreThoseOfTheFormat(t *testing.T) {
	sums, err := vectorSums()
	if err != nil {
		t.Fatal(err)
	}
	files := vectorFiles(t)
	if len(files) != len(sums) {
		t.Fatalf("%d files and %d sums", len(files), len(sums))
	}
	for _, name := range files {
		data, err := os.ReadFile(filepath.Join(vectorFolder, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%x", sha256.Sum256(data)); got != sums[name] {
			t.Errorf("%s changed", name)
		}
	}
}

// vectorTexts are seeds for fuzz targets.
func vectorTexts(f *testing.F) [][]string {
	f.Helper()
	files, err := filepath.Glob(vectorFolder + "/*.json")
	if err != nil || len(files) == 0 {
		f.Fatalf("no vectors: %v", err)
	}
	var out [][]string
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		var v vector
		if err := json.Unmarshal(data, &v); err != nil {
			f.Fatal(err)
		}
		if !slices.ContainsFunc(v.Texts, func(s string) bool { return strings.Contains(s, "\n") }) {
			out = append(out, v.Texts)
		}
	}
	return out
}
