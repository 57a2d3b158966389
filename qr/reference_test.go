package qr

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheSecondReader has doc/reference, which was written from the specification in
// another language, read every vector and every layer of those that have them apart:
// one line of its says so of each.
func TestTheSecondReader(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("Node.js is missing")
		}
		t.Skip("Node.js is missing: install nodejs to have the second reader of cards checked")
	}
	files, err := filepath.Glob(vectorFolder + "/*.json")
	if err != nil || len(files) < 100 {
		t.Fatalf("%d vectors, %v", len(files), err)
	}
	layers, err := filepath.Glob(vectorFolder + "/low/*.json")
	if err != nil {
		t.Fatal(err)
	}
	files = append(files, layers...)
	out, err := exec.Command(node, append([]string{"../doc/reference/zb.mjs"}, files...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if got := strings.Count("\n"+string(out), "\nok   "); got != len(files) {
		t.Errorf("%d of %d vectors were read", got, len(files))
	}
}
