package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/trust"
)

type revokeOptions struct {
	keeper
	key, card   string
	compromised bool
	at          string
}

func newRevoke(a *app) *cobra.Command {
	var o revokeOptions
	cmd := verb("revoke --key CLÉ | --card CARTE", helpRevoke, exactly(0, sayNoArguments), func(cmd *cobra.Command, _ []string) error {
		return a.revoke(cmd, &o)
	})
	flags := cmd.Flags()
	flags.StringVar(&o.key, "key", "", flagRevokeKey)
	flags.StringVar(&o.card, "card", "", flagRevokeCard)
	flags.BoolVar(&o.compromised, "compromised", false, flagCompromised)
	flags.StringVar(&o.at, "at", "", flagRevokeAt)
	o.flags(flags)
	a.jsonFlag(flags)
	return cmd
}

// revokeResult is what revoke --json tells. Changed is false when the list said so
// already.
type revokeResult struct {
	listFacts
	Key         string    `json:"key,omitempty"`
	Card        string    `json:"card,omitempty"`
	RevokedAt   time.Time `json:"revoked_at"`
	Compromised bool      `json:"compromised"`
	Changed     bool      `json:"changed"`
}

// errUnchanged keeps a list that says all of it already from being signed anew.
var errUnchanged = errors.New("the list says so already")

func (a *app) revoke(cmd *cobra.Command, o *revokeOptions) error {
	if (o.key == "") == (o.card == "") {
		return &usageError{cmd: cmd, say: sayKeyOrCard}
	}
	if o.card != "" && o.compromised {
		return &usageError{cmd: cmd, say: sayCardCompromised}
	}
	id, err := readID(cmd, o.key+o.card)
	if err != nil {
		return err
	}
	now := time.Now()
	at, err := readDate(cmd, o.at, now)
	if err != nil {
		return err
	}
	if at.After(now) {
		return &usageError{cmd: cmd, say: sayRevokeLater}
	}
	return a.keep(&o.keeper, func(f *trust.Folder, passphrase []byte) error {
		list, err := f.Current()
		if err != nil {
			return err
		}
		signed, err := f.Change(passphrase, now, func(l *trust.List) error {
			if o.card != "" {
				return revokeCard(l, id, at)
			}
			return revokeKey(l, id, at, o.compromised)
		})
		if err != nil && !errors.Is(err, errUnchanged) {
			return err
		}
		changed := err == nil
		if changed {
			list = signed
		}
		return a.showRevoked(list, f.Path(trust.ListFile), id, o.card != "", changed)
	})
}

// revokeKey revokes a key, unless that would say nothing new.
func revokeKey(l *trust.List, kid []byte, at time.Time, compromised bool) error {
	before := l.Keys(kid)
	if err := l.RevokeKey(kid, at, compromised); err != nil {
		return err
	}
	same := func(a, b record.TrustedKey) bool {
		return a.Key.RevokedAt.Equal(b.Key.RevokedAt) && a.Key.Compromised == b.Key.Compromised
	}
	if slices.EqualFunc(before, l.Keys(kid), same) {
		return errUnchanged
	}
	return nil
}

// revokeCard revokes a card, unless that would say nothing new.
func revokeCard(l *trust.List, id []byte, at time.Time) error {
	before, _ := l.RevokedCard(id)
	if err := l.RevokeCard(id, at); err != nil {
		return err
	}
	if after, _ := l.RevokedCard(id); after.Equal(before) {
		return errUnchanged
	}
	return nil
}

// showRevoked tells what the list says now of the key or the card.
func (a *app) showRevoked(l *trust.List, path string, id []byte, card, changed bool) error {
	r := revokeResult{listFacts: factsOfList(l, path), Changed: changed}
	say := ""
	if card {
		r.Card = hexID(id)
		r.RevokedAt, _ = l.RevokedCard(id)
		say = fmt.Sprintf(sayCardRevoked, r.Card, frenchTime(r.RevokedAt))
	} else {
		r.Key = hexID(id)
		for _, k := range l.Keys(id) {
			r.RevokedAt, r.Compromised = k.Key.RevokedAt, r.Compromised || k.Key.Compromised
			reach := wordStillGood
			if k.Key.Compromised {
				reach = wordCompromised
			}
			say += fmt.Sprintf(sayKeyRevoked, r.Key, clean(k.Issuer.Name), frenchTime(k.Key.RevokedAt), reach)
		}
	}
	if !changed {
		a.notef("%s\n", sayAlreadyRevoked)
	}
	if a.asJSON {
		return a.json(r)
	}
	a.printf("%s", say)
	if changed {
		a.printf(sayRevokedSpread, r.Sequence, path)
	}
	return nil
}

// readID reads the 16 hexadecimal digits of a key or a card, as a person copies
// them from paper.
func readID(cmd *cobra.Command, text string) ([]byte, error) {
	id, err := hex.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil || len(id) != trust.CardIDSize {
		return nil, &usageError{cmd: cmd, say: sayBadID, about: text}
	}
	return id, nil
}

// readDate reads a day or an instant; none means now.
func readDate(cmd *cobra.Command, text string, now time.Time) (time.Time, error) {
	if text == "" {
		return now, nil
	}
	t, err := time.ParseInLocation("2006-01-02", text, time.Local)
	if err != nil {
		t, err = time.Parse(time.RFC3339, text)
	}
	if err != nil || t.Year() < 1980 || t.Year() > 2100 {
		return time.Time{}, &usageError{cmd: cmd, say: sayBadDate, about: text}
	}
	return t, nil
}
