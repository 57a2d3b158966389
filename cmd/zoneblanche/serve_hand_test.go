package main

import (
	"time"
	"unicode/utf8"

	"github.com/zoneblanche/zoneblanche/internal/browser"
)

// The pace of an ordinary user by the Keystroke-Level Model (Card, Moran and Newell,
// Communications of the ACM 23(7), 1980, figure 1): a key of a typist of 40 words a
// minute, pointing, pressing and releasing a button, moving a hand between mouse and
// keyboard, making up one's mind.
const (
	keyPace   = 280 * time.Millisecond
	pointPace = 1100 * time.Millisecond
	pressPace = 200 * time.Millisecond
	homePace  = 400 * time.Millisecond
	mindPace  = 1350 * time.Millisecond
)

// hand does what a person does on a page, and counts it.
type hand struct {
	p            *browser.Page
	clicks, keys int
	typing       bool // the hand is on the keyboard
	took         time.Duration
	machine      time.Duration // that the pages took to answer
}

func (h *hand) home(typing bool) {
	if h.typing != typing {
		h.took += homePace
	}
	h.typing = typing
}

// click makes up one's mind, points and clicks.
func (h *hand) click(selector string) { h.act(selector, h.p.Click) }

// follow is click for what leads to another page.
func (h *hand) follow(selector string) { h.act(selector, h.p.Follow) }

func (h *hand) act(selector string, click func(string)) {
	h.home(false)
	h.clicks++
	h.took += mindPace + pointPace + pressPace
	began := time.Now()
	click(selector)
	h.machine += time.Since(began)
}

// types makes up one's mind and types into the field that has the focus.
func (h *hand) types(text string) {
	h.home(true)
	n := utf8.RuneCountInString(text)
	h.keys += n
	h.took += mindPace + time.Duration(n)*keyPace
	h.p.Insert(text)
}
