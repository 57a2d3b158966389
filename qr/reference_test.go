package qr

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheSecondReader has doc/reference, which follows the specification
// in another language, read every vector.
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
	out, err := exec.Command(node, append([]string{"../doc/reference/zb.mjs"}, files...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if got := strings.Count(string(out), "\nok   ") + strings.Count(string(out[:5]), "ok   "); got != len(files) {
		t.Errorf("%d of %d vectors were read", got, len(files))
	}
}
