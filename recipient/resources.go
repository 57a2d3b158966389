package recipient

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"strings"

	bolt "go.etcd.io/bbolt"

	"github.com/zoneblanche/zoneblanche/fhir"
)

// The file's buckets.
var (
	bucketResources   = []byte("resources")   // "Type/id" → JSON
	bucketIdentifiers = []byte("identifiers") // "Type\0system\0value\0id" → nothing
	bucketReceived    = []byte("received")    // unique id → how many transactions carried it
)

var errMissing = errors.New("the index names a resource that is not there")

func createBuckets(db *bolt.DB) error {
	return db.Update(func(tx *bolt.Tx) error {
		for _, name := range [][]byte{bucketResources, bucketIdentifiers, bucketReceived} {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		return nil
	})
}

// resource is one FHIR resource as [fhir.ParseResource] reads it.
type resource = map[string]any

// load returns the resource at "Type/id", or nil.
func load(tx *bolt.Tx, location string) (resource, error) {
	data := tx.Bucket(bucketResources).Get([]byte(location))
	if data == nil {
		return nil, nil
	}
	return fhir.ParseResource(data)
}

// keep stores a new resource with the index of its identifiers.
func keep(tx *bolt.Tx, kind, id string, r resource) error {
	data, err := encode(r)
	if err != nil {
		return err
	}
	if err := tx.Bucket(bucketResources).Put([]byte(kind+"/"+id), data); err != nil {
		return err
	}
	for _, i := range identifiersOf(r) {
		key := indexPrefix(kind, i.system, i.value)
		if err := tx.Bucket(bucketIdentifiers).Put(append(key, id...), nil); err != nil {
			return err
		}
	}
	return nil
}

type identifier struct{ system, value string }

// identifiersOf lists what R4's search parameter "identifier" looks at: a
// document's masterIdentifier and everybody's identifier. Of an audit event it is
// what "entity-name" looks at: whole names.
func identifiersOf(r resource) []identifier {
	var out []identifier
	all, _ := r["identifier"].([]any)
	for _, v := range append([]any{r["masterIdentifier"]}, all...) {
		m, _ := v.(map[string]any)
		if value := text(m, "value"); value != "" {
			out = append(out, identifier{text(m, "system"), value})
		}
	}
	entities, _ := r["entity"].([]any)
	for _, v := range entities {
		entity, _ := v.(map[string]any)
		if name := text(entity, "name"); name != "" {
			out = append(out, identifier{value: name})
		}
	}
	return out
}

func indexPrefix(kind, system, value string) []byte {
	return []byte(kind + "\x00" + system + "\x00" + value + "\x00")
}

// find returns the locations of the resources with an identifier.
func find(tx *bolt.Tx, kind string, i identifier) []string {
	var out []string
	prefix := indexPrefix(kind, i.system, i.value)
	cursor := tx.Bucket(bucketIdentifiers).Cursor()
	for key, _ := cursor.Seek(prefix); bytes.HasPrefix(key, prefix); key, _ = cursor.Next() {
		out = append(out, kind+"/"+string(key[len(prefix):]))
	}
	return out
}

// countReceived notes that a transaction carried a document's unique id.
func countReceived(tx *bolt.Tx, uniqueID string) error {
	b := tx.Bucket(bucketReceived)
	return b.Put([]byte(uniqueID), binary.BigEndian.AppendUint64(nil, received(tx, uniqueID)+1))
}

func received(tx *bolt.Tx, uniqueID string) uint64 {
	data := tx.Bucket(bucketReceived).Get([]byte(uniqueID))
	if len(data) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(data)
}

// text returns the string called name, or "".
func text(m map[string]any, name string) string {
	s, _ := m[name].(string)
	return s
}

// attachment returns the attachment of a document's first content.
func attachment(document resource) map[string]any {
	contents, _ := document["content"].([]any)
	if len(contents) == 0 {
		return nil
	}
	content, _ := contents[0].(map[string]any)
	a, _ := content["attachment"].(map[string]any)
	return a
}

func uniqueID(document resource) string {
	m, _ := document["masterIdentifier"].(map[string]any)
	return text(m, "value")
}

// size returns a whole number, or -1.
func size(m map[string]any) int64 {
	n, ok := m["size"].(json.Number)
	if !ok {
		return -1
	}
	i, err := n.Int64()
	if err != nil {
		return -1
	}
	return i
}

// replace changes each reference and URL below v that is one of the fullUrls into
// the address that the resource was given. Identifiers are left alone: they are
// text that happens to look like one (hl7.org/fhir/R4/http.html#trules).
func replace(v any, addresses map[string]string) {
	switch v := v.(type) {
	case map[string]any:
		for name, child := range v {
			if s, ok := child.(string); ok {
				if address := addresses[s]; address != "" && (name == "reference" || name == "url" || strings.HasSuffix(name, "Uri")) {
					v[name] = address
				}
				continue
			}
			replace(child, addresses)
		}
	case []any:
		for _, child := range v {
			replace(child, addresses)
		}
	}
}
