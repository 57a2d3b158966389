package store

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// An export is a zip file that somebody who has neither the journal nor this program
// can check: JSON lines, a signed list of hashes, and a page that says how. It holds
// nothing about a patient unless the content is asked for.
const (
	exportReadme    = "LISEZMOI.txt"
	exportEntries   = "entrees.jsonl"
	exportHead      = "tete.txt"
	exportPublic    = "cle-publique.pem"
	exportSums      = "SHA256SUMS"
	exportSignature = "SHA256SUMS.sig"
	exportContent   = "contenu/"
)

// ExportedEntry is one line of an export.
type ExportedEntry struct {
	Seq          uint64               `json:"seq"`
	Entry        string               `json:"entry"`
	Kind         record.EntryKind     `json:"kind"`
	Of           string               `json:"of,omitempty"`
	Replaces     string               `json:"replaces,omitempty"`
	Header       string               `json:"header"` // what the hash covers, in hexadecimal
	Hash         string               `json:"hash"`
	Previous     string               `json:"previous"`
	ActedAt      time.Time            `json:"acted_at"`
	RecordedAt   time.Time            `json:"recorded_at,omitzero"`
	Author       string               `json:"author_rpps,omitempty"`
	Device       string               `json:"device,omitempty"`
	Card         string               `json:"card,omitempty"`
	DocumentID   string               `json:"document_id"`
	DocumentSHA1 string               `json:"document_sha1,omitempty"`
	BodySHA256   string               `json:"body_sha256,omitempty"`
	PhotoSHA256  string               `json:"photograph_sha256,omitempty"`
	State        record.DeliveryState `json:"state"`
	Deadline     time.Time            `json:"deadline"`
	Tries        []record.AttemptInfo `json:"tries"`
	Receipt      *record.Receipt      `json:"receipt"`
	PurgedAt     time.Time            `json:"purged_at,omitzero"`
	Unreadable   bool                 `json:"unreadable,omitempty"`
}

// ExportOptions refine an export.
type ExportOptions struct {
	// Content adds what was recorded of the patients: consultations, submissions and
	// photographs, in clear.
	Content bool
	// Only leaves the content at one entry's and its photographs'. The lines are of all
	// entries: the chain is what proves any of them.
	Only string
}

// Exported is what an export made.
type Exported struct {
	Entries     uint64 `json:"entries"`
	Unreadable  int    `json:"unreadable"`
	Head        string `json:"head"`
	Fingerprint string `json:"fingerprint"` // of the key that signed
}

// Fingerprint is what a person compares of a public key: its SHA-256, in groups of
// four hexadecimal digits.
func Fingerprint(public ed25519.PublicKey) string {
	sum := sha256.Sum256(public)
	text := hex.EncodeToString(sum[:16])
	out := text[:4]
	for i := 4; i < len(text); i += 4 {
		out += " " + text[i:i+4]
	}
	return out
}

// Export writes the evidence of the whole journal to path, which is replaced whole or
// not at all. The journal may be used meanwhile; entries are those of the beginning,
// and each is in the state in which it was met.
func (j *Journal) Export(ctx context.Context, path string, o ExportOptions) (Exported, error) {
	const op = "export journal"
	var out Exported
	err := replaceFile(filepath.Dir(path), filepath.Base(path), false, func(temporary string) error {
		f, err := os.OpenFile(temporary, os.O_WRONLY|os.O_TRUNC, 0o600)
		if err != nil {
			return err
		}
		out, err = j.writeExport(ctx, f, o)
		return errors.Join(err, f.Sync(), f.Close(), ownerOnly(temporary))
	})
	return out, failElsewhere(op, err)
}

// ExportTo is [Journal.Export] to w, for whoever asks over a connection. What was written
// before an error is no export.
func (j *Journal) ExportTo(ctx context.Context, w io.Writer, o ExportOptions) (Exported, error) {
	out, err := j.writeExport(ctx, w, o)
	return out, failElsewhere("export journal", err)
}

// exporter writes the files of an export and their hashes.
type exporter struct {
	z    *zip.Writer
	sums bytes.Buffer
}

func (x *exporter) add(name string, at time.Time, write func(io.Writer) error) error {
	w, err := x.z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: at})
	if err != nil {
		return err
	}
	sum := sha256.New()
	if err := write(io.MultiWriter(w, sum)); err != nil {
		return err
	}
	fmt.Fprintf(&x.sums, "%x  %s\n", sum.Sum(nil), name)
	return nil
}

func text(s []byte) func(io.Writer) error {
	return func(w io.Writer) error { _, err := w.Write(s); return err }
}

func (j *Journal) writeExport(ctx context.Context, f io.Writer, o ExportOptions) (out Exported, err error) {
	head, err := j.Head()
	if err != nil {
		return out, err
	}
	key := j.codec.signer()
	public := key.Public().(ed25519.PublicKey)
	out.Entries, out.Head, out.Fingerprint = head.Seq, head.String(), Fingerprint(public)
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return out, err
	}
	x := &exporter{z: zip.NewWriter(f)}
	add := func(name string, write func(io.Writer) error) {
		if err == nil {
			err = x.add(name, head.At, write)
		}
	}
	add(exportReadme, text([]byte(readmeInFrench(head, out.Fingerprint, o.Content))))
	add(exportPublic, text(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})))
	add(exportHead, text([]byte(out.Head+"\n")))
	var readable []string
	add(exportEntries, func(w io.Writer) error {
		lines := json.NewEncoder(w)
		lines.SetEscapeHTML(false)
		for seq := uint64(1); seq <= head.Seq; seq++ {
			e, err := j.exportEntry(ctx, seq)
			if err != nil {
				return err
			}
			if e.Unreadable {
				out.Unreadable++
			} else if e.PurgedAt.IsZero() && (o.Only == "" || e.Entry == o.Only || e.Of == o.Only) {
				readable = append(readable, e.Entry)
			}
			if err := lines.Encode(e); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && o.Content {
		for _, entry := range readable {
			if err = j.exportContent(ctx, x, entry, head.At); err != nil {
				break
			}
		}
	}
	if err != nil {
		return out, err
	}
	sums := bytes.Clone(x.sums.Bytes())
	add(exportSums, text(sums))
	add(exportSignature, text(ed25519.Sign(key, sums)))
	return out, errors.Join(err, x.z.Close())
}

// exportEntry makes a line of what can be read of an entry.
func (j *Journal) exportEntry(ctx context.Context, seq uint64) (e ExportedEntry, err error) {
	err = j.view(ctx, "export entry", func(tx *snapshot) error {
		c := j.codec
		e = ExportedEntry{Seq: seq, Tries: []record.AttemptInfo{}}
		row, err := get(tx, bucketEntries, entryKey(seq, 0))
		if err != nil {
			return err
		}
		h, err := parseHeader(row)
		if err != nil {
			e.Unreadable = true
			return nil
		}
		e.Entry, e.Kind = h.id.String(), kindNames[h.kind]
		e.Header, e.Previous = hex.EncodeToString(row[:headerSize]), hex.EncodeToString(h.previous)
		e.Hash = hex.EncodeToString(c.hash(seq, row))
		r, err := c.itemRow(tx, seq)
		if err != nil {
			e.Unreadable = true
			return nil
		}
		e.ActedAt, e.DocumentID, e.State, e.Deadline, e.PurgedAt = r.ActedAt.UTC(), r.DocumentID, r.State, r.Deadline.UTC(), r.PurgedAt
		e.Replaces = r.Replaces
		if !r.Receipt.Empty() {
			e.Receipt = &r.Receipt
		}
		for n := 1; n <= r.Attempts; n++ {
			if a, err := c.readAttempt(tx, seq, n); err == nil {
				e.Tries = append(e.Tries, a)
			}
		}
		if h.purged() {
			return nil
		}
		o, err := c.openEntry(seq, row)
		if err != nil {
			e.Unreadable = true
			return nil
		}
		e.RecordedAt, e.Device = o.fact.RecordedAt, o.fact.Device
		e.Author, e.Card = o.fact.Consultation.Author.RPPS, o.fact.Consultation.Card.ID
		e.DocumentSHA1 = hex.EncodeToString(o.fact.Submission.DocumentSHA1)
		e.BodySHA256 = hex.EncodeToString(o.fact.Submission.BodySHA256)
		if o.fact.Of != nil {
			e.Of, e.PhotoSHA256 = o.fact.Of.Entry, hex.EncodeToString(o.fact.Of.SHA256)
		}
		return nil
	})
	return e, err
}

// exportContent adds what was recorded of one entry, in clear.
func (j *Journal) exportContent(ctx context.Context, x *exporter, entry string, at time.Time) error {
	info, err := j.Entry(ctx, entry)
	if err != nil {
		return err
	}
	s, err := j.Submission(ctx, entry)
	if isDamaged(err) {
		return nil // said in its line
	}
	if err != nil {
		return err
	}
	if err := x.add(exportContent+entry+".envoi.json", at, text(s.Body)); err != nil {
		return err
	}
	if info.Photograph {
		r, p, err := j.Photograph(entry)
		if err != nil {
			return err
		}
		defer r.Close()
		ext := ".jpg"
		if p.MediaType == "image/png" {
			ext = ".png"
		}
		return x.add(exportContent+entry+ext, at, func(w io.Writer) error { _, err := io.Copy(w, r); return err })
	}
	var c any
	if info.Kind == record.KindConsulted {
		c, err = j.Consulted(ctx, entry)
	} else {
		c, err = j.Consultation(ctx, entry)
	}
	if err != nil {
		return err
	}
	return x.add(exportContent+entry+".json", at, func(w io.Writer) error { return json.NewEncoder(w).Encode(c) })
}
