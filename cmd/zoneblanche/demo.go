package main

import (
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/internal/atomicfile"
	"github.com/zoneblanche/zoneblanche/internal/flatbed"
	"github.com/zoneblanche/zoneblanche/qr"
	"github.com/zoneblanche/zoneblanche/qr/picture"
	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
	"github.com/zoneblanche/zoneblanche/testdata/patients"
	"github.com/zoneblanche/zoneblanche/trust"
)

// demoAuthor is a professional's number of the range kept for tests.
const demoAuthor = "99970000008"

func newDemo(a *app) *cobra.Command {
	var o demoOptions
	cmd := verb("demo", helpDemo, exactly(0, sayNoArguments), func(cmd *cobra.Command, _ []string) error {
		if !o.chaos && (cmd.Flags().Changed("seed") || cmd.Flags().Changed("for")) {
			return &usageError{cmd: cmd, say: sayChaosMissing}
		}
		if o.chaos && o.handover {
			return &usageError{cmd: cmd, say: sayDemoOne}
		}
		d, err := a.newDemonstration(o.out)
		if err != nil {
			return err
		}
		return d.run(cmd.Context(), o)
	})
	flags := cmd.Flags()
	flags.StringVar(&o.out, "out", "", flagDemoOut)
	flags.BoolVar(&o.chaos, "chaos", false, flagDemoChaos)
	flags.BoolVar(&o.handover, "handover", false, flagDemoHandover)
	flags.Uint64Var(&o.seed, "seed", 0, flagDemoSeed)
	flags.DurationVar(&o.length, "for", 20*time.Second, flagDemoFor)
	return cmd
}

type demoOptions struct {
	out      string
	chaos    bool
	handover bool
	seed     uint64 // 0 draws one
	length   time.Duration
}

// demonstration is the whole trip. Each stage calls what its verb calls.
type demonstration struct {
	*app
	dir   string
	began time.Time
	trips []*trip
	line  timeline
}

// trip is one patient's way from summary to receipt.
type trip struct {
	name     string // of the file, without its extension
	summary  *record.Summary
	left     []record.LeftOut
	sheet    *sheet
	pdf      string
	pictures []string
	reading  reading
	entry    string
	printed  time.Time
	scanned  time.Time
	recorded time.Time
	item     record.Item
}

// newDemonstration makes the folder. One that is named must be new or empty, so
// that nothing of anybody's is overwritten.
func (a *app) newDemonstration(out string) (*demonstration, error) {
	d := &demonstration{app: a, dir: out, began: time.Now()}
	if out == "" {
		dir, err := os.MkdirTemp("", "zoneblanche-demo-")
		if err != nil {
			return nil, err
		}
		d.dir = dir
	} else if entries, err := os.ReadDir(out); err == nil && len(entries) > 0 {
		return nil, &plainError{say: fmt.Sprintf(sayDemoNotEmpty, out), next: nextDemoNotEmpty, code: exitUsage}
	}
	for _, sub := range []string{"sheets", "scans", "journal", "recipient", "trust"} {
		if err := os.MkdirAll(d.path(sub), 0o700); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func (d *demonstration) path(parts ...string) string {
	return filepath.Join(append([]string{d.dir}, parts...)...)
}

func (d *demonstration) run(ctx context.Context, o demoOptions) error {
	key, list, err := d.establish()
	if err != nil {
		return err
	}
	if err := d.load(); err != nil {
		return err
	}
	if o.handover {
		d.trips = d.trips[:handoverTrips]
	}
	d.head("1. Imprimer", "Chaque feuille porte les mots, un code d’urgence et les codes complets.")
	if err := d.each(ctx, func(ctx context.Context, t *trip) error { return d.printSheet(key, t) }); err != nil {
		return err
	}
	for _, t := range d.trips {
		d.printf("  %-28s %d codes, %d éléments\n", t.name, len(t.sheet.card.Symbols), t.sheet.carried.Entries())
	}
	d.head("2. Numériser et relire, sans réseau", "Les pages passent par un scanner simulé : de travers, bruitées, floues.")
	if err := d.each(ctx, func(ctx context.Context, t *trip) error { return d.scanSheet(ctx, list, t) }); err != nil {
		return err
	}
	if err := d.showReadings(); err != nil {
		return err
	}
	if o.handover {
		return d.runHandover(ctx)
	}
	d.head("3. Consulter et noter", "Chaque consultation est sur le disque avant d’être annoncée.")
	journal, err := store.Open(d.path("journal"), nil)
	if err != nil {
		return err
	}
	defer journal.Close()
	if err := d.record(ctx, journal); err != nil {
		return err
	}
	if o.chaos {
		if err := journal.Close(); err != nil { // the worker is another process
			return err
		}
		if o.seed == 0 {
			o.seed = rand.Uint64N(1_000_000) + 1
		}
		return d.runChaos(ctx, o.seed, o.length)
	}
	d.head("4. Envoyer", "La ligne tombe deux fois : une fois pendant l’envoi, une fois après que le destinataire a enregistré.")
	held, err := d.deliver(ctx, journal)
	if err != nil {
		return err
	}
	return d.conclude(held)
}

// establish creates the issuer and the trust list of the demonstration.
func (d *demonstration) establish() (*trust.IssuerKey, *trust.List, error) {
	issuer := record.Issuer{Name: "Cabinet médical de démonstration", Kind: "practice", RPPS: demoAuthor}
	key, err := createIssuer(d.path("issuer"), issuer, record.EdDSA, nil, d.began)
	if err != nil {
		return nil, nil, err
	}
	list, _, err := addToList(d.path("trust"), []record.TrustedKey{{Issuer: key.Issuer, Key: key.Key}}, nil, d.began)
	return key, list, err
}

// load reads the sample patients that the program carries.
func (d *demonstration) load() error {
	for _, name := range patients.Demonstration {
		f, err := patients.Files.Open(name)
		if err != nil {
			return err
		}
		s, left, err := fhir.ImportSummary(f)
		f.Close()
		if err != nil {
			return aboutFile(name, err)
		}
		left = append(left, s.ApplyAge(d.began)...)
		d.trips = append(d.trips, &trip{name: strings.TrimSuffix(name, ".json"), summary: s, left: left})
	}
	return nil
}

// each runs one stage for every patient, on every core.
func (d *demonstration) each(ctx context.Context, stage func(context.Context, *trip) error) error {
	var wg sync.WaitGroup
	room := make(chan struct{}, max(1, runtime.GOMAXPROCS(0)))
	errs := make([]error, len(d.trips))
	for i, t := range d.trips {
		wg.Go(func() {
			room <- struct{}{}
			defer func() { <-room }()
			if errs[i] = ctx.Err(); errs[i] == nil {
				errs[i] = stage(ctx, t)
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (d *demonstration) printSheet(key *trust.IssuerKey, t *trip) error {
	var err error
	t.sheet, err = makeSheet(t.summary, key, d.began, true)
	if err != nil {
		return aboutFile(t.name, err)
	}
	t.pdf = d.path("sheets", t.name+".pdf")
	t.printed = time.Now()
	return atomicfile.Write(t.pdf, t.sheet.pdf, 0o600)
}

// scanSheet turns the printed pages into pictures, and reads the pictures.
func (d *demonstration) scanSheet(ctx context.Context, keys qr.KeySource, t *trip) error {
	pages, err := picture.RenderPDF(ctx, t.sheet.pdf, dpi)
	if err != nil {
		return err
	}
	for i, page := range pages {
		path := d.path("scans", fmt.Sprintf("%s-%d.jpg", t.name, i+1))
		if err := writeJPEG(path, flatbed.Scan(page, uint64(i+1))); err != nil {
			return err
		}
		t.pictures = append(t.pictures, path)
	}
	var c collection
	if err := c.addPictures(ctx, t.pictures); err != nil {
		return err
	}
	readings := (qr.Reader{Keys: keys, Now: time.Now()}).Read(c.texts)
	// The identity's datamatrix stands beside the card's codes, and is not of it.
	readings = slices.DeleteFunc(readings, func(r qr.Reading) bool { return r.Kind == qr.KindUnknown })
	t.scanned = time.Now()
	if len(readings) != 1 {
		return fmt.Errorf("scan %s: %d readings from one sheet", t.name, len(readings))
	}
	t.reading = reading{Reading: readings[0], file: filepath.Base(t.pdf)}
	return nil
}

func writeJPEG(path string, img image.Image) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := jpeg.Encode(f, img, &jpeg.Options{Quality: 80}); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// showReadings shows one summary whole, and the first lines of the others.
func (d *demonstration) showReadings() error {
	for i, t := range d.trips {
		r := t.reading
		if !r.recordable() || !r.Complete {
			d.showReading(r)
			return &plainError{say: fmt.Sprintf(sayDemoUnread, t.name), next: nextDemoUnread, code: exitFailed}
		}
		if i == 0 {
			d.showReading(r)
			d.printf("  Les autres feuilles, en bref :\n\n")
			continue
		}
		d.printf("  %s\n    %s\n    %s : %s\n", d.bold(clean(r.Summary.Patient.Name())), r.Judgement.Sentence(),
			"Allergies", clean(allergiesInBrief(r.Summary)))
	}
	return nil
}

// allergiesInBrief says the allergies in one line; the three states differ.
func allergiesInBrief(s *record.Summary) string {
	switch s.Allergies.State() {
	case record.NoneKnown:
		return "aucune connue"
	case record.NoInformation:
		return strings.ToUpper(record.NotFilledIn)
	}
	var titles []string
	for _, a := range s.Allergies.Entries {
		titles = append(titles, a.Title())
	}
	return strings.Join(titles, ", ")
}

func (d *demonstration) record(ctx context.Context, journal *store.Journal) error {
	for _, t := range d.trips {
		c, err := consultationOf(t.reading, time.Now(), record.Author{RPPS: demoAuthor}, demoNote)
		if err != nil {
			return err
		}
		entry, _, err := recordConsultation(ctx, journal, c)
		if err != nil {
			return err
		}
		t.entry, t.recorded = entry, time.Now()
		d.printf("  %s  %s\n", entry, clean(t.reading.Summary.Patient.Name()))
	}
	return nil
}

func (d *demonstration) head(title, about string) {
	d.printf("\n%s\n%s\n\n", d.bold(title), about)
}
