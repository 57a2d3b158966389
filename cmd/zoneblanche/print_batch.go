package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoneblanche/zoneblanche/internal/atomicfile"
	"github.com/zoneblanche/zoneblanche/qr"
	"github.com/zoneblanche/zoneblanche/record"
)

// maxPrinters bounds how many sheets are made at once: each holds a summary, its
// pages and the coder's memory.
const maxPrinters = 4

// batch prints every summary of a folder.
type batch struct {
	*app
	options  printOptions
	making   sheetOptions
	in, out  string // folders
	files    []string
	progress progress

	done, failed, partly, exit int
}

// printed is what became of one file.
type printed struct {
	result printResult
	err    error
	tried  bool
}

// printFailure is what print --batch --json tells of a file that made no sheet.
type printFailure struct {
	File  string `json:"file"`
	Error string `json:"error"`
	Next  string `json:"next,omitempty"`
}

// printBatch makes a sheet of each summary in a folder. One that cannot be printed
// does not stop the others; a full disk and an interruption do, after the sheets
// under way are whole.
func (a *app) printBatch(cmd *cobra.Command, args []string, o printOptions) error {
	if len(args) > 0 {
		return &usageError{cmd: cmd, say: sayBatchAlone}
	}
	for name, given := range map[string]bool{"--code": o.code, "--mask": len(o.masks) > 0, "--add-immunizations": len(o.documents) > 0} {
		if given {
			return &usageError{cmd: cmd, say: sayBatchOneByOne, about: name}
		}
	}
	if err := o.checkPatient(cmd); err != nil {
		return err
	}
	now, err := o.at.time(cmd)
	if err != nil {
		return err
	}
	b := &batch{app: a, options: o, in: o.batch, out: o.out, making: sheetOptions{at: now, wallet: o.wallet}}
	if b.out == "" {
		b.out = b.in
	}
	if b.files, err = summariesIn(b.in); err != nil {
		return aboutFile(b.in, err)
	}
	if !o.declared {
		if b.making.key, err = a.signingKey(o, now); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(b.out, 0o700); err != nil {
		return aboutFile(b.out, err)
	}
	go qr.Prepare()
	b.progress = progress{terminal: a.terminal, of: len(b.files), started: time.Now()}
	return b.run(cmd.Context())
}

// summariesIn lists the JSON files of a folder by name, hidden ones, folders and what is
// no file (a pipe would hold the batch for ever) excepted.
func summariesIn(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") || !strings.EqualFold(filepath.Ext(e.Name()), ".json") {
			continue
		}
		// What a link names counts; a link that leads nowhere is told like a bad file.
		if info, err := os.Stat(filepath.Join(folder, e.Name())); err != nil || info.Mode().IsRegular() {
			names = append(names, e.Name())
		}
	}
	if len(names) == 0 {
		return nil, &record.Error{Code: record.CodeNotFound, Op: "print", Reason: "no_summaries"}
	}
	return names, nil
}

// run prints the files on several processors and tells of them in their order.
func (b *batch) run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	results := make([]chan printed, len(b.files))
	for i := range results {
		results[i] = make(chan printed, 1)
	}
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), maxPrinters, len(b.files)) {
		workers.Go(func() {
			for i := range next {
				one := b.one(ctx, i)
				if isDiskFull(one.err) {
					cancel(one.err) // every other sheet would end in the same way
				}
				results[i] <- one
			}
		})
	}
	go func() {
		for i := range b.files {
			next <- i
		}
		close(next)
	}()
	var told error
	untried := 0
	for i, file := range b.files {
		one := <-results[i]
		if !one.tried {
			untried++
			continue
		}
		b.progress.clear()
		if err := b.tellOne(file, one); told == nil {
			told = err
		}
		b.progress.step(i + 1)
	}
	workers.Wait()
	b.progress.clear()
	if told != nil {
		return told
	}
	return b.finish(ctx, untried)
}

// sheetName is the name of the sheet of a file, beside others or not.
func sheetName(file string) string { return strings.TrimSuffix(file, filepath.Ext(file)) + ".pdf" }

// one makes and writes the sheet of one file, unless the batch was ended.
func (b *batch) one(ctx context.Context, i int) printed {
	if ctx.Err() != nil {
		return printed{}
	}
	path := filepath.Join(b.in, b.files[i])
	out := filepath.Join(b.out, sheetName(b.files[i]))
	// Many file systems do not tell A from a.
	if slices.ContainsFunc(b.files[:i], func(other string) bool { return strings.EqualFold(sheetName(other), sheetName(b.files[i])) }) {
		return printed{tried: true, err: aboutFile(path, &record.Error{Code: record.CodeConflict, Op: "print", Reason: "sheet_twice"})}
	}
	if _, err := os.Lstat(out); err == nil && !b.options.replace {
		return printed{tried: true, err: aboutFile(path, &record.Error{Code: record.CodeConflict, Op: "print", Reason: "sheet_exists"})}
	}
	sheet, result, err := b.makePrinted(path, nil, b.making)
	if err != nil {
		return printed{tried: true, err: err}
	}
	result.Out = out
	if b.options.replace {
		err = b.writeOut(out, sheet.pdf)
	} else if err = atomicfile.Create(out, sheet.pdf, 0o600); errors.Is(err, os.ErrExist) {
		err = aboutFile(path, &record.Error{Code: record.CodeConflict, Op: "print", Reason: "sheet_exists"})
	}
	return printed{result: result, err: aboutFile(path, err), tried: true}
}

// tellOne tells what became of a file: results on stdout, remarks on stderr.
func (b *batch) tellOne(name string, one printed) error {
	if one.err != nil {
		b.failed++
		if !b.asJSON {
			b.exit = max(b.exit, b.tell(one.err))
			return nil
		}
		say, next, code := explain(one.err)
		b.exit = max(b.exit, code)
		return b.json(printFailure{File: filepath.Join(b.in, name), Error: clean(say), Next: clean(next)})
	}
	b.done++
	if len(one.result.LeftOut) > 0 {
		b.partly++
	}
	if b.asJSON {
		return b.json(one.result)
	}
	name, out := oneLine(name), oneLine(one.result.Out)
	if one.result.Symbols == 1 {
		b.printf(sayPrintedOne, out)
	} else {
		b.printf(sayPrinted, out, one.result.Symbols)
	}
	for _, w := range one.result.Warnings {
		b.notef(sayBatchAbout, name, fmt.Sprintf(sayAttention, clean(w.Text)))
	}
	if len(one.result.LeftOut) > 0 {
		b.notef(sayBatchLeftOut, name)
		for _, l := range one.result.LeftOut {
			b.notef("  - %s (%s)\n", clean(l.What), clean(l.Why))
		}
	}
	return nil
}

// oneLine is the name of a file as a terminal may show it.
func oneLine(name string) string { return strings.ReplaceAll(clean(name), "\n", "?") }

// finish sums up on stderr and returns the exit status: part when some sheets were
// written and others not.
func (b *batch) finish(ctx context.Context, untried int) error {
	b.notef("%s\n", batchDone(b.done, len(b.files), b.out))
	if b.failed > 0 {
		b.notef("%s\n", batchFailed(b.failed))
	}
	if b.partly > 0 {
		b.notef("%s\n", batchPartly(b.partly))
	}
	if untried > 0 {
		b.notef("%s\n", batchUntried(untried))
	}
	switch {
	case b.failed == 0 && untried == 0:
		return nil
	case b.done > 0:
		return exitWith(exitPart)
	case untried > 0 && b.failed == 0:
		return context.Cause(ctx)
	}
	return exitWith(max(b.exit, exitFailed))
}

// progress shows how far a batch is, on stderr: a bar on a terminal, beyond one
// second, and elsewhere a plain line for every tenth of the way.
type progress struct {
	terminal
	of      int
	started time.Time
	shown   bool
	tenths  int
}

const barWidth = 30

func (p *progress) step(n int) {
	if time.Since(p.started) < time.Second {
		return
	}
	if !isTerminal(p.err) {
		if tenths := 10 * n / p.of; tenths > p.tenths {
			p.tenths = tenths
			p.notef(sayBatchProgress, n, p.of)
		}
		return
	}
	full := barWidth * n / p.of
	p.notef(sayBatchBar, strings.Repeat("#", full), strings.Repeat(".", barWidth-full), n, p.of)
	p.shown = true
}

// clear takes the bar away, so that a line can be written.
func (p *progress) clear() {
	if p.shown {
		p.notef(sayBatchClear)
		p.shown = false
	}
}
