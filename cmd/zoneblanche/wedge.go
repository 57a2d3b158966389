package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoneblanche/zoneblanche/internal/atomicfile"
	"github.com/zoneblanche/zoneblanche/print"
	"github.com/zoneblanche/zoneblanche/qr"
	"github.com/zoneblanche/zoneblanche/qr/foreign"
	"github.com/zoneblanche/zoneblanche/qr/wedge"
	"github.com/zoneblanche/zoneblanche/record"
)

// This file is handheld scanners: what they type is undone before it is judged, and
// a calibration sheet teaches how one types here.

// wedgePrefixes begin the codes that are made of base45's characters.
var wedgePrefixes = []string{qr.Prefix, "HC1:"}

// maxWedgeTrials bounds how many readings are tried of what was typed.
const maxWedgeTrials = 400

// looksTyped reports whether some keyboard makes a code's beginning look like this.
func looksTyped(s string) bool { return len(wedge.Candidates(s, wedgePrefixes)) > 1 }

// undoKeyboard puts in the place of what was typed what it was, where a signature
// holds for that and not for the text as it stands. Lines of one scanner were changed
// alike, so that each table is tried on all of them; then each line by itself.
func (a *app) undoKeyboard(ctx context.Context, c *collection, ours qr.Reader, theirs foreign.Reader) error {
	var learnt []wedge.Table
	if len(c.typed) > 0 {
		learnt = a.learntTables()
	}
	options := map[int][]wedge.Candidate{}
	var tables []string
	for i, text := range c.texts {
		if !c.typed[text] {
			continue
		}
		all := wedge.Candidates(text, wedgePrefixes, learnt...)
		for _, candidate := range all {
			if candidate.Text == text {
				continue
			}
			options[i] = append(options[i], candidate)
			if id := candidate.Table.String(); !slices.Contains(tables, id) {
				tables = append(tables, id)
			}
		}
	}
	if len(options) == 0 {
		return nil
	}
	chosen := map[int]wedge.Candidate{}
	texts := slices.Clone(c.texts)
	best := belief(texts, ours, theirs)
	trials := 0
	try := func(with map[int]wedge.Candidate) {
		if trials++; trials > maxWedgeTrials || ctx.Err() != nil {
			return
		}
		pool := slices.Clone(texts)
		for i, candidate := range with {
			pool[i] = candidate.Text
		}
		if t := belief(pool, ours, theirs); t > best {
			best, texts = t, pool
			for i, candidate := range with {
				chosen[i] = candidate
			}
		}
	}
	for _, id := range tables {
		with := map[int]wedge.Candidate{}
		for i, all := range options {
			if k := slices.IndexFunc(all, func(o wedge.Candidate) bool { return o.Table.String() == id }); k >= 0 {
				with[i] = all[k]
			}
		}
		try(with)
	}
	for i := range texts {
		for _, candidate := range options[i] {
			if texts[i] != candidate.Text {
				try(map[int]wedge.Candidate{i: candidate})
			}
		}
	}
	c.settle(texts, chosen)
	a.tellKeyboard(chosen)
	return ctx.Err()
}

// belief tells how far texts may be believed: above all by how many of them stand
// behind a signature that holds, then by how many are well formed, then by how many
// are ours, if only damaged. Content is shown on the first ground alone.
func belief(texts []string, ours qr.Reader, theirs foreign.Reader) int {
	const signed, formed, damaged = 10_000, 10, 1
	sum := 0
	others, rest := theirs.Read(texts)
	for _, r := range others {
		switch {
		case r.Verified:
			sum += signed
		case r.Judgement.Verdict != record.Unreadable && r.Judgement.Verdict != record.NotAuthentic:
			sum += formed
		}
	}
	for _, r := range ours.Read(rest) {
		switch {
		case r.Kind != qr.KindCard:
		case r.Judgement.Verdict == record.Unreadable || r.Judgement.Verdict == record.NotAuthentic:
			sum += damaged
		case r.IssuerKnown || r.Declared:
			sum += signed * len(r.Texts)
		default:
			sum += formed * max(1, len(r.Texts))
		}
	}
	return sum
}

// settle replaces the texts of a collection.
func (c *collection) settle(texts []string, chosen map[int]wedge.Candidate) {
	c.keyboard = map[string]wedge.Table{}
	for i, candidate := range chosen {
		c.origin[candidate.Text] = c.origin[c.texts[i]]
		if !candidate.AsTyped() {
			c.keyboard[candidate.Text] = candidate.Table
		}
	}
	c.texts = texts
}

// keyboardOf returns the table that one of texts was repaired with.
func (c *collection) keyboardOf(texts []string) *wedge.Table {
	for _, text := range texts {
		if table, ok := c.keyboard[text]; ok {
			return &table
		}
	}
	return nil
}

// tellKeyboard says once how the scanner and the computer are set.
func (a *app) tellKeyboard(chosen map[int]wedge.Candidate) {
	said := map[string]bool{}
	for _, candidate := range chosen {
		if id := candidate.Table.String(); !candidate.AsTyped() && !said[id] {
			said[id] = true
			a.notef(sayKeyboard+"\n", candidate.Table.French())
		}
	}
}

// scannerFile is where a data folder keeps what was learnt of its scanner.
const scannerFile = "scanner.json"

// learnResult is what qr learn --json tells.
type learnResult struct {
	Table    string `json:"table"`
	Name     string `json:"name"`
	CapsLock bool   `json:"caps_lock"`
	File     string `json:"file"`
}

func newQRLearn(a *app) *cobra.Command {
	learn := verb("learn TEXTE|-", helpQRLearn, exactly(1, sayOneCalibration), func(cmd *cobra.Command, args []string) error {
		return a.qrLearn(args[0])
	})
	a.jsonFlag(learn.Flags())
	return learn
}

func (a *app) qrLearn(line string) error {
	if line == "-" {
		if isTerminal(a.in) {
			a.notef("%s\n", sayScanNow)
		}
		typed, err := bufio.NewReader(io.LimitReader(a.in, maxTextLine)).ReadString('\n')
		if err != nil && err != io.EOF {
			return err
		}
		line = typed
	}
	table, err := wedge.Learn(line)
	if err != nil {
		return err
	}
	data, err := a.folder()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return aboutFile(data, err)
	}
	path := filepath.Join(data, scannerFile)
	stored, err := json.Marshal(storedTable{table.String()})
	if err != nil {
		return err
	}
	if err := atomicfile.Write(path, append(stored, '\n'), 0o600); err != nil {
		return aboutFile(path, err)
	}
	if a.asJSON {
		return a.json(learnResult{table.String(), table.French(), table.CapsLock(), path})
	}
	a.printf(sayLearnt, table.French())
	if table.CapsLock() {
		a.notef("%s\n", sayCapsLock)
	}
	return nil
}

type storedTable struct {
	Table string `json:"table"`
}

// learntTables is what was learnt of this folder's scanner. Without it, or with a
// file that is damaged, the computed tables serve.
func (a *app) learntTables() []wedge.Table {
	data, err := a.place()
	if err != nil {
		return nil
	}
	path := filepath.Join(data, scannerFile)
	content, err := readBounded(path, maxTextLine)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var stored storedTable
	var table wedge.Table
	if err == nil {
		err = json.Unmarshal(content, &stored)
	}
	if err == nil {
		table, err = wedge.Parse(stored.Table)
	}
	if err != nil {
		a.notef(sayScannerUnread+"\n", path)
		return nil
	}
	return []wedge.Table{table}
}

// printCalibration writes the sheet whose code teaches how a scanner types.
func (a *app) printCalibration(cmd *cobra.Command, args []string, o printOptions) error {
	switch {
	case len(args) > 0:
		return &usageError{cmd: cmd, say: sayNoArguments}
	case o.out == "":
		return &usageError{cmd: cmd, say: sayNoOutput}
	case o.out == "-" && a.asJSON:
		return &usageError{cmd: cmd, say: sayTwoOnStdout}
	}
	symbol, err := qr.NewSymbol(wedge.Calibration)
	if err != nil {
		return err
	}
	modules, err := symbol.Modules()
	if err != nil {
		return err
	}
	var pdf bytes.Buffer
	if err := print.WriteCalibration(&pdf, print.Code{Modules: modules}, time.Now()); err != nil {
		return err
	}
	if err := a.writeOut(o.out, pdf.Bytes()); err != nil {
		return err
	}
	if a.asJSON {
		return a.json(calibrationResult{o.out, wedge.Calibration})
	}
	if o.out != "-" {
		a.printf(sayCalibrationPrinted, o.out)
	}
	return nil
}

// calibrationResult is what print --wedge-test --json tells.
type calibrationResult struct {
	Out  string `json:"out"`
	Text string `json:"text"`
}
