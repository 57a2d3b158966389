// Zoneblanche prints, reads and delivers signed medical summaries where there is
// no network.
//
// It is one program with a verb for each thing that somebody does: a pharmacy
// prints a sheet (print), a doctor reads it and writes a note (scan), a practice
// PC delivers what was written (sync). "zoneblanche help" shows them with
// examples, doc/commands.md is the reference, and "zoneblanche demo" makes the
// whole trip on invented patients.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

// softMemory is where the collector begins to work harder, in bytes. A photograph
// of 48 Mpx takes 250 MiB while it is made grey; what came before it must be gone.
const softMemory = 300 << 20

func main() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(softMemory)
	}
	if startedByWindows() {
		os.Exit(runForWindows(os.Args[1:]))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	code := run(ctx, os.Args[1:], terminal{in: os.Stdin, out: os.Stdout, err: os.Stderr})
	stop()
	os.Exit(code)
}
