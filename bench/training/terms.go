package training

import (
	"errors"
	"io/fs"
	"strings"

	"github.com/zoneblanche/zoneblanche/record"
)

// chunk is how many terms make one summary.
const chunk = 64

// list says how the terms of a file stand in a summary.
type list struct {
	file   string
	system string
	put    func(s *record.Summary, c record.Concept)
}

// lists are in the order in which they are learnt, those that look most like a
// summary last. A line is a label, or a code and its labels with tabs between.
var lists = []list{
	{"code_systems.txt", "", func(s *record.Summary, c record.Concept) {
		s.Problems.Entries = append(s.Problems.Entries, record.Problem{Condition: record.Concept{Codes: []record.CodeValue{{System: c.Label, Value: "1"}}}})
	}},
	{"people.txt", "", func(s *record.Summary, c record.Concept) {
		s.Contacts = append(s.Contacts, record.Contact{Role: record.RoleEmergency, Name: c.Label})
	}},
	{"units.txt", "", result},
	{"problems_notes.txt", "", problem},
	{"vaccins.txt", record.SystemATC, immunization},
	{"cvx.txt", record.SystemCVX, immunization},
	{"rxnorm.txt", "http://www.nlm.nih.gov/research/umls/rxnorm", medication},
	{"snomed.txt", record.SystemSNOMED, problem},
	{"loinc.txt", record.SystemLOINC, result},
	{"cim10.txt", record.SystemICD10, problem},
	{"atc.txt", record.SystemATC, medication},
	{"allergies.txt", "", func(s *record.Summary, c record.Concept) {
		s.Allergies.Entries = append(s.Allergies.Entries, record.Allergy{Substance: c})
	}},
	{"posologies.txt", "", func(s *record.Summary, c record.Concept) {
		s.Medications.Entries = append(s.Medications.Entries, record.Medication{Status: "active", Dosages: []record.Dosage{{Text: c.Label}}})
	}},
}

func problem(s *record.Summary, c record.Concept) {
	s.Problems.Entries = append(s.Problems.Entries, record.Problem{Condition: c, Status: "active"})
}

func medication(s *record.Summary, c record.Concept) {
	s.Medications.Entries = append(s.Medications.Entries, record.Medication{Drug: c, Status: "active"})
}

func result(s *record.Summary, c record.Concept) {
	s.Results.Entries = append(s.Results.Entries, record.Observation{What: c, Status: "final"})
}

func immunization(s *record.Summary, c record.Concept) {
	s.Immunizations.Entries = append(s.Immunizations.Entries, record.Immunization{Vaccine: c, Status: "completed"})
}

// terms turns the lists of the source into summaries.
func terms(source fs.FS) ([]*record.Summary, error) {
	var out []*record.Summary
	for _, l := range lists {
		data, err := fs.ReadFile(source, l.file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		s, n := new(record.Summary), 0
		for line := range strings.Lines(string(data)) {
			line = strings.TrimRight(line, "\r\n")
			if line == "" || strings.HasPrefix(line, "#") {
				continue
			}
			for _, c := range concepts(l.system, line) {
				l.put(s, c)
			}
			if n++; n%chunk == 0 {
				out = append(out, s)
				s = new(record.Summary)
			}
		}
		out = append(out, s)
	}
	return out, nil
}

// concepts returns a line's code once with each of its labels.
func concepts(system, line string) []record.Concept {
	fields := strings.Split(line, "\t")
	if len(fields) == 1 {
		return []record.Concept{{Label: line}}
	}
	var out []record.Concept
	for _, label := range fields[1:] {
		if label == "" {
			continue
		}
		c := record.Concept{Label: label}
		if len(out) == 0 || system == record.SystemLOINC {
			c.Codes = []record.CodeValue{{System: system, Value: fields[0]}}
		}
		out = append(out, c)
	}
	return out
}
