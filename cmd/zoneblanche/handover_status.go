package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/zoneblanche/zoneblanche/handover"
	"github.com/zoneblanche/zoneblanche/store"
	"github.com/zoneblanche/zoneblanche/trust"
)

func (a *app) handoverStatus(cmd *cobra.Command) error {
	journal, err := a.openJournal(true)
	if err != nil {
		return err
	}
	defer a.closeJournal(journal)
	all, err := handover.Status(cmd.Context(), journal, time.Now())
	if err != nil {
		return err
	}
	for _, h := range all {
		if a.asJSON {
			if err := a.json(h); err != nil {
				return err
			}
			continue
		}
		a.printf("%s  %s  %s (%s)\n", h.Entry, stateInFrench(h.State), safetyInFrench(h.Safety), frenchLeft(time.Until(h.Deadline)))
		if h.Origin != nil {
			a.printf(sayHoldingFrom, clean(h.Origin.Name), frenchTime(h.Origin.TakenAt))
		} else {
			a.printf("%s", sayHoldingHere)
		}
		for _, p := range h.Holders {
			a.printf("  %s\n", holderInFrench(p))
		}
	}
	if len(all) == 0 && !a.asJSON {
		a.notef("%s\n", sayNothingOwed)
	}
	return nil
}

// peerResult is one line of handover list --json.
type peerResult struct {
	Peer      string     `json:"peer"`
	Name      string     `json:"name"`
	Holder    bool       `json:"holder"` // takes this journal's entries
	Relay     bool       `json:"relay"`  // delivers without being able to read
	Address   string     `json:"address,omitempty"`
	Words     string     `json:"words"`
	PairedAt  time.Time  `json:"paired_at"`
	Confirmed *time.Time `json:"confirmed_at"`
	Revoked   *time.Time `json:"revoked_at"`
}

func resultOfPeer(p store.Peer) peerResult {
	return peerResult{p.ID, p.Name, p.Holder, p.Relay(), p.Address, trust.Words(p.Fingerprint), p.PairedAt.UTC(), instant(p.ConfirmedAt), instant(p.RevokedAt)}
}

func (a *app) handoverList(cmd *cobra.Command) error {
	journal, err := a.openJournal(true)
	if err != nil {
		return err
	}
	defer a.closeJournal(journal)
	peers, err := journal.Peers(cmd.Context())
	if err != nil {
		return err
	}
	for _, p := range peers {
		r := resultOfPeer(p)
		if a.asJSON {
			if err := a.json(r); err != nil {
				return err
			}
			continue
		}
		a.printf("%s  %s  %s\n", r.Peer[:8], clean(r.Name), peerInFrench(r))
	}
	if len(peers) == 0 && !a.asJSON {
		a.notef("%s\n", sayNoPeers)
	}
	return nil
}

func (a *app) handoverRevoke(cmd *cobra.Command, what string) error {
	journal, err := a.openJournal(false)
	if err != nil {
		return err
	}
	defer a.closeJournal(journal)
	p, err := findPeer(cmd, journal, what)
	if err != nil {
		return err
	}
	if err := journal.RevokePeer(cmd.Context(), p.ID); err != nil {
		return err
	}
	if a.asJSON {
		p.RevokedAt = time.Now()
		return a.json(resultOfPeer(p))
	}
	a.printf(sayRevokedPeer, clean(p.Name))
	return nil
}
