// Command train builds the dictionary of the card format from its sources.
//
//	go run ./train -ips FOLDER -o ../qr/dictionary/1.bin
//
// The dictionary of a released version never changes; this command shows where it
// came from. It prints the length and SHA-256 of what it built.
package main

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"os"

	"github.com/zoneblanche/zoneblanche/bench/corpus"
	"github.com/zoneblanche/zoneblanche/bench/training"
)

func main() {
	ips := flag.String("ips", "../../shared/ips", "folder of FHIR IPS Bundles")
	source := flag.String("source", "../qr/dictionary/source", "folder of the texts written for the dictionary")
	out := flag.String("o", "", "file to write; none: print the figures only")
	flag.Parse()
	if err := run(*ips, *source, *out); err != nil {
		fmt.Fprintln(os.Stderr, "train:", err)
		os.Exit(1)
	}
}

func run(ips, source, out string) error {
	files, public, err := corpus.Load(ips)
	if err != nil {
		return err
	}
	if !public {
		return fmt.Errorf("there are no public summaries in %s: give their folder with -ips", ips)
	}
	d, err := training.Dictionary(os.DirFS(source), corpus.Without(files, ""))
	if err != nil {
		return err
	}
	fmt.Printf("%d bytes, SHA-256 %x\n", len(d), sha256.Sum256(d))
	if out == "" {
		return nil
	}
	return os.WriteFile(out, d, 0o644)
}
