package record

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

func TestINSKey(t *testing.T) {
	for _, c := range []struct{ thirteen, key, name string }{
		{"2790351215189", "89", "the matricule of the public examples"},
		{"1234567890123", "11", "the example whose published key is wrong"},
		{"255082A008001", "", "Corse-du-Sud counts as 19"},
		{"255082B008001", "", "Haute-Corse counts as 18"},
	} {
		key, err := INSKey(c.thirteen)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if c.key != "" && key != c.key {
			t.Errorf("%s: got %s, want %s", c.name, key, c.key)
		}
	}
	south, _ := INSKey("255082A008001")
	north, _ := INSKey("255082B008001")
	asSouth, _ := INSKey("2550819008001")
	asNorth, _ := INSKey("2550818008001")
	if south != asSouth || north != asNorth || south == north {
		t.Errorf("Corsica: got %s and %s, want %s and %s", south, north, asSouth, asNorth)
	}
}

func TestParseINSRefuses(t *testing.T) {
	for _, c := range []struct{ matricule, oid, name string }{
		{"123456789012345", OIDINSTest, "wrong key"},
		{"27903512151898", OIDINSTest, "too short"},
		{"279035121518989", "1.2.3", "foreign OID"},
		{"27903512151898X", OIDINSTest, "letter in the key"},
		{"", OIDINSTest, "empty"},
	} {
		if _, err := ParseINS(c.matricule, c.oid); CodeOf(err) != CodeInvalid {
			t.Errorf("%s: got %v, want an invalid INS", c.name, err)
		}
	}
}

func TestParseINSOneWrongDigit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		thirteen := fmt.Sprintf("%013d", rapid.Uint64Range(0, 9999999999999).Draw(t, "number"))
		key, err := INSKey(thirteen)
		if err != nil {
			t.Fatal(err)
		}
		good := thirteen + key
		if _, err := ParseINS(good, "urn:oid:"+OIDINSTest); err != nil {
			t.Fatalf("%s: %v", good, err)
		}
		bad := []byte(good)
		i := rapid.IntRange(0, 14).Draw(t, "place")
		bad[i] = '0' + (bad[i]-'0'+byte(rapid.IntRange(1, 9).Draw(t, "by")))%10
		if _, err := ParseINS(string(bad), OIDINSTest); err == nil {
			t.Fatalf("%s: one wrong digit was accepted", bad)
		}
	})
}

func TestCheckNumbers(t *testing.T) {
	for _, c := range []struct {
		name  string
		err   error
		valid bool
	}{
		{"RPPS of the public example", CheckRPPS("99700218896"), true},
		{"RPPS with a wrong digit", CheckRPPS("99700218897"), false},
		{"RPPS too short", CheckRPPS("9970021889"), false},
		{"FINESS of a public hospital group", CheckFINESS("750712184"), true},
		{"FINESS with a wrong digit", CheckFINESS("750712185"), false},
		{"FINESS of Corsica, shape only", CheckFINESS("2A0000014"), true},
		{"birthplace", CheckBirthPlace("63113"), true},
		{"birthplace in Corsica", CheckBirthPlace("2A004"), true},
		{"birthplace too long", CheckBirthPlace("631130"), false},
	} {
		if (c.err == nil) != c.valid {
			t.Errorf("%s: got %v, want valid %v", c.name, c.err, c.valid)
		}
	}
}
