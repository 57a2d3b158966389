package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// Whatever the line does and whenever the worker is killed, every entry is cleared
// once, counted at the recipient.
func TestDemoChaos(t *testing.T) {
	out := filepath.Join(t.TempDir(), "demo")
	stdout := must(t, "demo", "--chaos", "--seed", "3", "--for", "4s", "--out", out)
	if !strings.Contains(stdout, "chacun une seule fois : oui") || !strings.Contains(stdout, "est tué") || !strings.Contains(stdout, "--seed 3") {
		t.Errorf("the demonstration does not end well:\n%s", stdout)
	}
	heldOnce(t, filepath.Join(out, "recipient"), strings.Count(must(t, "journal", "list", "--json", "--data", filepath.Join(out, "journal")), `"state":"cleared"`))
	if code, _, _ := cli(t, "demo", "--seed", "3"); code != exitUsage {
		t.Errorf("--seed without --chaos: exit status %d", code)
	}
}
