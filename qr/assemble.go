package qr

import (
	"slices"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// This file puts the messages of each card together. The rule is that messages
// are joined only when both are believed and the full one names the emergency
// one by its hash; everything else stands apart, with its own verdict.

// clusterKey tells cards apart. Anybody can declare a card under any id, so that
// what is declared never meets what an issuer has signed.
type clusterKey struct {
	id       [cardIDSize]byte
	declared bool
}

// cluster is the messages that name one card. A forged message may name any card,
// so what is not believed never touches what is.
type cluster struct {
	id        [cardIDSize]byte
	emergency []outcome // believed and read
	full      []*rest   // believed, or waiting for the key of a declared card
	other     []outcome // not believed
	texts     []string
}

// rest is a full message that may belong to an emergency message.
type rest struct {
	outcome
	used bool
}

func (c *cluster) add(o outcome) {
	switch {
	case o.head.kind == kindFull && (o.believed() || o.head.declared):
		c.full = append(c.full, &rest{outcome: o})
	case o.believed():
		c.emergency = append(c.emergency, o)
	default:
		c.other = append(c.other, o)
	}
}

// readings returns what the collection holds, card by card.
func (c *collection) readings() []Reading {
	var out []Reading
	for _, cl := range c.order {
		out = append(out, c.card(cl)...)
	}
	for _, l := range c.locked {
		if !l.used {
			out = append(out, c.loneLocked(l)...)
		}
	}
	for _, g := range c.parts {
		out = append(out, c.lone(g))
	}
	return append(out, c.refused...)
}

// card returns the readings of one card: one for an honest card.
func (c *collection) card(cl *cluster) []Reading {
	var out []Reading
	fulls := cl.full
	for _, e := range cl.emergency {
		candidates, lock := cl.full, record.Unlocked
		if e.head.locked {
			// In clear, the full message of a locked card is none of its codes.
			candidates, lock = c.unlock(cl, e)
			fulls = append(fulls, candidates...)
		}
		switch f := c.reader.restOf(e, candidates); {
		case f != nil:
			out = append(out, c.reader.whole(e, f.outcome))
		case e.head.parts == 0:
			out = append(out, c.reader.joined(e, nil))
		case lock != record.Unlocked:
			out = append(out, c.reader.behindLock(e, lock))
		default:
			out = append(out, c.withoutFull(cl, e))
		}
	}
	var refused []outcome
	for _, f := range fulls {
		switch {
		case f.used:
		case len(cl.emergency) > 0:
			// Both are signed and both name this card, but not each other: they are of
			// two printings, or somebody exchanged a code.
			if f.judgement.Verdict != record.Unreadable {
				f.judgement = record.Judgement{Verdict: record.NotAuthentic}
			}
			refused = append(refused, f.outcome)
		case f.head.declared && len(cl.other) > 0:
			// Its emergency message is refused, and nobody signed it but a key that is not
			// there: nothing is to be said of it.
		case f.head.declared:
			out = append(out, Reading{Kind: KindCard, Judgement: f.judgement, Missing: []string{wordEmergencyCode}})
		default:
			// It is signed and yet not shown: without the emergency code nobody knows whose
			// it is, its allergies and first treatments are elsewhere, and sections that
			// would read "non renseigné" are not.
			out = append(out, c.reader.finish(Reading{Missing: []string{wordEmergencyCode}}, f.outcome))
		}
	}
	for _, o := range append(refused, cl.other...) {
		reading := c.reader.finish(Reading{}, o)
		// The two messages of a card that is not believed are one reading.
		if !slices.ContainsFunc(out, func(r Reading) bool { return r.Summary == nil && r.Judgement == reading.Judgement }) {
			out = append(out, reading)
		}
	}
	if len(cl.emergency) == 0 {
		// Parts of a card whose other message is refused add nothing to say.
		c.parts = slices.DeleteFunc(c.parts, func(g *group) bool { return len(cl.full) == 0 && g.of(cl.id) })
	}
	for i := range out {
		if out[i].Texts == nil {
			out[i].Texts = cl.texts
		}
	}
	return out
}

// restOf finds the full message that belongs to e, and reads it; nil when there is
// none. A declared one is verified here, with the key that e carries: the hash of
// e alone is no proof, since everybody who has e knows it.
func (r Reader) restOf(e outcome, candidates []*rest) *rest {
	binding := bind(e.raw)
	for _, f := range candidates {
		if f.used || e.head.parts == 0 || f.head.kind != kindFull || f.head.binding != binding ||
			f.head.card != e.head.card || f.head.declared != e.head.declared {
			continue
		}
		if f.head.declared && f.verifySelf(e.message) == nil {
			f.judgement = e.judgement
		}
		if f.believed() {
			f.read()
		}
		if f.used = f.summary != nil; f.used {
			return f
		}
	}
	return nil
}

// whole joins two messages that name each other. One issuer signs both, at one
// time, with one key: anything else is somebody adding to another's card.
func (r Reader) whole(e, f outcome) Reading {
	if e.issuer != f.issuer || string(e.kid) != string(f.kid) || !e.head.issued.Equal(f.head.issued) {
		e.judgement = record.Judgement{Verdict: record.NotAuthentic}
		return r.finish(Reading{}, e)
	}
	e.unknown += f.unknown
	return r.joined(e, f.summary)
}

// joined is a card of which everything is there. Messages that are signed, bound
// to each other and yet contradict each other are not understood: which of them
// to believe is not for a program to say.
func (r Reader) joined(e outcome, rest *record.Summary) Reading {
	s, err := record.JoinStrict(e.summary, rest)
	if err != nil {
		e.judgement = record.Judgement{Verdict: record.Unreadable, Detail: whyMalformed}
	}
	return r.finish(Reading{Complete: true, Summary: s}, e)
}

// of reports whether the group says that it belongs to the card. Four bytes are a
// hint for naming what is missing; the signature binds.
func (g *group) of(id [cardIDSize]byte) bool { return [hintSize]byte(id[:hintSize]) == g.hint }

// withoutFull is a card of which the full message is not all there. The parts
// that are, if any, say which ones are missing.
func (c *collection) withoutFull(cl *cluster, e outcome) Reading {
	k := e.head.parts
	best := -1
	for i, g := range c.parts {
		if g.of(e.head.card) && g.k == k && (best < 0 || len(g.shards) > len(c.parts[best].shards)) {
			best = i
		}
	}
	g := &group{shape: shape{k: k, n: k + parity(k)}}
	if best >= 0 {
		g = c.parts[best]
		c.parts = slices.Delete(c.parts, best, best+1)
	}
	numbers, instead := g.missing()
	reading := c.reader.finish(Reading{Missing: wordCodes(numbers, g.n), Summary: e.summary, Locked: e.head.locked}, e)
	reading.Judgement.Detail = missingSentence(false, numbers, g.n, instead)
	if reading.Locked {
		reading.Warnings = append(reading.Warnings, Warning{WarnLocked, warnLocked})
	}
	reading.Texts = slices.Concat(cl.texts, g.texts)
	return reading
}

// missing gives the numbers of as many codes as are needed, in the order of the
// paper, and of those that would do as well.
func (g *group) missing() (missing, instead []int) {
	needed := g.k - len(g.shards)
	for i := 1; i <= g.n; i++ {
		switch {
		case g.shards[i] != nil:
		case len(missing) < needed:
			missing = append(missing, i)
		default:
			instead = append(instead, i)
		}
	}
	return missing, instead
}

// lone is a reading of parts of which no message could be read: no signature, so
// nothing is said of them but what is missing.
func (c *collection) lone(g *group) Reading {
	numbers, instead := g.missing()
	return Reading{
		Kind:      KindCard,
		Judgement: record.Judgement{Verdict: record.Incomplete, Detail: missingSentence(true, numbers, g.n, instead)},
		Missing:   append([]string{wordEmergencyCode}, wordCodes(numbers, g.n)...),
		Texts:     g.texts,
	}
}

// finish fills a reading with the outcome's verdict and signer, and with what to
// warn of. What is missing makes an authentic reading incomplete.
func (r Reader) finish(reading Reading, o outcome) Reading {
	reading.Kind = KindCard
	reading.Judgement = o.judgement
	if o.known {
		reading.Issuer, reading.IssuerKnown = o.issuer, true
	}
	reading.Declared = o.message != nil && o.head.declared && o.judgement.Verdict != record.NotAuthentic
	if o.known || reading.Declared {
		reading.CardID, reading.Issued = o.head.card[:], o.head.issued
	}
	warn := func(code, text string) { reading.Warnings = append(reading.Warnings, Warning{code, text}) }
	if r.Keys != nil && !reading.Declared {
		if issued, due := r.Keys.ListDate(); !due.IsZero() && r.Now.After(due) {
			warn(WarnListStale, warnListStale(issued, due))
		}
	}
	if !o.believed() {
		reading.Summary, reading.Complete, reading.Missing, reading.Locked = nil, false, nil, false
		return reading
	}
	if o.head.issued.After(r.Now.Add(24 * time.Hour)) {
		warn(WarnIssuedInFuture, warnFuture)
	}
	if o.summary != nil && o.summary.UpdatedAt.Time().After(r.Now.Add(24*time.Hour)) {
		warn(WarnUpdatedInFuture, warnUpdated)
	}
	if o.unknown > 0 {
		warn(WarnUnknownContent, warnUnknownKeys(o.unknown))
	}
	if reading.Complete && reading.Summary.Abridged > 0 {
		warn(WarnAbridged, warnAbridged(reading.Summary.Abridged))
	}
	// A full message alone does not say when the summary was updated.
	dated := reading.Judgement
	if o.head.kind == kindEmergency {
		dated = record.JudgeAge(reading.Judgement, o.summary.UpdatedAt, r.Now)
	}
	if reading.Declared && record.StaleAt(o.summary.UpdatedAt, r.Now) {
		warn(WarnStale, warnOld(o.summary.UpdatedAt, r.Now))
	}
	if reading.Complete {
		reading.Judgement = dated
		return reading
	}
	if dated.Verdict == record.Stale {
		warn(WarnStale, dated.Sentence())
	}
	if reading.Declared {
		warn(WarnDeclared, o.judgement.Sentence())
	}
	if reading.Withheld = o.head.withheld; reading.Withheld {
		warn(WarnWithheld, warnWithheld)
	}
	reading.Judgement = record.Judgement{Verdict: record.Incomplete, Detail: enumerate(reading.Missing)}
	return reading
}
