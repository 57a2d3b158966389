package qr

import (
	"errors"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// outcome is one message with what is thought of it by itself.
type outcome struct {
	*message
	judgement record.Judgement // Authentic, PatientDeclared, or why it is not believed
	issuer    record.Issuer
	known     bool            // issuer is who signed
	summary   *record.Summary // nil until read
	unknown   int             // keys of a later version in summary
}

// believed reports whether the message may be read: a trusted issuer has signed
// it, or it says by itself that nobody vouches for it.
func (o *outcome) believed() bool {
	return o.judgement.Verdict == record.Authentic || o.judgement.Verdict == record.PatientDeclared
}

// read inflates and decodes a message that is believed; one that cannot be is
// believed no more.
func (o *outcome) read() {
	summary, unknown, err := o.body()
	switch {
	case errors.Is(err, errDictionary), errors.Is(err, errCritical):
		o.judgement = record.Judgement{Verdict: record.Unreadable, Detail: whyNewer}
	case err != nil:
		o.judgement = record.Judgement{Verdict: record.Unreadable, Detail: whyMalformed}
	default:
		o.summary, o.unknown = summary, unknown
	}
}

// judge verifies one message, and reads it if it is an emergency message that may
// be believed. The signature comes before everything that a forger could feed:
// nothing is inflated or decoded for a message that nobody trusted has signed. A
// full message is read when the emergency message that it belongs to is there.
func (r Reader) judge(m *message) outcome {
	if m.head.declared {
		return r.judgeDeclared(m)
	}
	o := outcome{message: m}
	if r.Keys == nil {
		o.judgement.Verdict = record.UnknownIssuer
		return o
	}
	keys := r.Keys.Keys(m.kid)
	if len(keys) == 0 {
		issued, _ := r.Keys.ListDate()
		o.judgement = record.Judgement{Verdict: record.UnknownIssuer, Detail: frenchDay(issued)}
		return o
	}
	o.judgement.Verdict = record.NotAuthentic
	for _, key := range keys {
		if m.verify(key.Key) != nil {
			continue
		}
		// One key may be listed twice; the listing that believes it wins.
		if j := judgeKey(key, m.head.issued); !o.known || j.Verdict == record.Authentic {
			o.judgement, o.issuer, o.known = j, key.Issuer, true
		}
		if o.judgement.Verdict == record.Authentic {
			break
		}
	}
	if !o.known {
		return o
	}
	if at, revoked := r.Keys.RevokedCard(m.head.card[:]); revoked {
		o.judgement = record.Judgement{Verdict: record.Revoked, Detail: frenchDay(at)}
	}
	if o.believed() && m.head.kind == kindEmergency {
		o.read()
	}
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
