package qr

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/zoneblanche/zoneblanche/record"
)

var update = flag.Bool("update", false, "write the files that tests compare with")

// buildDictionary makes a dictionary from its source, the format of which stands
// at the top of dictionary/1.txt.
func buildDictionary(t *testing.T, source string) []byte {
	t.Helper()
	var out []byte
	section := ""
	var block strings.Builder
	flush := func() {
		if block.Len() == 0 {
			return
		}
		var s record.Summary
		if err := json.Unmarshal([]byte(block.String()), &s); err != nil {
			t.Fatalf("a summary of the source: %v", err)
		}
		block.Reset()
		s.Sort()
		emergency, rest, err := record.Split(&s, func(*record.Summary) (bool, error) { return true, nil })
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range []*record.Summary{rest, emergency} {
			body, err := encodeBody(part)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, body...)
		}
	}
	for line := range strings.Lines(source) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case line == "" || line[0] == '#':
			continue
		case line[0] == '[':
			flush()
			section = line
			continue
		}
		code, label, _ := strings.Cut(line, " ")
		concept := func(rank int) {
			if _, ok := systems[rank].value.pack(code); !ok {
				t.Errorf("not a code that packs: %q", line)
			}
			var e encoder
			c := record.Concept{Label: label, Codes: []record.CodeValue{{System: systems[rank].uri, Value: code}}}
			conceptCodec{}.write(&e, reflect.ValueOf(c))
			out = append(out, e.b...)
		}
		switch section {
		case "[words]":
			out = append(out, line...)
		case "[atc]":
			concept(systemRank(record.SystemATC))
		case "[icd]":
			concept(systemRank(record.SystemICD10))
		case "[loinc]":
			concept(systemRank(record.SystemLOINC))
		case "[summary]":
			block.WriteString(line)
		default:
			t.Fatalf("line outside of a known section: %q", line)
		}
	}
	flush()
	return out
}

func TestDictionaryIsBuiltFromItsSource(t *testing.T) {
	source, err := os.ReadFile("dictionary/1.txt")
	if err != nil {
		t.Fatal(err)
	}
	want := buildDictionary(t, string(source))
	if *update {
		if err := os.WriteFile("dictionary/1.bin", want, 0o644); err != nil {
			t.Fatal(err)
		}
		t.Logf("%d bytes, SHA-256 %s", len(want), hash(want))
		return
	}
	if !bytes.Equal(want, dictionary1) {
		t.Error("dictionary/1.bin is not what its source gives: run go generate ./qr")
	}
}

func TestDictionariesAreTheOnesOfTheFormat(t *testing.T) {
	for id, d := range dictionaries {
		if got := hash(d.data); got != d.sha256 {
			t.Errorf("dictionary %d: got SHA-256 %s, want %s", id, got, d.sha256)
		}
		if len(d.data) > 32<<10 {
			t.Errorf("dictionary %d has %d bytes: DEFLATE reaches back 32768", id, len(d.data))
		}
	}
}
