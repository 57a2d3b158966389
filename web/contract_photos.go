package web

import (
	"context"
	"io"

	"github.com/zoneblanche/zoneblanche/internal/ruler"
	"github.com/zoneblanche/zoneblanche/record"
)

// Photographs are those of a draft, until it is signed with them. A draft or a
// photograph that is not there is not_found.
type Photographs interface {
	// Attach takes a photograph up, as a stream, and returns when it is on disk.
	Attach(ctx context.Context, draft string, r io.Reader) (record.Photograph, error)
	Photograph(ctx context.Context, draft string, number int) (io.ReadCloser, error)
	Caption(ctx context.Context, draft string, number int, caption string) error
	Detach(ctx context.Context, draft string, number int) error
}

// Ruler finds what gives a photograph its scale: the codes of a printed sheet.
type Ruler interface {
	// Codes returns the codes of a photograph, in pixels of the picture as it is shown.
	Codes(ctx context.Context, data []byte) (w, h int, codes []PlacedCode, err error)
	// Sizes are the sides in mm that sheets print codes at.
	Sizes() CodeSizes
}

// PlacedCode is one code and where it lies: its corners, in order around it.
type PlacedCode struct {
	Text    string
	Corners [4]ruler.Point
}

// CodeSizes are sides of codes in mm: of the emergency code on the page and on the card
// to cut out, and the least and the most of the others.
type CodeSizes struct{ Emergency, Wallet, FullMin, FullMax float64 }
