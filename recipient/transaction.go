package recipient

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"
	bolt "go.etcd.io/bbolt"

	"github.com/zoneblanche/zoneblanche/fhir"
)

// instantLayout is R4's instant, to the millisecond.
const instantLayout = "2006-01-02T15:04:05.000Z07:00"

// entry is one entry of a transaction, and what became of it.
type entry struct {
	kind      string
	fullURL   string
	resource  resource
	condition *identifier                           // of ifNoneExist
	patch     string                                // of a PATCH: the document that is marked as superseded
	receipt   func(location string) (string, error) // of a document that came sealed; nil otherwise

	location string // "Type/id", once decided
	existed  bool
	version  string
	updated  string
}

// readTransaction reads and judges a Bundle.
func readTransaction(body []byte) ([]*entry, *refusal) {
	tree, err := fhir.ParseResource(body)
	if err != nil {
		return nil, refused(http.StatusBadRequest, "structure", err.Error())
	}
	if text(tree, "resourceType") != "Bundle" {
		return nil, refused(http.StatusBadRequest, "structure", "the body is not a Bundle")
	}
	if text(tree, "type") != "transaction" {
		return nil, refused(http.StatusBadRequest, "not-supported", "the Bundle is not a transaction")
	}
	items, _ := tree["entry"].([]any)
	audit := onlyAudit(items)
	problems := fhir.CheckProvideTree
	if audit {
		problems = checkAudit
	}
	if problems := problems(tree); len(problems) > 0 {
		return nil, refusedProblems(problems)
	}
	entries := make([]*entry, len(items))
	lists := 0
	for i, item := range items {
		m, _ := item.(map[string]any)
		e, no := readEntry(m, i)
		if no != nil {
			return nil, no
		}
		if e.kind == "List" {
			lists++
		}
		if lists > 1 {
			return nil, unsupported(i, "only the creation of one SubmissionSet and its documents is supported")
		}
		entries[i] = e
	}
	return entries, nil
}

func readEntry(m map[string]any, i int) (*entry, *refusal) {
	request, _ := m["request"].(map[string]any)
	e := &entry{fullURL: text(m, "fullUrl")}
	e.resource, _ = m["resource"].(map[string]any)
	e.kind = text(e.resource, "resourceType")
	for _, name := range []string{"ifMatch", "ifNoneMatch", "ifModifiedSince"} {
		if request[name] != nil {
			return nil, refused(http.StatusUnprocessableEntity, "not-supported", fmt.Sprintf("Bundle.entry[%d].request.%s is not supported", i, name))
		}
	}
	if text(request, "method") == "PATCH" && e.kind == "Parameters" {
		e.patch = text(request, "url") // its form, and what it does, are checked
		return e, nil
	}
	if text(request, "method") != "POST" || e.kind == "Patient" {
		// Folders and patients are allowed by MHD and not taken here. A recipient must
		// fail whole rather than ignore them.
		return nil, unsupported(i, "only the creation of one SubmissionSet and its documents is supported")
	}
	if _, conditional := request["ifNoneExist"]; conditional {
		name := "identifier"
		if e.kind == "AuditEvent" {
			name = auditParameter
		}
		if e.condition = readCondition(text(request, "ifNoneExist"), name); e.condition == nil || e.kind == "Binary" {
			return nil, refused(http.StatusUnprocessableEntity, "not-supported",
				fmt.Sprintf("Bundle.entry[%d].request.ifNoneExist: only a search by %s is supported, and not of a Binary", i, name))
		}
	}
	return e, nil
}

func unsupported(i int, text string) *refusal {
	return refused(http.StatusUnprocessableEntity, "not-supported", fmt.Sprintf("Bundle.entry[%d]: %s", i, text))
}

// readCondition reads "name=system|value", or returns nil.
func readCondition(s, name string) *identifier {
	query, err := url.ParseQuery(strings.TrimPrefix(s, "?"))
	if err != nil {
		return nil
	}
	return readQuery(query, name)
}

// readQuery reads one parameter, alone: system|value, or a bare name of an audit
// event's entity.
func readQuery(query url.Values, name string) *identifier {
	if len(query) != 1 || len(query[name]) != 1 || strings.Contains(query.Get(name), ",") {
		return nil
	}
	if name == auditParameter {
		return &identifier{value: query.Get(name)}
	}
	system, value, ok := strings.Cut(query.Get(name), "|")
	if !ok || value == "" {
		return nil
	}
	return &identifier{system, value}
}

// apply does a transaction, whole or not at all. It is on disk when apply returns
// nil. bbolt runs one at a time, so that a condition cannot be true for two.
func (s *Server) apply(entries []*entry, now time.Time) error {
	return s.db.Update(func(tx *bolt.Tx) error {
		for _, e := range entries {
			if err := e.match(tx); err != nil {
				return err
			}
		}
		addresses := map[string]string{}
		for _, e := range entries {
			if e.kind == "Binary" {
				e.matchContent(tx, entries)
			}
			if e.patch == "" && !e.existed {
				e.location = e.kind + "/" + uuid.NewString()
				e.version, e.updated = "1", now.UTC().Format(instantLayout)
			}
			addresses[e.fullURL] = e.location
		}
		for _, e := range entries {
			if e.kind == "DocumentReference" {
				if err := countReceived(tx, uniqueID(e.resource)); err != nil {
					return err
				}
			}
			if e.patch != "" {
				if err := e.supersede(tx, entries); err != nil {
					return err
				}
				continue
			}
			if e.existed {
				continue
			}
			replace(e.resource, addresses)
			id := strings.TrimPrefix(e.location, e.kind+"/")
			meta, _ := e.resource["meta"].(map[string]any)
			if meta == nil {
				meta = map[string]any{}
			}
			meta["versionId"], meta["lastUpdated"] = e.version, e.updated
			e.resource["id"], e.resource["meta"] = id, meta
			if e.receipt != nil {
				proof, err := e.receipt(e.location)
				if err != nil {
					return err
				}
				others, _ := e.resource["extension"].([]any)
				e.resource["extension"] = append(others, map[string]any{"url": fhir.SealedReceiptURL, "valueString": proof})
			}
			if err := keep(tx, e.kind, id, e.resource); err != nil {
				return err
			}
		}
		return nil
	})
}

// match looks whether the condition of a create finds something, and what.
func (e *entry) match(tx *bolt.Tx) error {
	if e.condition == nil {
		return nil
	}
	switch found := find(tx, e.kind, *e.condition); len(found) {
	case 0:
		return nil
	case 1:
		return e.exists(tx, found[0])
	default:
		return refused(http.StatusPreconditionFailed, "multiple-matches", "ifNoneExist: more than one resource matches")
	}
}

// exists makes e stand for the resource at location. The standard says to ignore
// what was sent; a registry of documents has one more duty, which is not to say
// "I have it" of another document under the same unique id (XDSNonIdenticalHash,
// ITI TF-3, table 4.2.4.1-2).
func (e *entry) exists(tx *bolt.Tx, location string) error {
	there, err := load(tx, location)
	if err != nil {
		return err
	}
	if there == nil {
		return errMissing
	}
	if e.kind == "DocumentReference" {
		held, sent := attachment(there), attachment(e.resource)
		if text(held, "hash") != text(sent, "hash") || size(held) != size(sent) {
			return refused(http.StatusConflict, "conflict", "XDSNonIdenticalHash: another document is held under this unique id")
		}
	}
	meta, _ := there["meta"].(map[string]any)
	e.location, e.existed = location, true
	e.version, e.updated = text(meta, "versionId"), text(meta, "lastUpdated")
	return nil
}

// matchContent makes a Binary stand for the one that is there, when every
// document that points to it is: a second one would be an orphan.
func (e *entry) matchContent(tx *bolt.Tx, entries []*entry) {
	content := ""
	for _, d := range entries {
		if d.kind != "DocumentReference" || text(attachment(d.resource), "url") != e.fullURL {
			continue
		}
		if !d.existed {
			return
		}
		if there, err := load(tx, d.location); err == nil {
			content = text(attachment(there), "url")
		}
	}
	there, err := load(tx, content)
	if content == "" || there == nil || err != nil {
		return
	}
	meta, _ := there["meta"].(map[string]any)
	e.location, e.existed = content, true
	e.version, e.updated = text(meta, "versionId"), text(meta, "lastUpdated")
}

// transactionResponse has one entry for each that was sent, in the same order
// (ITI-65, 2:3.65.4.2.2).
func transactionResponse(entries []*entry) any {
	type response struct {
		Status       string `json:"status"`
		Location     string `json:"location"`
		ETag         string `json:"etag"`
		LastModified string `json:"lastModified"`
	}
	type item struct {
		Response response `json:"response"`
	}
	items := make([]item, len(entries))
	for i, e := range entries {
		status := "201 Created"
		if e.existed || e.patch != "" {
			status = "200 OK"
		}
		items[i].Response = response{status, e.location, `W/"` + e.version + `"`, e.updated}
	}
	return struct {
		ResourceType string `json:"resourceType"`
		Type         string `json:"type"`
		Entry        []item `json:"entry"`
	}{"Bundle", "transaction-response", items}
}

// asRefusal returns the answer that an error of apply stands for.
func asRefusal(err error) *refusal {
	var r *refusal
	if errors.As(err, &r) {
		return r
	}
	return refused(http.StatusInternalServerError, "exception", "the transaction could not be kept; nothing of it was")
}
