package fhir

import (
	"context"
	"crypto/sha256"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// recordOpenFor is how long an open record is believed to stay open.
const recordOpenFor = 15 * time.Minute

const (
	extClosure       = "https://interop.esante.gouv.fr/ig/fhir/dmp/StructureDefinition/dmp-fermeture"
	closureReason    = "raisonFermeture"
	formType         = "application/x-www-form-urlencoded"
	maxRecordsKnown  = 1000
	causeNoRecord    = "record_missing"
	causeClosed      = "record_closed"
	causeTwoRecords  = "record_twice"
	causeRecordOther = "record_other"
)

// records remembers what the recipient can be asked about patients, and whose
// record was open a moment ago, under a hash of the identifier.
type records struct {
	mu    sync.Mutex
	asked bool // the capability statement was read, or there is none
	able  bool
	open  map[[sha256.Size]byte]time.Time
}

// checkRecord is the DMP's transaction TD0.2: has this person an open record
// there? It is asked where the recipient's CapabilityStatement offers the search,
// and as a POST, although TD0.2 shows a GET, since R4 has every server take both
// and an INS in an address is an INS in the logs of every machine on the way.
//
// A question that is not answered never stops a note: only the recipient's own
// word that there is no open record does, or a line that is down.
func (c *Client) checkRecord(ctx context.Context, patient itiIdentifier) *record.DeliveryError {
	if c.records == nil || patient.System == "" || patient.Value == "" {
		return nil
	}
	able, failure := c.searchesPatients(ctx)
	if failure != nil || !able {
		return failure
	}
	key := sha256.Sum256([]byte(patient.System + "|" + patient.Value))
	if c.records.known(key) {
		return nil
	}
	form := url.Values{"identifier": {patient.System + "|" + patient.Value}}
	a, failure := c.exchange(ctx, ask{method: http.MethodPost, target: c.BaseURL + "/Patient/_search",
		mediaType: formType, body: bytesBody([]byte(form.Encode()))})
	if failure != nil {
		return asLookup(failure)
	}
	switch {
	case a.status == http.StatusUnauthorized || a.status == http.StatusForbidden:
		return nil // this question is not for us; the submission has its own answer
	case a.saysBusy():
		return a.busy()
	case a.status != http.StatusOK || a.notFHIRCause() != "":
		return nil
	}
	cause, words := readRecord(a.body, patient)
	if cause != "" {
		return &record.DeliveryError{Outcome: record.OutcomeRefused, Cause: cause, Words: words}
	}
	c.records.keep(key)
	return nil
}

func (r *records) known(key [sha256.Size]byte) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	at, ok := r.open[key]
	return ok && time.Since(at) < recordOpenFor
}

func (r *records) keep(key [sha256.Size]byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.open) >= maxRecordsKnown {
		clear(r.open)
	}
	r.open[key] = time.Now()
}

// readRecord reads the answer to TD0.2 and returns why nothing can be filed, with
// the recipient's own words, or "". An answer that is none says nothing.
func readRecord(body []byte, patient itiIdentifier) (cause, words string) {
	tree, err := ParseResource(body)
	if err != nil {
		return "", ""
	}
	bundle := element{tree, "Bundle"}
	if bundle.kind() != "Bundle" || bundle.text("type") != "searchset" {
		return "", ""
	}
	var found []element
	for _, entry := range bundle.list("entry") {
		if entry.get("resource").kind() == "Patient" {
			found = append(found, entry.get("resource"))
		}
	}
	switch {
	case len(found) > 1:
		return causeTwoRecords, ""
	case len(found) == 0 && bundle.whole("total") > 0:
		return "", "" // it holds more than it shows
	case len(found) == 0:
		return causeNoRecord, ""
	case !bears(found[0], patient):
		return causeRecordOther, ""
	}
	if active, said := found[0].get("active").value.(bool); said && !active {
		for _, part := range extension(found[0], extClosure).list("extension") {
			if part.text("url") == closureReason {
				words = cutWords(plainWords(part.text("valueString")))
			}
		}
		return causeClosed, words
	}
	return "", ""
}

func bears(resource element, id itiIdentifier) bool {
	for _, other := range resource.list("identifier") {
		if other.text("system") == id.System && other.text("value") == id.Value {
			return true
		}
	}
	return false
}

// searchesPatients reads, once, whether the recipient says that it can be asked
// about a patient by identifier.
func (c *Client) searchesPatients(ctx context.Context) (bool, *record.DeliveryError) {
	r := c.records
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.asked {
		return r.able, nil
	}
	a, failure := c.exchange(ctx, ask{method: http.MethodGet, target: c.BaseURL + "/metadata"})
	if failure != nil {
		return false, asLookup(failure)
	}
	if a.saysBusy() {
		return false, a.busy()
	}
	tree, err := ParseResource(a.body)
	if err != nil {
		return false, nil // a portal, a page: ask again next time
	}
	r.asked = true
	r.able = a.status == http.StatusOK && searchesByIdentifier(element{tree, "CapabilityStatement"}, "Patient")
	return r.able, nil
}

// searchesByIdentifier reports whether a capability statement offers the search of
// a type by identifier.
func searchesByIdentifier(statement element, kind string) bool {
	if statement.kind() != "CapabilityStatement" {
		return false
	}
	for _, rest := range statement.list("rest") {
		for _, resource := range rest.list("resource") {
			if resource.text("type") != kind || rest.text("mode") != "server" {
				continue
			}
			can := false
			for _, interaction := range resource.list("interaction") {
				can = can || interaction.text("code") == "search-type"
			}
			for _, parameter := range resource.list("searchParam") {
				if can && parameter.text("name") == "identifier" {
					return true
				}
			}
		}
	}
	return false
}
