package scan

// Reed–Solomon over GF(256) with the polynomial and first root of QR codes. It is
// written here, and not taken from the library that reads the bit stream, because
// that one knows errors only: a codeword under a stain is an erasure, and costs half.

var gfExp, gfLog = func() (exp [510]uint8, log [256]int) {
	x := 1
	for i := range 255 {
		exp[i], exp[i+255] = uint8(x), uint8(x)
		log[x] = i
		if x <<= 1; x > 255 {
			x ^= 0x11d
		}
	}
	return exp, log
}()

func gfMul(a, b uint8) uint8 {
	if a == 0 || b == 0 {
		return 0
	}
	return gfExp[gfLog[a]+gfLog[b]]
}

func gfInv(a uint8) uint8 { return gfExp[255-gfLog[a]] }

// correct repairs a block in place. Its last ec codewords are check symbols,
// erased are positions whose values are not to be believed, and spare check symbols
// must be left over, which keeps chance from passing for a text. It returns the
// number of codewords that were changed without having been erased.
func correct(block []uint8, ec int, erased []int, spare int) (errors int, ok bool) {
	n := len(block)
	if len(erased) > ec-spare {
		return 0, false
	}
	syndromes := make([]uint8, ec)
	clean := true
	for i := range syndromes {
		var s uint8
		for _, c := range block {
			s = gfMul(s, gfExp[i]) ^ c
		}
		syndromes[i] = s
		clean = clean && s == 0
	}
	if clean {
		return 0, true
	}
	// Locator of the erasures, lowest power first, to begin Berlekamp–Massey with.
	locator := make([]uint8, 1, ec+1)
	locator[0] = 1
	for _, p := range erased {
		locator = mulLinear(locator, gfExp[n-1-p])
	}
	length := len(erased)
	previous := append([]uint8(nil), locator...)
	gap, last := 1, uint8(1)
	for i := len(erased); i < ec; i++ {
		var d uint8
		for j := 0; j < len(locator) && j <= i; j++ {
			d ^= gfMul(locator[j], syndromes[i-j])
		}
		if d == 0 {
			gap++
			continue
		}
		scale := gfMul(d, gfInv(last))
		next := append([]uint8(nil), locator...)
		for len(next) < len(previous)+gap {
			next = append(next, 0)
		}
		for j, c := range previous {
			next[j+gap] ^= gfMul(scale, c)
		}
		if 2*length <= i+len(erased) {
			length = i + 1 + len(erased) - length
			previous, last, gap = locator, d, 1
		} else {
			gap++
		}
		locator = next
	}
	for len(locator) > 1 && locator[len(locator)-1] == 0 {
		locator = locator[:len(locator)-1]
	}
	degree := len(locator) - 1
	errors = degree - len(erased)
	if errors < 0 || degree != length || 2*errors+len(erased) > ec-spare {
		return 0, false
	}
	// Evaluator: syndromes times locator, without the powers from ec on.
	evaluator := make([]uint8, ec)
	for i := range evaluator {
		for j := 0; j <= i && j < len(locator); j++ {
			evaluator[i] ^= gfMul(locator[j], syndromes[i-j])
		}
	}
	fixed := append([]uint8(nil), block...)
	roots := 0
	for p := range n {
		power := n - 1 - p
		inverse := gfExp[(255-power)%255]
		if evaluate(locator, inverse) != 0 {
			continue
		}
		roots++
		// Formal derivative: odd powers only.
		var slope, x uint8 = 0, 1
		square := gfMul(inverse, inverse)
		for j := 1; j < len(locator); j += 2 {
			slope ^= gfMul(locator[j], x)
			x = gfMul(x, square)
		}
		if slope == 0 {
			return 0, false
		}
		// Roots begin at α⁰, which leaves one factor of the position.
		fixed[p] ^= gfMul(gfExp[power], gfMul(evaluate(evaluator, inverse), gfInv(slope)))
	}
	if roots != degree {
		return 0, false
	}
	for i := range syndromes {
		var s uint8
		for _, c := range fixed {
			s = gfMul(s, gfExp[i]) ^ c
		}
		if s != 0 {
			return 0, false
		}
	}
	copy(block, fixed)
	return errors, true
}

// mulLinear multiplies a polynomial by (1 + root·x).
func mulLinear(p []uint8, root uint8) []uint8 {
	p = append(p, 0)
	for i := len(p) - 1; i > 0; i-- {
		p[i] ^= gfMul(p[i-1], root)
	}
	return p
}

func evaluate(p []uint8, x uint8) uint8 {
	var s uint8
	for i := len(p) - 1; i >= 0; i-- {
		s = gfMul(s, x) ^ p[i]
	}
	return s
}
