package fhir

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/zoneblanche/zoneblanche/record"
)

// The FHIR R4 data types that the import reads (hl7.org/fhir/R4/datatypes.html),
// reduced to the elements that matter to it.

type ipsExtension struct {
	URL         ipsText                `json:"url"`
	ValueString ipsText                `json:"valueString"`
	ValueCode   ipsText                `json:"valueCode"`
	ValueCoding ipsCoding              `json:"valueCoding"`
	Value       ipsAddress             `json:"valueAddress"`
	ValueDate   ipsText                `json:"valueDateTime"`
	Extension   ipsMany[*ipsExtension] `json:"extension"`
	// The values of our own extensions are read when one is met, so that a foreign
	// one that is malformed spoils nothing.
	ValueUnsigned   json.RawMessage `json:"valueUnsignedInt"`
	ValueConcept    json.RawMessage `json:"valueCodeableConcept"`
	ValueIdentifier json.RawMessage `json:"valueIdentifier"`
}

type ipsPrimitive struct {
	Extension ipsMany[*ipsExtension] `json:"extension"`
}

type ipsAddress struct {
	City      ipsText                `json:"city"`
	XCity     *ipsPrimitive          `json:"_city"`
	Extension ipsMany[*ipsExtension] `json:"extension"`
}

type ipsCoding struct {
	System   ipsText       `json:"system"`
	XSystem  *ipsPrimitive `json:"_system"`
	Code     ipsText       `json:"code"`
	Display  ipsText       `json:"display"`
	XDisplay *ipsPrimitive `json:"_display"`
}

type ipsConcept struct {
	Coding ipsMany[ipsCoding] `json:"coding"`
	Text   ipsText            `json:"text"`
	XText  *ipsPrimitive      `json:"_text"`
}

type ipsIdentifier struct {
	System    ipsText                `json:"system"`
	XSystem   *ipsPrimitive          `json:"_system"`
	Value     ipsText                `json:"value"`
	Extension ipsMany[*ipsExtension] `json:"extension"`
}

type ipsReference struct {
	Reference  ipsText       `json:"reference"`
	Display    ipsText       `json:"display"`
	Identifier ipsIdentifier `json:"identifier"`
}

type ipsPeriod struct {
	Start ipsText `json:"start"`
	End   ipsText `json:"end"`
}

type ipsQuantity struct {
	Value      ipsText `json:"value"`
	Comparator ipsText `json:"comparator"`
	Unit       ipsText `json:"unit"`
	System     ipsText `json:"system"`
	Code       ipsText `json:"code"`
}

type ipsRange struct {
	Low  ipsQuantity `json:"low"`
	High ipsQuantity `json:"high"`
}

type ipsRatio struct {
	Numerator   ipsQuantity `json:"numerator"`
	Denominator ipsQuantity `json:"denominator"`
}

type ipsAnnotation struct {
	Text ipsText `json:"text"`
}

// UnmarshalJSON accepts bare words, as older sources write a note.
func (a *ipsAnnotation) UnmarshalJSON(data []byte) error {
	if data[0] == '"' {
		return a.Text.UnmarshalJSON(data)
	}
	type plain ipsAnnotation
	return json.Unmarshal(data, (*plain)(a))
}

type ipsName struct {
	Use       ipsText                `json:"use"`
	Text      ipsText                `json:"text"`
	Family    ipsText                `json:"family"`
	XFamily   *ipsPrimitive          `json:"_family"`
	Given     ipsMany[ipsText]       `json:"given"`
	Prefix    ipsMany[ipsText]       `json:"prefix"`
	Extension ipsMany[*ipsExtension] `json:"extension"`
}

type ipsTelecom struct {
	System ipsText `json:"system"`
	Value  ipsText `json:"value"`
	Use    ipsText `json:"use"`
	Rank   ipsText `json:"rank"`
}

type ipsNarrative struct {
	Status ipsText `json:"status"`
	Div    ipsText `json:"div"`
}

// Extensions that the import understands.
const (
	extTranslation = "http://hl7.org/fhir/StructureDefinition/translation"
	extAbsent      = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
	extBirthPlace  = "http://hl7.org/fhir/StructureDefinition/patient-birthPlace"
	extINSEE       = "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-address-insee-code"
	extBirthGiven  = "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-patient-birth-list-given-name"
	extReliability = "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-identity-reliability"
)

// french returns the French wording that a primitive carries beside its own.
func (p *ipsPrimitive) french() string {
	if p == nil {
		return ""
	}
	for _, e := range p.Extension {
		if e == nil || e.URL != extTranslation {
			continue
		}
		var lang, content string
		for _, part := range e.Extension {
			if part == nil {
				continue
			}
			switch part.URL {
			case "lang":
				lang = string(part.ValueCode)
			case "content":
				content = string(part.ValueString)
			}
		}
		if ipsIsFrench(lang) {
			return ipsClean(content)
		}
	}
	return ""
}

func ipsIsFrench(lang string) bool {
	lang = strings.ToLower(lang)
	return lang == "fr" || strings.HasPrefix(lang, "fr-")
}

// label is what a person reads: French where the source has French, else its own
// words, else the first display, unless the source says that it has no words.
func (c ipsConcept) label() string {
	if c.Text == "" && c.XText.absent() {
		return ""
	}
	candidates := []string{c.XText.french()}
	for _, coding := range c.Coding {
		candidates = append(candidates, coding.XDisplay.french())
	}
	candidates = append(candidates, string(c.Text))
	for _, coding := range c.Coding {
		candidates = append(candidates, string(coding.Display))
	}
	for _, s := range candidates {
		if s = ipsClean(s); s != "" {
			return s
		}
	}
	return ""
}

// record turns the concept into ours; every coding with a code is kept.
func (c ipsConcept) record() record.Concept {
	out := record.Concept{Label: c.label()}
	for _, coding := range c.Coding {
		code := ipsClean(string(coding.Code))
		if code == "" || coding.System == systemAbsentReason {
			continue
		}
		label := ipsClean(string(coding.Display))
		if french := coding.XDisplay.french(); french != "" {
			label = french
		}
		if label == out.Label {
			label = ""
		}
		system := strings.TrimRight(ipsSystem(coding.System, coding.XSystem), "/")
		out.Codes = append(out.Codes, record.CodeValue{System: system, Value: code, Label: label})
	}
	return out
}

// ipsSystem is the system of a code or an identifier, or what stands for it where
// that is no URI.
func ipsSystem(system ipsText, beside *ipsPrimitive) string {
	if s := ipsClean(string(system)); s != "" {
		return s
	}
	return beside.written()
}

// code returns the first code of the concept, whatever its system.
func (c ipsConcept) code() string {
	for _, coding := range c.Coding {
		if coding.Code != "" {
			return string(coding.Code)
		}
	}
	return ""
}

func (c ipsConcept) has(system, code string) bool {
	for _, coding := range c.Coding {
		if string(coding.System) == system && string(coding.Code) == code {
			return true
		}
	}
	return false
}

// spare counts displays that stand without a code and are not the label.
func (c ipsConcept) spare() bool {
	label := c.label()
	for _, coding := range c.Coding {
		if coding.Code == "" && coding.Display != "" && ipsClean(string(coding.Display)) != label {
			return true
		}
	}
	return false
}

var ipsDecimal = regexp.MustCompile(`^-?\d{1,18}(\.\d{1,18})?([eE][+-]?\d{1,2})?$`)

// ipsNumber checks a decimal and takes away the zeros before it, which some sources
// write and FHIR forbids.
func ipsNumber(s string) (string, bool) {
	if !ipsDecimal.MatchString(s) {
		return "", false
	}
	digits, negative := strings.CutPrefix(s, "-")
	for len(digits) > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9' {
		digits = digits[1:]
	}
	if negative {
		digits = "-" + digits
	}
	return digits, true
}

// record returns the quantity; ok is false when there is something else than a
// number where the number should be.
func (q ipsQuantity) record() (out record.Quantity, ok bool) {
	value := strings.TrimPrefix(strings.TrimSpace(string(q.Value)), "+")
	if value == "" {
		return out, q.Comparator == "" && q.Unit == "" && q.Code == ""
	}
	if value, ok = ipsNumber(value); !ok {
		return out, false
	}
	out = record.Quantity{Value: value, Comparator: ipsClean(string(q.Comparator)), Unit: ipsClean(string(q.Unit))}
	switch out.Comparator {
	case "", "<", "<=", ">=", ">":
	default:
		return record.Quantity{}, false
	}
	code := ipsClean(string(q.Code))
	if code != out.Unit && (q.System == record.SystemUCUM || q.System == "") {
		out.Code = code
	}
	if out.Unit == "" && out.Code == "" {
		out.Unit = code
	}
	if out.Unit == "" {
		out.Unit, out.Code = out.Code, ""
	}
	return out, true
}

// quantity reads an element of type Quantity.
func (n *ipsNode) quantity(name string) record.Quantity {
	if !n.has(name) {
		return record.Quantity{}
	}
	q, ok := ipsGet[ipsQuantity](n, name).record()
	if !ok {
		n.garbled(name)
	}
	return q
}

// concept reads an element of type CodeableConcept.
func (n *ipsNode) concept(name string) record.Concept {
	c := ipsGet[ipsConcept](n, name)
	if c.spare() {
		n.lose("displayOnly")
	}
	return c.record()
}

// concepts reads a list of CodeableConcept, leaving out empty ones.
func (n *ipsNode) concepts(name string) []record.Concept {
	var out []record.Concept
	for _, c := range ipsAll[ipsConcept](n, name) {
		if c.spare() {
			n.lose("displayOnly")
		}
		if concept := c.record(); !concept.Empty() {
			out = append(out, concept)
		}
	}
	return out
}

// code reads a status, which is a primitive in some resources and versions and a
// concept in others.
func (n *ipsNode) code(name string) string {
	raw := n.raw(name)
	if raw == nil || (raw[0] != '{' && raw[0] != '[') {
		return n.word(name)
	}
	c := ipsGet[ipsConcept](n, name)
	if code := c.code(); code != "" {
		return code
	}
	return strings.ToLower(c.label())
}

// first reads a list of CodeableConcept of which the record holds one.
func (n *ipsNode) first(name string) record.Concept {
	all := n.concepts(name)
	if len(all) == 0 {
		return record.Concept{}
	}
	if len(all) > 1 {
		n.lose(name)
	}
	return all[0]
}

// date checks a date as written. A time of day without an offset is not a FHIR
// date, but its day is: the day is kept. The rest is told as unreadable.
func (n *ipsNode) date(name string, written ipsText) record.Date {
	s := strings.TrimSpace(string(written))
	if d, err := record.ParseDate(s); err == nil {
		return d
	}
	n.garbled(name)
	if len(s) > 10 && s[10] == 'T' {
		if d, err := record.ParseDate(s[:10]); err == nil {
			return d
		}
	}
	return ""
}

// dateOf reads a date element.
func (n *ipsNode) dateOf(name string) record.Date { return n.date(name, ipsGet[ipsText](n, name)) }

// period reads an element of type Period.
func (n *ipsNode) period(name string) (start, end record.Date) {
	p := ipsGet[ipsPeriod](n, name)
	return n.date(name, p.Start), n.date(name, p.End)
}

// startOf reads a choice of date and period ("onset", "effective") of which the
// record holds one date; an end that says more than the start is told.
func (n *ipsNode) startOf(choice string) record.Date {
	for _, name := range []string{choice + "DateTime", choice + "Date", choice + "Instant"} {
		if n.has(name) {
			return n.dateOf(name)
		}
	}
	if n.has(choice + "Period") {
		start, end := n.period(choice + "Period")
		switch {
		case end.Known() && !start.Known(), end.Known() && ipsDay(end) != ipsDay(start):
			n.lose("end")
		}
		return start
	}
	return ""
}

func ipsDay(d record.Date) record.Date {
	if len(d) > 10 {
		return d[:10]
	}
	return d
}

// notes reads annotations as one line of words.
func (n *ipsNode) notes(name string) string {
	var out []string
	for _, a := range ipsAll[ipsAnnotation](n, name) {
		if s := ipsClean(string(a.Text)); s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, " / ")
}

// full writes a name as it is read aloud.
func (h ipsName) full() string {
	if h.Family == "" && len(h.Given) == 0 {
		return ipsClean(string(h.Text))
	}
	var parts []string
	for _, p := range h.Prefix {
		parts = append(parts, string(p))
	}
	for _, g := range h.Given {
		parts = append(parts, string(g))
	}
	parts = append(parts, string(h.Family))
	return ipsClean(strings.Join(parts, " "))
}

// given lists the given names.
func (h ipsName) given() []string {
	var out []string
	for _, g := range h.Given {
		if s := ipsClean(string(g)); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// phone reads the telephone to call first; other ways are told.
func (n *ipsNode) phone(name string) string {
	all := ipsAll[ipsTelecom](n, name)
	best := -1
	rest := false
	for i, t := range all {
		if t.Value == "" {
			continue
		}
		if (t.System != "" && t.System != "phone" && t.System != "sms") || t.Use == "old" {
			rest = true
			continue
		}
		if best < 0 {
			best = i
			continue
		}
		rest = true
		if r := t.Rank; r != "" && (all[best].Rank == "" || len(r) < len(all[best].Rank) || r < all[best].Rank) {
			best = i
		}
	}
	if rest {
		n.lose(name)
	}
	if best < 0 {
		return ""
	}
	return strings.TrimPrefix(ipsClean(string(all[best].Value)), "tel:")
}

// ipsJoin puts words after one another, skipping what is empty or already said.
func ipsJoin(separator string, parts ...string) string {
	var out []string
	said := map[string]bool{"": true}
	for _, p := range parts {
		if !said[p] {
			said[p] = true
			out = append(out, p)
		}
	}
	return strings.Join(out, separator)
}
