package main

import (
	"context"
	"fmt"
	"image"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/skip2/go-qrcode"

	"github.com/zoneblanche/zoneblanche/internal/capture"
)

// heldOut is the first seed of the frames that figures are taken from. Nothing was
// ever tuned on it or on a later one; tuning uses seeds below a million.
const heldOut = 1 << 40

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

// symbol makes a code of random text as our cards have them, at level M.
func symbol(r *rand.Rand, chars int, level qrcode.RecoveryLevel) (text string, modules [][]bool, version int, err error) {
	b := make([]byte, chars)
	for i := range b {
		b[i] = alphabet[r.IntN(len(alphabet))]
	}
	q, err := qrcode.New(string(b), level)
	if err != nil {
		return "", nil, 0, err
	}
	q.DisableBorder = true
	return string(b), q.Bitmap(), q.VersionNumber, nil
}

// recommended are frames of the recommended layout: 450 to 600 characters at level
// M on 70 to 75 mm, seen by a 720p camera at the given resolution or more.
// A strength of 1 and 4.5 pixels make the figure; others serve tuning.
func recommended(o options) []sample {
	kinds := capture.Kinds()
	if o.kinds != "" {
		names := strings.Split(o.kinds, ",")
		kinds = slices.DeleteFunc(kinds, func(k capture.Kind) bool { return !slices.Contains(names, k.Name) })
	}
	out := make([]sample, o.frames)
	for i := range out {
		kind, seed := kinds[i%len(kinds)], o.seed+uint64(i)
		r := rand.New(rand.NewPCG(seed, 0x5e7))
		text, modules, version, err := symbol(r, 450+r.IntN(151), qrcode.Medium)
		if err != nil {
			panic(err) // the lengths fit
		}
		sheet := capture.Around(modules, 70+5*r.Float64())
		v := capture.Webcam
		v.Strength = o.strength
		v.PixelsPerModule = [2]float64{o.least, 2 * o.least}
		shot, _ := kind.Shot(sheet, v, seed)
		out[i] = sample{
			name:  fmt.Sprintf("%s %d", kind.Name, seed),
			codes: []expected{{text: text, kind: kind.Name, version: version, pixels: shot.Resolution()}},
			load: func(context.Context) (*image.Gray, error) {
				img, _ := kind.Frame(sheet, v, seed)
				return img, nil
			},
		}
	}
	return out
}
