package main

import (
	"context"
	"io"

	"github.com/zoneblanche/zoneblanche/internal/ruler"
	"github.com/zoneblanche/zoneblanche/print"
	"github.com/zoneblanche/zoneblanche/qr/picture"
	"github.com/zoneblanche/zoneblanche/qr/scan"
	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/web"
)

// Attach takes a photograph up into a draft.
func (d *desk) Attach(ctx context.Context, draft string, r io.Reader) (record.Photograph, error) {
	return d.journal.Attach(ctx, draft, r)
}

// Photograph opens a photograph of a draft.
func (d *desk) Photograph(_ context.Context, draft string, number int) (io.ReadCloser, error) {
	return d.journal.DraftPhotograph(draft, number)
}

// Caption says what a photograph of a draft shows.
func (d *desk) Caption(ctx context.Context, draft string, number int, caption string) error {
	return d.journal.Caption(ctx, draft, number, caption)
}

// Detach takes a photograph out of a draft.
func (d *desk) Detach(ctx context.Context, draft string, number int) error {
	return d.journal.Detach(ctx, draft, number)
}

// Codes finds the QR codes of a photograph.
func (d *desk) Codes(ctx context.Context, data []byte) (w, h int, codes []web.PlacedCode, err error) {
	f, err := picture.OpenBytes(ctx, data, picture.Options{})
	if err != nil {
		return 0, 0, nil, err
	}
	defer f.Close()
	page, err := f.Page(ctx, 0)
	if err != nil {
		return 0, 0, nil, err
	}
	symbols, err := scan.Symbols(ctx, page)
	for _, s := range symbols {
		if s.Format != scan.FormatQR || len(s.Corners) != 4 {
			continue
		}
		code := web.PlacedCode{Text: s.Text}
		for i, c := range s.Corners {
			code.Corners[i] = ruler.Point{X: float64(c[0]), Y: float64(c[1])}
		}
		codes = append(codes, code)
	}
	return page.Rect.Dx(), page.Rect.Dy(), codes, err
}

// Sizes are those of the sheets that print makes.
func (d *desk) Sizes() web.CodeSizes {
	return web.CodeSizes{Emergency: emergencySizeMM, Wallet: print.WalletMM, FullMin: print.FullLeastMM, FullMax: fullSizeMM}
}
