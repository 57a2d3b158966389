package main

import (
	"encoding/json"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/zoneblanche/zoneblanche/qr"
	"github.com/zoneblanche/zoneblanche/qr/foreign"
	"github.com/zoneblanche/zoneblanche/record"
)

// This file shows other people's codes beside ours: read and judged by
// qr/foreign, never mixed up with a card.

// foreignFlags are the keys of other people's issuers, by file.
type foreignFlags struct {
	certs []string // --cert
	jwks  []string // --jwks, [ISSUER=]FILE
}

func (o *foreignFlags) flags(flags *pflag.FlagSet) {
	flags.StringArrayVar(&o.certs, "cert", nil, flagCert)
	flags.StringArrayVar(&o.jwks, "jwks", nil, flagJWKS)
}

// maxForeignKeys bounds a file of keys, in bytes; the package bounds it too.
const maxForeignKeys = 8 << 20

// keys reads the files that the flags name.
func (o *foreignFlags) keys() (foreign.Keys, error) {
	var keys foreign.Keys
	for _, path := range o.certs {
		data, err := readBounded(path, maxForeignKeys)
		if err == nil {
			err = keys.AddCertificates(data)
		}
		if err != nil {
			return keys, aboutFile(path, err)
		}
	}
	for _, arg := range o.jwks {
		issuer, path := splitIssuer(arg)
		data, err := readBounded(path, maxForeignKeys)
		if err == nil {
			err = keys.AddJSON(data, issuer)
		}
		if err != nil {
			return keys, aboutFile(path, err)
		}
	}
	return keys, nil
}

// splitIssuer parts https://issuer=FILE; a file's name alone has no issuer.
func splitIssuer(arg string) (issuer, path string) {
	if strings.HasPrefix(arg, "https://") {
		if i := strings.LastIndex(arg, "="); i > 0 {
			return arg[:i], arg[i+1:]
		}
	}
	return "", arg
}

// readBounded reads a file of at most limit bytes.
func readBounded(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = &record.Error{Code: record.CodeTooLarge, Op: "read file", Reason: "file_too_large"}
	}
	return data, err
}

// foreignContent is the content of a code that is not ours, as JSON.
type foreignContent struct {
	Title    string            `json:"title"`
	Verified bool              `json:"verified"`
	Expires  *time.Time        `json:"expires,omitempty"`
	Facts    []foreign.Fact    `json:"facts"`
	Raw      json.RawMessage   `json:"raw,omitempty"`
	Warnings []foreign.Warning `json:"warnings"`
}

// ofForeign makes a reading of another's one.
func ofForeign(r foreign.Reading, file string) reading {
	r.Judgement.Other = true
	return reading{
		Reading: qr.Reading{
			Kind: r.Kind, Judgement: r.Judgement, Issuer: record.Issuer{Name: r.Issuer}, Issued: r.Issued,
			Complete: r.Judgement.Verdict != record.Incomplete && r.Judgement.Verdict != record.Unreadable,
			Warnings: r.Warnings, Texts: r.Texts,
		},
		file: file, other: &r,
	}
}

// apart are the readings of other people's codes without the identity datamatrix of
// who one of the cards is about: the sheet repeats its own patient's identity there,
// and a second document would keep the consultation from being recorded. Beside a card
// that does not say yet whose it is, it is taken for that one's. Somebody else's stays.
func apart(others []foreign.Reading, cards []reading) []foreign.Reading {
	return slices.DeleteFunc(others, func(o foreign.Reading) bool {
		return o.Kind == foreign.KindINS && !o.Patient.INS.Empty() && slices.ContainsFunc(cards, func(r reading) bool {
			return r.Kind == qr.KindCard && (r.Summary == nil || r.Summary.Patient.INS == o.Patient.INS)
		})
	})
}

// content returns what a reading says, for JSON; nil when nothing may be shown.
func (r reading) content() any {
	switch {
	case r.other != nil && len(r.other.Facts) == 0 && r.other.Raw == nil:
		return nil
	case r.other != nil:
		return foreignContent{
			Title: r.other.Title, Verified: r.other.Verified, Expires: instant(r.other.Expires),
			Facts: nonNil(r.other.Facts), Raw: r.other.Raw, Warnings: nonNil(r.other.Warnings),
		}
	case r.Summary != nil:
		return r.Summary
	}
	return nil
}

// showForeign shows the facts of a code that is not ours, after its verdict.
func (a *app) showForeign(r *foreign.Reading) {
	a.printf("%s\n", a.bold(clean(r.Title)))
	if len(r.Facts) > 0 && !r.Verified {
		a.printf("  %s\n", sayUnverifiedFacts)
	}
	for _, f := range r.Facts {
		a.printf("  %s : %s\n", clean(f.Label), clean(f.Value))
	}
}
