package recipient

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/zoneblanche/zoneblanche/fhir"
)

// refusal is an answer that is an OperationOutcome, as an error.
type refusal struct {
	status int
	issues []issue
}

func (r *refusal) Error() string { return "refused with status " + strconv.Itoa(r.status) }

type issue struct {
	Severity    string   `json:"severity"`
	Code        string   `json:"code"` // http://hl7.org/fhir/issue-type
	Diagnostics string   `json:"diagnostics,omitempty"`
	Expression  []string `json:"expression,omitempty"`
}

func refused(status int, code, text string) *refusal {
	return &refusal{status, []issue{{Severity: "error", Code: code, Diagnostics: text}}}
}

// refusedProblems refuses a Bundle that breaks rules. Problems never quote values,
// so neither does the answer.
func refusedProblems(problems []fhir.Problem) *refusal {
	r := &refusal{status: http.StatusUnprocessableEntity}
	for _, p := range problems {
		r.issues = append(r.issues, issue{
			Severity: "error", Code: "invalid", Diagnostics: p.String(), Expression: []string{p.Path},
		})
	}
	return r
}

func writeRefusal(w http.ResponseWriter, r *refusal) {
	writeFHIR(w, r.status, struct {
		ResourceType string  `json:"resourceType"`
		Issue        []issue `json:"issue"`
	}{"OperationOutcome", r.issues})
}

// writeFHIR writes a resource.
func writeFHIR(w http.ResponseWriter, status int, resource any) {
	w.Header().Set("Content-Type", fhir.MediaType+"; charset=utf-8")
	writeBody(w, status, resource)
}

// writeJSON writes what is not FHIR.
func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	writeBody(w, status, v)
}

func writeBody(w http.ResponseWriter, status int, v any) {
	body, err := encode(v)
	if err != nil {
		status, body = http.StatusInternalServerError, []byte(`{"resourceType":"OperationOutcome","issue":[{"severity":"fatal","code":"exception"}]}`)
	}
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	w.Write(body) // the client is gone if this fails; there is nobody to tell
}

// encode writes JSON without turning < and > into escapes.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}
