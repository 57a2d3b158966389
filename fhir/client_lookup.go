package fhir

import (
	"context"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/zoneblanche/zoneblanche/record"
)

var (
	errSearch  = errors.New("the answer is not the result of a search for documents")
	errIgnored = errors.New("the recipient answers with documents that were not asked for")
	errPaged   = errors.New("the recipient holds more than it shows")
)

// Lookup returns what the recipient holds under a document's unique id ("urn:…"):
// nothing, one document, or several when somebody delivered twice. An empty answer
// without an error is proof only of what the recipient says now; the first
// request may still be running (DESIGN 9.3).
//
// A look-up has no effect, so its outcome is never unknown.
func (c *Client) Lookup(ctx context.Context, documentID string) ([]record.Held, error) {
	held, failure := c.lookup(ctx, documentID)
	if failure != nil {
		return nil, failure
	}
	return held, nil
}

func (c *Client) lookup(ctx context.Context, documentID string) ([]record.Held, *record.DeliveryError) {
	a, failure := c.exchange(ctx, ask{method: http.MethodGet, target: c.searchURL(documentID)})
	if failure != nil {
		return nil, asLookup(failure)
	}
	if failure := a.lookupFailure(); failure != nil {
		return nil, failure
	}
	held, err := readSearchset(a.body, documentID)
	if err != nil {
		return nil, a.lookupError(err)
	}
	return held, nil
}

// searchURL asks for a document by its unique id, or for an audit event by the id
// that it carries (see [NewConsulted]). Neither says who the patient is: addresses
// end up in the logs of every machine on the way.
func (c *Client) searchURL(documentID string) string {
	if id, audit := strings.CutPrefix(documentID, auditPrefix); audit {
		return c.BaseURL + "/AuditEvent?" + auditQuery(id)
	}
	query := url.Values{"identifier": {systemURI + "|" + documentID}}
	return c.BaseURL + "/DocumentReference?" + query.Encode()
}

// asLookup turns "may have had its effect" into "did not answer".
func asLookup(e *record.DeliveryError) *record.DeliveryError {
	if e.Outcome == record.OutcomeUnknown {
		e.Outcome = record.OutcomeUnavailable
	}
	return e
}

func (a *answer) lookupFailure() *record.DeliveryError {
	cause := "status_" + strconv.Itoa(a.status)
	_, isOutcome := a.outcome()
	switch {
	case a.status == http.StatusOK:
		if cause := a.notFHIRCause(); cause != "" {
			return a.unavailable(cause)
		}
		return nil
	case a.status == http.StatusUnauthorized || a.status == http.StatusForbidden:
		return a.denied()
	case a.saysBusy():
		return a.busy()
	case refusal(a.status) && isOutcome:
		return a.fail(record.OutcomeRefused, cause) // it cannot be searched that way
	case a.status >= 300 && a.status < 400:
		return a.unavailable("redirect")
	}
	return a.unavailable(cause)
}

func (a *answer) lookupError(err error) *record.DeliveryError {
	out := a.unavailable("answer_malformed")
	switch err {
	case errIgnored:
		out.Cause = "search_ignored"
	case errPaged:
		out.Cause = "search_paged"
	}
	out.Err = err
	return out
}

// readSearchset reads the documents of a searchset Bundle. It refuses an answer
// that does not prove its count: documents that carry another id come from a
// server that ignores the parameter, and a further page may hold the one that is
// looked for.
func readSearchset(body []byte, documentID string) ([]record.Held, error) {
	tree, err := ParseResource(body)
	if err != nil {
		return nil, errSearch
	}
	bundle := element{tree, "Bundle"}
	if bundle.kind() != "Bundle" || bundle.text("type") != "searchset" {
		return nil, errSearch
	}
	for _, link := range bundle.list("link") {
		if link.text("relation") == "next" {
			return nil, errPaged
		}
	}
	kind := "DocumentReference"
	if strings.HasPrefix(documentID, auditPrefix) {
		kind = "AuditEvent"
	}
	var held []record.Held
	seen := map[string]bool{}
	for _, entry := range bundle.list("entry") {
		mode, resource := entry.get("search").text("mode"), entry.get("resource")
		if mode == "outcome" || mode == "include" || resource.kind() == "OperationOutcome" {
			continue
		}
		location := kind + "/" + resource.text("id")
		if resource.kind() != kind || locationForm.FindString(location) == "" {
			return nil, errSearch
		}
		if !carries(resource, documentID) {
			return nil, errIgnored
		}
		if !seen[location] {
			seen[location] = true
			held = append(held, heldOf(resource, location))
		}
	}
	if total := bundle.whole("total"); total > len(held) {
		return nil, errPaged
	}
	return held, nil
}

// carries reports whether the document has that unique id. R4's parameter
// "identifier" looks at masterIdentifier and at identifier.
func carries(resource element, documentID string) bool {
	if id, audit := strings.CutPrefix(documentID, auditPrefix); audit {
		return carriesAudit(resource, id)
	}
	if resource.get("masterIdentifier").text("value") == documentID {
		return true
	}
	for _, id := range resource.list("identifier") {
		if id.text("value") == documentID {
			return true
		}
	}
	return false
}

func heldOf(resource element, location string) record.Held {
	attachment := resource.first("content").get("attachment")
	held := record.Held{Location: location, Size: max(attachment.whole("size"), 0), Status: resource.text("status")}
	for _, e := range resource.list("extension") {
		if proof := e.text("valueString"); e.text("url") == SealedReceiptURL && len(proof) <= maxProof {
			held.Proof = proof
		}
	}
	sum, err := base64.StdEncoding.DecodeString(attachment.text("hash"))
	if err == nil && len(sum) == sha1.Size {
		held.SHA1 = sum
	}
	return held
}
