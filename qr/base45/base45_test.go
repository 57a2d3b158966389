package base45

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"
)

func TestSpellings(t *testing.T) {
	// The first four are the examples of RFC 9285, section 4.3 and 4.4.
	for _, c := range []struct{ name, plain, text string }{
		{"two bytes", "AB", "BB8"},
		{"words", "Hello!!", "%69 VD92EX0"},
		{"base-45", "base-45", "UJCLQE7W581"},
		{"ietf!", "ietf!", "QED8WEX0"},
		{"nothing", "", ""},
		{"zeros", "\x00\x00\x00", "00000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Encode([]byte(c.plain)); got != c.text {
				t.Errorf("Encode: got %q, want %q", got, c.text)
			}
			got, err := Decode(c.text)
			if err != nil || string(got) != c.plain {
				t.Errorf("Decode: got %q, %v, want %q", got, err, c.plain)
			}
		})
	}
}

func TestOneSpellingOnly(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       error
	}{
		{"one character", "A", ErrLength},
		{"four characters", "BB8A", ErrLength},
		{"above 65535", "GGW", ErrRange}, // the example of RFC 9285, section 6
		{"three colons", ":::", ErrRange},
		{"above 255", "BB8::", ErrRange},
		{"256 in two", "V5", ErrRange}, // 31 + 5·45
		{"lower case", "bb8", ErrCharacter},
		{"line end", "BB8\n0", ErrCharacter},
		{"beyond ASCII", "é0", ErrCharacter},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, err := Decode(c.text); !errors.Is(err, c.want) {
				t.Errorf("got %x, %v, want %v", got, err, c.want)
			}
		})
	}
	if got, err := Decode("FGW"); err != nil || !bytes.Equal(got, []byte{0xff, 0xff}) {
		t.Errorf("the highest group: got %x, %v", got, err)
	}
}

func TestEncodeDecodeIsIdentity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data := rapid.SliceOf(rapid.Byte()).Draw(t, "data")
		text := Encode(data)
		if len(text) != EncodedLen(len(data)) || DecodedLen(len(text)) != len(data) {
			t.Fatalf("lengths: %d bytes, %d characters", len(data), len(text))
		}
		got, err := Decode(text)
		if err != nil || !bytes.Equal(got, data) {
			t.Fatalf("got %x, %v, want %x", got, err, data)
		}
	})
}

// FuzzDecode checks that what decodes has exactly one spelling.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{"", "BB8", "%69 VD92EX0", "GGW", "FGW", "::", "U5", "V5", "A", "ab", "00 "} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		data, err := Decode(text)
		if err != nil {
			return
		}
		if again := Encode(data); again != text {
			t.Errorf("%q decodes to %x, which is spelled %q", text, data, again)
		}
	})
}
