package picture

import (
	"context"
	"errors"
	"fmt"
	"image"
	"math"
	"sync"

	"github.com/klippa-app/go-pdfium"
	pdferrors "github.com/klippa-app/go-pdfium/errors"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"

	"github.com/zoneblanche/zoneblanche/record"
)

// More pages than a person scans at once; a document may claim millions.
const maxPDFPages = 2000

// pdf is an open PDF document with a renderer of its own.
type pdf struct {
	dpi   int
	pages int
	doc   references.FPDF_DOCUMENT

	mu   sync.Mutex
	draw *renderer // nil once closed or abandoned
}

func openPDF(ctx context.Context, data []byte, opt Options) (*pdf, error) {
	draw, err := shared.renderer(ctx, opt.CacheDir)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, &record.Error{Code: record.CodeInternal, Op: opOpen, Err: err}
	}
	p := &pdf{dpi: opt.dpi(), draw: draw}
	err = p.do(ctx, func(inst pdfium.Pdfium) error {
		doc, err := inst.OpenDocument(&requests.OpenDocument{File: &data})
		if err != nil {
			return err
		}
		p.doc = doc.Document
		n, err := inst.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: p.doc})
		if err != nil {
			return err
		}
		p.pages = n.PageCount
		return nil
	})
	if err == nil && p.pages == 0 {
		err = invalid(ReasonFormat, errors.New("a PDF without pages"))
	}
	if err == nil && p.pages > maxPDFPages {
		err = tooLarge(fmt.Errorf("%d pages", p.pages))
	}
	if err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

func (p *pdf) count() int { return p.pages }

func (p *pdf) page(ctx context.Context, i int) (*image.Gray, error) {
	var out *image.Gray
	err := p.do(ctx, func(inst pdfium.Pdfium) error {
		page := requests.Page{ByIndex: &requests.PageByIndex{Document: p.doc, Index: i}}
		size, err := inst.GetPageSize(&requests.GetPageSize{Page: page})
		if err != nil {
			return err
		}
		w, h, err := pixelSize(size.Width, size.Height, p.dpi)
		if err != nil {
			return err
		}
		r, err := inst.RenderPageInPixels(&requests.RenderPageInPixels{
			Page: page, Width: w, Height: h, ImageFormat: requests.RenderImageFormatGrayscale,
		})
		if err != nil {
			return err
		}
		defer r.Cleanup()
		// The pixels lie in the renderer's memory and go with it.
		out = toGray(r.Result.RenderedImage)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// pixelSize returns how large a page of so many points is drawn.
func pixelSize(width, height float64, dpi int) (w, h int, err error) {
	if !(width > 0 && height > 0) || math.IsInf(width, 0) || math.IsInf(height, 0) {
		return 0, 0, invalid(ReasonFormat, fmt.Errorf("a page of %g × %g points", width, height))
	}
	const pointsPerInch = 72
	scale := float64(dpi) / pointsPerInch
	scale = min(scale, math.Sqrt(maxPagePixels/(width*height)))
	w, h = int(math.Round(width*scale)), int(math.Round(height*scale))
	if w < 1 || h < 1 || w > maxPagePixels || h > maxPagePixels {
		return 0, 0, tooLarge(fmt.Errorf("a page of %g × %g points", width, height))
	}
	return w, h, nil
}

// do runs f with the renderer and stops both when the context ends: PDFium knows
// nothing of contexts, so that a renderer that is in the middle of something is
// abandoned as a whole, and the document with it.
func (p *pdf) do(ctx context.Context, f func(pdfium.Pdfium) error) (err error) {
	p.mu.Lock()
	draw := p.draw
	p.mu.Unlock()
	if draw == nil {
		return &record.Error{Code: record.CodeUnavailable, Op: opPage, Err: errors.New("the document was abandoned")}
	}
	done := make(chan error, 1)
	go func() {
		var err error
		defer func() {
			if e := recover(); e != nil {
				err = fmt.Errorf("renderer failed: %v", e)
			}
			done <- err
		}()
		err = f(draw)
	}()
	select {
	case err = <-done:
		return pdfError(err)
	case <-ctx.Done():
	}
	p.mu.Lock()
	p.draw = nil
	p.mu.Unlock()
	draw.cancel()
	go func() {
		<-done // stops at its next step, which is soon
		draw.close()
	}()
	return ctx.Err()
}

func (p *pdf) close() error {
	p.mu.Lock()
	draw := p.draw
	p.draw = nil
	p.mu.Unlock()
	if draw != nil {
		draw.close()
	}
	return nil
}

// pdfError gives PDFium's complaint its reason.
func pdfError(err error) error {
	var ours *record.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &ours):
		return err
	case errors.Is(err, pdferrors.ErrPassword), errors.Is(err, pdferrors.ErrSecurity):
		return invalid(ReasonPassword, err)
	}
	return invalid(ReasonFormat, err)
}
