package recipient

import (
	"strconv"

	"github.com/zoneblanche/zoneblanche/fhir"
)

// auditParameter is how an audit event is found: R4 gives it no identifier of its
// own, so it is by the name of one of its entities.
const auditParameter = "entity-name"

// onlyAudit reports whether a transaction brings audit events and nothing else.
func onlyAudit(items []any) bool {
	for _, item := range items {
		m, _ := item.(map[string]any)
		r, _ := m["resource"].(map[string]any)
		if text(r, "resourceType") != "AuditEvent" {
			return false
		}
	}
	return len(items) > 0
}

// checkAudit asks of an audit event what R4 makes mandatory.
func checkAudit(tree map[string]any) []fhir.Problem {
	var problems []fhir.Problem
	items, _ := tree["entry"].([]any)
	for i, item := range items {
		m, _ := item.(map[string]any)
		r, _ := m["resource"].(map[string]any)
		for _, name := range []string{"type", "recorded", "agent", "source"} {
			if r[name] == nil {
				problems = append(problems, fhir.Problem{Path: "Bundle.entry[" + strconv.Itoa(i) + "].resource." + name, Rule: "R4", Text: "required"})
			}
		}
	}
	return problems
}
