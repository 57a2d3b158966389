package foreign

import (
	"slices"
	"strings"
	"testing"

	"github.com/zoneblanche/zoneblanche/record"
)

func TestINSVectors(t *testing.T) {
	expected := map[string]struct {
		patient  record.Patient
		facts    int
		warnings []string
	}{
		"ins-sans-lieu.txt": {record.Patient{
			INS: record.INS{Matricule: "277010115400329", OID: record.OIDINSNIR}, BirthName: "GARCIA-HAMMADI", GivenNames: []string{"SARAH-LOU", "ANNA"},
			BirthDate: "1977-01-21", Sex: record.Female,
		}, 6, nil},
		// Its seven fields are read; its matricule's key is wrong.
		"ins-champs-desordre-zxing.txt": {record.Patient{
			BirthName: "LASTNAMETEST", GivenNames: []string{"FIRST", "NAMETEST"}, BirthDate: "1985-06-18", Sex: record.Male, BirthPlace: "13201",
		}, 7, []string{WarnINSKey}},
	}
	for _, file := range filesOf(t, "ins-datamatrix") {
		want, listed := expected[strings.TrimPrefix(file, "ins-datamatrix/")]
		if !listed {
			t.Fatalf("there is no expectation for %s", file)
		}
		r := one(t, Reader{}, vectorText(t, file))
		wantVerdict(t, r, record.Unsigned)
		if r.Kind != KindINS || r.Verified || r.Raw != nil || len(r.Facts) != want.facts || !slices.Equal(codes(r), want.warnings) {
			t.Errorf("%s: got %d facts, warnings %v", file, len(r.Facts), codes(r))
		}
		if p := r.Patient; p.INS != want.patient.INS || p.BirthName != want.patient.BirthName || !slices.Equal(p.GivenNames, want.patient.GivenNames) ||
			p.BirthDate != want.patient.BirthDate || p.Sex != want.patient.Sex || p.BirthPlace != want.patient.BirthPlace {
			t.Errorf("%s: got another patient", file)
		}
	}
}

func TestINS(t *testing.T) {
	const header = "IS010000000000000000000000"
	const name = "S3SARAH-LOU ANNA\x1dS4GARCIA-HAMMADI\x1dS5FS621-01-1977"
	const id = "S1277010115400329S21.2.250.1.213.1.4.8\x1d"
	for _, c := range []struct {
		name, text string
		warnings   []string
		facts      int
	}{
		{"as the format has it", header + id + name, nil, 6},
		{"with a birthplace", header + id + name + "S799350", nil, 7},
		{"behind a scanner's mark", "]d2" + header + id + name, nil, 6},
		{"a separator after every field", header + strings.ReplaceAll(id, "S2", "\x1dS2") + strings.ReplaceAll(name, "S6", "\x1dS6") + "\x1d", nil, 6},
		{"separators lost", header + strings.ReplaceAll(id+name, "\x1d", ""), nil, 6},
		{"a long OID without separator", header + "S1277010115400329S21.2.250.1.213.1.4.10" + name, nil, 6},
		{"names first", header + name + id, nil, 6},
		{"a wrong key", header + strings.Replace(id, "29S2", "30S2", 1) + name, []string{WarnINSKey}, 6},
		{"an OID of something else", header + strings.Replace(id, "213", "214", 1) + name, []string{WarnINSKey}, 6},
		{"no sex", header + id + strings.Replace(name, "S5F", "", 1), []string{WarnINSField}, 5},
		{"a day that is none", header + id + strings.Replace(name, "21-01", "31-02", 1), []string{WarnINSField}, 6},
		{"a name of digits", header + id + strings.Replace(name, "GARCIA", "G4RCIA", 1), []string{WarnINSField}, 6},
		{"a header that is not zeros", strings.Replace(header, "IS010", "IS01F", 1) + id + name, []string{WarnForm}, 6},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := one(t, Reader{}, c.text)
			wantVerdict(t, r, record.Unsigned)
			if !slices.Equal(codes(r), c.warnings) || len(r.Facts) != c.facts {
				t.Errorf("got warnings %v, %v, want %v, %d facts", codes(r), r.Facts, c.warnings, c.facts)
			}
			if wrongKey := hasCode(r, WarnINSKey); wrongKey != r.Patient.INS.Empty() {
				t.Error("a wrong matricule is somebody's")
			}
		})
	}
	for _, text := range []string{header + "S", header + name, header + "S1277010115400329", header + "??", "IS02" + header[4:] + id + name, header + strings.Repeat("\x1d", 100)} {
		wantVerdict(t, one(t, Reader{}, text), record.Unreadable)
	}
	if got := parseINS(header + "S5FS5M"); got["S5"] != "F" {
		t.Errorf("a field given twice: got %v", got)
	}
}
