package record

import (
	"errors"
	"log/slog"
	"strconv"
	"strings"
)

// Object identifiers of the INS (ANS, "Référentiel INS"; the list is in FR Core).
const (
	OIDINSNIR  = "1.2.250.1.213.1.4.8"  // NIR, the ordinary case
	OIDINSNIA  = "1.2.250.1.213.1.4.9"  // NIA, provisional
	OIDINSTest = "1.2.250.1.213.1.4.10" // test identities: every fixture uses it
	OIDINSDemo = "1.2.250.1.213.1.4.11" // demonstration identities
)

// Identifier systems of French professionals and structures (FR Core).
const (
	SystemRPPS   = "https://rpps.esante.gouv.fr"
	SystemFINESS = "https://finess.esante.gouv.fr"
	SystemIDNat  = "urn:oid:1.2.250.1.71.4.2.1" // professionals: 8 + RPPS
	SystemStruct = "urn:oid:1.2.250.1.71.4.2.2" // structures: 1 + FINESS
)

var (
	errINSShape  = errors.New("a matricule has 13 characters and a key of two digits")
	errINSKey    = errors.New("the key of the matricule does not fit")
	errINSOID    = errors.New("not an object identifier of the INS")
	errRPPS      = errors.New("an RPPS number has 11 digits, the last a Luhn check")
	errFINESS    = errors.New("a FINESS number has 9 digits, the last a Luhn check")
	errINSEEtown = errors.New("a birthplace is five characters of the INSEE code")
)

// INS is the French national health identity number: the matricule (13
// characters and a key of 2 digits) and the object identifier of the authority
// that gave it. The zero value means that there is none. It is an identity only
// together with the patient's traits.
type INS struct {
	Matricule string `json:"matricule,omitempty"`
	OID       string `json:"oid,omitempty"`
}

// ParseINS checks shape, key and OID. Spaces are ignored in the matricule.
func ParseINS(matricule, oid string) (INS, error) {
	m := strings.ReplaceAll(matricule, " ", "")
	oid = strings.TrimPrefix(oid, systemOIDPrefix)
	fail := func(err error) (INS, error) {
		return INS{}, &Error{Code: CodeInvalid, Op: "read INS", Err: err}
	}
	switch oid {
	case OIDINSNIR, OIDINSNIA, OIDINSTest, OIDINSDemo:
	default:
		return fail(errINSOID)
	}
	if len(m) != 15 {
		return fail(errINSShape)
	}
	key, err := INSKey(m[:13])
	if err != nil {
		return fail(err)
	}
	if m[13:] != key {
		return fail(errINSKey)
	}
	return INS{Matricule: m, OID: oid}, nil
}

// INSKey returns the two digits that follow the 13 characters of a matricule:
// 97 − (number mod 97), Corsica's 2A and 2B counting as 19 and 18.
func INSKey(thirteen string) (string, error) {
	if len(thirteen) != 13 {
		return "", errINSShape
	}
	digits := thirteen
	switch strings.ToUpper(thirteen[5:7]) {
	case "2A":
		digits = thirteen[:5] + "19" + thirteen[7:]
	case "2B":
		digits = thirteen[:5] + "18" + thirteen[7:]
	}
	if strings.Trim(digits, "0123456789") != "" {
		return "", errINSShape
	}
	n, err := strconv.ParseUint(digits, 10, 64)
	if err != nil {
		return "", errINSShape
	}
	key := strconv.FormatUint(97-n%97, 10)
	if len(key) == 1 {
		key = "0" + key
	}
	return key, nil
}

// Empty reports whether there is no INS.
func (i INS) Empty() bool { return i.Matricule == "" }

// System returns the FHIR identifier system of the INS.
func (i INS) System() string { return systemOIDPrefix + i.OID }

// Grouped writes the matricule as on a French card: 2 79 03 51 215 189 89.
func (i INS) Grouped() string {
	m := i.Matricule
	if len(m) != 15 {
		return m
	}
	return strings.Join([]string{m[:1], m[1:3], m[3:5], m[5:7], m[7:10], m[10:13], m[13:]}, " ")
}

// LogValue hides the number.
func (i INS) LogValue() slog.Value { return slog.StringValue("[INS]") }

// CheckRPPS checks the 11 digits of a professional's national number and its
// Luhn digit (Annuaire Santé).
func CheckRPPS(s string) error {
	if !LooksLikeRPPS(s) || !luhn(s) {
		return &Error{Code: CodeInvalid, Op: "read RPPS", Reason: "rpps", Err: errRPPS}
	}
	return nil
}

// LooksLikeRPPS reports whether s has the 11 digits of an RPPS number, whatever its
// check digit. It is what recording a consultation asks: a mistyped digit must not
// cost the entry, since the number is declared and not proved.
func LooksLikeRPPS(s string) bool {
	return len(s) == 11 && strings.Trim(s, "0123456789") == ""
}

// CheckFINESS checks a structure's national number: nine digits, the last a Luhn
// digit (DREES, "FINESS"). Corsican numbers begin with 2A or 2B; of those only
// the shape is checked, since no source says how their letter counts.
func CheckFINESS(s string) error {
	fail := &Error{Code: CodeInvalid, Op: "read FINESS", Reason: "finess", Err: errFINESS}
	if len(s) != 9 {
		return fail
	}
	if s[:2] == "2A" || s[:2] == "2B" {
		if strings.Trim(s[2:], "0123456789") != "" {
			return fail
		}
		return nil
	}
	if strings.Trim(s, "0123456789") != "" || !luhn(s) {
		return fail
	}
	return nil
}

// luhn reports whether the digits of s pass the Luhn check (ISO/IEC 7812-1).
func luhn(s string) bool {
	sum := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// CheckBirthPlace checks the shape of an INSEE code: five characters, the second
// of which is A or B in Corsica; 99xxx stands for a country.
func CheckBirthPlace(s string) error {
	rest := s
	if len(s) == 5 && (s[:2] == "2A" || s[:2] == "2B") {
		rest = s[2:]
	}
	if len(s) != 5 || strings.Trim(rest, "0123456789") != "" {
		return &Error{Code: CodeInvalid, Op: "read birthplace", Err: errINSEEtown}
	}
	return nil
}
