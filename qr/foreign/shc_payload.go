package foreign

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
)

// This file reads the payload of a SMART Health Card: a Verifiable Credential
// whose FHIR Bundle stays closed but for the rules that the card's standard itself
// has about its form.

const typePrefix = "https://smarthealth.cards#"

var errPayload = errors.New("not the payload of a SMART Health Card")

// parsePayload reads what was signed, and says where it departs from the
// standard without changing its meaning.
func parsePayload(data []byte) (claims, []Warning, error) {
	var warnings []Warning
	warn := func(code, text string) { warnings = append(warnings, Warning{Code: code, Text: text}) }
	if trimmed, found := bytes.CutPrefix(data, []byte("\xef\xbb\xbf")); found {
		data = trimmed
		warn(WarnBOM, warnBOM)
	}
	if len(bytes.TrimSpace(data)) != len(data) {
		warn(WarnSpaces, warnSpaces)
	}
	// Maps, since a struct would take "ISS" for "iss".
	var top, vc, subject map[string]json.RawMessage
	var types []string
	var c claims
	nbf, exp := 0.0, 0.0
	err := errors.Join(
		json.Unmarshal(data, &top),
		member(top, "iss", &c.issuer, true),
		member(top, "nbf", &nbf, true),
		member(top, "exp", &exp, false),
		member(top, "vc", &vc, true),
		member(vc, "type", &types, true),
		member(vc, "rid", &c.rid, false),
		member(vc, "credentialSubject", &subject, true),
		member(subject, "fhirBundle", &c.bundle, true),
	)
	if err != nil || nbf <= 0 || exp < 0 || !slices.Contains(types, typePrefix+"health-card") || c.rid != "" && !revocationID(c.rid) {
		return claims{}, warnings, errPayload
	}
	c.nbf, c.exp = numericDate(nbf), numericDate(exp)
	c.inMilliseconds = nbf > lastSecond || exp > lastSecond
	form, err := bundleForm(c.bundle)
	if err != nil {
		return claims{}, warnings, errPayload
	}
	if problem := form.types(types); problem != "" {
		warn(WarnType, problem)
	}
	if form.metadata || form.empty {
		warn(WarnForm, warnForm)
	}
	return c, warnings, nil
}

// member reads one member of an object.
func member(object map[string]json.RawMessage, name string, to any, required bool) error {
	raw, ok := object[name]
	if !ok && required {
		return errPayload
	}
	if !ok {
		return nil
	}
	return json.Unmarshal(raw, to)
}

// form is what the card's standard asks of a Bundle ("Modeling W3C Verifiable
// Credentials with FHIR Content"): no ids, no narrative, no metadata but security
// labels. FHIR itself forbids empty objects (hl7.org/fhir/R4/json.html).
type form struct {
	immunizations, metadata, empty bool
}

func bundleForm(bundle json.RawMessage) (form, error) {
	var f form
	var b struct {
		Type  string `json:"resourceType"`
		Entry []struct {
			Resource map[string]json.RawMessage `json:"resource"`
		} `json:"entry"`
	}
	if json.Unmarshal(bundle, &b) != nil || b.Type != "Bundle" {
		return f, errPayload
	}
	for _, e := range b.Entry {
		f.immunizations = f.immunizations || string(e.Resource["resourceType"]) == `"Immunization"`
		for _, name := range []string{"id", "text"} {
			if _, ok := e.Resource[name]; ok {
				f.metadata = true
			}
		}
		if raw, ok := e.Resource["meta"]; ok {
			var meta map[string]json.RawMessage
			err := json.Unmarshal(raw, &meta)
			_, security := meta["security"]
			f.metadata = f.metadata || err != nil || len(meta) != 1 || !security
		}
	}
	f.empty = hasEmptyObject(bundle)
	return f, nil
}

// hasEmptyObject looks for {} outside of strings.
func hasEmptyObject(data []byte) bool {
	inString, open := false, false
	for i := 0; i < len(data); i++ {
		c := data[i]
		switch {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
			open = false
		case inString, c == ' ', c == '\t', c == '\n', c == '\r':
		case c == '}' && open:
			return true
		default:
			open = c == '{'
		}
	}
	return false
}

// types compares the types that a card announces with what is in it. Only
// health-card is asked for; the finer ones are optional, but a card that uses them
// should not leave out the one for its content.
func (f form) types(types []string) string {
	finer := false
	for _, t := range types {
		if !strings.HasPrefix(t, typePrefix) {
			return warnTypeExtra
		}
		finer = finer || t != typePrefix+"health-card"
	}
	if finer && f.immunizations && !slices.Contains(types, typePrefix+"immunization") {
		return warnTypeMissing
	}
	return ""
}
