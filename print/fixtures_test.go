package print

import (
	"strings"
	"testing"
	"time"

	qrcode "github.com/skip2/go-qrcode"

	"github.com/zoneblanche/zoneblanche/record"
)

// printedAt is the day on which every sheet of the tests is printed.
var printedAt = time.Date(2026, 3, 14, 10, 30, 0, 0, time.UTC)

// base45 is the alphabet of the symbols' texts.
const base45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

// symbolText is a text of n characters that looks like a card's, different for
// each seed.
func symbolText(n, seed int) string {
	var b strings.Builder
	b.WriteString("ZB1:")
	state := uint32(seed)*2654435761 + 1
	for b.Len() < n {
		state = state*1664525 + 1013904223
		b.WriteByte(base45[(state>>16)%45])
	}
	return b.String()
}

func modules(t testing.TB, text string) [][]bool {
	t.Helper()
	q, err := qrcode.New(text, qrcode.Medium)
	if err != nil {
		t.Fatal(err)
	}
	q.DisableBorder = true
	return q.Bitmap()
}

// identityModules is the side of the identity datamatrix of the tests: no QR symbol
// has an even one.
const identityModules = 40

// identity is what looks like a datamatrix: two edges dark, two of every other module.
func identity() [][]bool {
	out := make([][]bool, identityModules)
	for y := range out {
		out[y] = make([]bool, identityModules)
		for x := range out[y] {
			out[y][x] = x == 0 || y == identityModules-1 || (x+y)%2 == 0
		}
	}
	return out
}

// sheet is a sheet around s with k full symbols and their spares.
func sheet(t testing.TB, s *record.Summary, full, spare int) Sheet {
	t.Helper()
	out := Sheet{
		Summary:   s,
		Emergency: Code{Caption: "Code d’urgence", Modules: modules(t, symbolText(590, 0)), SizeMM: 62},
		Issuer:    record.Issuer{Name: "Dr Hélène PETIT", Kind: "practitioner", RPPS: "10001234563"},
		CardID:    "9f3a61c2d4e5b807",
		PrintedAt: printedAt,
		Enough:    full,
	}
	if s.Patient.Qualified {
		out.Identity.Modules = identity()
	}
	for i := range full + spare {
		caption := "Code " + string(rune('1'+i)) + " sur " + string(rune('0'+full))
		if i >= full {
			caption = "Code de secours " + string(rune('1'+i))
		}
		out.Full = append(out.Full, Code{Caption: caption, Modules: modules(t, symbolText(450, i+1)), SizeMM: 72})
	}
	return out
}

func ins() record.INS {
	return record.INS{Matricule: "243051207512359", OID: record.OIDINSTest}
}

func q(value, unit string) record.Quantity { return record.Quantity{Value: value, Unit: unit} }

func drug(name string, d ...record.Dosage) record.Medication {
	return record.Medication{Drug: record.Text(name), Dosages: d}
}

func tablet(n string, frequency int, when ...string) record.Dosage {
	return record.Dosage{Dose: q(n, "comprimé"), Frequency: frequency, Period: "1", PeriodUnit: "d", When: when}
}

// elder is the ordinary patient: 82 years, three allergies, nine treatments.
func elder() *record.Summary {
	s := &record.Summary{
		Patient: record.Patient{
			INS: ins(), Qualified: true, BirthName: "Deschamps", UsedName: "Lefebvre",
			GivenNames: []string{"Marie-Thérèse", "Jeanne"}, BirthDate: "1943-05-12", Sex: record.Female, BirthPlace: "75112",
		},
		UpdatedAt: "2026-03-02",
		Author:    record.Author{Name: "Dr Hélène PETIT"},
		Contacts: []record.Contact{
			{Role: record.RoleEmergency, Name: "Paul LEFEBVRE", Relation: "fils", Phone: "0612345678"},
			{Role: record.RoleTrusted, Name: "Odile LEFEBVRE-NGUYEN", Relation: "fille", Phone: "+33698765432"},
			{Role: record.RoleDoctor, Name: "Dr Hélène PETIT", Phone: "0473000000", Organisation: "Maison de santé du Cézallier"},
		},
		Consents: []record.Consent{{Status: "active", Given: "2025-11-03", Until: "2026-11-02"}},
	}
	s.Allergies.Entries = []record.Allergy{
		{Substance: record.Text("Pénicillines"), Criticality: "high", Onset: "1998", Verification: "confirmed",
			Reactions: []record.Reaction{{Manifestations: []record.Concept{record.Text("choc anaphylactique")}, Severity: "severe"}}},
		{Substance: record.Text("Produits de contraste iodés"), Reactions: []record.Reaction{{Manifestations: []record.Concept{record.Text("urticaire géante"), record.Text("œdème du visage")}, Severity: "moderate"}}},
		{Substance: record.Text("Codéine"), Type: "intolerance", Reactions: []record.Reaction{{Manifestations: []record.Concept{record.Text("vomissements")}}}},
	}
	paracetamol := tablet("1", 3)
	paracetamol.AsNeeded = true
	s.Medications.Entries = []record.Medication{
		drug("Apixaban 5 mg, comprimé", tablet("1", 2, "MORN", "EVE")),
		drug("Bisoprolol 2,5 mg", tablet("1", 1, "MORN")),
		drug("Furosémide 40 mg", tablet("1", 1, "MORN")),
		drug("Ramipril 5 mg", tablet("1", 1, "EVE")),
		drug("Metformine 1 000 mg", tablet("1", 2, "CM", "CV")),
		drug("Insuline glargine 100 UI/ml (Lantus SoloStar)", record.Dosage{Text: "18 UI en sous-cutané le soir au coucher, à adapter selon la glycémie du matin"}),
		drug("Atorvastatine 20 mg", tablet("1", 1, "HS")),
		drug("Lévothyroxine 75 µg", tablet("1", 1, "WAKE")),
		drug("Paracétamol 1 g", paracetamol),
	}
	s.Problems.Entries = []record.Problem{
		{Condition: record.Text("Fibrillation atriale permanente"), ALD: true, Onset: "2016"},
		{Condition: record.Text("Insuffisance cardiaque à fraction d’éjection réduite (FEVG 38 %)"), ALD: true, Onset: "2019-06"},
		{Condition: record.Text("Diabète de type 2"), ALD: true, Onset: "2004"},
		{Condition: record.Text("Insuffisance rénale chronique, stade 3b"), Onset: "2021"},
		{Condition: record.Text("Hypothyroïdie")},
		{Condition: record.Text("Fracture du col du fémur droit"), Status: "resolved", Onset: "2018-02-11"},
	}
	s.Devices.Entries = []record.Device{{Type: record.Text("Stimulateur cardiaque double chambre"), Since: "2020-09-15", Serial: "SN-4471-220", Note: "IRM sous conditions"}}
	s.Procedures.Entries = []record.Procedure{
		{Act: record.Text("Prothèse totale de hanche droite"), Performed: "2018-02-13"},
		{Act: record.Text("Cholécystectomie"), Performed: "1991"},
	}
	s.Immunizations.Entries = []record.Immunization{
		{Vaccine: record.Text("Grippe saisonnière"), Date: "2025-10-20"},
		{Vaccine: record.Text("COVID-19"), Date: "2025-10-20", Dose: "7"},
		{Vaccine: record.Text("Diphtérie, tétanos, polio"), Date: "2023-05-12"},
		{Vaccine: record.Text("Pneumocoque 20-valent"), Date: "2024-11-08"},
	}
	s.Results.Entries = []record.Observation{
		{What: record.Text("Créatinine"), Quantity: q("142", "µmol/L"), Date: "2026-02-18", Reference: "45–84"},
		{What: record.Text("DFG estimé (CKD-EPI)"), Quantity: q("31", "mL/min/1,73 m²"), Date: "2026-02-18"},
		{What: record.Text("HbA1c"), Quantity: q("7.4", "%"), Date: "2026-02-18"},
		{What: record.Text("Potassium"), Quantity: q("5.1", "mmol/L"), Date: "2026-02-18"},
	}
	s.VitalSigns.Entries = []record.Observation{
		{What: record.Text("Pression artérielle"), Date: "2026-03-02", Components: []record.Observation{
			{What: record.Text("systolique"), Quantity: q("134", "mmHg")}, {What: record.Text("diastolique"), Quantity: q("72", "mmHg")}}},
		{What: record.Text("Poids"), Quantity: q("58", "kg"), Date: "2026-03-02"},
	}
	s.CarePlan.Entries = []record.Statement{{What: record.Text("Pesée quotidienne ; appeler si + 2 kg en 3 jours"), Date: "2026-03-02"}}
	s.Directives.Entries = []record.Statement{{What: record.Text("Pas de réanimation invasive"), Date: "2024-01-15", Note: "document chez la fille"}}
	s.Sort()
	return s
}
