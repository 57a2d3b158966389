package qr

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/zoneblanche/zoneblanche/record"
)

// This file turns common texts into integers and back. Each packing is lossless:
// pack returns false for whatever unpack would not give back to the letter, and
// that text then travels as it is.

// packing is one pair of such functions.
type packing struct {
	pack   func(string) (int64, bool)
	unpack func(int64) (string, bool)
}

// sure makes p lossless by checking each answer against its inverse.
func (p packing) sure() packing {
	return packing{
		pack: func(s string) (int64, bool) {
			n, ok := p.pack(s)
			if !ok {
				return 0, false
			}
			back, ok := p.unpack(n)
			return n, ok && back == s
		},
		unpack: func(n int64) (string, bool) {
			s, ok := p.unpack(n)
			if !ok {
				return "", false
			}
			back, ok := p.pack(s)
			return s, ok && back == n
		},
	}
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// atoi reads up to 18 digits.
func atoi(s string) (int64, bool) {
	if !digits(s) || len(s) > 18 {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

// whole packs numbers without a sign and without leading zeros.
var whole = packing{
	pack: atoi,
	unpack: func(n int64) (string, bool) {
		return strconv.FormatInt(n, 10), n >= 0
	},
}.sure()

// decimal packs numbers with up to three decimals: n for a whole number, and
// −1 − (3·mantissa + decimals − 1) otherwise, so that 7.2 takes two bytes.
var decimal = packing{
	pack: func(s string) (int64, bool) {
		before, after, point := strings.Cut(s, ".")
		if !point {
			return atoi(s)
		}
		if len(after) < 1 || len(after) > 3 || len(before) > 12 {
			return 0, false
		}
		mantissa, ok := atoi(before + after)
		return -1 - (3*mantissa + int64(len(after)) - 1), ok
	},
	unpack: func(n int64) (string, bool) {
		if n >= 0 {
			return strconv.FormatInt(n, 10), true
		}
		n = -1 - n
		decimals := int(n%3) + 1
		s := fmt.Sprintf("%0*d", decimals+1, n/3)
		return s[:len(s)-decimals] + "." + s[len(s)-decimals:], true
	},
}.sure()

// luhnDigit is the last digit that makes s pass the Luhn check (ISO/IEC 7812-1).
func luhnDigit(s string) byte {
	sum := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return byte('0' + (10-sum%10)%10)
}

// luhnNumber packs numbers of a given length without their Luhn digit.
func luhnNumber(length int) packing {
	return packing{
		pack: func(s string) (int64, bool) {
			if len(s) != length {
				return 0, false
			}
			return atoi(s[:length-1])
		},
		unpack: func(n int64) (string, bool) {
			s := fmt.Sprintf("%0*d", length-1, n)
			if n < 0 || len(s) != length-1 {
				return "", false
			}
			return s + string(luhnDigit(s)), true
		},
	}.sure()
}

var (
	rpps   = luhnNumber(11)
	finess = luhnNumber(9)
)

// phone packs French numbers of ten digits in their four usual spellings:
// 4·(the nine digits after the first) + the spelling.
var phone = packing{
	pack: func(s string) (int64, bool) {
		spelling, rest := int64(0), s
		switch {
		case strings.HasPrefix(s, "+33 "):
			spelling, rest = 3, s[4:]
		case strings.HasPrefix(s, "+33"):
			spelling, rest = 2, s[3:]
		case strings.HasPrefix(s, "0") && strings.Contains(s, " "):
			spelling, rest = 1, s[1:]
		case strings.HasPrefix(s, "0"):
			rest = s[1:]
		default:
			return 0, false
		}
		rest = strings.ReplaceAll(rest, " ", "")
		if len(rest) != 9 {
			return 0, false
		}
		n, ok := atoi(rest)
		return 4*n + spelling, ok
	},
	unpack: func(n int64) (string, bool) {
		if n < 0 || n/4 > 999_999_999 {
			return "", false
		}
		s := fmt.Sprintf("%09d", n/4)
		spaced := strings.Join([]string{s[:1], s[1:3], s[3:5], s[5:7], s[7:]}, " ")
		return []string{"0" + s, "0" + spaced, "+33" + s, "+33 " + spaced}[n%4], true
	},
}.sure()

// atcCode packs the seven characters of a complete ATC code, such as N02BE01.
var atcCode = packing{
	pack: func(s string) (int64, bool) {
		if len(s) != 7 || !digits(s[1:3]) || !digits(s[5:]) {
			return 0, false
		}
		n := int64(0)
		for i := range len(s) {
			switch c := s[i]; {
			case c >= 'A' && c <= 'Z' && (i == 0 || i == 3 || i == 4):
				n = n*26 + int64(c-'A')
			case c >= '0' && c <= '9' && i != 0 && i != 3 && i != 4:
				n = n*10 + int64(c-'0')
			default:
				return 0, false
			}
		}
		return n, true
	},
	unpack: func(n int64) (string, bool) {
		if n < 0 {
			return "", false
		}
		s := make([]byte, 7)
		for i := 6; i >= 0; i-- {
			if i == 0 || i == 3 || i == 4 {
				s[i] = byte('A' + n%26)
				n /= 26
			} else {
				s[i] = byte('0' + n%10)
				n /= 10
			}
		}
		return string(s), n == 0
	},
}.sure()

// icdCode packs ICD-10 categories (I10) as 100·letter + number, and
// subcategories (E11.9) as −1 − (1000·letter + number with its decimal).
var icdCode = packing{
	pack: func(s string) (int64, bool) {
		if len(s) < 3 || s[0] < 'A' || s[0] > 'Z' {
			return 0, false
		}
		letter := int64(s[0] - 'A')
		switch {
		case len(s) == 3:
			n, ok := atoi(s[1:])
			return 100*letter + n, ok
		case len(s) == 5 && s[3] == '.':
			n, ok := atoi(s[1:3] + s[4:])
			return -1 - (1000*letter + n), ok
		}
		return 0, false
	},
	unpack: func(n int64) (string, bool) {
		if n >= 0 {
			return fmt.Sprintf("%c%02d", rune('A'+n/100%26), n%100), n < 2600
		}
		n = -1 - n
		return fmt.Sprintf("%c%02d.%d", rune('A'+n/1000%26), n/10%100, n%10), n < 26000
	},
}.sure()

// loincCode packs LOINC codes (2339-0) without their check digit, which is a
// Luhn digit (LOINC Users' Guide, "LOINC codes").
var loincCode = packing{
	pack: func(s string) (int64, bool) {
		number, check, ok := strings.Cut(s, "-")
		if !ok || len(check) != 1 {
			return 0, false
		}
		return atoi(number)
	},
	unpack: func(n int64) (string, bool) {
		s := strconv.FormatInt(n, 10)
		if n < 0 {
			return "", false
		}
		return s + "-" + string(luhnDigit(s)), true
	},
}.sure()

// calendar packs dates: a day as 372·(year − 1900) + 31·(month − 1) + day − 1,
// a month or a year as −1 − (13·(year − 1900) + month, 0 for a year alone).
// Three bytes hold any day until 2076.
var calendar = packing{
	pack: func(s string) (int64, bool) {
		number := func(from, to int) int64 {
			n, ok := atoi(s[from:to])
			if !ok {
				return -1
			}
			return n
		}
		if len(s) != 4 && len(s) != 7 && len(s) != 10 {
			return 0, false
		}
		year := number(0, 4) - 1900
		if year < 0 {
			return 0, false
		}
		switch len(s) {
		case 4:
			return -1 - 13*year, true
		case 7:
			return -1 - (13*year + number(5, 7)), true
		}
		return 372*year + 31*(number(5, 7)-1) + number(8, 10) - 1, true
	},
	unpack: func(n int64) (string, bool) {
		if n >= 0 {
			return fmt.Sprintf("%04d-%02d-%02d", 1900+n/372, n%372/31+1, n%31+1), n/372 < 8100
		}
		n = -1 - n
		year, month := 1900+n/13, n%13
		if month == 0 {
			return fmt.Sprintf("%04d", year), year < 10000
		}
		return fmt.Sprintf("%04d-%02d", year, month), year < 10000
	},
}.sure()

// clock packs the time of an instant to the second: minutes of the day when the
// seconds are zero, −1 − seconds of the day otherwise.
var clock = packing{
	pack: func(s string) (int64, bool) {
		if len(s) != 8 {
			return 0, false
		}
		hour, ok1 := atoi(s[:2])
		minute, ok2 := atoi(s[3:5])
		second, ok3 := atoi(s[6:])
		if second == 0 {
			return 60*hour + minute, ok1 && ok2 && ok3
		}
		return -1 - (3600*hour + 60*minute + second), ok1 && ok2 && ok3
	},
	unpack: func(n int64) (string, bool) {
		seconds := 60 * n
		if n < 0 {
			seconds = -1 - n
		}
		if seconds >= 86400 {
			return "", false
		}
		return fmt.Sprintf("%02d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60), true
	},
}.sure()

// offset packs the offset of an instant in quarters of an hour. "Z" is left out
// by the caller, since it says something else than +00:00.
var offset = packing{
	pack: func(s string) (int64, bool) {
		if len(s) != 6 {
			return 0, false
		}
		hour, ok1 := atoi(s[1:3])
		minute, ok2 := atoi(s[4:])
		n := 4*hour + minute/15
		if s[0] == '-' {
			n = -n
		}
		return n, ok1 && ok2
	},
	unpack: func(n int64) (string, bool) {
		sign := '+'
		if n < 0 {
			sign, n = '-', -n
		}
		return fmt.Sprintf("%c%02d:%02d", sign, n/4, n%4*15), n <= 14*4+3
	},
}.sure()

// matricule packs the fifteen characters of an INS into 48 bits: three times the
// thirteen digits, plus 1 for department 2A and 2 for 2B, which are then written
// 20. The key is left out.
var matricule = packing{
	pack: func(s string) (int64, bool) {
		if len(s) != 15 {
			return 0, false
		}
		corsica := int64(0)
		switch s[5:7] {
		case "2A":
			corsica, s = 1, s[:5]+"20"+s[7:]
		case "2B":
			corsica, s = 2, s[:5]+"20"+s[7:]
		}
		n, ok := atoi(s[:13])
		return 3*n + corsica, ok
	},
	unpack: func(n int64) (string, bool) {
		if n < 0 || n/3 > 9_999_999_999_999 {
			return "", false
		}
		s := fmt.Sprintf("%013d", n/3)
		if n%3 != 0 {
			if s[5:7] != "20" {
				return "", false
			}
			s = s[:5] + []string{"", "2A", "2B"}[n%3] + s[7:]
		}
		key, err := record.INSKey(s)
		return s + key, err == nil
	},
}.sure()
