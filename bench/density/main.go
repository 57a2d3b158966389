// Command density measures how many QR bits our card takes against a SMART Health
// Card and an HCERT of the same content, on public patient summaries.
//
//	go run ./density -ips FOLDER
//
// What our card carries is read back from it, after it left out what its symbols
// do not hold, and the peers encode just that. No file is measured with what was
// learnt from it or from a file of its family. doc/density.md says more.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/zoneblanche/zoneblanche/bench/corpus"
	"github.com/zoneblanche/zoneblanche/bench/rig"
)

func main() {
	folder := flag.String("ips", "../../shared/ips", "folder of FHIR IPS Bundles")
	source := flag.String("source", "../qr/dictionary/source", "folder of the texts written for the dictionary")
	flag.Parse()
	if err := run(*folder, *source, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "density:", err)
		os.Exit(1)
	}
}

// copied is the part of a file that another family may hold before it is said.
const copied = 0.3

func run(folder, source string, out io.Writer) error {
	files, public, err := corpus.Load(folder)
	if err != nil {
		return err
	}
	if !public {
		fmt.Fprintf(out, "There are no public summaries in %s: measured on the project's own invented patients, which say\n"+
			"nothing about other people's data. Give the folder with -ips.\n\n", folder)
	}
	r, err := rig.New()
	if err != nil {
		return err
	}
	var rows []row
	for _, family := range corpus.Families(files) {
		m, err := trainWithout(files, family, source)
		if err != nil {
			return err
		}
		for _, f := range files {
			if f.Family != family {
				continue
			}
			measured, err := measure(r, f, m)
			if err != nil {
				return err
			}
			rows = append(rows, measured)
		}
	}
	if err := print(out, rows); err != nil {
		return err
	}
	for _, o := range corpus.Overlaps(files, copied) {
		fmt.Fprintf(out, "Warning: %s and %s are of different families, and %.0f %% of the smaller one's text is in the other.\n", o.A, o.B, 100*o.Share)
	}
	return nil
}
