package main

import (
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/zoneblanche/zoneblanche/store"
)

// holdJournal opens a journal in the test's own process, which the command under
// test sees as another program.
func holdJournal(ts *testscript.TestScript, dir string) {
	journal, err := store.Open(dir, nil)
	ts.Check(err)
	ts.Defer(func() { _ = journal.Close() })
}
