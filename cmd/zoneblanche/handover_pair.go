package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/handover"
	"github.com/zoneblanche/zoneblanche/internal/atomicfile"
	"github.com/zoneblanche/zoneblanche/qr"
	"github.com/zoneblanche/zoneblanche/store"
	"github.com/zoneblanche/zoneblanche/trust"
)

type pairOptions struct {
	name, address string
	scan          string
	confirm       string
	relay         string
	out           string
}

func newHandoverPair(a *app) *cobra.Command {
	var o pairOptions
	pair := verb("pair", helpHandoverPair, exactly(0, sayNoArguments), func(cmd *cobra.Command, _ []string) error {
		if err := o.prepare(cmd); err != nil {
			return err
		}
		return a.besideFolder("output", func(cmd *cobra.Command, _ []string) error { return a.handoverPair(cmd, o) })(cmd, nil)
	})
	pair.Aliases = []string{"offer"}
	flags := pair.Flags()
	flags.StringVar(&o.name, "name", "", flagPairName)
	flags.StringVar(&o.address, "address", "", flagPairAddress)
	flags.StringVar(&o.scan, "scan", "", flagPairScan)
	flags.StringVar(&o.confirm, "confirm", "", flagPairConfirm)
	flags.StringVar(&o.relay, "relay", "", flagPairRelay)
	flags.StringVarP(&o.out, "output", "o", "", flagPairOut)
	a.jsonFlag(flags)
	return pair
}

// prepare reads the code that is to be scanned, here, where the file is.
func (o *pairOptions) prepare(cmd *cobra.Command) error {
	if o.scan != "" && o.confirm != "" {
		return &usageError{cmd: cmd, say: sayPairOne}
	}
	if o.relay != "" {
		if o.scan == "" {
			return &usageError{cmd: cmd, say: sayPairRelayScan}
		}
		if err := readRelay(cmd, o.relay); err != nil {
			return err
		}
	}
	if o.scan == "" || strings.HasPrefix(o.scan, handover.PairingPrefix) {
		return nil
	}
	text, err := readBounded(o.scan, 4<<10)
	if err == nil && bytes.HasPrefix(text, []byte(handover.PairingPrefix)) {
		return cmd.Flags().Set("scan", strings.TrimRight(string(text), "\r\n"))
	}
	symbols, _, err := readPicture(cmd.Context(), o.scan)
	for _, s := range symbols {
		if strings.HasPrefix(s.Text, handover.PairingPrefix) {
			return cmd.Flags().Set("scan", s.Text)
		}
	}
	if err != nil {
		return err
	}
	return &plainError{say: sayPairNoCode, next: nextPairNoCode, code: exitFailed}
}

// readRelay replaces an address or a file by the recipient's keys themselves.
func readRelay(cmd *cobra.Command, from string) error {
	text, err := readBounded(from, 4<<10)
	if strings.HasPrefix(from, "http://") || strings.HasPrefix(from, "https://") {
		var client *fhir.Client
		if client, err = fhir.NewClient(from, fhir.ClientOptions{}); err != nil {
			return err
		}
		keys, err := client.SealingKeysOf(cmd.Context())
		if err != nil {
			return &plainError{say: sayNoSealingKeys, next: nextNoSealingKeys, code: exitFailed}
		}
		if text, err = json.Marshal(keys); err != nil {
			return err
		}
	} else if err != nil {
		return aboutFile(from, err)
	}
	return cmd.Flags().Set("relay", string(text))
}

// pairResult is what handover pair --json tells. Text is to be shown to the other
// side: an offer, or the answer to one.
type pairResult struct {
	Text  string     `json:"text,omitempty"`
	Until *time.Time `json:"until,omitempty"` // of an offer
	Peer  string     `json:"peer,omitempty"`
	Name  string     `json:"name,omitempty"`
	Words string     `json:"words,omitempty"`
	// Answered says that the other side has the answer already.
	Answered  bool `json:"answered"`
	Confirmed bool `json:"confirmed"`
	// Recipient are the words of the recipient's keys, for a relay.
	Recipient string `json:"recipient,omitempty"`
}

func (a *app) handoverPair(cmd *cobra.Command, o pairOptions) error {
	journal, err := a.openOrMake()
	if err != nil {
		return err
	}
	defer a.closeJournal(journal)
	if o.name == "" {
		if o.name, err = os.Hostname(); err != nil {
			o.name = sayPairNameless
		}
	}
	var r pairResult
	switch {
	case o.confirm != "":
		r, err = a.pairConfirm(cmd, journal, o.confirm)
	case o.scan != "":
		r, err = a.pairScanned(cmd, journal, o)
	default:
		until := time.Now().Add(handover.OfferFor).UTC().Truncate(time.Second)
		r.Until = &until
		r.Text, err = handover.Offer(cmd.Context(), journal, o.name, o.address, time.Now())
	}
	if err != nil {
		return err
	}
	return a.showPair(r, o.out)
}

// openOrMake opens the journal, and makes it where there is none: a practice PC may be
// paired before anything is recorded on it.
func (a *app) openOrMake() (*store.Journal, error) {
	if a.held != nil {
		return a.held, nil
	}
	data, err := a.folder()
	if err != nil {
		return nil, err
	}
	o := a.storeOptions()
	return store.Open(data, &o)
}

func (a *app) pairScanned(cmd *cobra.Command, journal *store.Journal, o pairOptions) (r pairResult, err error) {
	offer, err := handover.IsOffer(o.scan)
	if err != nil {
		return r, err
	}
	var peer store.Peer
	if offer {
		var relay *fhir.SealingKeys
		if o.relay != "" {
			relay = &fhir.SealingKeys{}
			if json.Unmarshal([]byte(o.relay), relay) != nil {
				relay = &fhir.SealingKeys{} // which is no key, and is refused as such
			}
			sum := sha256.Sum256(append(append([]byte(nil), relay.Seal...), relay.Sign...))
			r.Recipient = trust.Words(sum[:])
		}
		if peer, r.Text, err = handover.Accept(cmd.Context(), journal, o.scan, o.name, relay); err == nil && peer.Address != "" {
			// Where nobody answers there, the other side reads the answer.
			r.Answered = handover.SendAnswer(cmd.Context(), journal, peer, r.Text) == nil
		}
	} else {
		r.Answered = true
		peer, err = handover.Answered(cmd.Context(), journal, o.scan)
	}
	r.Peer, r.Name, r.Words = peer.ID, peer.Name, trust.Words(peer.Fingerprint)
	return r, err
}

func (a *app) pairConfirm(cmd *cobra.Command, journal *store.Journal, words string) (pairResult, error) {
	peer, err := handover.Confirm(cmd.Context(), journal, func(fingerprint []byte) bool { return trust.SameWords(words, fingerprint) })
	return pairResult{Peer: peer.ID, Name: peer.Name, Answered: true, Confirmed: true}, err
}

func (a *app) showPair(r pairResult, out string) error {
	var modules [][]bool
	if r.Text != "" && !r.Answered {
		symbol, err := qr.NewSymbol(r.Text)
		if err != nil {
			return err
		}
		if modules, err = symbol.Modules(); err != nil {
			return err
		}
		if out != "" {
			if err := writeSymbol(out, modules); err != nil {
				return aboutFile(out, err)
			}
		}
	}
	if a.asJSON {
		return a.json(r)
	}
	switch {
	case r.Confirmed:
		a.printf(sayPaired, clean(r.Name))
		return nil
	case r.Until != nil:
		a.printf("%s\n%s\n\n", blocks(modules), r.Text)
		a.printf(sayPairOffer, frenchTime(*r.Until))
		return nil
	case modules != nil:
		a.printf("%s\n%s\n\n%s\n", blocks(modules), r.Text, sayPairAnswer)
	}
	if r.Recipient != "" {
		a.printf(sayPairRelay, r.Recipient)
	}
	a.printf(sayPairWords, clean(r.Name), a.bold(r.Words))
	return nil
}

// quiet is the margin of a symbol, in modules.
const quiet = 4

// dark reports whether a module is dark; there is nothing outside of the symbol.
func dark(modules [][]bool, x, y int) bool {
	return y >= 0 && y < len(modules) && x >= 0 && x < len(modules) && modules[y][x]
}

// blocks draws a symbol with characters, two modules in each: light where the terminal
// writes, so that the margin is light on the usual dark ground. Readers take it either
// way round.
func blocks(modules [][]bool) string {
	var b strings.Builder
	for y := -quiet; y < len(modules)+quiet; y += 2 {
		for x := -quiet; x < len(modules)+quiet; x++ {
			switch up, down := dark(modules, x, y), dark(modules, x, y+1); {
			case up && down:
				b.WriteRune(' ')
			case up:
				b.WriteRune('▄')
			case down:
				b.WriteRune('▀')
			default:
				b.WriteRune('█')
			}
		}
		b.WriteRune('\n')
	}
	return b.String()
}

// writeSymbol writes a symbol as a PNG picture.
func writeSymbol(path string, modules [][]bool) error {
	const scale = 8
	side := (len(modules) + 2*quiet) * scale
	img := image.NewGray(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			if !dark(modules, x/scale-quiet, y/scale-quiet) {
				img.SetGray(x, y, color.Gray{Y: 0xff})
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return err
	}
	return atomicfile.Write(path, b.Bytes(), 0o600)
}
