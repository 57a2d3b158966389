package qr

import (
	"strings"
	"time"

	"github.com/zoneblanche/zoneblanche/qr/base45"
	"github.com/zoneblanche/zoneblanche/qr/compress"
	"github.com/zoneblanche/zoneblanche/record"
)

// Kinds of readings.
const (
	KindCard    = "zb"      // one of our cards
	KindUnknown = "unknown" // anything else
)

// KeySource is what a reader asks of the trust list.
type KeySource interface {
	// Keys returns every key with that id; several issuers may share one.
	Keys(kid []byte) []record.TrustedKey
	// RevokedCard reports whether and when a card was revoked.
	RevokedCard(id []byte) (at time.Time, ok bool)
	// ListDate returns when the list was issued and when its successor is due.
	ListDate() (issued, nextUpdate time.Time)
}

// Reader reads cards.
type Reader struct {
	Keys KeySource // nil: every issuer is unknown
	Now  time.Time // the zero time means now
	// Code is the patient's code as it was typed, "" for none. With a code, reading
	// a locked card takes 64 MiB of memory and some tenths of a second more.
	Code string
	// Trial reads what [EncodeOptions.Trial] wrote. Nil for cards.
	Trial *compress.Model
}

// Warning is something that the person reading should know besides the verdict.
// Code is stable, Text is a French sentence.
type Warning struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

// The codes of warnings.
const (
	WarnListStale       = "list_stale"        // the trust list is overdue
	WarnIssuedInFuture  = "issued_in_future"  // the card's clock or ours is wrong
	WarnUnknownContent  = "unknown_content"   // a later version wrote more than is shown
	WarnStale           = "stale"             // an incomplete card that is old besides
	WarnUpdatedInFuture = "updated_in_future" // the summary's date or our clock is wrong
	WarnAbridged        = "abridged"          // details of some entries did not fit the card
	WarnLocked          = "locked"            // the codes that are missing open with the patient's code only
	WarnWithheld        = "withheld"          // allergies and treatments are behind the patient's code
	WarnDeclared        = "declared"          // an incomplete card that nobody vouches for
)

// Reading is what some texts turned out to be: one card, or one text that is
// none.
type Reading struct {
	Kind      string
	Judgement record.Judgement
	// Issuer is set when a key of the trust list signed the emergency message,
	// whatever the verdict; CardID and Issued are then the signer's own words.
	Issuer      record.Issuer
	IssuerKnown bool
	CardID      []byte
	Issued      time.Time
	// Declared says that the card is self-signed: nobody vouches for it, whatever
	// author it names. CardID and Issued are set, an issuer never is.
	Declared bool
	// Locked says that the rest of the card opens with the patient's code, which
	// was not given or does not open it (Judgement.Lock tells which).
	Locked bool
	// Withheld says that allergies and treatments are not shown because they stand
	// behind the patient's code, at the person's wish.
	Withheld bool
	// Complete says that nothing of the card is missing; Missing names in French
	// the codes that are, as they are numbered on paper.
	Complete bool
	Missing  []string
	// Summary is what was read of the card; nil unless the verdict is believed, and
	// nil while the emergency code is missing: the other codes do not say whose the
	// card is, nor its allergies.
	Summary  *record.Summary
	Warnings []Warning
	// Text is the text itself when it is not a card's, for whoever knows other
	// codes.
	Text string
	// Texts are those that the reading rests on, the emergency code's first.
	Texts []string
}

const (
	// maxTexts bounds one call; a card has 13 codes at most.
	maxTexts = 1024
	// maxText is what the largest QR code holds in alphanumeric mode.
	maxText = 4296
	// maxDeclared bounds how many declared cards one call reads, and maxRivals how
	// many messages are read as the full one of a card: anybody can sign both, and
	// reading one takes some hundredths of a second.
	maxDeclared = 64
	maxRivals   = 4
)

// Read joins texts into cards and judges them. Texts may come in any order, more
// than once, and from several cards. It returns one reading a card, in the order
// in which the cards first appear, and one for every text that is not a card's.
func (r Reader) Read(texts []string) []Reading {
	if r.Now.IsZero() {
		r.Now = time.Now()
	}
	c := collection{reader: r, clusters: map[clusterKey]*cluster{}, groups: map[shape]*group{}, seen: map[string]bool{}}
	for i, text := range texts {
		if i == maxTexts {
			c.refuse(KindUnknown, record.Judgement{Verdict: record.Unreadable, Detail: whyTooMany}, "")
			break
		}
		c.add(text)
	}
	c.join()
	return c.readings()
}

// collection is what one call to Read has seen so far.
type collection struct {
	reader   Reader
	seen     map[string]bool // texts and messages, so that a second copy is free
	clusters map[clusterKey]*cluster
	order    []*cluster
	full     []*fullMessage
	locked   []*lockedFull
	declared int // how many declared emergency messages there were
	derived  int // how many keys were derived from the patient's code
	groups   map[shape]*group
	parts    []*group // in order of appearance
	refused  []Reading
}

// refuse adds a reading that is no card's.
func (c *collection) refuse(kind string, j record.Judgement, text string) {
	reading := Reading{Kind: kind, Judgement: j, Text: text}
	if text != "" {
		reading.Texts = []string{text}
	}
	c.refused = append(c.refused, reading)
}

// add sorts one text. Nothing is trimmed and no case is changed: a text has one
// spelling, and what a keyboard made of it is repaired elsewhere.
func (c *collection) add(text string) {
	if c.seen[text] {
		return
	}
	c.seen[text] = true
	unreadable := func(kind, why string) {
		c.refuse(kind, record.Judgement{Verdict: record.Unreadable, Detail: why}, text)
	}
	body, ok := strings.CutPrefix(text, Prefix)
	if !ok || len(text) > maxText {
		if laterVersion(text) {
			unreadable(KindCard, whyNewer)
			return
		}
		unreadable(KindUnknown, whyForeign)
		return
	}
	data, err := base45.Decode(body)
	if err != nil || len(data) == 0 {
		unreadable(KindCard, whyDamaged)
		return
	}
	switch data[0] {
	case messageByte:
		m, err := parseMessage(data)
		if err != nil {
			unreadable(KindCard, whyDamaged)
			return
		}
		c.message(m, text)
	case lockedByte:
		if !c.lockedMessage(data, text) {
			unreadable(KindCard, whyDamaged)
		}
	case partByte:
		p, err := parsePart(data)
		if err != nil {
			unreadable(KindCard, whyDamaged)
			return
		}
		g := c.groups[p.shape]
		if g == nil {
			g = &group{shape: p.shape, shards: map[int][][]byte{}}
			c.groups[p.shape] = g
			c.parts = append(c.parts, g)
		}
		g.add(p)
		g.texts = append(g.texts, text)
	default:
		unreadable(KindCard, whyNewer)
	}
}

// laterVersion reports whether text is a card's of a version to come: ZB, a
// number, and a colon.
func laterVersion(text string) bool {
	version, _, ok := strings.Cut(strings.TrimPrefix(text, "ZB"), ":")
	return ok && strings.HasPrefix(text, "ZB") && len(version) <= 3 && digits(version) && version != "1"
}

// message judges an emergency message and puts it with its card. A full message
// waits for the emergency message that it names.
func (c *collection) message(m *message, texts ...string) {
	text := "message " + string(m.raw)
	if c.seen[text] {
		return
	}
	c.seen[text] = true
	if m.head.kind == kindFull {
		c.full = append(c.full, &fullMessage{message: m, texts: texts})
		return
	}
	if m.head.declared() {
		if c.declared++; c.declared > maxDeclared {
			c.refuse(KindCard, record.Judgement{Verdict: record.Unreadable, Detail: whyTooMany}, "")
			return
		}
	}
	key := clusterKey{m.head.card, m.head.declared()}
	cl := c.clusters[key]
	if cl == nil {
		cl = &cluster{id: m.head.card}
		c.clusters[key] = cl
		c.order = append(c.order, cl)
	}
	if o := c.reader.judge(m, texts); o.believed() {
		cl.believed = append(cl.believed, o)
	} else {
		cl.refused = append(cl.refused, o)
	}
}

// join joins the parts that can be. Parts that are enough and do not go together
// are refused; parts that are not enough wait for readings to name the missing.
func (c *collection) join() {
	var waiting []*group
	for _, g := range c.parts {
		if len(g.shards) < g.k {
			waiting = append(waiting, g)
			continue
		}
		message, err := g.join()
		if err != nil || !c.joined(message, g.texts) {
			c.refused = append(c.refused, Reading{Kind: KindCard, Judgement: record.Judgement{Verdict: record.NotAuthentic}, Texts: g.texts})
		}
	}
	c.parts = waiting
}

// joined takes a full message that came in parts; false when it is none.
func (c *collection) joined(raw []byte, texts []string) bool {
	if raw[0] == lockedByte {
		return c.lockedMessage(raw, texts...)
	}
	m, err := parseMessage(raw)
	if err != nil || m.head.kind != kindFull {
		return false
	}
	c.message(m, texts...)
	return true
}
