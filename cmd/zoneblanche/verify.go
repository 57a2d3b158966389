package main

import (
	"encoding/hex"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoneblanche/zoneblanche/qr"
	"github.com/zoneblanche/zoneblanche/qr/advice"
	"github.com/zoneblanche/zoneblanche/qr/foreign"
	"github.com/zoneblanche/zoneblanche/qr/wedge"
	"github.com/zoneblanche/zoneblanche/record"
)

type verifyOptions struct {
	trust   string
	code    string // the patient's
	at      moment
	foreign foreignFlags
	repeats bool // texts come from pictures, where a code may be seen twice
}

func newVerify(a *app) *cobra.Command {
	var o verifyOptions
	cmd := verb("verify TEXTE|FICHIER...", helpVerify, atLeast(1, sayNoText), func(cmd *cobra.Command, args []string) error {
		return a.verify(cmd, args, o)
	})
	cmd.Flags().StringVar(&o.trust, "trust", "", flagTrust)
	cmd.Flags().StringVar(&o.code, "code", "", flagOpen)
	o.at.flag(cmd.Flags())
	o.foreign.flags(cmd.Flags())
	a.jsonFlag(cmd.Flags())
	return cmd
}

// verdictResult is one line of verify --json.
type verdictResult struct {
	File    string         `json:"file"`
	Kind    string         `json:"kind"`
	Verdict record.Verdict `json:"verdict"`
	Reason  string         `json:"reason"`
	Issuer  string         `json:"issuer"`
	Issued  *time.Time     `json:"issued"`
	Content any            `json:"content"` // a summary, or what another's code says
	Card    string         `json:"card,omitempty"`
	// Locked says that the rest opens with the patient's code only, Declared that
	// nobody vouches for the card, complete or not.
	Locked   bool `json:"locked,omitempty"`
	Declared bool `json:"declared,omitempty"`
	// Keyboard names the table that undid what a keyboard made of the text.
	Keyboard string `json:"keyboard,omitempty"`
}

// scanResult is one line of scan --json: a verdict and what scanning adds.
type scanResult struct {
	verdictResult
	Complete bool         `json:"complete"`
	Missing  []string     `json:"missing"`
	Warnings []qr.Warning `json:"warnings"`
	Entry    string       `json:"entry,omitempty"`
}

func (a *app) verify(cmd *cobra.Command, args []string, o verifyOptions) error {
	var err error
	if o.code, err = a.typedCode(cmd, o.code, args); err != nil {
		return err
	}
	var c collection
	if err := c.addTexts(cmd.Context(), a.in, args); err != nil {
		return err
	}
	readings, err := a.judge(cmd, &c, o)
	if err != nil {
		return err
	}
	for _, r := range readings {
		if a.asJSON {
			if err := a.json(verdictOf(r)); err != nil {
				return err
			}
			continue
		}
		a.showReading(r)
	}
	return a.finish(&c, readings)
}

// finish tells what could not be read to its end, and returns the exit status of a
// reading command.
func (a *app) finish(c *collection, readings []reading) error {
	code := worst(readings)
	for _, err := range c.failed {
		a.tell(err)
		code = max(code, exitPart)
	}
	return exitWith(code)
}

// reading is a card's reading together with the file it came from.
type reading struct {
	qr.Reading
	file     string
	keyboard *wedge.Table     // set when what a keyboard did was undone
	other    *foreign.Reading // set for a code that is not ours
	at       time.Time        // when it is read
	next     string           // what to do, in place of the verdict's own next step
}

// judge verifies what was collected. When no code was found at all, each file is an
// unreadable reading.
func (a *app) judge(cmd *cobra.Command, c *collection, o verifyOptions) ([]reading, error) {
	now, err := o.at.time(cmd)
	if err != nil {
		return nil, err
	}
	keys, err := a.keySource(o.trust)
	if err != nil {
		return nil, err
	}
	theirs, err := o.foreign.keys()
	if err != nil {
		return nil, err
	}
	if len(c.texts) == 0 && len(c.failed) > 0 {
		// Nothing was read at all: the first reason is the answer.
		for _, err := range c.failed[1:] {
			a.tell(err)
		}
		return nil, c.failed[0]
	}
	if err := a.undoKeyboard(cmd.Context(), c, qr.Reader{Keys: keys, Now: now}, foreign.Reader{Keys: theirs, Now: now}); err != nil {
		return nil, err
	}
	var out []reading
	others, rest := foreign.Reader{Keys: theirs, Now: now, Repeats: o.repeats}.Read(c.texts)
	for _, r := range (qr.Reader{Keys: keys, Now: now, Code: o.code}).Read(rest) {
		out = append(out, reading{Reading: r, file: c.fileOf(r.Texts), keyboard: c.keyboardOf(r.Texts)})
	}
	readAt(out, now)
	for _, r := range apart(others, out) {
		theirs := ofForeign(r, c.fileOf(r.Texts))
		theirs.keyboard = c.keyboardOf(r.Texts)
		out = append(out, theirs)
	}
	for _, s := range c.silent {
		if len(c.texts) > 0 {
			a.tellSilent(s, out)
			continue
		}
		out = append(out, reading{file: s.file, next: s.why.French(), Reading: qr.Reading{
			Kind: "unknown", Judgement: record.Judgement{Verdict: record.Unreadable, Detail: detailNoCode},
			Warnings: []qr.Warning{warningOf(s.why)},
		}})
	}
	for i := range out {
		out[i].notOurs(c)
	}
	return out, nil
}

// tellSilent mentions a file without codes beside others that have some. A page of
// words is the ordinary case; one with a code that could not be read may hold what an
// incomplete card lacks.
func (a *app) tellSilent(s silent, readings []reading) {
	if s.why == advice.NoCode {
		a.notef(sayPageWithoutCode+"\n", s.file)
		return
	}
	a.notef(sayPageUnread+"\n→ %s\n", s.file, s.why.French())
	for i := range readings {
		if r := &readings[i]; r.Judgement.Verdict == record.Incomplete {
			r.Warnings = append(r.Warnings, qr.Warning{Code: string(s.why), Text: s.file + " : " + lowerFirst(s.why.French())})
		}
	}
}

// notOurs says what to look for when a picture's code was read and is no card's:
// another photograph of it would not help.
func (r *reading) notOurs(c *collection) {
	if r.Kind == qr.KindUnknown && r.other == nil && r.Text != "" && !c.typed[r.Text] {
		r.next = advice.NotOurs.French()
		r.Warnings = append(r.Warnings, warningOf(advice.NotOurs))
	}
}

func warningOf(why advice.Cause) qr.Warning {
	return qr.Warning{Code: string(why), Text: why.French()}
}

// worst returns the exit status for several readings: that of the only one, 3 when
// some are good and the others only incomplete or unreadable, else the greatest.
func worst(readings []reading) int {
	good, code := 0, exitDone
	for _, r := range readings {
		exit := r.Judgement.Verdict.Exit()
		if exit == exitDone {
			good++
		}
		code = max(code, exit)
	}
	if good > 0 && code != exitDone && onlyPartly(readings) {
		return exitPart
	}
	return code
}

// onlyPartly reports whether nothing worse than a missing or unreadable code is
// among the readings.
func onlyPartly(readings []reading) bool {
	for _, r := range readings {
		v := r.Judgement.Verdict
		if v.Exit() != exitDone && v != record.Unreadable && v != record.Incomplete {
			return false
		}
	}
	return true
}

func verdictOf(r reading) verdictResult {
	result := verdictResult{
		File: r.file, Kind: r.Kind, Verdict: r.Judgement.Verdict, Reason: r.Judgement.Sentence(),
		Issuer: r.Issuer.Name, Content: r.content(), Card: hexID(r.CardID), Locked: r.Locked, Declared: r.Declared,
	}
	if r.keyboard != nil {
		result.Keyboard = r.keyboard.String()
	}
	if !r.Issued.IsZero() {
		issued := r.Issued.UTC()
		result.Issued = &issued
	}
	return result
}

func hexID(id []byte) string { return hex.EncodeToString(id) }

// nonNil returns an empty slice for a nil one, which JSON writes as [].
func nonNil[E any](s []E) []E {
	if s == nil {
		return []E{}
	}
	return s
}
