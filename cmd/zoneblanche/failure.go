package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/zoneblanche/zoneblanche/record"
)

// Exit statuses (doc/commands.md has the table; the verdicts add 20 to 25).
const (
	exitDone      = 0
	exitFailed    = 1
	exitUsage     = 2
	exitPart      = 3
	exitNoJournal = 10
	exitLocked    = 11
)

// usageError is a command line that cannot be carried out as written. say may
// hold one %s, which stands for about.
type usageError struct {
	cmd   *cobra.Command
	say   string
	about string
}

func (e *usageError) Error() string { return "usage: " + e.say }

// exitError ends a command with a status other than failure, after it has said
// all there is to say.
type exitError struct{ code int }

func (e exitError) Error() string { return fmt.Sprintf("exit status %d", e.code) }

// exitWith returns nil for 0 and an error that only carries the status otherwise.
func exitWith(code int) error {
	if code == exitDone {
		return nil
	}
	return exitError{code}
}

// plainError is a failure with its own sentences, for what no package can know.
type plainError struct {
	say, next string
	code      int
}

func (e *plainError) Error() string { return e.say }

// about adds the name of the file that an error is about.
type fileError struct {
	path string
	err  error
}

func (e *fileError) Error() string { return e.err.Error() }
func (e *fileError) Unwrap() error { return e.err }

// aboutFile names the file in the sentence that err becomes.
func aboutFile(path string, err error) error {
	if err == nil {
		return nil
	}
	return &fileError{path, err}
}

// report says err on stderr, in French, with a next step, and returns the exit
// status.
func report(t terminal, err error) int {
	if err == nil || errors.Is(err, pflag.ErrHelp) {
		return exitDone
	}
	var exit exitError
	if errors.As(err, &exit) {
		return exit.code
	}
	return t.tell(err)
}

// tell says err on stderr and returns the exit status that it stands for.
func (t terminal) tell(err error) int {
	say, next, code := explain(err)
	t.notef("%s\n", clean(say))
	if next != "" {
		t.notef("→ %s\n", clean(next))
	}
	return code
}

// explain turns an error into a sentence, a next step and an exit status.
func explain(err error) (say, next string, code int) {
	var usage *usageError
	var plain *plainError
	switch {
	case errors.As(err, &usage):
		say = usage.say
		if strings.Contains(say, "%s") {
			say = fmt.Sprintf(say, usage.about)
		}
		return say, fmt.Sprintf(nextHelp, usage.cmd.CommandPath()), exitUsage
	case errors.As(err, &plain):
		return plain.say, plain.next, plain.code
	case errors.Is(err, context.Canceled):
		return sayInterrupted, nextInterrupted, exitFailed
	}
	var slow *stopped
	if errors.As(err, &slow) {
		var file *fileError
		errors.As(err, &file)
		return fmt.Sprintf(sayStopped, file.path, slow.read, slow.pages), nextStopped, exitPart
	}
	f := failureOf(err)
	say = f.say
	var file *fileError
	if errors.As(err, &file) {
		say = file.path + " : " + lowerFirst(say)
	}
	if f.detail {
		say += " (" + err.Error() + ")"
	}
	return say, f.next, f.exit
}

// failureOf finds the catalogue's row: by the reason of the error, then by what
// the operating system says, then by the error's code.
func failureOf(err error) failure {
	if f, ok := failuresByReason[record.ReasonOf(err)]; ok {
		return f.withDefaults()
	}
	switch {
	case isDiskFull(err):
		return failuresByReason["disk_full"].withDefaults()
	case errors.Is(err, fs.ErrNotExist):
		return failureMissingFile.withDefaults()
	case errors.Is(err, fs.ErrPermission):
		return failurePermission.withDefaults()
	}
	if f, ok := failuresByCode[record.CodeOf(err)]; ok {
		return f.withDefaults()
	}
	return failureInternal.withDefaults()
}

// failure is one row of the catalogue.
type failure struct {
	say, next string
	exit      int  // 0 stands for exitFailed
	detail    bool // the technical cause helps whoever is called for help
}

func (f failure) withDefaults() failure {
	if f.exit == 0 {
		f.exit = exitFailed
	}
	return f
}

func lowerFirst(s string) string {
	for i, r := range s {
		return strings.ToLower(string(r)) + s[i+len(string(r)):]
	}
	return s
}
