package main

import (
	"bufio"
	"crypto/rand"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/zoneblanche/zoneblanche/qr"
)

// maxCodeLine bounds the line that a patient's code is read from, in bytes.
const maxCodeLine = 256

// checkPatient refuses a command line of print that asks for what cannot be.
func (o printOptions) checkPatient(cmd *cobra.Command) error {
	switch {
	case o.withhold && !o.code:
		return &usageError{cmd: cmd, say: sayWithholdAlone}
	case o.code && o.out == "-":
		return &usageError{cmd: cmd, say: sayCodeOnStdout}
	case o.declared && o.issuer != "":
		return &usageError{cmd: cmd, say: sayDeclaredIssuer}
	}
	return nil
}

// drawCode draws a patient's code when one is asked for; nil otherwise.
func (o printOptions) drawCode() (*qr.PatientCode, error) {
	if !o.code {
		return nil, nil
	}
	return qr.NewPatientCode(rand.Reader)
}

// tellCode shows the code, once, after the sheet is written: a code without a
// sheet would open nothing, and the sheet never bears it.
func (a *app) tellCode(code *qr.PatientCode, card *qr.Card) {
	if code == nil {
		return
	}
	a.printf(sayCodeShownOnce, a.bold(code.Grouped()))
	clear := noteClearEmergency
	if card.Withheld {
		clear = noteClearIdentity
	}
	for _, note := range []string{noteKeepCode, noteShareCode, clear} {
		a.notef("%s\n", note)
	}
}

// typedCode is the patient's code that a reading command was given, or "". A dash
// reads a line of standard input, because other users of a machine can see its
// command lines. texts are what else may come from there.
func (a *app) typedCode(cmd *cobra.Command, given string, texts []string) (string, error) {
	if given == "-" {
		if slices.Contains(texts, "-") {
			return "", &usageError{cmd: cmd, say: sayCodeAndStdin}
		}
		if isTerminal(a.in) {
			a.notef("%s", sayAskCode)
		}
		line := bufio.NewScanner(io.LimitReader(a.in, maxCodeLine))
		line.Scan()
		given = line.Text()
	} else if given == "" {
		return "", nil
	}
	// What cannot be a code is said at once, before pictures are read.
	code, err := qr.ParsePatientCode(given)
	if err != nil {
		return "", err
	}
	return code.Grouped(), nil
}
