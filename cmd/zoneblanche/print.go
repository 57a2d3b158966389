package main

import (
	"bytes"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoneblanche/zoneblanche/internal/atomicfile"
	"github.com/zoneblanche/zoneblanche/print"
	"github.com/zoneblanche/zoneblanche/qr"
	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/trust"
)

// Printed sizes in millimetres, quiet zone of four modules included in neither
// (doc/card-format.md, "Symbols").
const (
	emergencySizeMM = 62
	fullSizeMM      = 72
)

type printOptions struct {
	out        string
	masks      []string
	wallet     bool
	issuer     string
	passphrase passphraseFlag
	at         moment
}

func newPrint(a *app) *cobra.Command {
	var o printOptions
	cmd := verb("print FICHIER.json -o FEUILLE.pdf", helpPrint, exactly(1, sayOneSummary), func(cmd *cobra.Command, args []string) error {
		return a.print(cmd, args[0], o)
	})
	flags := cmd.Flags()
	flags.StringVarP(&o.out, "output", "o", "", flagOut)
	flags.StringArrayVar(&o.masks, "mask", nil, flagMask)
	flags.BoolVar(&o.wallet, "wallet", false, flagWallet)
	flags.StringVar(&o.issuer, "issuer", "", flagIssuer)
	o.passphrase.flag(flags)
	o.at.flag(flags)
	a.jsonFlag(flags)
	return cmd
}

// printResult is what print --json tells.
type printResult struct {
	File    string           `json:"file"`
	Out     string           `json:"out"`
	Card    string           `json:"card"`
	Symbols int              `json:"symbols"`
	Carried int              `json:"carried"`
	LeftOut []record.LeftOut `json:"left_out"`
}

func (a *app) print(cmd *cobra.Command, path string, o printOptions) error {
	switch {
	case o.out == "":
		return &usageError{cmd: cmd, say: sayNoOutput}
	case o.out == "-" && a.asJSON:
		return &usageError{cmd: cmd, say: sayTwoOnStdout}
	}
	now, err := o.at.time(cmd)
	if err != nil {
		return err
	}
	s, left, err := readSummary(a.in, path, o.masks, now)
	if err != nil {
		return err
	}
	key, err := a.issuerKey(o.issuer, &o.passphrase)
	if err != nil {
		return err
	}
	if now.Before(key.Key.NotBefore) || !key.Key.NotAfter.IsZero() && now.After(key.Key.NotAfter) {
		return &record.Error{Code: record.CodeExpired, Op: "print", Reason: "issuer_expired"}
	}
	sheet, err := makeSheet(s, key, now, o.wallet)
	if err != nil {
		return aboutFile(path, err)
	}
	left = append(left, sheet.card.LeftOut...)
	if err := a.writeOut(o.out, sheet.pdf); err != nil {
		return err
	}
	result := printResult{
		File: path, Out: o.out, Card: hexID(sheet.card.ID), Symbols: len(sheet.card.Symbols),
		Carried: sheet.carried.Entries(), LeftOut: nonNil(left),
	}
	if a.asJSON {
		return a.json(result)
	}
	if o.out != "-" {
		a.printf(sayPrinted, o.out, result.Symbols)
	}
	a.tellLeftOut(left)
	return nil
}

// writeOut writes a finished file whole or not at all; "-" is standard output.
func (a *app) writeOut(path string, data []byte) error {
	if path == "-" {
		_, err := a.out.Write(data)
		return err
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target // what a link names is replaced, not the link
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return aboutFile(path, &record.Error{Code: record.CodeInvalid, Op: "write sheet", Reason: "not_a_file"})
	}
	return aboutFile(filepath.Base(path), atomicfile.Write(path, data, 0o600))
}

// tellLeftOut lists, on stderr, what the person printing must know is not on the
// card.
func (a *app) tellLeftOut(left []record.LeftOut) {
	if len(left) == 0 {
		return
	}
	a.notef("%s\n", sayLeftOut)
	for _, l := range left {
		a.notef("  - %s (%s)\n", clean(l.What), clean(l.Why))
	}
}

// sheet is a card with its printed page.
type sheet struct {
	card    *qr.Card
	carried *record.Summary // what the card's two messages carry, joined
	pdf     []byte
}

// makeSheet signs a summary and lays it out.
func makeSheet(s *record.Summary, key *trust.IssuerKey, now time.Time, wallet bool) (*sheet, error) {
	card, err := qr.Encode(s, qr.EncodeOptions{
		Key:      qr.SigningKey{ID: key.Key.ID, Algorithm: key.Key.Algorithm, Signer: key.Signer},
		IssuedAt: now,
	})
	if err != nil {
		return nil, err
	}
	carried := record.Join(card.Emergency, card.Full)
	page := print.Sheet{
		Summary: carried, Issuer: key.Issuer, CardID: hexID(card.ID), PrintedAt: now, Wallet: wallet,
	}
	for _, symbol := range card.Symbols {
		modules, err := symbol.Modules()
		if err != nil {
			return nil, err
		}
		code := print.Code{Caption: captionOf(symbol), Modules: modules, SizeMM: fullSizeMM}
		if symbol.Role == qr.RoleEmergency {
			code.SizeMM = emergencySizeMM
			page.Emergency = code
			continue
		}
		page.Full = append(page.Full, code)
		if symbol.Role == qr.RoleFull {
			page.Enough++
		}
	}
	var pdf bytes.Buffer
	if err := print.Write(&pdf, page); err != nil {
		return nil, err
	}
	return &sheet{card, carried, pdf.Bytes()}, nil
}
