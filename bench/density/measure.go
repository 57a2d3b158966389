package main

import (
	"errors"
	"fmt"

	"github.com/zoneblanche/zoneblanche/bench/corpus"
	"github.com/zoneblanche/zoneblanche/bench/peer"
	"github.com/zoneblanche/zoneblanche/bench/rig"
	"github.com/zoneblanche/zoneblanche/qr"
	"github.com/zoneblanche/zoneblanche/record"
)

// row is what was measured of one file. Bits are QR data bits, of our card without
// its parity symbols.
type row struct {
	file, family     string
	entries, carried int
	bits, shc, hcert int
	// shcPlain and hcertPlain are the peers' bits for FHIR that nobody slimmed.
	shcPlain, hcertPlain int
	data, parity         int // our symbols: emergency and full, parity
	model                string
}

var errUnread = errors.New("the card does not read back")

// measure makes the card of a summary, reads it, and has both peers say what it
// says.
func measure(r *rig.Rig, f corpus.File, m model) (row, error) {
	options := r.Options()
	options.Trial = m.learned
	card, err := qr.Encode(f.Summary, options)
	if err != nil {
		return row{}, fmt.Errorf("%s: %w", f.Name, err)
	}
	out := row{file: f.Name, family: f.Family, entries: f.Entries, bits: card.Bits, model: m.name}
	var texts []string
	for _, s := range card.Symbols {
		texts = append(texts, s.Text)
		if s.Role == qr.RoleParity {
			out.parity++
		} else {
			out.data++
		}
	}
	reader := r.Reader
	reader.Trial = m.learned
	readings := reader.Read(texts)
	if len(readings) != 1 || !readings[0].Complete || readings[0].Summary == nil {
		return row{}, fmt.Errorf("%s: %w", f.Name, errUnread)
	}
	carried := readings[0].Summary
	out.carried = carried.Entries()
	for _, p := range []struct {
		content    func(*record.Summary) (*peer.Content, error)
		shc, hcert *int
	}{{peer.NewContent, &out.shc, &out.hcert}, {peer.NewPlainContent, &out.shcPlain, &out.hcertPlain}} {
		if *p.shc, *p.hcert, err = peers(r, carried, p.content); err != nil {
			return row{}, fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	return out, nil
}

// peers has both peers encode s, and returns their bits.
func peers(r *rig.Rig, s *record.Summary, write func(*record.Summary) (*peer.Content, error)) (shc, hcert int, err error) {
	content, err := write(s)
	if err != nil {
		return 0, 0, err
	}
	card, err := r.SHC.Encode(content)
	if err != nil {
		return 0, 0, err
	}
	certificate, err := r.HCERT.Encode(content)
	return card.Bits, certificate.Bits, err
}
