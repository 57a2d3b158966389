package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// European certificates have all expired by now, and a sheet is printed by a key of
// today: they are judged here in their own time, which a script cannot do.
func TestVaccinationsOfAEuropeanCertificate(t *testing.T) {
	data, err := os.ReadFile("../../testdata/vectors/foreign/dcc/AT/1.json")
	if err != nil {
		t.Fatal(err)
	}
	var vector struct {
		Prefix  string `json:"PREFIX"`
		Context struct {
			Certificate string    `json:"CERTIFICATE"`
			Clock       time.Time `json:"VALIDATIONCLOCK"`
		} `json:"TESTCTX"`
	}
	if err := json.Unmarshal(data, &vector); err != nil {
		t.Fatal(err)
	}
	der, err := base64.StdEncoding.DecodeString(vector.Context.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	cert := filepath.Join(t.TempDir(), "cert.pem")
	if err := os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	read := func() *immunizations {
		m, err := readImmunizations(context.Background(), &bytes.Buffer{}, []string{vector.Prefix}, foreignFlags{certs: []string{cert}})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	s := record.Summary{Patient: record.Patient{BirthName: "Musterfrau Gößinger", GivenNames: []string{"GABRIELE"}, BirthDate: "1998-02-26"}}
	s.Immunizations.None = true

	m := read()
	if err := m.add(&s, vector.Context.Clock); err != nil {
		t.Fatal(err)
	}
	if s.Immunizations.Len() != 1 || s.Immunizations.None || len(m.told) != 1 || !m.told[0].Added {
		t.Fatalf("got %+v, told %+v", s.Immunizations, m.told)
	}
	v := s.Immunizations.Entries[0]
	if !v.Declared || v.Dose != "1/2" || v.Date != "2021-02-18" || v.Title() != "Comirnaty" || !v.Targets[0].Has(record.SystemSNOMED, "840539006") ||
		v.Note != "Déclarée par document : certificat COVID européen, émetteur BMSGPK (AT)" {
		t.Errorf("got %+v", v)
	}
	m = read()
	if err := m.add(&s, vector.Context.Clock); err != nil || s.Immunizations.Len() != 1 || m.told[0].Added {
		t.Errorf("a second time: got %d entries, told %+v, %v", s.Immunizations.Len(), m.told, err)
	}

	// Its validity ends, and the dose was given all the same.
	later, old := read(), record.Summary{Patient: s.Patient}
	if err := later.add(&old, vector.Context.Clock.AddDate(5, 0, 0)); err != nil || old.Immunizations.Len() != 1 || !later.told[0].Lapsed {
		t.Errorf("lapsed: got %d entries, told %+v, %v", old.Immunizations.Len(), later.told, err)
	}

	for name, c := range map[string]struct {
		patient record.Patient
		at      time.Time
		exit    int
	}{
		"from the future":   {s.Patient, vector.Context.Clock.AddDate(-1, 0, 0), record.Expired.Exit()},
		"another person's":  {record.Patient{BirthName: "Muster", GivenNames: s.Patient.GivenNames, BirthDate: s.Patient.BirthDate}, vector.Context.Clock, exitFailed},
		"born another day":  {record.Patient{BirthName: s.Patient.BirthName, GivenNames: s.Patient.GivenNames, BirthDate: "1998-02-27"}, vector.Context.Clock, exitFailed},
		"given name absent": {record.Patient{BirthName: s.Patient.BirthName, GivenNames: []string{"Anna"}, BirthDate: s.Patient.BirthDate}, vector.Context.Clock, exitFailed},
	} {
		other := record.Summary{Patient: c.patient}
		err := read().add(&other, c.at)
		if _, _, exit := explain(err); err == nil || exit != c.exit || other.Immunizations.Len() != 0 {
			t.Errorf("%s: got %v, %d vaccinations", name, err, other.Immunizations.Len())
		}
	}
}
