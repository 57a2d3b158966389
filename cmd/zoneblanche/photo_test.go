package main

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
)

// photographPlace stands for where a telephone was when it took the photograph.
const photographPlace = "ZYXQLIEUSECRET"

// photograph is a small JPEG with what a telephone adds to one.
func photograph() []byte {
	img := image.NewGray(image.Rect(0, 0, 64, 48))
	for i := range img.Pix {
		img.SetGray(i%64, i/64, color.Gray{Y: uint8(i * 7)})
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		panic(err) // a picture in memory
	}
	text := "Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x00" + photographPlace
	out := append(bytes.Clone(b.Bytes()[:2]), 0xff, 0xe1, 0, byte(len(text)+2))
	return append(append(out, text...), b.Bytes()[2:]...)
}
