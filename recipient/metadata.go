package recipient

import "net/http"

// metadata answers with what this server does, no more
// (hl7.org/fhir/R4/capabilitystatement.html).
func (s *Server) metadata(w http.ResponseWriter, r *http.Request) {
	type m = map[string]any
	readOnly := []m{{"code": "read"}}
	writeFHIR(w, http.StatusOK, m{
		"resourceType":   "CapabilityStatement",
		"status":         "active",
		"date":           "2026-11-01",
		"kind":           "instance",
		"software":       m{"name": "zoneblanche recipient"},
		"implementation": m{"description": description, "url": "http://" + r.Host},
		"fhirVersion":    "4.0.1",
		"format":         []string{"application/fhir+json"},
		"rest": []m{{
			"mode":        "server",
			"interaction": []m{{"code": "transaction"}},
			"resource": []m{
				{
					"type":              "DocumentReference",
					"interaction":       []m{{"code": "read"}, {"code": "search-type"}},
					"conditionalCreate": true,
					"searchParam":       []m{{"name": "identifier", "type": "token"}},
				},
				{"type": "List", "interaction": readOnly, "conditionalCreate": true},
				{"type": "Binary", "interaction": readOnly},
			},
		}},
	})
}
