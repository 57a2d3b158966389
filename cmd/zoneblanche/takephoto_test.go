package main

import (
	"image"
	"image/draw"
	"image/jpeg"
	"image/png"
	"os"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	xdraw "golang.org/x/image/draw"
)

// photo makes a photograph of a page:
//
//	photo OUT.jpg IN.png [turn=90|180|270] [part=X,Y,WIDTH,HEIGHT] [size=N] [blur=N] [light=N]
//
// part, size and light are in percent, blur is in pixels. They are applied in the
// order in which they stand.
func photo(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: photo OUT.jpg IN.png [CHANGE...]")
	}
	in, err := os.Open(ts.MkAbs(args[1]))
	ts.Check(err)
	defer in.Close()
	page, err := png.Decode(in)
	ts.Check(err)
	img := image.NewGray(page.Bounds().Sub(page.Bounds().Min))
	draw.Draw(img, img.Rect, page, page.Bounds().Min, draw.Src)
	for _, change := range args[2:] {
		what, value, _ := strings.Cut(change, "=")
		var n []int
		for _, v := range strings.Split(value, ",") {
			k, err := strconv.Atoi(v)
			ts.Check(err)
			n = append(n, k)
		}
		w, h := img.Rect.Dx(), img.Rect.Dy()
		switch {
		case what == "turn":
			for range n[0] / 90 {
				img = quarterTurn(img)
			}
		case what == "part" && len(n) == 4:
			part := img.SubImage(image.Rect(n[0]*w/100, n[1]*h/100, (n[0]+n[2])*w/100, (n[1]+n[3])*h/100))
			img = image.NewGray(part.Bounds().Sub(part.Bounds().Min))
			draw.Draw(img, img.Rect, part, part.Bounds().Min, draw.Src)
		case what == "size":
			small := image.NewGray(image.Rect(0, 0, w*n[0]/100, h*n[0]/100))
			xdraw.BiLinear.Scale(small, small.Rect, img, img.Rect, draw.Src, nil)
			img = small
		case what == "blur":
			for range 3 {
				img = quarterTurn(boxes(quarterTurn(boxes(img, n[0])), n[0]))
			}
		case what == "light":
			for i, v := range img.Pix {
				img.Pix[i] = uint8(int(v) * n[0] / 100)
			}
		default:
			ts.Fatalf("unknown change %q", change)
		}
	}
	out, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Check(jpeg.Encode(out, img, &jpeg.Options{Quality: 75}))
	ts.Check(out.Close())
}

func quarterTurn(g *image.Gray) *image.Gray {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	out := image.NewGray(image.Rect(0, 0, h, w))
	for y := range h {
		for x := range w {
			out.Pix[x*out.Stride+h-1-y] = g.Pix[y*g.Stride+x]
		}
	}
	return out
}

// boxes means each row over n pixels to either side.
func boxes(g *image.Gray, n int) *image.Gray {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	out := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		row := g.Pix[y*g.Stride:][:w]
		sum, from, to := 0, 0, 0
		for x := range w {
			for to < min(w, x+n+1) {
				sum += int(row[to])
				to++
			}
			for from < x-n {
				sum -= int(row[from])
				from++
			}
			out.Pix[y*out.Stride+x] = uint8(sum / (to - from))
		}
	}
	return out
}
