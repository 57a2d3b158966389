package print

// The grid of the full symbols: two a row, and as many rows as the page holds,
// three at the usual size.
const (
	captionSize   = 11
	symbolColumns = 2
	cellWidth     = textWidth / symbolColumns
)

// codes prints the full symbols. They follow the words when a page that is not
// the first has room for all of them, or for some of them when they need not
// stand together, and have pages of their own otherwise.
func (c *composer) codes() {
	codes := c.sheet.Full
	if len(codes) == 0 {
		return
	}
	head := c.codesHead()
	h, _ := c.rowOf(codes)
	rows := 1
	if c.together {
		rows = (len(codes) + symbolColumns - 1) / symbolColumns
	}
	if len(c.pages) == 1 || headHeight(head)+float64(rows)*h > c.room() {
		c.newPage()
	}
	c.page().mark(codesTitle, c.y)
	c.put(marginSide, head)
	c.y += 1
	for first := 0; first < len(codes); first += symbolColumns {
		h, sizes := c.rowOf(codes[first:])
		if h > c.room() {
			c.newPage()
			c.put(marginSide, c.set.lines([]span{{text: codesContinued, bold: true, size: 12}}, textWidth))
			c.y += 1
		}
		for i, size := range sizes {
			c.code(first+i, size, marginSide+float64(i)*cellWidth, c.y)
		}
		c.y += h
	}
}

// codesHead is the title of the symbols and how to scan them.
func (c *composer) codesHead() []line {
	words := c.codesWords()
	words[0].size, words[1].size = 12, 11
	return c.set.lines(words, textWidth)
}

func (c *composer) codesWords() phrase {
	words := " " + codesHelp
	if c.sheet.Locked {
		words = " " + codesLocked
	}
	if n := len(c.sheet.Full); c.sheet.Enough > 0 && n > c.sheet.Enough {
		words += fr(" "+codesEnough, c.sheet.Enough, n)
	}
	return phrase{{text: fr(codesHeading), bold: true}, {text: words + "."}}
}

func headHeight(lines []line) float64 { return height(lines) + 1 }

// rowOf is the height of the next row of symbols and their sizes. A symbol is
// drawn a little smaller than asked, never below the size that cameras need,
// where that lets a page hold one row more.
func (c *composer) rowOf(codes []Code) (float64, []float64) {
	caption := captionSize * mmPerPoint * leading
	var sizes []float64
	h := 0.0
	for _, code := range codes[:min(symbolColumns, len(codes))] {
		size := code.size(fullSizeMin, 82, fullSize)
		most := (c.fullRoom()-headHeight(c.codesHead()))/3 - caption - 0.5
		modules := float64(len(code.Modules))
		if fit := most / (1 + 2*quietModules/modules); fit < size && fit >= fullSizeMin {
			size = fit
		}
		size = min(size, cellWidth/(1+2*quietModules/modules))
		sizes = append(sizes, size)
		h = max(h, size+2*code.quiet(size)+caption)
	}
	return h, sizes
}

// code draws the full symbol of index i in a cell: its caption above on one line,
// outside the quiet zone.
func (c *composer) code(i int, size, x, y float64) {
	code := c.sheet.Full[i]
	caption := captionOr(code, fr(codesFallback, i+1))
	l := c.set.lines([]span{{text: caption, bold: true, size: captionSize}}, cellWidth)
	if len(l) > 0 {
		c.page().line(x+(cellWidth-l[0].width)/2, y, l[0])
	}
	quiet := code.quiet(size)
	c.page().symbols = append(c.page().symbols, symbol{
		x + (cellWidth-size)/2, y + captionSize*mmPerPoint*leading + quiet, size, code.Modules,
	})
}
