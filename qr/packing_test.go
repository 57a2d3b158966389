package qr

import (
	"testing"

	"github.com/zoneblanche/zoneblanche/record"
	"pgregory.net/rapid"
)

var packings = map[string]packing{
	"whole": whole, "decimal": decimal, "rpps": rpps, "finess": finess, "phone": phone, "atc": atcCode, "icd": icdCode,
	"loinc": loincCode, "calendar": calendar, "clock": clock, "offset": offset, "matricule": matricule,
}

func TestPackings(t *testing.T) {
	for _, c := range []struct {
		packing, text string
		want          int64
	}{
		{"whole", "0", 0},
		{"whole", "195967001", 195967001},
		{"decimal", "72", 72},
		{"decimal", "7.2", -1 - 72*3},
		{"decimal", "0.05", -1 - (5*3 + 1)},
		{"decimal", "5.000", -1 - (5000*3 + 2)},
		{"rpps", "10100862514", 1010086251},
		{"finess", "750000010", 75000001},
		{"phone", "0199001234", 4 * 199001234},
		{"phone", "01 99 00 12 34", 4*199001234 + 1},
		{"phone", "+33199001234", 4*199001234 + 2},
		{"phone", "+33 1 99 00 12 34", 4*199001234 + 3},
		{"atc", "A01AA01", 67601},
		{"icd", "I10", 810},
		{"icd", "E11.9", -1 - 4119},
		{"loinc", "2339-0", 2339},
		{"calendar", "1900-01-01", 0},
		{"calendar", "2026-11-20", 126*372 + 10*31 + 19},
		{"calendar", "2009", -1 - 109*13},
		{"calendar", "2009-03", -1 - (109*13 + 3)},
		{"clock", "09:30:00", 570},
		{"clock", "09:30:01", -1 - 34201},
		{"offset", "+01:00", 4},
		{"offset", "-04:30", -18},
		{"matricule", "279035121518989", 3 * 2790351215189},
	} {
		t.Run(c.packing+" "+c.text, func(t *testing.T) {
			got, ok := packings[c.packing].pack(c.text)
			if !ok || got != c.want {
				t.Errorf("got %d, %v, want %d", got, ok, c.want)
			}
		})
	}
	for _, c := range []struct{ packing, text string }{
		{"whole", ""}, {"whole", "08"}, {"whole", "-1"}, {"whole", "1234567890123456789"}, {"whole", "٣"},
		{"decimal", "1.2345"}, {"decimal", ".5"}, {"decimal", "5."}, {"decimal", "00.5"}, {"decimal", "-7.2"}, {"decimal", "1.2.3"},
		{"rpps", "10100862519"}, {"phone", "06 123 456 78"}, {"phone", "+32612345678"}, {"phone", "112"},
		{"atc", "N02BE"}, {"atc", "n02be01"}, {"icd", "I1"}, {"icd", "E11.90"}, {"icd", "E11,9"}, {"loinc", "2339-1"}, {"loinc", "02339-0"},
		{"calendar", "1899-12-31"}, {"calendar", "2026-13-01"}, {"calendar", "2026-00"}, {"calendar", "20261120"},
		{"clock", "09:30:60"}, {"offset", "Z"}, {"offset", "-00:00"}, {"offset", "+05:41"},
		{"matricule", "279035121518988"}, {"matricule", "27903512151898"},
	} {
		t.Run("not "+c.packing+" "+c.text, func(t *testing.T) {
			if n, ok := packings[c.packing].pack(c.text); ok {
				t.Errorf("packs as %d", n)
			}
		})
	}
}

func TestCorsicanMatriculesPack(t *testing.T) {
	for _, s := range []string{ins("180112A004012"), ins("180112B004012"), ins("1801120004012")} {
		n, ok := matricule.pack(s)
		back, ok2 := matricule.unpack(n)
		if !ok || !ok2 || back != s || n >= 1<<48 {
			t.Errorf("%s: got %d, %v, %s, %v", s, n, ok, back, ok2)
		}
	}
}

// TestPackingIsLossless holds every packing to its word in both directions: what
// packs comes back to the letter, and no two integers stand for one text.
func TestPackingIsLossless(t *testing.T) {
	for name, p := range packings {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				s := rapid.OneOf(genText(), rapid.StringMatching(`\d{1,15}`), rapid.StringMatching(`\d{1,4}\.\d{1,3}`),
					rapid.StringMatching(`[12]\d{4}(2A|2B|\d\d)\d{8}`), rapid.StringMatching(`[A-Z]\d\d(\.\d|[A-Z][A-Z]\d\d)?`),
					rapid.StringMatching(`\d{3,5}-\d`), rapid.StringMatching(`\d{4}(-\d\d){0,2}`)).Draw(t, "text")
				if n, ok := p.pack(s); ok {
					if back, ok := p.unpack(n); !ok || back != s {
						t.Fatalf("%q packs as %d, which is %q", s, n, back)
					}
				}
				n := rapid.OneOf(rapid.Int64(), rapid.Int64Range(-100000, 100000)).Draw(t, "integer")
				if s, ok := p.unpack(n); ok {
					if back, ok := p.pack(s); !ok || back != n {
						t.Fatalf("%d is %q, which packs as %d", n, s, back)
					}
				}
			})
		})
	}
}

func TestLuhnDigit(t *testing.T) {
	for _, number := range []string{"10100862514"} {
		if err := record.CheckRPPS(number); err != nil || luhnDigit(number[:10]) != number[10] {
			t.Errorf("%s: got %c", number, luhnDigit(number[:10]))
		}
	}
}
