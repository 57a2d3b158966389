package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"image/png"
	"time"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/qr"
	"github.com/zoneblanche/zoneblanche/qr/picture"
	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/trust"
	"github.com/zoneblanche/zoneblanche/web"
)

// sheetPrinter makes sheets for the patient's page.
type sheetPrinter struct {
	*app
	key *trust.IssuerKey // nil: cards are declared by the patient only
}

// newSheetPrinter opens the key that signs once, when somebody may be there to type
// its passphrase. Without it the pages still work: they sign nothing.
func (a *app) newSheetPrinter(p passphraseFlag) sheetPrinter {
	key, err := a.issuerKey("", &p)
	if err != nil && record.ReasonOf(err) != "no_issuer" {
		a.tell(err)
		a.notef("%s\n", sayServeUnsigned)
	}
	if err != nil {
		return sheetPrinter{app: a}
	}
	return sheetPrinter{a, key}
}

// issuer names who signs, "" for nobody.
func (p sheetPrinter) issuer() string {
	if p.key == nil {
		return ""
	}
	return p.key.Issuer.Name
}

// mayStillSign refuses a key that has ended, or was revoked, while the pages were
// open.
func (p sheetPrinter) mayStillSign(now time.Time) error {
	if p.key == nil {
		return &record.Error{Code: record.CodeNotFound, Op: "print", Reason: "no_issuer"}
	}
	if listed, _ := p.listedKey(record.TrustedKey{Issuer: p.key.Issuer, Key: p.key.Key}); !listed.RevokedAt.IsZero() {
		return &record.Error{Code: record.CodeExpired, Op: "print", Reason: "issuer_revoked"}
	}
	return inValidity(p.key, now)
}

// Previews are drawn at this resolution and within this time: the sheet itself does
// not wait for them.
const (
	previewDPI  = 72
	previewTime = 20 * time.Second
	maxPreviews = 8
)

// Import reads a summary.
func (p sheetPrinter) Import(_ context.Context, data []byte) (*record.Summary, []record.LeftOut, error) {
	if len(data) > maxSummary {
		return nil, nil, &record.Error{Code: record.CodeTooLarge, Op: "read summary", Reason: "summary_too_large"}
	}
	s, left, err := fhir.ImportSummary(bytes.NewReader(data))
	if record.ReasonOf(err) == "too_large" {
		err = &record.Error{Code: record.CodeTooLarge, Op: "read summary", Reason: "summary_too_large", Err: err}
	}
	return s, left, err
}

// Sheet signs with this machine's issuer, or makes a card that nobody vouches for.
func (p sheetPrinter) Sheet(ctx context.Context, s *record.Summary, o web.SheetOptions) (web.Sheet, error) {
	making := sheetOptions{at: o.At, wallet: o.Wallet}
	var err error
	var out web.Sheet
	if !o.Declared {
		if err = p.mayStillSign(o.At); err != nil {
			return out, err
		}
		making.key = p.key
		out.Issuer = making.key.Issuer.Name
	}
	if o.Code {
		if making.code, err = qr.NewPatientCode(rand.Reader); err != nil {
			return out, err
		}
	}
	sheet, err := composeSheet(s, making)
	if err != nil {
		return out, err
	}
	out.PDF, out.Symbols = sheet.pdf, len(sheet.card.Symbols)
	warnings, left := printWarnings(sheet.carried, sheet.card.LeftOut, o.At)
	for _, w := range warnings {
		out.Warnings = append(out.Warnings, w.Text)
	}
	out.LeftOut = left
	if making.code != nil {
		out.Code = making.code.Grouped()
	}
	out.Pages = preview(ctx, sheet.pdf)
	return out, nil
}

// preview draws the pages as they will be printed, as far as there is time.
func preview(ctx context.Context, pdf []byte) (pages [][]byte) {
	within, cancel := context.WithTimeout(ctx, previewTime)
	defer cancel()
	f, err := picture.OpenBytes(within, pdf, picture.Options{DPI: previewDPI})
	if err != nil {
		return nil
	}
	defer f.Close()
	for i := range min(f.Pages(), maxPreviews) {
		page, err := f.Page(within, i)
		if err != nil {
			return pages
		}
		var out bytes.Buffer
		if err := png.Encode(&out, page); err != nil {
			return pages
		}
		pages = append(pages, out.Bytes())
	}
	return pages
}
