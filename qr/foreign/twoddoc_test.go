package foreign

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

func antsKeys(t testing.TB) (k Keys) {
	t.Helper()
	if err := k.AddCertificates(vector(t, "2ddoc/cert-FR00-0001.pem")); err != nil {
		t.Fatal(err)
	}
	return k
}

// TestSpecimens reads the ANTS specimens while their certificate was valid.
func TestSpecimens(t *testing.T) {
	valid := date(2014, 1, 1)
	specimens := map[string]struct {
		title  string
		facts  []Fact
		future bool // signed after the certificate had ended
	}{
		"barcode_c40_v2.txt": {"2D-DOC : justificatif de domicile", []Fact{
			{"Pays du service", "FR"}, {"Code postal du service", "75000"}, {"Bénéficiaire", "MME SPECIMEN NATACHA"},
			{"Adresse du service, ligne 4", "145 AVENUE DES SPECIMENS"},
		}, false},
		"02-v4-test-covid-B2.txt": {"2D-DOC : test COVID", []Fact{
			{"Prénoms", "DEPOTHPRIM"}, {"Nom", "NEG"}, {"Date de naissance", "01/01/1955"}, {"Sexe", "féminin (F)"},
			{"Code LOINC de l’examen", "945006"}, {"Résultat", "négatif (N)"}, {"Prélèvement le", "07/04/2021 10:10"},
		}, true},
		"barcode_c40_v4.png.txt": {"2D-DOC : acte d’huissier", []Fact{
			{"Huissier de justice", "MAITRE SPECIMEN NATACHA"}, {"Destinataire", "RAISON SOCIALE DE TEST"}, {"Intitulé de l’acte", "SAISIE CONSERVATOIRE DE CREANCES"},
			{"Date de signature de l’acte", "21/11/2017"}, {"Demandeur", "MME BERTHIER CORINNE"}, {"Tiers concerné", "RAISON SOCIALE DU TIERS CONCERNE"},
			{"Numéro de l’acte", "1896547853AB"}, {"Adresse du document", "huissier-justice.fr/1896547853AB"},
		}, true},
		"barcode_c40_v4.txt": {"2D-DOC : macaron VTC", []Fact{
			{"Numéro EVTC", "EVTC123456789"}, {"Numéro de macaron", "0000001"}, {"Immatriculation", "AA-555-AA"},
		}, true},
	}
	for _, file := range filesOf(t, "2ddoc") {
		name := strings.TrimPrefix(file, "2ddoc/")
		if name == "cert-FR00-0001.pem" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			want, listed := specimens[name]
			if !listed {
				t.Fatal("there is no expectation for this file")
			}
			text := vectorText(t, file)
			r := one(t, Reader{Keys: antsKeys(t), Now: valid}, text)
			wantVerdict(t, r, record.Authentic)
			if r.Title != want.title || !slices.Equal(r.Facts, want.facts) || r.Issuer != "CERTIFICAT DE TEST (FR)" || !r.Verified || r.Issued.IsZero() {
				t.Errorf("got %q, %v, issuer %q", r.Title, r.Facts, r.Issuer)
			}
			if hasCode(r, WarnIssuedInFuture) != want.future {
				t.Errorf("got warnings %v", codes(r))
			}
			now := one(t, Reader{Keys: antsKeys(t), Now: date(2026, 1, 1)}, text)
			wantVerdict(t, now, record.Expired)
			if now.Judgement.Detail != "01/11/2015" || len(now.Facts) != len(want.facts) {
				t.Errorf("got %q, %d facts", now.Judgement.Detail, len(now.Facts))
			}
			wantVerdict(t, one(t, Reader{Keys: antsKeys(t), Now: date(2012, 1, 1)}, text), record.Expired)
			stranger := one(t, Reader{Now: valid}, text)
			wantVerdict(t, stranger, record.UnknownIssuer)
			if stranger.Verified || len(stranger.Facts) != len(want.facts) || !hasCode(stranger, WarnUnverified) {
				t.Errorf("without the certificate: got verified %v, %d facts", stranger.Verified, len(stranger.Facts))
			}
			scanned := one(t, Reader{Keys: antsKeys(t), Now: valid}, "]d2"+text)
			wantVerdict(t, scanned, record.Authentic)
			for i := range text {
				c := byte('A')
				if text[i] == c {
					c = 'B'
				}
				changed := text[:i] + string(c) + text[i+1:]
				readings, _ := Reader{Keys: antsKeys(t), Now: valid}.Read([]string{changed})
				if len(readings) == 1 && (readings[0].Judgement.Verdict == record.Authentic || readings[0].Verified) {
					t.Errorf("character %d may be changed", i)
				}
			}
		})
	}
}

// new2DDoc signs a text by a key of any curve.
func new2DDoc(t testing.TB, key *ecdsa.PrivateKey, text string) string {
	t.Helper()
	return text + string(unitSeparator) + base32Plain.EncodeToString(rawSignature(t, key, []byte(text)))
}

func Test2DDoc(t *testing.T) {
	key := newECKey(t, elliptic.P256())
	var k Keys
	der := newCertificate(t, key.Public(), "AB12", "FR09", date(2021, 1, 1), date(2027, 1, 1))
	if err := k.AddCertificates(der); err != nil {
		t.Fatal(err)
	}
	reader := Reader{Keys: k, Now: date(2026, 1, 1)}
	const header = "DC04FR09AB121E6D1E6D"
	vaccination := new2DDoc(t, key, header+"L101FRL0THEOULE SUR MER\x1dL1JEAN PAUL\x1dL231051962L3COVID-19\x1dL4J07BX03\x1dL5COMIRNATY PFIZER/BIONTECH\x1dL6COMIRNATY PFIZER/BIONTECH\x1dL71L82L901032021LACO")
	r := one(t, reader, vaccination)
	wantVerdict(t, r, record.Authentic)
	if len(r.Immunizations) != 1 || !r.Issued.Equal(time.Date(2021, 4, 29, 0, 0, 0, 0, time.UTC)) || r.Patient.UsedName != "THEOULE SUR MER" || r.Patient.BirthDate != "1962-05-31" {
		t.Fatalf("got %d vaccinations of somebody, issued %v", len(r.Immunizations), r.Issued)
	}
	i := r.Immunizations[0]
	if !i.Declared || i.Date != "2021-03-01" || i.Dose != "1/2" || !strings.HasPrefix(i.Note, "Déclarée par document : attestation 2D-DOC") || i.Vaccine.Label != "COMIRNATY PFIZER/BIONTECH" || !i.Vaccine.Has(record.SystemATC, "J07BX03") {
		t.Errorf("got %+v", i)
	}
	if got := r.Facts[len(r.Facts)-1]; got != (Fact{"État", "vaccination en cours (CO)"}) {
		t.Errorf("got %v", got)
	}
	for _, c := range []struct {
		name, text string
		want       record.Verdict
	}{
		{"an annex", vaccination + "\x1dnobody's words", record.Authentic},
		{"a short signature", vaccination[:strings.IndexByte(vaccination, unitSeparator)+1] + base32Plain.EncodeToString(make([]byte, 60)), record.NotAuthentic},
		{"a signature in small letters", strings.ToLower(vaccination), ""},
		{"bits after the signature", vaccination[:len(vaccination)-1] + "B", record.Unreadable},
		{"no signature", vaccination[:strings.IndexByte(vaccination, unitSeparator)], record.Unreadable},
		{"an empty one", vaccination[:strings.IndexByte(vaccination, unitSeparator)+1], record.Unreadable},
		{"a line end in the signature", vaccination[:len(vaccination)-5] + "\n" + vaccination[len(vaccination)-5:], record.Unreadable},
		{"another authority", strings.Replace(vaccination, "FR09", "FR08", 1), record.UnknownIssuer},
		{"another version", strings.Replace(vaccination, "DC04", "DC05", 1), record.Unreadable},
		{"the binary spelling", "\xdc\x04rest", record.Unreadable},
		{"a date that is none", new2DDoc(t, key, "DC04FR09AB12ZZZZ1E6DL101FR"), record.Unreadable},
		{"no dates", new2DDoc(t, key, "DC04FR09AB12FFFFFFFFL101FR"), record.Authentic},
		{"no fields", new2DDoc(t, key, header+"L101FR"), record.Authentic},
		{"half a header", new2DDoc(t, key, header+"L1"), record.Unreadable},
		{"the first version", new2DDoc(t, key, "DC01FR09AB121E6D1E6D0026FR"), record.Authentic},
	} {
		t.Run(c.name, func(t *testing.T) {
			readings, rest := reader.Read([]string{c.text})
			if c.want == "" {
				if len(rest) != 1 {
					t.Error("taken for a 2D-DOC")
				}
				return
			}
			if len(readings) != 1 {
				t.Fatal("not taken for a 2D-DOC")
			}
			wantVerdict(t, readings[0], c.want)
			if hasCode(readings[0], WarnAnnex) != (c.name == "an annex") {
				t.Errorf("got warnings %v", codes(readings[0]))
			}
		})
	}
}

func TestFieldsOf2DDoc(t *testing.T) {
	for message, want := range map[string][]field{
		"":                                nil,
		"2":                               nil,
		"26FR":                            {{"26", "FR", false}},
		"26F":                             {{"26", "F", false}},
		"26FR24750000112":                 {{"26", "FR", false}, {"24", "75000", false}, {"01", "12", false}},
		"10A\x1d11B\x1d":                  {{"10", "A", false}, {"11", "B", false}},
		"10A\x1e11B":                      {{"10", "A", true}, {"11", "B", false}},
		"ZZraw\x1d26FR":                   {{"ZZ", "raw", false}, {"26", "FR", false}},
		"\x1d\x1d26FR":                    {{"26", "FR", false}},
		"8212345678901234567890" + "26FR": {{"82", "12345678901234567890", false}, {"26", "FR", false}},
	} {
		if got := parseFields(message); !slices.Equal(got, want) {
			t.Errorf("%q: got %v, want %v", message, got, want)
		}
	}
	var r Reading
	describe2DDoc(&r, "00", []field{{"ZZ", "raw", false}, {"08", "1E6D", false}, {"10", "A/B", true}, {"0C", "!!", false}, {"55", "99999999", false}})
	if want := []Fact{{"Champ ZZ", "raw"}, {"Date d’expiration du document", "29/04/2021"}, {"Bénéficiaire", "A B…"}, {"Adresse du document", "!!"}, {"Début de contrat", "99999999"}}; !slices.Equal(r.Facts, want) {
		t.Errorf("got %v, want %v", r.Facts, want)
	}
}
