package training

import (
	"bytes"
	"os"
	"testing"

	"github.com/zoneblanche/zoneblanche/bench/corpus"
)

// TestTheDictionaryIsBuiltFromItsSources builds dictionary 1 again.
func TestTheDictionaryIsBuiltFromItsSources(t *testing.T) {
	folder := os.Getenv("ZONEBLANCHE_IPS")
	if folder == "" {
		folder = "../../../shared/ips"
	}
	files, public, err := corpus.Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	if !public {
		t.Skip("the public summaries are not beside the project: set ZONEBLANCHE_IPS to their folder")
	}
	got, err := Dictionary(os.DirFS("../../qr/dictionary/source"), corpus.Without(files, ""))
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("../../qr/dictionary/1.bin")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%d bytes, and not the %d of the format", len(got), len(want))
	}
}

// TestLinesBecomeConcepts: a code goes with its first label, and stays out of what
// only says the same otherwise.
func TestLinesBecomeConcepts(t *testing.T) {
	got := concepts("sys", "A01\tlabel\tother\t")
	if len(got) != 2 || got[0].Label != "label" || len(got[0].Codes) != 1 || got[1].Label != "other" || len(got[1].Codes) != 0 {
		t.Errorf("got %+v", got)
	}
	if got := concepts("sys", "label alone"); len(got) != 1 || got[0].Label != "label alone" || len(got[0].Codes) != 0 {
		t.Errorf("got %+v", got)
	}
}
