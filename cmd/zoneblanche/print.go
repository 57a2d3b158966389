package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoneblanche/zoneblanche/internal/atomicfile"
	"github.com/zoneblanche/zoneblanche/print"
	"github.com/zoneblanche/zoneblanche/qr"
	"github.com/zoneblanche/zoneblanche/qr/foreign"
	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/trust"
	"github.com/zoneblanche/zoneblanche/web/paper"
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
	wedgeTest  bool
	code       bool
	withhold   bool
	declared   bool
	batch      string // a folder of summaries
	replace    bool   // with batch: sheets that are there already
	issuer     string
	passphrase passphraseFlag
	at         moment
	documents  []string // --add-immunizations
	foreign    foreignFlags
}

func newPrint(a *app) *cobra.Command {
	var o printOptions
	cmd := verb("print FICHIER.json -o FEUILLE.pdf", helpPrint, nil, func(cmd *cobra.Command, args []string) error {
		if o.wedgeTest {
			return a.printCalibration(cmd, args, o)
		}
		if o.batch != "" {
			return a.printBatch(cmd, args, o)
		}
		if o.replace {
			return &usageError{cmd: cmd, say: sayReplaceAlone}
		}
		if err := exactly(1, sayOneSummary)(cmd, args); err != nil {
			return err
		}
		return a.print(cmd, args[0], o)
	})
	flags := cmd.Flags()
	flags.StringVarP(&o.out, "output", "o", "", flagOut)
	flags.StringArrayVar(&o.masks, "mask", nil, flagMask)
	flags.BoolVar(&o.wallet, "wallet", false, flagWallet)
	flags.BoolVar(&o.wedgeTest, "wedge-test", false, flagWedgeTest)
	flags.BoolVar(&o.code, "code", false, flagCode)
	flags.BoolVar(&o.withhold, "withhold", false, flagWithhold)
	flags.BoolVar(&o.declared, "declared", false, flagDeclared)
	flags.StringVar(&o.batch, "batch", "", flagBatch)
	flags.BoolVar(&o.replace, "replace", false, flagReplace)
	flags.StringVar(&o.issuer, "issuer", "", flagIssuer)
	o.passphrase.flag(flags)
	o.at.flag(flags)
	flags.StringArrayVar(&o.documents, "add-immunizations", nil, flagAddImmunizations)
	o.foreign.flags(flags)
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
	Code    string           `json:"code,omitempty"` // of the patient, in no other place

	Immunizations []addedImmunization `json:"immunizations,omitempty"`
	Warnings      []qr.Warning        `json:"warnings"`
}

func (a *app) print(cmd *cobra.Command, path string, o printOptions) error {
	go qr.Prepare() // while the summary and the key are read
	switch {
	case o.out == "":
		return &usageError{cmd: cmd, say: sayNoOutput}
	case o.out == "-" && a.asJSON:
		return &usageError{cmd: cmd, say: sayTwoOnStdout}
	}
	if err := o.checkPatient(cmd); err != nil {
		return err
	}
	now, err := o.at.time(cmd)
	if err != nil {
		return err
	}
	documents, err := readImmunizations(cmd.Context(), a.in, o.documents, o.foreign)
	if err != nil {
		return err
	}
	making := sheetOptions{at: now, wallet: o.wallet, withhold: o.withhold, html: isHTML(o.out)}
	if !o.declared {
		if making.key, err = a.signingKey(o, now); err != nil {
			return err
		}
	}
	if making.code, err = o.drawCode(); err != nil {
		return err
	}
	sheet, result, err := a.makePrinted(path, o.masks, making, documents.additions(now)...)
	if err != nil {
		return err
	}
	if err := a.writeOut(o.out, sheet.pdf); err != nil {
		return err
	}
	result.Out, result.Immunizations = o.out, documents.told
	if a.asJSON {
		return a.json(result)
	}
	if o.out != "-" {
		if result.Symbols == 1 {
			a.printf(sayPrintedOne, o.out)
		} else {
			a.printf(sayPrinted, o.out, result.Symbols)
		}
	}
	a.tellAdded(documents.told)
	a.tellWarnings(result.Warnings)
	a.tellLeftOut(result.LeftOut)
	a.tellCode(making.code, sheet.card)
	return nil
}

// makePrinted makes the sheet of one summary and what is to be told of it; the sheet
// is not written yet.
func (a *app) makePrinted(path string, masks []string, making sheetOptions, additions ...func(*record.Summary) error) (*sheet, printResult, error) {
	s, left, err := readSummary(a.in, path, masks, making.at, additions...)
	if err != nil {
		return nil, printResult{}, err
	}
	sheet, err := composeSheet(s, making)
	if err != nil {
		return nil, printResult{}, aboutFile(path, err)
	}
	result := printResult{
		File: path, Card: hexID(sheet.card.ID), Symbols: len(sheet.card.Symbols), Carried: sheet.carried.Entries(),
	}
	result.Warnings, result.LeftOut = printWarnings(sheet.carried, append(left, sheet.card.LeftOut...), making.at)
	if making.code != nil {
		result.Code = making.code.Grouped()
	}
	return sheet, result, nil
}

// isHTML reports whether a sheet of that name is to be a page for a browser.
func isHTML(name string) bool {
	ext := strings.ToLower(filepath.Ext(name))
	return ext == ".html" || ext == ".htm"
}

// signingKey opens the key that signs, and refuses one that signs nothing now.
func (a *app) signingKey(o printOptions, now time.Time) (*trust.IssuerKey, error) {
	key, err := a.issuerKey(o.issuer, &o.passphrase)
	if err != nil {
		return nil, err
	}
	return key, inValidity(key, now)
}

// inValidity refuses a key that is not valid at now.
func inValidity(key *trust.IssuerKey, now time.Time) error {
	if now.Before(key.Key.NotBefore) || !key.Key.NotAfter.IsZero() && now.After(key.Key.NotAfter) {
		return &record.Error{Code: record.CodeExpired, Op: "print", Reason: "issuer_expired"}
	}
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
	pdf     []byte          // the page to print; HTML where that was asked for
}

// sheetOptions is how a sheet is made.
type sheetOptions struct {
	key      *trust.IssuerKey // nil: the patient declares the card
	at       time.Time
	wallet   bool
	code     *qr.PatientCode // nil: the full codes are in clear
	withhold bool
	html     bool // an HTML page instead of a PDF
}

// kindPatient is the kind of an issuer who is the patient.
const kindPatient = "patient"

// makeSheet signs a summary and lays it out, all of it in clear.
func makeSheet(s *record.Summary, key *trust.IssuerKey, now time.Time, wallet bool) (*sheet, error) {
	return composeSheet(s, sheetOptions{key: key, at: now, wallet: wallet})
}

// repeatedID is the id of the card that key makes of s at that second: the same for the
// same card, so that printing it again gives the same bytes, and unguessable without
// the key, because lists of revoked cards show ids to everybody. It is nil, for a
// random one, with a key whose signatures are random as well (ES256).
func repeatedID(key *trust.IssuerKey, s *record.Summary, at time.Time) []byte {
	private, ok := key.Signer.(ed25519.PrivateKey)
	if !ok {
		return nil
	}
	content, err := json.Marshal(s)
	if err != nil {
		return nil
	}
	mac := hmac.New(sha256.New, private.Seed())
	fmt.Fprintf(mac, "zoneblanche card id\x00%d\x00", at.Unix())
	mac.Write(content)
	return mac.Sum(nil)[:8]
}

// composeSheet signs a summary and lays it out.
func composeSheet(s *record.Summary, o sheetOptions) (*sheet, error) {
	opt := qr.EncodeOptions{IssuedAt: o.at, Code: o.code, Withhold: o.withhold, Declared: o.key == nil}
	issuer := record.Issuer{Kind: kindPatient}
	if key := o.key; key != nil {
		opt.Key = qr.SigningKey{ID: key.Key.ID, Algorithm: key.Key.Algorithm, Signer: key.Signer}
		issuer = key.Issuer
		if o.code == nil {
			opt.CardID = repeatedID(key, s, o.at)
		}
	}
	card, err := qr.Encode(s, opt)
	if err != nil {
		return nil, err
	}
	carried := record.Join(card.Emergency, card.Full)
	page := print.Sheet{
		Summary: carried, Issuer: issuer, CardID: hexID(card.ID), PrintedAt: o.at, Wallet: o.wallet,
		Locked: card.Locked, Withheld: card.Withheld,
	}
	if card.Locked {
		page.Summary = card.Emergency // what is locked does not stand beside it in words
	}
	page.Identity.Modules = foreign.INSModules(page.Summary.Patient)
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
	write := print.Write
	if o.html {
		write = paper.Write
	}
	var out bytes.Buffer
	if err := write(&out, page); err != nil {
		return nil, err
	}
	return &sheet{card, carried, out.Bytes()}, nil
}
