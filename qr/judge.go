package qr

import (
	"errors"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// outcome is one emergency message with what is thought of it.
type outcome struct {
	*message
	texts     []string
	binding   [bindingSize]byte // what its full message says of it
	judgement record.Judgement  // Authentic, PatientDeclared, or why it is not believed
	key       record.Key        // that made the signature; without Public when none did
	issuer    record.Issuer     // whose key it is, unless declared
	content                     // without a summary until read
}

// signed reports whether the signature holds, whatever it is worth.
func (o *outcome) signed() bool { return o.key.Public != nil }

// believed reports whether the message may be read: a trusted issuer has signed
// it, or it says by itself that nobody vouches for it.
func (o *outcome) believed() bool {
	return o.judgement.Verdict == record.Authentic || o.judgement.Verdict == record.PatientDeclared
}

// read reads a message of the card; what cannot be read is believed no more.
func (r Reader) read(o *outcome, m *message) {
	got, err := coder{r.Trial}.read(m, o.body)
	switch {
	case errors.Is(err, errDictionary), errors.Is(err, errCritical):
		o.judgement = record.Judgement{Verdict: record.Unreadable, Detail: whyNewer}
	case err != nil:
		o.judgement = record.Judgement{Verdict: record.Unreadable, Detail: whyMalformed}
	}
	o.content = got
}

// judge verifies an emergency message, and reads it if it may be believed. The
// signature comes before everything that a forger could feed: nothing is
// decompressed or decoded for a message that nobody trusted has signed.
func (r Reader) judge(m *message, texts []string) outcome {
	o := outcome{message: m, texts: texts, binding: bind(m.raw)}
	if m.head.declared() {
		o.judgeSelf()
	} else {
		r.judgeIssuer(&o)
	}
	if r.Keys != nil && o.signed() {
		if at, revoked := r.Keys.RevokedCard(m.head.card[:]); revoked {
			o.judgement = record.Judgement{Verdict: record.Revoked, Detail: frenchDay(at)}
		}
	}
	if o.believed() {
		r.read(&o, m)
	}
	return o
}

// judgeIssuer looks for the key of the trust list that signed the message.
func (r Reader) judgeIssuer(o *outcome) {
	o.judgement.Verdict = record.UnknownIssuer
	if r.Keys == nil {
		return
	}
	keys := r.Keys.Keys(o.kid)
	if len(keys) == 0 {
		issued, _ := r.Keys.ListDate()
		o.judgement.Detail = frenchDay(issued)
		return
	}
	o.judgement.Verdict = record.NotAuthentic
	for _, key := range keys {
		// One key may be listed twice; the listing that believes it wins.
		if !o.believed() && o.verify(key.Key) == nil {
			o.judgement, o.issuer, o.key = judgeKey(key, o.head.issued), key.Issuer, key.Key
		}
	}
}

// judgeFull judges what may be the full message of o. The key that signed the one
// must have signed the other: naming o is no proof, since everybody who has it
// knows its hash. The outcome has a summary only if the message is o's.
func (r Reader) judgeFull(o outcome, f *fullMessage) outcome {
	o.summary, o.unknown, o.texts = nil, 0, f.texts
	// In clear, the full message of a locked card is none of its codes.
	if f.head.kind != kindFull || f.head.binding != o.binding || o.head.parts == 0 ||
		f.locked != o.head.locked || f.verify(o.key) != nil {
		o.judgement, o.key = record.Judgement{Verdict: record.NotAuthentic}, record.Key{}
		return o
	}
	r.read(&o, f.message)
	return o
}

// judgeKey says what a good signature by key is worth for a card issued then.
// What a key signed before it was revoked stays good, unless it was compromised:
// who holds a stolen key writes any date.
func judgeKey(key record.TrustedKey, issued time.Time) record.Judgement {
	k := key.Key
	switch {
	case k.Compromised, !k.RevokedAt.IsZero() && !issued.Before(k.RevokedAt):
		return record.Judgement{Verdict: record.Revoked, Detail: frenchDay(k.RevokedAt)}
	case !k.NotAfter.IsZero() && issued.After(k.NotAfter):
		return record.Judgement{Verdict: record.Expired, Detail: frenchDay(k.NotAfter)}
	case issued.Before(k.NotBefore):
		return record.Judgement{Verdict: record.Expired}
	}
	return record.Judgement{Verdict: record.Authentic, Detail: key.Issuer.Name}
}
