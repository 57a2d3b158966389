package recipient

import (
	"net/http"

	"github.com/zoneblanche/zoneblanche/fhir"
)

// metadata answers with what this server does, no more
// (hl7.org/fhir/R4/capabilitystatement.html).
func (s *Server) metadata(w http.ResponseWriter, r *http.Request) {
	type m = map[string]any
	readOnly := []m{{"code": "read"}}
	searched := []m{{"code": "read"}, {"code": "search-type"}}
	resources := []m{
		{
			"type":              "DocumentReference",
			"interaction":       append(searched, m{"code": "patch"}),
			"conditionalCreate": true,
			"searchParam":       []m{{"name": "identifier", "type": "token"}},
		},
		{"type": "List", "interaction": readOnly, "conditionalCreate": true},
		{"type": "Binary", "interaction": readOnly},
		{
			"type":              "AuditEvent",
			"interaction":       searched,
			"conditionalCreate": true,
			"searchParam":       []m{{"name": auditParameter, "type": "string"}},
		},
	}
	if s.records != nil {
		resources = append(resources, m{
			"type":        "Patient",
			"interaction": []m{{"code": "search-type"}},
			"searchParam": []m{{"name": "identifier", "type": "token"}},
		})
	}
	writeFHIR(w, http.StatusOK, m{
		"resourceType":   "CapabilityStatement",
		"status":         "active",
		"date":           "2026-11-01",
		"kind":           "instance",
		"software":       m{"name": "zoneblanche recipient"},
		"implementation": m{"description": description, "url": baseOf(r)},
		"fhirVersion":    "4.0.1",
		"format":         []string{"application/fhir+json"},
		"rest": []m{{
			"mode":        "server",
			"interaction": []m{{"code": "transaction"}},
			"operation":   []m{{"name": "deliver-sealed", "definition": baseOf(r) + fhir.SealedKeysPath}},
			"resource":    resources,
		}},
	})
}
