package peer

// This file counts the data bits of QR codes (ISO/IEC 18004, 7.4): mode
// indicators, character counts and characters; neither error correction nor
// padding.

// mode is one way of writing characters in a QR code.
type mode struct {
	count [3]int // bits of the character count up to version 9, 26, 40
	bits  func(chars int) int
}

var (
	numeric = mode{[3]int{10, 12, 14}, func(n int) int { return n/3*10 + [3]int{0, 4, 7}[n%3] }}
	alnum   = mode{[3]int{9, 11, 13}, func(n int) int { return n/2*11 + n%2*6 }}
	bytes8  = mode{[3]int{8, 16, 16}, func(n int) int { return n * 8 }}
)

// capacity is what versions 9, 26 and 40 hold in bits at level L.
var capacity = [3]int{1856, 10960, 23648}

// run is some characters in one mode.
type run struct {
	mode  mode
	chars int
}

// codeBits is what a code of those runs takes, in the smallest version that holds
// it at level L, which is the kindest: the smaller the version, the shorter the
// counts. It is 0 where no version does.
func codeBits(runs ...run) int {
	for size, limit := range capacity {
		total := 0
		for _, r := range runs {
			total += 4 + r.mode.count[size] + r.mode.bits(r.chars)
		}
		if total <= limit {
			return total
		}
	}
	return 0
}
