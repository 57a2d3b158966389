package recipient

import (
	"net/http"
	"strconv"
	"strings"

	bolt "go.etcd.io/bbolt"
)

// supersede marks a document as replaced (MHD, UpdateDocumentRefs). What it names
// must be there, alone and current, or the whole transaction is refused: a
// correction beside a note that still counts is worse than none. A document that
// the very same correction has replaced already stays as it is.
func (e *entry) supersede(tx *bolt.Tx, entries []*entry) error {
	location := e.patch
	if query, ok := strings.CutPrefix(location, "DocumentReference?"); ok {
		condition := readCondition(query, "identifier")
		if condition == nil {
			return refused(http.StatusUnprocessableEntity, "not-supported", "a conditional patch is by identifier=system|value")
		}
		switch found := find(tx, "DocumentReference", *condition); len(found) {
		case 0:
			return refused(http.StatusNotFound, "not-found", "the document that is replaced is not held here")
		case 1:
			location = found[0]
		default:
			return refused(http.StatusPreconditionFailed, "multiple-matches", "more than one document is held under the identifier of what is replaced")
		}
	}
	there, err := load(tx, location)
	if err != nil {
		return err
	}
	if there == nil {
		return refused(http.StatusNotFound, "not-found", "the document that is replaced is not held here")
	}
	meta, _ := there["meta"].(map[string]any)
	e.location, e.version, e.updated = location, text(meta, "versionId"), text(meta, "lastUpdated")
	if text(there, "status") != "current" {
		for _, other := range entries {
			if other.kind == "DocumentReference" && other.existed {
				return nil
			}
		}
		return refused(http.StatusConflict, "conflict", "XDSRegistryDeprecatedDocumentError: the document that is replaced is no longer current")
	}
	version, _ := strconv.Atoi(e.version)
	e.version = strconv.Itoa(version + 1)
	meta["versionId"], there["status"] = e.version, "superseded"
	data, err := encode(there)
	if err != nil {
		return err
	}
	return tx.Bucket(bucketResources).Put([]byte(location), data)
}
