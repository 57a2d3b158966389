// Package scan finds the symbols of one page image and returns their text.
//
// A page is searched for finder patterns, the three squares of a QR code. Triples
// that may belong together give a first frame; timing patterns tell the version, and
// are followed module by module where the paper is bent; every alignment pattern is
// then looked for in that frame, and a mesh through all of them says where each module
// lies on paper that is folded, curved or seen askew. Modules are measured in grey, and
// told dark from light against their neighbours in the symbol, not against the page.
// What is uncertain is handed to the error correction as such.
//
// Nouns: a [plane] is grey pixels, a [finder] one square, a [triple] three that may
// frame a symbol, a [mesh] the map from modules to pixels, [modules] the grey values
// of one symbol.
//
// Promises. Text is returned only when the error correction holds with symbols to
// spare, so that chance does not make a text of noise. Work is bounded whatever the
// picture: pixels, finders, triples, attempts and effort have limits, and the context
// is looked at between any two steps that take longer than some milliseconds. A defect
// in a decoder below is no text, never a panic. Texts of different symbols are never
// joined, even if they say that they belong together: who signed them decides that.
package scan

import (
	"context"
	"image"
	"time"
)

// Symbol is one symbol found on a page.
type Symbol struct {
	Text   string
	Format string // FormatQR or FormatDataMatrix
	// Corners go round the symbol from its own upper left corner, as it is meant to
	// be held, in pixels of the page.
	Corners [][2]int
}

// Formats.
const (
	FormatQR         = "qr"
	FormatDataMatrix = "datamatrix"
)

// Options say how long to search. The zero value finds what it can.
type Options struct {
	// Enough is asked after each pass that found something; true ends the search.
	// Nil: the search ends when a pass leaves no unexplained finder patterns.
	Enough func([]Symbol) bool
	// Observe is told of each stage of the ladder that was run. It serves measuring.
	Observe func(Step)
}

// Step is one stage of the ladder as it went.
type Step struct {
	Stage string
	Took  time.Duration
	Found []Symbol // that no stage before had found
}

// Symbols returns every symbol of one page, each once, from top to bottom. No symbol
// is no error; the error is the context's, and what was found before comes with it.
func Symbols(ctx context.Context, img *image.Gray) ([]Symbol, error) {
	return Find(ctx, img, Options{})
}

// Find is [Symbols] with options.
func Find(ctx context.Context, img *image.Gray, opt Options) ([]Symbol, error) {
	s := &search{ctx: ctx, page: planeOf(img), effort: pageEffort, enough: opt.Enough, observe: opt.Observe}
	s.run()
	return s.symbols(), ctx.Err()
}
