package browser

import (
	_ "embed" // tests run wherever the package is
	"strings"
)

//go:embed testdata/axe/axe.min.js
var axe string

// axeRun asks for the rules that pages are held to: WCAG 2.2, levels A and AA, and what
// axe calls best practice.
const axeRun = `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then(
	(r) => r.violations.flatMap((v) => v.nodes.map((n) => v.id + ": " + n.target.join(" ") + " " + n.html.slice(0, 160) + " " + n.failureSummary.slice(0, 400))))`

// Axe returns what axe-core finds wrong with the page.
func (p *Page) Axe() (violations []string) {
	p.t.Helper()
	var there bool
	if p.Eval("!!window.axe", &there); !there {
		p.Eval(axe+";0", nil)
	}
	p.Eval(axeRun, &violations)
	return violations
}

// Dark asks for the dark colours, or the light ones.
func (p *Page) Dark(dark bool) {
	p.t.Helper()
	value := "light"
	if dark {
		value = "dark"
	}
	p.Call("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": value}}}, nil)
}

// Scripts switches JavaScript on or off for the pages that come.
func (p *Page) Scripts(on bool) {
	p.t.Helper()
	p.Call("Emulation.setScriptExecutionDisabled", map[string]any{"value": !on}, nil)
}

// Overflow returns how many pixels the page is wider than the screen.
func (p *Page) Overflow() (pixels int) {
	p.t.Helper()
	p.Eval("document.documentElement.scrollWidth - document.documentElement.clientWidth", &pixels)
	return pixels
}

// small lists the targets that are smaller than a fingertip, 44 px in both
// directions; words within a sentence are excepted, as in WCAG 2.5.5, and so is what
// a label of that size wraps.
const small = `[...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, label.check")].filter((e) => {
	const b = e.getBoundingClientRect();
	if (!b.width || e.classList.contains("skip") || e.matches(".check input")) return false;
	if (e.matches("p a:not(.button), li a:not(.button)")) return false;
	return b.height < 43.5 || b.width < 43.5;
}).map((e) => e.outerHTML.slice(0, 120))`

// tiny lists text set smaller than 18 px.
const tiny = `[...document.querySelectorAll("body *")].filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) &&
	e.getBoundingClientRect().height > 0 && parseFloat(getComputedStyle(e).fontSize) < 17.9).map((e) => e.outerHTML.slice(0, 120))`

// Sizes returns the targets and the texts that are too small.
func (p *Page) Sizes() (all []string) {
	p.t.Helper()
	var targets, texts []string
	p.Eval(small, &targets)
	p.Eval(tiny, &texts)
	for _, s := range targets {
		all = append(all, "a target under 44 px: "+s)
	}
	for _, s := range texts {
		all = append(all, "text under 18 px: "+strings.Join(strings.Fields(s), " "))
	}
	return all
}
