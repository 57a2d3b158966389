package recipient

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"sort"
	"strings"

	bolt "go.etcd.io/bbolt"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/record"
)

// Document is what the server holds under one unique id.
type Document struct {
	UniqueID  string   `json:"unique_id"`
	Held      int      `json:"held"`      // DocumentReferences with that unique id
	Locations []string `json:"locations"` // of those, "DocumentReference/id"
	Received  int      `json:"received"`  // transactions that carried it and were kept or found it kept
	// Intact says that each has its content, with the size and SHA-1 that its
	// DocumentReference tells.
	Intact bool `json:"intact"`
}

// Counts is how many resources the server holds.
type Counts struct {
	DocumentReferences int `json:"document_references"`
	Lists              int `json:"lists"`
	Binaries           int `json:"binaries"`
	// Orphans counts binaries that no DocumentReference points to.
	Orphans int `json:"orphans"`
}

// Documents lists what is held, sorted by unique id. It reads every
// DocumentReference and every Binary and trusts no index: two under one id show
// as Held 2.
func (s *Server) Documents() ([]Document, error) {
	byID := map[string]*Document{}
	err := s.db.View(func(tx *bolt.Tx) error {
		return each(tx, "DocumentReference", func(location string, r resource) error {
			id := uniqueID(r)
			d := byID[id]
			if d == nil {
				d = &Document{UniqueID: id, Received: int(received(tx, id)), Intact: true}
				byID[id] = d
			}
			d.Held++
			d.Locations = append(d.Locations, location)
			d.Intact = d.Intact && intact(tx, r)
			return nil
		})
	})
	if err != nil {
		return nil, &record.Error{Code: record.CodeUnavailable, Op: "count documents", Err: err}
	}
	out := make([]Document, 0, len(byID))
	for _, d := range byID {
		out = append(out, *d)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].UniqueID < out[j].UniqueID })
	return out, nil
}

// Counts counts the resources themselves.
func (s *Server) Counts() (Counts, error) {
	var n Counts
	err := s.db.View(func(tx *bolt.Tx) error {
		pointed := map[string]bool{}
		err := each(tx, "DocumentReference", func(_ string, r resource) error {
			n.DocumentReferences++
			pointed[text(attachment(r), "url")] = true
			return nil
		})
		if err != nil {
			return err
		}
		cursor := tx.Bucket(bucketResources).Cursor()
		for key, _ := cursor.First(); key != nil; key, _ = cursor.Next() {
			switch kind, _, _ := strings.Cut(string(key), "/"); kind {
			case "List":
				n.Lists++
			case "Binary":
				n.Binaries++
				if !pointed[string(key)] {
					n.Orphans++
				}
			}
		}
		return nil
	})
	if err != nil {
		return Counts{}, &record.Error{Code: record.CodeUnavailable, Op: "count resources", Err: err}
	}
	return n, nil
}

// each calls f with every resource of a type.
func each(tx *bolt.Tx, kind string, f func(location string, r resource) error) error {
	prefix := []byte(kind + "/")
	cursor := tx.Bucket(bucketResources).Cursor()
	for key, data := cursor.Seek(prefix); bytes.HasPrefix(key, prefix); key, data = cursor.Next() {
		r, err := fhir.ParseResource(data)
		if err != nil {
			return err
		}
		if err := f(string(key), r); err != nil {
			return err
		}
	}
	return nil
}

// intact reports whether a document's content is there and is what was announced.
func intact(tx *bolt.Tx, document resource) bool {
	a := attachment(document)
	binary, err := load(tx, text(a, "url"))
	if err != nil || binary == nil {
		return false
	}
	data, err := base64.StdEncoding.DecodeString(text(binary, "data"))
	sum := sha1.Sum(data)
	return err == nil && text(a, "hash") == base64.StdEncoding.EncodeToString(sum[:]) && size(a) == int64(len(data))
}
