package qr

import (
	"reflect"
	"strings"
	"unicode"

	"github.com/zoneblanche/zoneblanche/record"
)

// This is the one table of what a card says: for every type of the domain, the
// integer key of each field and how it is written. Encoder and decoder both walk
// it. A test walks the Go types and fails for a field that is not here, so that
// nothing is ever dropped in silence.
//
// Once version 1 is released a line never changes; what is added takes a new
// key. Keys up to 23 take one byte. A negative key would be critical: a reader
// that does not know it refuses the card.

var (
	text    = textCodec{}
	number  = intCodec{}
	yes     = boolCodec{}
	date    = dateCodec{}
	concept = conceptCodec{}

	concepts = listCodec{concept}

	// active, completed and final are the statuses left out because nearly every
	// entry has them; an entry without status says so with an explicit "".
	active    = always("active")
	completed = always("completed")
	final     = always("final")
)

var quantitySchema = tupleOf(record.Quantity{},
	field{name: "Value", codec: packedCodec{decimal}},
	field{name: "Unit", codec: units},
	field{name: "Comparator", codec: comparators},
	field{name: "Code", codec: units},
)

var insSchema = tupleOf(record.INS{},
	field{name: "Matricule", codec: matriculeCodec{}},
	field{name: "OID", codec: insOIDs, def: always(record.OIDINSNIR)},
)

var identifierSchema = tupleOf(record.CodeValue{},
	field{name: "System", codec: systemNames},
	field{name: "Value", codec: packedCodec{whole}},
	field{name: "Label", codec: text},
)

var patientSchema = structOf(record.Patient{}, false,
	field{1, "INS", insSchema, nil},
	field{2, "Qualified", yes, nil},
	field{3, "BirthName", text, nil},
	field{4, "GivenNames", listCodec{text}, nil},
	field{5, "UsedName", text, nil},
	field{6, "Original", text, nil},
	field{7, "BirthDate", date, nil},
	field{8, "Sex", sexes, sexOfINS},
	field{9, "BirthPlace", packedCodec{whole}, placeOfINS},
	field{10, "Identifiers", listCodec{identifierSchema}, nil},
)

// matriculeOf is the matricule of a patient if it has the fifteen characters, all
// of ASCII, that sex and birthplace can be told from; else empty.
func matriculeOf(patient reflect.Value) string {
	m := patient.FieldByName("INS").FieldByName("Matricule").String()
	if len(m) != 15 || strings.ContainsFunc(m, func(r rune) bool { return r > unicode.MaxASCII }) {
		return ""
	}
	return m
}

// sexOfINS is the sex that the first digit of the matricule says.
func sexOfINS(patient reflect.Value) string {
	switch m := matriculeOf(patient); {
	case strings.HasPrefix(m, "1"):
		return string(record.Male)
	case strings.HasPrefix(m, "2"):
		return string(record.Female)
	}
	return ""
}

// placeOfINS is the birthplace that the matricule holds: its characters 6 to 10
// are the INSEE code of the town.
func placeOfINS(patient reflect.Value) string {
	if m := matriculeOf(patient); m != "" {
		return m[5:10]
	}
	return ""
}

var authorSchema = structOf(record.Author{}, false,
	field{1, "RPPS", packedCodec{rpps}, nil},
	field{2, "Name", text, nil},
	field{3, "Organisation", text, nil},
	field{4, "FINESS", packedCodec{finess}, nil},
)

var allergySchema = structOf(record.Allergy{}, true,
	field{0, "Substance", concept, nil},
	field{1, "Type", allergyTypes, nil},
	field{2, "Categories", listCodec{categories}, nil},
	field{3, "Criticality", criticality, nil},
	field{4, "Status", statuses, active},
	field{5, "Verification", verification, always("confirmed")},
	field{6, "Onset", date, nil},
	field{7, "Reactions", listCodec{reactionSchema}, nil},
	field{8, "Note", text, nil},
)

var reactionSchema = structOf(record.Reaction{}, true,
	field{0, "Manifestations", concepts, nil},
	field{1, "Severity", severities, nil},
	field{2, "Onset", date, nil},
)

var medicationSchema = structOf(record.Medication{}, true,
	field{0, "Drug", concept, nil},
	field{1, "Status", statuses, active},
	field{2, "Dosages", listCodec{dosageSchema}, nil},
	field{3, "Start", date, nil},
	field{4, "End", date, nil},
	field{5, "Reason", concept, nil},
	field{6, "Note", text, nil},
)

var dosageSchema = structOf(record.Dosage{}, true,
	field{0, "Text", text, nil},
	field{1, "Dose", quantitySchema, nil},
	field{2, "Frequency", number, nil},
	field{3, "Period", packedCodec{decimal}, ifFrequent("1")},
	field{4, "PeriodUnit", periodUnits, ifFrequent("d")},
	field{5, "When", listCodec{moments}, nil},
	field{6, "AsNeeded", yes, nil},
	field{7, "Route", concept, nil},
)

// ifFrequent makes "so many times" mean "a day", which is what it nearly always
// means.
func ifFrequent(s string) func(reflect.Value) string {
	return func(dosage reflect.Value) string {
		if dosage.FieldByName("Frequency").Int() == 0 {
			return ""
		}
		return s
	}
}

var problemSchema = structOf(record.Problem{}, true,
	field{0, "Condition", concept, nil},
	field{1, "ALD", yes, nil},
	field{2, "Status", statuses, active},
	field{3, "Severity", concept, nil},
	field{4, "BodySite", concept, nil},
	field{5, "Onset", date, nil},
	field{6, "Abatement", date, nil},
	field{7, "Note", text, nil},
)

var procedureSchema = structOf(record.Procedure{}, true,
	field{0, "Act", concept, nil},
	field{1, "Status", statuses, completed},
	field{2, "Performed", date, nil},
	field{3, "BodySite", concept, nil},
	field{4, "Note", text, nil},
)

var deviceSchema = structOf(record.Device{}, true,
	field{0, "Type", concept, nil},
	field{1, "Status", statuses, active},
	field{2, "Since", date, nil},
	field{3, "BodySite", concept, nil},
	field{4, "Serial", packedCodec{whole}, nil},
	field{5, "Note", text, nil},
)

var immunizationSchema = structOf(record.Immunization{}, true,
	field{0, "Vaccine", concept, nil},
	field{1, "Status", statuses, completed},
	field{2, "Date", date, nil},
	field{3, "Targets", concepts, nil},
	field{4, "Dose", packedCodec{whole}, nil},
	field{5, "Lot", packedCodec{whole}, nil},
	field{6, "Route", concept, nil},
	field{7, "BodySite", concept, nil},
	field{8, "Declared", yes, nil},
	field{9, "Note", text, nil},
)

// observationSchema is for results and vital signs, componentSchema for the parts
// of a panel, whose status is that of the panel.
var (
	observationSchema = observation(final)
	componentSchema   = observation(nil)
)

func observation(status func(reflect.Value) string) *structCodec {
	return structOf(record.Observation{}, true,
		field{0, "What", concept, nil},
		field{1, "Status", statuses, status},
		field{2, "Date", date, nil},
		field{3, "Quantity", quantitySchema, nil},
		field{4, "Value", concept, nil},
		field{5, "Interpretation", concept, nil},
		field{6, "Reference", text, nil},
		field{7, "Components", componentsCodec{}, nil},
		field{8, "Note", text, nil},
	)
}

// componentsCodec closes the loop: an observation is made of observations.
type componentsCodec struct{}

func (componentsCodec) empty(v reflect.Value) bool        { return v.Len() == 0 }
func (componentsCodec) write(e *encoder, v reflect.Value) { listCodec{componentSchema}.write(e, v) }
func (componentsCodec) read(d *decoder, v reflect.Value) error {
	return listCodec{componentSchema}.read(d, v)
}

func statement(status func(reflect.Value) string) *structCodec {
	return structOf(record.Statement{}, true,
		field{0, "What", concept, nil},
		field{1, "Status", statuses, status},
		field{2, "Date", date, nil},
		field{3, "Until", date, nil},
		field{4, "Value", concept, nil},
		field{5, "Note", text, nil},
	)
}

var contactSchema = structOf(record.Contact{}, false,
	field{1, "Role", roles, always(string(record.RoleEmergency))},
	field{2, "Name", text, nil},
	field{3, "Relation", relations, nil},
	field{4, "Phone", packedCodec{phone}, nil},
	field{5, "RPPS", packedCodec{rpps}, nil},
	field{6, "Organisation", text, nil},
)

var consentSchema = structOf(record.Consent{}, false,
	field{1, "Status", statuses, active},
	field{2, "Given", date, nil},
	field{3, "Until", date, nil},
	field{4, "Text", text, nil},
)

// summarySchema is the body of both messages of a card.
var summarySchema = structOf(record.Summary{}, false,
	field{1, "Patient", patientSchema, nil},
	field{2, "UpdatedAt", date, nil},
	field{3, "Author", authorSchema, nil},
	field{4, "Language", languages, nil},
	field{5, "Allergies", section[record.Allergy](allergySchema), nil},
	field{6, "Medications", section[record.Medication](medicationSchema), nil},
	field{7, "Problems", section[record.Problem](problemSchema), nil},
	field{8, "Pregnancy", section[record.Statement](statement(final)), nil},
	field{9, "Devices", section[record.Device](deviceSchema), nil},
	field{10, "Procedures", section[record.Procedure](procedureSchema), nil},
	field{11, "Immunizations", section[record.Immunization](immunizationSchema), nil},
	field{12, "Results", section[record.Observation](observationSchema), nil},
	field{13, "VitalSigns", section[record.Observation](observationSchema), nil},
	field{14, "CarePlan", section[record.Statement](statement(active)), nil},
	field{15, "Directives", section[record.Statement](statement(active)), nil},
	field{16, "Contacts", listCodec{contactSchema}, nil},
	field{17, "ContactsOmitted", number, nil},
	field{18, "Consents", listCodec{consentSchema}, nil},
	field{19, "Abridged", number, nil},
)
