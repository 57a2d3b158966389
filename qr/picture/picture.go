// Package picture turns a file that somebody hands over, a photograph, a scan or
// a PDF, into grey pages that symbols can be searched in.
//
// A [File] has pages; a picture has one, a PDF or a fax in TIFF may have many, and
// each is made only when it is asked for, so that a long document costs the memory
// of one page. What a file is follows from its first bytes, never from its name.
//
// Caveats. Files come from anywhere. Sizes are refused from the header, before a
// single pixel is decoded, and a decoder that panics is an invalid file, not the
// end of the program. Pictures in HEIC and AVIF are recognised and refused: what
// decodes them is under a copyleft licence, and its standard under patents
// (doc/inputs.md). PDF files are rendered by PDFium compiled to WebAssembly: it
// sees the one file it is given and nothing of the disk, its memory is bounded, and
// a page that takes longer than the context allows is abandoned together with the
// instance that was drawing it.
//
// Four PDF documents may be open at a time; one more waits until another is closed.
//
// Errors are [record.Error] with one of the reasons below.
package picture

import (
	"context"
	"errors"
	"fmt"
	"image"
	"os"
	"sync"

	"github.com/zoneblanche/zoneblanche/record"
)

// Reasons that errors of this package carry.
const (
	ReasonEmpty     = "empty"     // no bytes at all
	ReasonFormat    = "format"    // not a kind of file that is read here, or damaged
	ReasonTruncated = "truncated" // ends before its content does
	ReasonTooLarge  = "too_large" // more bytes, pixels or memory than the bounds allow
	ReasonPassword  = "password"  // a PDF that a password protects
	ReasonNoFile    = "no_file"   // nothing of that name
	ReasonNoPage    = "no_page"   // a page number beyond the last
	ReasonFolder    = "folder"    // a folder in a file's place
	ReasonDevice    = "device"    // a device in a file's place
	ReasonHEIF      = "heif"      // HEIC and AVIF, which nothing here decodes
)

// Bounds that hold whatever the options say.
const (
	defaultDPI = 200
	minDPI     = 36
	maxDPI     = 600

	maxBytes = 256 << 20

	// 64 Mpx is above what telephones make (48 Mpx, or 50), and the second bound
	// keeps a picture of 16 bits a channel to half as many.
	maxPixels  = 64 << 20
	maxDecoded = 256 << 20

	// A PDF page has no pixels of its own: larger ones are drawn more coarsely.
	// 24 Mpx is A3 at 300 dpi.
	maxPagePixels = 24 << 20
)

// Options say how a file is read. The zero value works.
type Options struct {
	// DPI is the resolution at which PDF pages are drawn; 200 when zero. Pages that
	// would be larger than 24 million pixels are drawn at less.
	DPI int
	// CacheDir keeps the compiled PDF renderer between two runs of the program,
	// which saves seconds. Empty: the user's cache folder. Only the first PDF that a
	// process opens decides.
	CacheDir string
}

func (o Options) dpi() int {
	if o.DPI == 0 {
		return defaultDPI
	}
	return min(max(o.DPI, minDPI), maxDPI)
}

// File is an open picture or document. Its methods may be called from several
// goroutines; pages are drawn one at a time.
type File struct {
	mu    sync.Mutex
	pages pager // nil once closed
}

// pager is what each family of formats provides.
type pager interface {
	count() int
	page(ctx context.Context, i int) (*image.Gray, error)
	close() error
}

// Open opens a file by its name. A picture is read from the file as its pages are
// asked for.
func Open(ctx context.Context, path string, opt Options) (*File, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f, err := openSource(ctx, path)
	if err != nil {
		return nil, err
	}
	pages, err := open(ctx, f, opt)
	if err != nil {
		f.Close()
		return nil, err
	}
	return &File{pages: pages}, nil
}

// OpenBytes opens a file whose content is in memory. The content must not change
// until the file is closed.
func OpenBytes(ctx context.Context, data []byte, opt Options) (*File, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(data) > maxBytes {
		return nil, tooLarge(fmt.Errorf("more than %d bytes", maxBytes))
	}
	pages, err := open(ctx, inMemory(data), opt)
	if err != nil {
		return nil, err
	}
	return &File{pages: pages}, nil
}

// open tells what the bytes are; whoever reads them closes them, except on error.
func open(ctx context.Context, src *source, opt Options) (pager, error) {
	if src.size == 0 {
		return nil, invalid(ReasonEmpty, nil)
	}
	switch kind := sniff(src.head(pdfMarkWithin)); kind {
	case kindUnknown:
		return nil, invalid(ReasonFormat, errors.New("not a picture or a PDF that is read here"))
	case kindHEIF:
		return nil, invalid(ReasonHEIF, errors.New("pictures in HEIF or AVIF are not read"))
	case kindPDF:
		data, err := src.all()
		if err != nil {
			return nil, err
		}
		src.Close()
		return openPDF(ctx, data, opt)
	default:
		return openRaster(kind, src, opt)
	}
}

// Pages returns the number of pages, one for a picture.
func (f *File) Pages() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.pages == nil {
		return 0
	}
	return f.pages.count()
}

// Page returns page i, counted from zero, upright and in grey. It belongs to the
// caller; a page asked for twice is made twice.
func (f *File) Page(ctx context.Context, i int) (*image.Gray, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.pages == nil {
		return nil, &record.Error{Code: record.CodeInternal, Op: opPage, Err: os.ErrClosed}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if i < 0 || i >= f.pages.count() {
		return nil, &record.Error{Code: record.CodeNotFound, Op: opPage, Reason: ReasonNoPage,
			Err: fmt.Errorf("page %d of %d", i+1, f.pages.count())}
	}
	return f.pages.page(ctx, i)
}

// Close frees what the file holds. Pages already returned stay valid.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.pages == nil {
		return nil
	}
	err := f.pages.close()
	f.pages = nil
	return err
}

// RenderPDF draws every page of a PDF. It is meant for short documents, such as
// the sheets that this program prints; use [OpenBytes] to go page by page.
func RenderPDF(ctx context.Context, pdf []byte, dpi int) ([]*image.Gray, error) {
	f, err := OpenBytes(ctx, pdf, Options{DPI: dpi})
	if err != nil {
		return nil, err
	}
	defer f.Close()
	out := make([]*image.Gray, f.Pages())
	for i := range out {
		if out[i], err = f.Page(ctx, i); err != nil {
			return nil, err
		}
	}
	return out, nil
}

const (
	opOpen = "open picture"
	opPage = "draw page"
)

func invalid(reason string, err error) error {
	return &record.Error{Code: record.CodeInvalid, Op: opOpen, Reason: reason, Err: err}
}

func tooLarge(err error) error {
	return &record.Error{Code: record.CodeTooLarge, Op: opOpen, Reason: ReasonTooLarge, Err: err}
}
