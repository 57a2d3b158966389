package fhir_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/internal/fhirschema"
	"github.com/zoneblanche/zoneblanche/record"
)

var paris = time.FixedZone("", 3600)

// sampleConsultation is a test identity: the matricule is ANS's, its OID the one
// for tests.
func sampleConsultation() record.Consultation {
	return record.Consultation{
		ID: "0193a1b2-0000-7000-8000-000000000001",
		Patient: record.Patient{
			INS:       record.INS{Matricule: "279035121518989", OID: record.OIDINSTest},
			BirthName: "PATIENTE", GivenNames: []string{"Ines"}, UsedName: "EXEMPLE",
			BirthDate: "1979-03-14", Sex: record.Female, BirthPlace: "51215",
			Identifiers: []record.CodeValue{{System: "urn:oid:1.2.3", Value: "IPP-7", Label: "dossier local"}},
		},
		Card: record.CardRef{
			ID: "00112233aabbccdd", Issuer: "Cabinet des Essais", Verdict: record.Authentic,
			Issued: time.Date(2026, 1, 9, 8, 0, 0, 0, paris),
		},
		ActedAt: time.Date(2026, 3, 14, 9, 42, 7, 0, paris),
		Author:  record.Author{RPPS: "99700218896", Name: "Dr Essai Médecin", Organisation: "Cabinet du Causse", FINESS: "480000017"},
		Note:    "Douleur thoracique.\nECG normal. Suite : <cardiologue> & repos.",
	}
}

func mustSubmission(t testing.TB, c record.Consultation, opt fhir.SubmissionOptions) record.Submission {
	t.Helper()
	s, err := fhir.NewSubmission(c, opt)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// dig walks a decoded resource: strings are members, ints are indexes.
func dig(t testing.TB, body []byte, path ...any) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatal(err)
	}
	for _, step := range path {
		switch step := step.(type) {
		case string:
			m, ok := v.(map[string]any)
			if !ok {
				t.Fatalf("no object at %q of %v", step, path)
			}
			v = m[step]
		case int:
			l, ok := v.([]any)
			if !ok || step >= len(l) {
				t.Fatalf("no item %d of %v", step, path)
			}
			v = l[step]
		}
	}
	return v
}

func TestSubmissionObeysEveryRule(t *testing.T) {
	for name, change := range map[string]func(*record.Consultation, *fhir.SubmissionOptions){
		"ordinary":     func(*record.Consultation, *fhir.SubmissionOptions) {},
		"no INS":       func(c *record.Consultation, _ *fhir.SubmissionOptions) { c.Patient.INS = record.INS{} },
		"traits alone": func(c *record.Consultation, _ *fhir.SubmissionOptions) { c.Patient = record.Patient{BirthName: "X"} },
		"identifier alone": func(c *record.Consultation, _ *fhir.SubmissionOptions) {
			c.Patient = record.Patient{Identifiers: []record.CodeValue{{Value: "7"}}}
		},
		"system with spaces": func(c *record.Consultation, _ *fhir.SubmissionOptions) {
			c.Patient.INS = record.INS{}
			c.Patient.Identifiers[0].System = "dossier papier"
		},
		"no card":            func(c *record.Consultation, _ *fhir.SubmissionOptions) { c.Card = record.CardRef{} },
		"no structure":       func(c *record.Consultation, _ *fhir.SubmissionOptions) { c.Author = record.Author{RPPS: c.Author.RPPS} },
		"structure unnamed":  func(c *record.Consultation, _ *fhir.SubmissionOptions) { c.Author.Organisation = "" },
		"partial birth date": func(c *record.Consultation, _ *fhir.SubmissionOptions) { c.Patient.BirthDate = "1979" },
		"birth instant":      func(c *record.Consultation, _ *fhir.SubmissionOptions) { c.Patient.BirthDate = "1979-03-14T10:00:00Z" },
		"nonsense birthday":  func(c *record.Consultation, _ *fhir.SubmissionOptions) { c.Patient.BirthDate = "14/03/1979" },
		"UTC":                func(c *record.Consultation, _ *fhir.SubmissionOptions) { c.ActedAt = c.ActedAt.UTC() },
		"control characters": func(c *record.Consultation, _ *fhir.SubmissionOptions) {
			c.Author.Name = "Dr\x00\x1b[31m\nX"
			c.Patient.BirthName = " \t"
		},
		"options": func(_ *record.Consultation, o *fhir.SubmissionOptions) {
			o.SignedAt, o.SourceID = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC), "urn:oid:1.2.3.4"
			o.Custodian = record.Issuer{Name: "Maison de santé"}
			o.Facility = record.CodeValue{System: "https://mos.esante.gouv.fr/NOS/TRE_R02-SecteurActivite/FHIR/TRE-R02-SecteurActivite", Value: "SA05", Label: "Centre de santé"}
			o.DocumentID, o.SubmissionID, o.BinaryID = uuid.New(), uuid.New(), uuid.New()
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, opt := sampleConsultation(), fhir.SubmissionOptions{}
			change(&c, &opt)
			s := mustSubmission(t, c, opt)
			for _, p := range fhir.CheckOwnBundle(s.Body) {
				t.Error(p)
			}
			if err := fhirschema.Validate(s.Body); err != nil {
				t.Error(err)
			}
			if s.Entries != 3 || len(s.DocumentSHA1) != 20 || s.MediaType != fhir.MediaType {
				t.Errorf("got %d entries, a hash of %d bytes, type %q", s.Entries, len(s.DocumentSHA1), s.MediaType)
			}
		})
	}
}

func TestSubmissionIsDeterministic(t *testing.T) {
	a := mustSubmission(t, sampleConsultation(), fhir.SubmissionOptions{})
	b := mustSubmission(t, sampleConsultation(), fhir.SubmissionOptions{})
	if !bytes.Equal(a.Body, b.Body) || a.DocumentID != b.DocumentID || a.SubmissionID != b.SubmissionID {
		t.Error("two submissions of one consultation differ")
	}
	// Frozen: a journal holds these ids, and a change would deliver notes twice.
	const document, submission = "urn:uuid:e4be9784-520e-582f-a882-46e914e88a95", "urn:uuid:565d0acb-8683-5e1b-b7c7-1cee9c71fee9"
	if a.DocumentID != document || a.SubmissionID != submission {
		t.Errorf("got ids %s and %s, want %s and %s", a.DocumentID, a.SubmissionID, document, submission)
	}
	other := sampleConsultation()
	other.ID = "0193a1b2-0000-7000-8000-000000000002"
	if o := mustSubmission(t, other, fhir.SubmissionOptions{}); o.DocumentID == a.DocumentID || o.SubmissionID == a.SubmissionID {
		t.Error("two consultations share an id")
	}
}

func TestSubmissionContent(t *testing.T) {
	s := mustSubmission(t, sampleConsultation(), fhir.SubmissionOptions{SignedAt: time.Date(2026, 3, 14, 8, 58, 0, 0, time.UTC), Location: paris})
	for _, c := range []struct {
		path []any
		want any
	}{
		{[]any{"type"}, "transaction"},
		{[]any{"entry", 0, "request", "ifNoneExist"}, "identifier=urn:ietf:rfc:3986|" + s.SubmissionID},
		{[]any{"entry", 0, "resource", "date"}, "2026-03-14T09:58:00+01:00"},
		{[]any{"entry", 0, "resource", "subject", "reference"}, "Patient?identifier=urn:oid:1.2.250.1.213.1.4.10|279035121518989"},
		{[]any{"entry", 1, "request", "ifNoneExist"}, "identifier=urn:ietf:rfc:3986|" + s.DocumentID},
		{[]any{"entry", 1, "resource", "masterIdentifier", "value"}, s.DocumentID},
		{[]any{"entry", 1, "resource", "date"}, "2026-03-14T09:58:00+01:00"},
		{[]any{"entry", 1, "resource", "context", "period", "start"}, "2026-03-14T09:42:07+01:00"},
		{[]any{"entry", 1, "resource", "type", "coding", 0, "code"}, "11488-4"},
		{[]any{"entry", 1, "resource", "category", 0, "coding", 0, "code"}, "10"},
		{[]any{"entry", 1, "resource", "contained", 0, "identifier", 0, "value"}, "279035121518989"},
		{[]any{"entry", 1, "resource", "contained", 1, "identifier", 0, "value"}, "899700218896"},
		{[]any{"entry", 1, "resource", "contained", 2, "identifier", 0, "value"}, "1480000017"},
		{[]any{"entry", 1, "resource", "content", 0, "attachment", "size"}, float64(s.DocumentSize)},
		{[]any{"entry", 2, "request", "ifNoneExist"}, nil},
	} {
		if got := dig(t, s.Body, c.path...); got != c.want {
			t.Errorf("%v: got %v, want %v", c.path, got, c.want)
		}
	}
}

func TestNoteDocument(t *testing.T) {
	s := mustSubmission(t, sampleConsultation(), fhir.SubmissionOptions{})
	want := `COMPTE RENDU DE CONSULTATION

Date de la consultation : 14/03/2026 à 09:42 (UTC+01:00)
Professionnel : Dr Essai Médecin
N° RPPS : 99700218896
Structure : Cabinet du Causse
N° FINESS : 480000017

PATIENT
Nom : Ines EXEMPLE (née PATIENTE)
Date de naissance : 14/03/1979
Sexe : féminin
Lieu de naissance (code INSEE) : 51215
Matricule INS : 2 79 03 51 215 189 89 (identité de test)
Autre identifiant : IPP-7 (dossier local) (urn:oid:1.2.3)

CARTE CONSULTÉE
Carte : 00112233aabbccdd
Émetteur : Cabinet des Essais
Émise le : 09/01/2026
Verdict à la lecture : authentique

NOTE
Douleur thoracique.
ECG normal. Suite : <cardiologue> & repos.
`
	if got := documentOf(t, s); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}

	c := sampleConsultation()
	c.Patient, c.Card = record.Patient{Original: "李明"}, record.CardRef{}
	c.Author = record.Author{RPPS: c.Author.RPPS, Name: "Dr X\nNote : fausse"}
	c.Prescriptions, c.Orders = []string{"Paracétamol 1 g"}, []string{"NFS"}
	got := documentOf(t, mustSubmission(t, c, fhir.SubmissionOptions{}))
	for _, want := range []string{"Nom : 李明\n", "Matricule INS : absent\n", "Aucune carte n’a été consultée.\n", "Professionnel : Dr X Note : fausse\n",
		"Prescriptions :\n- Paracétamol 1 g\n\nExamens demandés :\n- NFS\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in:\n%s", want, got)
		}
	}
}

func documentOf(t *testing.T, s record.Submission) string {
	t.Helper()
	var b struct {
		Entry []struct {
			Resource struct {
				Data []byte `json:"data"`
			} `json:"resource"`
		} `json:"entry"`
	}
	if err := json.Unmarshal(s.Body, &b); err != nil {
		t.Fatal(err)
	}
	return string(b.Entry[2].Resource.Data)
}

func TestSubmissionRefusesAtOnce(t *testing.T) {
	for _, c := range []struct {
		reason string
		change func(*record.Consultation, *fhir.SubmissionOptions)
	}{
		{"id", func(c *record.Consultation, _ *fhir.SubmissionOptions) { c.ID = "" }},
		{"acted_at", func(c *record.Consultation, _ *fhir.SubmissionOptions) { c.ActedAt = time.Time{} }},
		{"note", func(c *record.Consultation, _ *fhir.SubmissionOptions) { c.Note = " \n" }},
		{"note", func(c *record.Consultation, _ *fhir.SubmissionOptions) { c.Note = "\xff" }},
		{"note", func(c *record.Consultation, _ *fhir.SubmissionOptions) { c.Note = strings.Repeat("a", fhir.MaxNote+1) }},
		{"no_patient", func(c *record.Consultation, _ *fhir.SubmissionOptions) { c.Patient = record.Patient{Sex: record.Male} }},
		{"ins", func(c *record.Consultation, _ *fhir.SubmissionOptions) { c.Patient.INS.Matricule = "279035121518988" }},
		{"rpps", func(c *record.Consultation, _ *fhir.SubmissionOptions) { c.Author.RPPS = "" }},
		{"rpps", func(c *record.Consultation, _ *fhir.SubmissionOptions) { c.Author.RPPS = "1010120123" }},
		{"finess", func(c *record.Consultation, _ *fhir.SubmissionOptions) { c.Author.FINESS = "123" }},
		{"source_id", func(_ *record.Consultation, o *fhir.SubmissionOptions) { o.SourceID = "1.2.3" }},
	} {
		consultation, opt := sampleConsultation(), fhir.SubmissionOptions{}
		c.change(&consultation, &opt)
		_, err := fhir.NewSubmission(consultation, opt)
		if err == nil || record.ReasonOf(err) != c.reason {
			t.Errorf("got reason %q (%v), want %q", record.ReasonOf(err), err, c.reason)
		}
		if err != nil && strings.Contains(err.Error(), "279035") {
			t.Errorf("the error quotes the patient: %v", err)
		}
	}
}

// FuzzSubmission: whatever people are called and write, what leaves obeys the
// rules and is valid R4.
func FuzzSubmission(f *testing.F) {
	f.Add("PATIENTE", "Ines", "Dr Essai", "Cabinet", "urn:oid:1.2", "7", "note")
	f.Add("\x00", "", "\u202e", "<&>", " ", "a|b", "\r\n\x1b")
	f.Fuzz(func(t *testing.T, birth, given, author, structure, system, value, note string) {
		c := sampleConsultation()
		c.Patient.BirthName, c.Patient.GivenNames = birth, []string{given}
		c.Patient.INS, c.Patient.Identifiers = record.INS{}, []record.CodeValue{{System: system, Value: value}}
		c.Author.Name, c.Author.Organisation, c.Note = author, structure, note
		s, err := fhir.NewSubmission(c, fhir.SubmissionOptions{})
		if err != nil {
			return
		}
		for _, p := range fhir.CheckOwnBundle(s.Body) {
			t.Error(p)
		}
		if err := fhirschema.Validate(s.Body); err != nil {
			t.Error(err)
		}
	})
}
