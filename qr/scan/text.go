package scan

import (
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
)

// read turns the signals of a symbol into its text.
func (s *signals) read(l *layout, formats int) (string, bool) {
	for _, f := range s.formats(formats) {
		words, sure := s.codewords(l, f.mask)
		bs, ok := blocks(l, f.level, words, sure)
		if !ok {
			continue
		}
		bytes, ok := data(bs)
		if !ok {
			continue
		}
		if text, ok := parse(bytes, l, f.level); ok {
			return text, true
		}
	}
	return "", false
}

// parse reads the bit stream. The library below was written for trusted input.
func parse(bytes []byte, l *layout, level decoder.ErrorCorrectionLevel) (text string, ok bool) {
	defer func() {
		if recover() != nil {
			text, ok = "", false
		}
	}()
	r, err := decoder.DecodedBitStreamParser_Decode(bytes, l.tables, level, parseHints)
	if err != nil || r.GetText() == "" {
		return "", false
	}
	return r.GetText(), true
}

var parseHints map[gozxing.DecodeHintType]interface{}
