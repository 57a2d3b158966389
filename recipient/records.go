package recipient

import (
	"net/http"
	"strings"
)

// Record is the record of a person that this recipient has, for the question that
// a sender may ask first (TD0.2).
type Record struct {
	System, Value string // of the person's identifier
	Closed        bool
	Reason        string // why it is closed, in words
}

const (
	closureURL    = "https://interop.esante.gouv.fr/ig/fhir/dmp/StructureDefinition/dmp-fermeture"
	closureReason = "raisonFermeture"
	maxForm       = 4 << 10
)

// patient answers POST /Patient/_search with identifier=system|value. It tells
// whether there is a record and whether it is open, and no trait of the person.
func (s *Server) patient(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	system, value, ok := "", "", false
	if r.ParseForm() == nil && len(r.Form) == 1 {
		system, value, ok = strings.Cut(r.PostForm.Get("identifier"), "|")
	}
	if !ok || value == "" {
		writeRefusal(w, refused(http.StatusBadRequest, "not-supported", "exactly one parameter is supported: identifier, system|value"))
		return
	}
	type m = map[string]any
	var found []resource
	for _, record := range s.records {
		if record.System != system || record.Value != value {
			continue
		}
		patient := m{"resourceType": "Patient", "active": !record.Closed, "identifier": []any{m{"system": system, "value": value}}}
		if record.Closed && record.Reason != "" {
			patient["extension"] = []any{m{"url": closureURL, "extension": []any{m{"url": closureReason, "valueString": record.Reason}}}}
		}
		found = append(found, patient)
	}
	writeSearchset(w, r, "/Patient", found)
}
