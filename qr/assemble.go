package qr

import (
	"slices"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// This file puts the messages of each card together. A full message belongs to the
// emergency message whose hash it holds, and is believed if the key of that one
// has signed it too; everything else stands apart, with its own verdict.

// clusterKey tells cards apart. Anybody can declare a card under any id, so that
// what is declared never meets what an issuer has signed.
type clusterKey struct {
	id       [cardIDSize]byte
	declared bool
}

// cluster is the emergency messages that name one card. A forged message may name
// any card, so what is not believed never touches what is.
type cluster struct {
	id                [cardIDSize]byte
	believed, refused []outcome
}

// fullMessage is a full message as it was read. Nothing tells whose it is but the
// emergency message that it names.
type fullMessage struct {
	*message
	texts  []string
	locked bool // it came out of a locked message
	used   bool // the emergency message that it names is there
}

// readings returns what the collection holds, card by card.
func (c *collection) readings() []Reading {
	var out []Reading
	for _, cl := range c.order {
		out = append(out, c.card(cl)...)
	}
	for _, f := range c.full {
		if !f.used {
			out = append(out, lone(&group{texts: f.texts}))
		}
	}
	hints := c.hints()
	for _, l := range c.locked {
		believed, named := hints[l.hint]
		switch {
		case l.used:
		case believed:
			// Nobody signed that there is anything locked.
			out = append(out, Reading{Kind: KindCard, Judgement: record.Judgement{Verdict: record.NotAuthentic}, Texts: l.texts})
		case !named:
			reading := lone(&group{texts: l.texts})
			reading.Locked = true
			out = append(out, reading)
		}
	}
	for _, g := range c.parts {
		// Parts, too, add nothing to what is said of a card that is refused.
		if believed, named := hints[g.hint]; believed || !named {
			out = append(out, lone(g))
		}
	}
	return append(out, c.refused...)
}

// card returns the readings of one card: one for an honest card.
func (c *collection) card(cl *cluster) []Reading {
	var out []Reading
	refused := cl.refused
	for _, e := range cl.believed {
		reading, others := c.whole(e)
		out, refused = append(out, reading), append(others, refused...)
	}
	for _, o := range refused {
		// A full message adds nothing to what is said of the one that it names.
		for _, f := range c.naming(o) {
			o.texts = append(o.texts, f.texts...)
		}
		reading := c.reader.finish(Reading{}, o)
		// What is refused for one reason is one reading.
		i := slices.IndexFunc(out, func(r Reading) bool { return r.Summary == nil && r.Judgement == reading.Judgement })
		if i < 0 {
			out = append(out, reading)
		} else {
			out[i].Texts = append(out[i].Texts, reading.Texts...)
		}
	}
	return out
}

// hints says of the cards that are there, by the hint of their id, whether one is
// believed.
func (c *collection) hints() map[[hintSize]byte]bool {
	out := map[[hintSize]byte]bool{}
	for _, cl := range c.order {
		hint := hintOf(cl.id)
		out[hint] = out[hint] || len(cl.believed) > 0
	}
	return out
}

// naming takes the full messages in clear that name an emergency message.
func (c *collection) naming(e outcome) []*fullMessage {
	var out []*fullMessage
	for _, f := range c.full {
		if !f.used && f.head.binding == e.binding {
			f.used = true
			out = append(out, f)
		}
	}
	return out
}

// whole joins an emergency message with the full message that is its own, and
// returns the others that name it or were locked beside it.
func (c *collection) whole(e outcome) (Reading, []outcome) {
	candidates, lock := c.naming(e), record.Unlocked
	if e.head.locked {
		var opened []*fullMessage
		opened, lock = c.unlock(&e)
		candidates = append(candidates, opened...)
	}
	var full *outcome
	var refused []outcome
	signed := 0
	for _, f := range candidates {
		o := c.reader.judgeFull(e, f)
		if o.signed() {
			signed++
		}
		switch {
		case signed > maxRivals:
			e.judgement = record.Judgement{Verdict: record.Unreadable, Detail: whyTooMany}
			return c.reader.finish(Reading{}, e), refused
		case o.summary == nil:
			refused = append(refused, o)
		case full == nil:
			full = &o
		default:
			// Signed twice over: which of them to believe is not for a program to say.
			e.judgement = record.Judgement{Verdict: record.Unreadable, Detail: whyMalformed}
		}
	}
	switch {
	case full != nil:
		e.unknown += full.unknown
		return c.reader.joined(e, full.summary, full.texts), refused
	case e.head.parts == 0:
		return c.reader.joined(e, nil, nil), refused
	case lock != record.Unlocked:
		return c.reader.behindLock(e, lock), refused
	}
	return c.withoutFull(e), refused
}

// joined is a card of which everything is there. Messages that are signed, bound
// to each other and yet contradict each other are not understood.
func (r Reader) joined(e outcome, rest *record.Summary, texts []string) Reading {
	s, err := record.JoinStrict(e.summary, rest)
	if err != nil {
		e.judgement = record.Judgement{Verdict: record.Unreadable, Detail: whyMalformed}
	}
	return r.finish(Reading{Complete: true, Summary: s, Texts: texts}, e)
}

// withoutFull is a card of which the full message is not all there. The parts
// that are, if any, say which ones are missing.
func (c *collection) withoutFull(e outcome) Reading {
	k := e.head.parts
	best := -1
	for i, g := range c.parts {
		if g.hint == hintOf(e.head.card) && g.k == k && (best < 0 || len(g.shards) > len(c.parts[best].shards)) {
			best = i
		}
	}
	g := &group{shape: shape{k: k, n: k + parity(k)}}
	if best >= 0 {
		g = c.parts[best]
		c.parts = slices.Delete(c.parts, best, best+1)
	}
	numbers, instead := g.missing()
	reading := c.reader.finish(Reading{Missing: wordCodes(numbers, g.n), Summary: e.summary, Locked: e.head.locked, Texts: g.texts}, e)
	reading.Judgement.Detail = missingSentence(false, numbers, g.n, instead)
	if reading.Locked {
		reading.Warnings = append(reading.Warnings, Warning{WarnLocked, warnLocked})
	}
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

// lone is a reading of codes whose emergency code is not there. Nobody knows whose
// they are nor who signed them, so nothing is said but what is missing. A message
// that is whole is a group without a number.
func lone(g *group) Reading {
	numbers, instead := g.missing()
	return Reading{
		Kind:      KindCard,
		Judgement: record.Judgement{Verdict: record.Incomplete, Detail: missingSentence(true, numbers, g.n, instead)},
		Missing:   append([]string{wordEmergencyCode}, wordCodes(numbers, g.n)...),
		Texts:     g.texts,
	}
}

// finish fills the reading of a card with the verdict and signer of its emergency
// message, and with what to warn of. What is missing makes an authentic reading
// incomplete.
func (r Reader) finish(reading Reading, o outcome) Reading {
	reading.Kind = KindCard
	reading.Judgement = o.judgement
	reading.Texts = slices.Concat(o.texts, reading.Texts)
	if o.signed() {
		reading.CardID, reading.Issued, reading.Declared = o.head.card[:], o.head.issued, o.head.declared()
		reading.Issuer, reading.IssuerKnown = o.issuer, !reading.Declared
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
	if o.summary.UpdatedAt.Time().After(r.Now.Add(24 * time.Hour)) {
		warn(WarnUpdatedInFuture, warnUpdated)
	}
	if o.unknown > 0 {
		warn(WarnUnknownContent, warnUnknownKeys(o.unknown))
	}
	if reading.Complete && reading.Summary.Abridged > 0 {
		warn(WarnAbridged, warnAbridged(reading.Summary.Abridged))
	}
	dated := record.JudgeAge(reading.Judgement, o.summary.UpdatedAt, r.Now)
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
