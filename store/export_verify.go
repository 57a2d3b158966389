package store

import (
	"archive/zip"
	"bufio"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"strings"
)

// ExportReport is what the check of an export found.
type ExportReport struct {
	Entries     uint64
	Head        Head
	Fingerprint string // to compare with what the practice says of its key
	Problems    []Problem
}

const (
	maxExportLine = 4 << 20
)

// VerifyExport checks an export by itself: the signature, the hash of every file, the
// chain from the first entry to the head, and the head's own signature. That the key
// is the practice's is not in the file: compare the fingerprint. Whoever holds the
// store key can sign what never was; a head that somebody else holds shows that.
// An error says that the file is not an export, or cannot be read.
func VerifyExport(path string) (ExportReport, error) {
	const op = "check export"
	var r ExportReport
	z, err := zip.OpenReader(path)
	if errors.Is(err, zip.ErrFormat) || errors.Is(err, io.ErrUnexpectedEOF) {
		return r, invalid(op, ReasonExport, "the file is not an export")
	}
	if err != nil {
		return r, failElsewhere(op, err)
	}
	defer z.Close()
	add := func(code ProblemCode, format string, a ...any) {
		r.Problems = append(r.Problems, Problem{Code: code, What: fmt.Sprintf(format, a...)})
	}

	small := map[string][]byte{}
	for _, name := range []string{exportPublic, exportSums, exportSignature, exportHead} {
		f, err := z.Open(name)
		if err != nil {
			return r, invalid(op, ReasonExport, name+" is missing")
		}
		text, err := io.ReadAll(io.LimitReader(f, maxExportSums))
		_ = f.Close()
		if err != nil {
			add(ProblemExportFile, "%s cannot be read: %v", name, err)
		}
		small[name] = text
	}
	block, _ := pem.Decode(small[exportPublic])
	if block == nil {
		return r, invalid(op, ReasonExport, "there is no public key")
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	public, ok := parsed.(ed25519.PublicKey)
	if err != nil || !ok {
		return r, invalid(op, ReasonExport, "there is no public key")
	}
	r.Fingerprint = Fingerprint(public)
	if !ed25519.Verify(public, small[exportSums], small[exportSignature]) {
		add(ProblemExportSignature, "the signature of %s does not hold", exportSums)
	}
	checkSums(&z.Reader, small[exportSums], add)
	if r.Head, err = ParseHead(string(small[exportHead])); err != nil || !r.Head.Verify(public) {
		add(ProblemExportSignature, "the signature of the head does not hold")
		return r, nil
	}
	r.Entries = checkExportedChain(&z.Reader, r.Head, add)
	return r, nil
}

// maxExportSums bounds the list of hashes, some 500 000 files.
const maxExportSums = 64 << 20

// checkSums compares every file with its hash, in both directions.
func checkSums(z *zip.Reader, sums []byte, add func(ProblemCode, string, ...any)) {
	want := map[string]string{}
	lines := bufio.NewScanner(bytes.NewReader(sums))
	for lines.Scan() {
		sum, name, ok := strings.Cut(lines.Text(), "  ")
		if !ok || want[name] != "" {
			add(ProblemExportFile, "%s has a line that says nothing", exportSums)
			continue
		}
		want[name] = sum
	}
	seen := map[string]bool{}
	for _, f := range z.File {
		if seen[f.Name] {
			add(ProblemExportFile, "%s is there twice", f.Name)
		}
		seen[f.Name] = true
		if f.Name == exportSums || f.Name == exportSignature {
			continue
		}
		in, err := f.Open()
		if err != nil {
			add(ProblemExportFile, "%s cannot be read: %v", f.Name, err)
			continue
		}
		sum := sha256.New()
		_, err = io.Copy(sum, in)
		_ = in.Close()
		if err != nil || hex.EncodeToString(sum.Sum(nil)) != want[f.Name] {
			add(ProblemExportFile, "%s is not as it was signed", f.Name)
		}
	}
	for name := range want {
		if !seen[name] {
			add(ProblemExportFile, "%s is missing", name)
		}
	}
}

// checkExportedChain recomputes the chain and returns how many entries follow each
// other.
func checkExportedChain(z *zip.Reader, head Head, add func(ProblemCode, string, ...any)) (n uint64) {
	f, err := z.Open(exportEntries)
	if err != nil {
		add(ProblemExportFile, "%s is missing", exportEntries)
		return 0
	}
	defer f.Close()
	c := codec{journal: head.Journal}
	previous := c.genesis()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, maxExportLine)
	for lines.Scan() {
		var e ExportedEntry
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			add(ProblemExportFile, "line %d of %s says nothing", n+1, exportEntries)
			return n
		}
		n++
		header, err := hex.DecodeString(e.Header)
		if err != nil || len(header) != headerSize || e.Seq != n {
			add(ProblemChain, "entry %d cannot be checked", n)
			previous = nil
			continue
		}
		h, _ := parseHeader(append(bytes.Clone(header), keeperPurged))
		if previous != nil && !bytes.Equal(h.previous, previous) || hex.EncodeToString(h.previous) != e.Previous || h.id.String() != e.Entry {
			add(ProblemChain, "entry %d does not follow the one before it", n)
		}
		previous = c.hash(n, header)
		if hex.EncodeToString(previous) != e.Hash {
			add(ProblemChain, "entry %d has another hash than it says", n)
		}
	}
	if err := lines.Err(); err != nil {
		add(ProblemExportFile, "%s cannot be read to its end: %v", exportEntries, err)
	}
	if n != head.Seq || previous != nil && !bytes.Equal(previous, head.Hash[:]) {
		add(ProblemChain, "the last entry is not the one that the head names")
	}
	return n
}
