package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// This file is what scan needs of the journal while serve holds it: the newest card of
// a person, and to record a consultation. Each has one argument, in JSON.

// The questions that are no verbs.
const (
	askNewest = "newest" // a record.Patient; the answer is a record.CardSeen
	askRecord = "record" // a record.Consultation; the answer is a recordedAnswer
	// A boolean, whether only the first account is meant; the answer is an accountAnswer.
	askAccount = "account"
)

type recordedAnswer struct {
	Entry     string `json:"entry"`
	Duplicate bool   `json:"duplicate"`
}

type accountAnswer struct {
	Token string `json:"token"`
}

// answer answers one of them within serve.
func (d *desk) answer(ctx context.Context, ask besideAsk, t terminal) error {
	bad := &record.Error{Code: record.CodeInvalid, Op: "answer", Reason: "json"}
	if len(ask.Args) != 1 {
		return bad
	}
	switch ask.Verb {
	case askAccount:
		var first bool
		if json.Unmarshal([]byte(ask.Args[0]), &first) != nil {
			return bad
		}
		return t.json(accountAnswer{d.newAccount(first)})
	case askNewest:
		var p record.Patient
		if json.Unmarshal([]byte(ask.Args[0]), &p) != nil {
			return bad
		}
		seen, err := d.journal.NewestCard(ctx, p)
		if err != nil {
			return err
		}
		return t.json(seen)
	default:
		var c record.Consultation
		if json.Unmarshal([]byte(ask.Args[0]), &c) != nil {
			return bad
		}
		entry, duplicate, err := d.Record(ctx, c, time.Time{})
		if err != nil {
			return err
		}
		return t.json(recordedAnswer{entry, duplicate})
	}
}

// askJSON asks serve a question whose answer is JSON. asked is false when serve does
// not answer; a refusal has been said.
func (a *app) askJSON(ctx context.Context, question string, about, answer any) (asked bool, err error) {
	arg, err := json.Marshal(about)
	if err != nil {
		return false, err
	}
	var out bytes.Buffer
	asked, code, said, err := a.ask(ctx, besideAsk{Verb: question, Args: []string{string(arg)}}, &out)
	switch {
	case !asked || err != nil:
		return asked, err
	case code != exitDone:
		_, _ = io.Copy(a.err, strings.NewReader(string(said)))
		return true, exitError{code}
	}
	return true, json.Unmarshal(out.Bytes(), answer)
}
