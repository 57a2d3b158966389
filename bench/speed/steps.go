package main

import (
	"errors"

	"github.com/zoneblanche/zoneblanche/bench/peer"
	"github.com/zoneblanche/zoneblanche/bench/rig"
	"github.com/zoneblanche/zoneblanche/qr"
	"github.com/zoneblanche/zoneblanche/record"
)

var errUnread = errors.New("the card does not read back")

// stepsOf are what is timed of one summary: encoding and then decoding, each of
// our card, a health card and a certificate. All say what our card has room for.
func stepsOf(s *record.Summary) ([]func() error, error) {
	r, err := rig.New()
	if err != nil {
		return nil, err
	}
	r.SHC.Quick, r.HCERT.Quick = true, true
	card, err := qr.Encode(s, r.Options())
	if err != nil {
		return nil, err
	}
	texts := textsOf(card)
	carried, err := read(r, texts)
	if err != nil {
		return nil, err
	}
	content, err := peer.NewContent(carried)
	if err != nil {
		return nil, err
	}
	shc, err := r.SHC.Encode(content)
	if err != nil {
		return nil, err
	}
	hcert, err := r.HCERT.Encode(content)
	if err != nil {
		return nil, err
	}
	return []func() error{
		func() error { _, err := qr.Encode(s, r.Options()); return err },
		func() error { _, err := r.SHC.Encode(content); return err },
		func() error { _, err := r.HCERT.Encode(content); return err },
		func() error { _, err := read(r, texts); return err },
		func() error { _, err := peer.ReadSHC(shc.Texts, r.PeerKey); return err },
		func() error { _, err := peer.ReadHCERT(hcert.Texts, r.PeerKey); return err },
	}, nil
}

// textsOf are the texts that a reader gets when no code is lost.
func textsOf(card *qr.Card) []string {
	var out []string
	for _, s := range card.Symbols {
		if s.Role != qr.RoleParity {
			out = append(out, s.Text)
		}
	}
	return out
}

func read(r *rig.Rig, texts []string) (*record.Summary, error) {
	readings := r.Reader.Read(texts)
	if len(readings) != 1 || !readings[0].Complete || readings[0].Summary == nil {
		return nil, errUnread
	}
	return readings[0].Summary, nil
}
