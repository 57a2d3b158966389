// Package base45 writes bytes in the 45 characters of a QR code's alphanumeric
// mode (RFC 9285). Two bytes take three characters, a last single byte two.
//
// Decoding is strict: every sequence of bytes has one spelling, and anything
// else is refused. Nothing is trimmed, since a spelling may hold spaces and end
// with one.
package base45

import (
	"errors"
)

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

// Why a text is not base45. Errors do not quote the text: it may be a patient's.
var (
	ErrLength    = errors.New("base45: a length that no bytes give")
	ErrCharacter = errors.New("base45: a character outside the alphabet")
	ErrRange     = errors.New("base45: a group that no bytes give")
)

// invalid marks characters outside the alphabet in values.
const invalid = 0xff

var values = func() (v [256]byte) {
	for i := range v {
		v[i] = invalid
	}
	for i := range len(alphabet) {
		v[alphabet[i]] = byte(i)
	}
	return v
}()

// EncodedLen returns how many characters n bytes take.
func EncodedLen(n int) int { return n/2*3 + n%2*2 }

// DecodedLen returns the largest number of bytes that n characters can hold.
func DecodedLen(n int) int { return n/3*2 + n%3/2 }

// Encode spells data.
func Encode(data []byte) string {
	out := make([]byte, 0, EncodedLen(len(data)))
	for len(data) >= 2 {
		n := int(data[0])<<8 | int(data[1])
		out = append(out, alphabet[n%45], alphabet[n/45%45], alphabet[n/(45*45)])
		data = data[2:]
	}
	if len(data) == 1 {
		n := int(data[0])
		out = append(out, alphabet[n%45], alphabet[n/45])
	}
	return string(out)
}

// Decode is the inverse of [Encode]. It refuses groups of three characters that
// stand for more than 65535, groups of two that stand for more than 255, and a
// single character left over (RFC 9285, section 6).
func Decode(text string) ([]byte, error) {
	if len(text)%3 == 1 {
		return nil, ErrLength
	}
	out := make([]byte, 0, DecodedLen(len(text)))
	for i := 0; i < len(text); i += 3 {
		group := text[i:min(i+3, len(text))]
		n, weight := 0, 1
		for j := range len(group) {
			v := values[group[j]]
			if v == invalid {
				return nil, ErrCharacter
			}
			n += int(v) * weight
			weight *= 45
		}
		if len(group) == 3 {
			if n > 0xffff {
				return nil, ErrRange
			}
			out = append(out, byte(n>>8), byte(n))
			continue
		}
		if n > 0xff {
			return nil, ErrRange
		}
		out = append(out, byte(n))
	}
	return out, nil
}
