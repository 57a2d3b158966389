package advice

import (
	"context"
	"image"
)

// Cause is why no code was read, as far as the picture tells. The values are stable.
type Cause string

// The causes, in the order in which they are looked for.
const (
	Dark     Cause = "too_dark"     // too little light
	NoCode   Cause = "no_code_seen" // nothing looks like a code
	Cut      Cause = "cut_off"      // the code goes on beyond the picture
	Glare    Cause = "glare"        // a part of the code is washed out
	Hidden   Cause = "hidden"       // a part of the code is covered
	Small    Cause = "too_small"    // too few pixels a module
	Blurred  Cause = "blurred"      // out of focus or moved
	Faint    Cause = "faint"        // hardly darker than the paper
	Unknown  Cause = "unread"       // a code is there, and nothing plain is wrong
	NotOurs  Cause = "not_ours"     // a code was read, and is no card's
	tooSmall       = 2.0            // pixels a module
	// Without finders modules are counted, which tells a pixel and more too many where
	// they are small.
	tooSmallCounted = 3.5
	tooDark         = 75   // grey level of paper
	tooFaint        = 24   // grey levels between ink and paper
	tooBlurred      = 0.24 // of a module
	// Blur below this many pixels is the camera's own.
	sharpPixels = 1.8
	// A QR code has four modules of margin, and is cut when it has none.
	leastMargin = 1.0
	// Levels M of error correction recover 15 % of a code.
	leastHole = 0.07
)

// Advice is what to change, with what was measured.
type Advice struct {
	Cause Cause
	Measures
}

// Of explains why nothing was read in a picture.
func Of(ctx context.Context, img *image.Gray) Advice {
	m := Measure(ctx, img)
	return Advice{m.cause(), m}
}

func (m *Measures) cause() Cause {
	sharp := m.Blur < sharpPixels
	small := tooSmallCounted
	if m.Finders >= 2 {
		small = tooSmall
	}
	switch {
	case m.tiny():
		return NoCode
	case m.Paper < tooDark:
		return Dark
	case !m.Seen:
		return NoCode
	case !sharp && m.Blur > tooBlurred*m.Module:
		return Blurred
	case m.Margin < leastMargin:
		return Cut
	case m.Glare > leastHole && m.Glare > m.Stain:
		return Glare
	case m.Stain > leastHole:
		return Hidden
	case m.Module < small:
		return Small
	case m.Paper-m.Ink < tooFaint:
		return Faint
	}
	return Unknown
}
