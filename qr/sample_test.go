package qr

import "github.com/zoneblanche/zoneblanche/record"

func coded(label string, codes ...string) record.Concept {
	c := record.Concept{Label: label}
	for i := 0; i < len(codes); i += 2 {
		c.Codes = append(c.Codes, record.CodeValue{System: codes[i], Value: codes[i+1]})
	}
	return c
}

// sampleSummary is an invented person with what a general practice often sees.
// Its INS is of the test authority.
func sampleSummary() *record.Summary {
	atc := record.SystemATC
	take := func(text string, when ...string) []record.Dosage { return []record.Dosage{{Text: text, When: when}} }
	s := &record.Summary{
		Patient: record.Patient{
			INS:       record.INS{Matricule: "258077532145177", OID: record.OIDINSTest},
			Qualified: true, BirthName: "VASSEUR", GivenNames: []string{"Odile", "Jeanne"}, UsedName: "PRIGENT",
			BirthDate: "1958-07-14", Sex: record.Female, BirthPlace: "75321",
		},
		UpdatedAt: "2026-11-18",
		Author:    record.Author{RPPS: "10100862514", Name: "Dr Hélène Kerbrat", Organisation: "Maison de santé du Haut-Pays"},
		Allergies: record.Section[record.Allergy]{Entries: []record.Allergy{
			{Substance: coded("Pénicilline", atc, "J01CE01"), Type: "allergy", Categories: []string{"medication"}, Criticality: "high",
				Status: "active", Verification: "confirmed", Onset: "1998",
				Reactions: []record.Reaction{{Manifestations: []record.Concept{record.Text("Choc anaphylactique")}, Severity: "severe"}}},
			{Substance: record.Text("Arachide"), Categories: []string{"food"}, Status: "active", Verification: "confirmed",
				Reactions: []record.Reaction{{Manifestations: []record.Concept{record.Text("Urticaire")}}}},
		}},
		Medications: record.Section[record.Medication]{Entries: []record.Medication{
			{Drug: coded("Metformine 1000 mg", atc, "A10BA02"), Status: "active", Dosages: take("1 comprimé matin et soir", "MORN", "EVE"), Start: "2015-03"},
			{Drug: coded("Ramipril 5 mg", atc, "C09AA05"), Status: "active", Dosages: take("1 comprimé le matin", "MORN"), Start: "2016-09-12"},
			{Drug: coded("Atorvastatine 20 mg", atc, "C10AA05"), Status: "active", Dosages: take("1 comprimé le soir", "EVE")},
			{Drug: coded("Bisoprolol 2,5 mg", atc, "C07AB07"), Status: "active", Dosages: take("1 comprimé le matin")},
			{Drug: coded("Apixaban 5 mg", atc, "B01AF02"), Status: "active", Dosages: take("1 comprimé matin et soir"), Reason: record.Text("Fibrillation atriale")},
			{Drug: coded("Paracétamol 1 g", atc, "N02BE01"), Status: "active", Dosages: []record.Dosage{{Text: "1 comprimé si douleur, 3 par jour au plus", AsNeeded: true}}},
		}},
		Problems: record.Section[record.Problem]{Entries: []record.Problem{
			{Condition: coded("Diabète de type 2", record.SystemICD10, "E11.9"), ALD: true, Status: "active", Onset: "2012"},
			{Condition: coded("Fibrillation atriale", record.SystemICD10, "I48.9"), ALD: true, Status: "active", Onset: "2019-05"},
			{Condition: coded("Hypertension artérielle", record.SystemICD10, "I10"), Status: "active", Onset: "2010"},
			{Condition: coded("Cholécystectomie", record.SystemICD10, "K80.2"), Status: "resolved", Abatement: "2004"},
		}},
		Devices:    record.Section[record.Device]{Entries: []record.Device{{Type: record.Text("Stimulateur cardiaque double chambre"), Status: "active", Since: "2020-02-11", Serial: "PJN482193H"}}},
		Procedures: record.Section[record.Procedure]{Entries: []record.Procedure{{Act: coded("Pose de stimulateur cardiaque", record.SystemCCAM, "DELF007"), Status: "completed", Performed: "2020-02-11"}}},
		Immunizations: record.Section[record.Immunization]{Entries: []record.Immunization{
			{Vaccine: coded("Vaccin grippe", atc, "J07BB02"), Status: "completed", Date: "2025-10-21", Lot: "U3J512V"},
			{Vaccine: coded("Vaccin Covid-19 à ARNm", atc, "J07BN01"), Status: "completed", Date: "2024-11-05", Dose: "5"},
		}},
		Results: record.Section[record.Observation]{Entries: []record.Observation{
			{What: coded("Hémoglobine glyquée", record.SystemLOINC, "4548-4"), Status: "final", Date: "2026-10-02", Quantity: record.Quantity{Value: "7.1", Unit: "%"}},
			{What: coded("Créatinine", record.SystemLOINC, "14682-9"), Status: "final", Date: "2026-10-02", Quantity: record.Quantity{Value: "88", Unit: "umol/L"}},
			{What: coded("LDL-cholestérol", record.SystemLOINC, "22748-8"), Status: "final", Date: "2026-10-02", Quantity: record.Quantity{Value: "2.3", Unit: "mmol/L"}},
		}},
		VitalSigns: record.Section[record.Observation]{Entries: []record.Observation{
			{What: coded("Pression artérielle", record.SystemLOINC, "85354-9"), Status: "final", Date: "2026-11-18T09:12:00+01:00", Components: []record.Observation{
				{What: coded("Systolique", record.SystemLOINC, "8480-6"), Quantity: record.Quantity{Value: "134", Unit: "mm[Hg]"}},
				{What: coded("Diastolique", record.SystemLOINC, "8462-4"), Quantity: record.Quantity{Value: "78", Unit: "mm[Hg]"}},
			}},
			{What: coded("Poids", record.SystemLOINC, "29463-7"), Status: "final", Date: "2026-11-18", Quantity: record.Quantity{Value: "71.5", Unit: "kg"}},
		}},
		CarePlan: record.Section[record.Statement]{Entries: []record.Statement{
			{What: record.Text("Contrôle du stimulateur, boîtier 8F-40913, dossier QX7719-V"), Status: "active", Until: "2027-02-11",
				Note: "Télésurveillance par la plateforme de Quimperlé, accès KR-5582-JZ ; joindre Mme Le Fustec au poste 7164 sauf mercredi"},
			{What: record.Text("Rétinographie à Huelgoat, réf. WB-20817/6"), Status: "active", Until: "2027-01"},
		}},
		Directives: record.Section[record.Statement]{None: true},
		Contacts: []record.Contact{
			{Role: record.RoleEmergency, Name: "Yann PRIGENT", Relation: "fils", Phone: "06 39 98 12 34"},
			{Role: record.RoleDoctor, Name: "Dr Hélène KERBRAT", Phone: "0199001234", RPPS: "10100862514"},
		},
		Consents: []record.Consent{{Status: "active", Given: "2026-11-18"}},
	}
	s.Sort()
	return s
}
