// Command reading measures how many symbols are read, and how fast, by our ladder
// and by three other readers on the same pictures in the same run.
//
//	go run ./reading -scans FOLDER
//
// It needs zbarimg (Debian's zbar-tools), Node and npm; a peer that is not there is
// said and left out. doc/reading.md explains the tables.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// options are the command's.
type options struct {
	scans    string
	folder   string // of this command, for its npm package
	frames   int
	timed    int
	peerOf   int
	seed     uint64
	strength float64
	least    float64
	peers    bool
	missed   string
	kinds    string
	large    bool
}

func main() {
	var o options
	flag.StringVar(&o.scans, "scans", "../../shared/scans", "folder of pictures with manifest.tsv, and of real/ with another")
	flag.StringVar(&o.folder, "peers-in", "reading", "folder of package.json")
	flag.IntVar(&o.frames, "frames", 2100, "generated frames of the recommended layout")
	flag.IntVar(&o.peerOf, "peer-of", 7, "the peers read one in so many of the generated frames")
	flag.IntVar(&o.timed, "timed", 300, "generated frames that are timed; 0 for none")
	flag.Uint64Var(&o.seed, "seed", heldOut, "first seed; those below a million are for tuning")
	flag.Float64Var(&o.strength, "strength", 1, "of the degradations")
	flag.Float64Var(&o.least, "least", 4.5, "pixels a module of the generated frames, to twice as many")
	flag.StringVar(&o.kinds, "kinds", "", "degradations of the generated frames, by comma; all when empty")
	flag.BoolVar(&o.peers, "peers", true, "run the other readers")
	flag.StringVar(&o.missed, "missed", "", "folder to write what the ladder missed to, as PNG")
	flag.BoolVar(&o.large, "large", true, "measure pictures of 48 Mpx")
	large := flag.String("read-one", "", "read one file and print time and memory; the command calls itself so")
	flag.Parse()
	var err error
	if *large != "" {
		err = readOne(*large, os.Stdout)
	} else {
		err = run(context.Background(), o, os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "reading:", err)
		os.Exit(1)
	}
}

// patience is how long a reader may take for one picture.
const patience = 20 * time.Second

func run(ctx context.Context, o options, out io.Writer) error {
	tmp, err := os.MkdirTemp("", "reading")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	readers, err := start(o, out)
	if err != nil {
		return err
	}
	defer func() {
		for _, r := range readers {
			r.close()
		}
	}()
	b := &bench{readers: readers, path: filepath.Join(tmp, "picture.pgm"), out: out, missed: o.missed}
	for _, set := range []struct{ title, folder string }{
		{"Simulated pages", o.scans}, {"Photographs", filepath.Join(o.scans, "real")},
	} {
		if o.scans == "" {
			continue
		}
		samples, err := loadSet(set.folder)
		if err != nil {
			fmt.Fprintf(out, "%s: not measured, %v\n\n", set.title, err)
			continue
		}
		if err := b.measure(ctx, set.title, samples, 1); err != nil {
			return err
		}
	}
	if o.frames > 0 {
		samples := recommended(o)
		title := fmt.Sprintf("Generated 720p frames of the recommended layout, %.3g pixels a module and more", o.least)
		if err := b.measure(ctx, title, samples, o.peerOf); err != nil {
			return err
		}
	}
	b.printStages()
	if o.timed > 0 {
		if err := b.latency(ctx, o); err != nil {
			return err
		}
	}
	if o.large {
		return largePictures(out)
	}
	return nil
}

// start makes the readers that the machine has, ours first.
func start(o options, out io.Writer) ([]reader, error) {
	readers := []reader{ours{}}
	if !o.peers {
		return readers, nil
	}
	readers = append(readers, library{})
	if _, err := exec.LookPath("zbarimg"); err == nil {
		readers = append(readers, zbar{})
		fmt.Fprintln(out, "zbar", version("zbarimg", "--version"))
	} else {
		fmt.Fprintln(out, "zbar is not measured: zbarimg is not here (Debian: zbar-tools)")
	}
	w, err := startWASM(o.folder)
	if err != nil {
		fmt.Fprintln(out, "zxing-wasm is not measured:", err)
	} else {
		readers = append(readers, w)
		fmt.Fprintln(out, "zxing-wasm", packageVersion(o.folder), "under Node", version("node", "--version"))
	}
	fmt.Fprintln(out)
	return readers, nil
}
