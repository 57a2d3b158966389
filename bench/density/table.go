package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
)

// The bars, and what is aimed at: how many times fewer bits our card takes.
const (
	barSHC, aimSHC     = 2.2, 3.0
	barHCERT, aimHCERT = 2.0, 2.7
)

func ratio(peer, ours int) float64 { return float64(peer) / float64(ours) }

// group is some rows together.
type group struct {
	name             string
	rows             []row
	bits, shc, hcert int
}

func groupOf(name string, rows []row) group {
	g := group{name: name, rows: rows}
	for _, r := range rows {
		g.bits += r.bits
		g.shc += r.shc
		g.hcert += r.hcert
	}
	return g
}

func familiesOf(rows []row) []group {
	var names []string
	by := map[string][]row{}
	for _, r := range rows {
		if by[r.family] == nil {
			names = append(names, r.family)
		}
		by[r.family] = append(by[r.family], r)
	}
	var out []group
	for _, name := range names {
		out = append(out, groupOf(name, by[name]))
	}
	return out
}

// figures are what is said of a column of ratios.
type figures struct {
	median, total, minimum float64
	worst                  string
	above                  int // files at the bar or above
}

func figuresOf(rows []row, peer func(row) int, bar float64) figures {
	var f figures
	var all []float64
	ours, theirs := 0, 0
	for _, r := range rows {
		x := ratio(peer(r), r.bits)
		if len(all) == 0 || x < f.minimum {
			f.minimum, f.worst = x, r.file
		}
		if x >= bar {
			f.above++
		}
		all = append(all, x)
		ours += r.bits
		theirs += peer(r)
	}
	if len(all) == 0 {
		return f
	}
	slices.Sort(all)
	f.median = (all[(len(all)-1)/2] + all[len(all)/2]) / 2
	f.total = ratio(theirs, ours)
	return f
}

// print writes three tables: by file, by family, and all together.
func print(w io.Writer, rows []row) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "file\tfamily\tentries\tcarried\tcodes\tbits\tSHC\tratio\tHCERT\tratio\tcompressed with")
	for _, r := range rows {
		fmt.Fprintf(t, "%s\t%s\t%3d\t%3d\t%2d+%d\t%6d\t%6d\t%.2f\t%6d\t%.2f\t%s\n", r.file, r.family, r.entries, r.carried,
			r.data, r.parity, r.bits, r.shc, ratio(r.shc, r.bits), r.hcert, ratio(r.hcert, r.bits), r.model)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(t, "\nfamily\tfiles\tbits\tSHC\tratio\tHCERT\tratio")
	for _, g := range familiesOf(rows) {
		fmt.Fprintf(t, "%s\t%2d\t%6d\t%6d\t%.2f\t%6d\t%.2f\n", g.name, len(g.rows), g.bits, g.shc, ratio(g.shc, g.bits), g.hcert, ratio(g.hcert, g.bits))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(t, "\nour bits go into those of\tmedian\ttotal\tminimum\tbar\taim\tfiles at the bar\tworst file")
	for _, c := range []struct {
		name     string
		peer     func(row) int
		bar, aim float64
	}{
		{"SMART Health Card", func(r row) int { return r.shc }, barSHC, aimSHC},
		{"HCERT", func(r row) int { return r.hcert }, barHCERT, aimHCERT},
		{"SMART Health Card, plain FHIR", func(r row) int { return r.shcPlain }, barSHC, aimSHC},
		{"HCERT, plain FHIR", func(r row) int { return r.hcertPlain }, barHCERT, aimHCERT},
	} {
		f := figuresOf(rows, c.peer, c.bar)
		fmt.Fprintf(t, "%s\t%.2f\t%.2f\t%.2f\t%.1f\t%.1f\t%d of %d\t%s\n", c.name, f.median, f.total, f.minimum, c.bar, c.aim, f.above, len(rows), f.worst)
	}
	return t.Flush()
}
