package foreign

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// readJWSText reads a card out of a file. White space around it is no part of a
// JWS (RFC 7515, 2: base64url has none), and no signature holds over it.
func (r Reader) readJWSText(text string) Reading {
	switch {
	case len(text) > maxJWS:
		return unreadable(KindSHC, titleSHC, whyTooLong, text)
	case strings.TrimSpace(text) != text:
		out := Reading{Kind: KindSHC, Title: titleSHC, Texts: []string{text}}
		out.judge(record.NotAuthentic, "")
		out.warn(WarnSpaces, warnSpaces)
		return out
	}
	return r.readJWS(text, text)
}

// readJWS judges a card. What the text says is looked at after the signature,
// except for its issuer's name when there is no key to check it with.
func (r Reader) readJWS(text string, from ...string) Reading {
	out := Reading{Kind: KindSHC, Title: titleSHC, Texts: from}
	j, err := parseJWS(text)
	if err != nil {
		return unreadable(KindSHC, titleSHC, whyDamaged, from...)
	}
	if len(text) > maxSingle && len(from) == 1 {
		out.warn(WarnTooLong, warnTooLong)
	}
	if j.alg != "ES256" {
		// The standard has one algorithm; another is how forgers try to choose theirs.
		out.judge(record.NotAuthentic, "")
		return out
	}
	keys := r.Keys.smart[j.kid]
	if len(keys) == 0 {
		out.judge(record.UnknownIssuer, "")
		out.warn(WarnUnverified, warnUnverified)
		if c, _, err := j.claims(); err == nil {
			out.Issuer, out.Issued, out.Expires = c.issuer, c.nbf, c.exp
		}
		return out
	}
	// A kid is the key's own hash: every key under it is the same, and holds or not.
	if j.verify(keys[0].public) != nil {
		out.judge(record.NotAuthentic, "")
		return out
	}
	out.Verified = true
	c, warnings, err := j.claims()
	if err != nil {
		out.judge(record.Unreadable, whyMalformed)
		if j.zip != "DEF" {
			out.judge(record.Unreadable, whyNotDeflated)
		}
		return out
	}
	out.Issuer, out.Issued, out.Expires, out.Raw = c.issuer, c.nbf, c.exp, c.bundle
	for _, w := range warnings {
		out.warn(w.Code, w.Text)
	}
	r.judgeCard(&out, c, keys)
	return out
}

// judgeCard judges a card whose signature holds: whose key it is, whether the card
// is revoked, and its dates.
func (r Reader) judgeCard(out *Reading, c claims, keys []smartKey) {
	key, bound := keyOf(keys, c.issuer)
	switch {
	case !issuerURL(c.issuer):
		out.judge(record.UnknownIssuer, "")
		out.warn(WarnIssuerURL, warnIssuerURL)
		return
	case !bound && key == nil:
		out.judge(record.UnknownIssuer, "")
		out.warn(WarnIssuerForeign, warnIssuerForeign)
		return
	case !bound:
		out.warn(WarnIssuerUnbound, warnIssuerUnbound)
	}
	if c.rid != "" {
		list, have := r.Keys.revoked[key.kid]
		switch {
		case have && list.revokes(c.rid, c.nbf):
			out.judge(record.Revoked, "")
			return
		case !have && key.crlVersion > 0:
			out.warn(WarnNoCRL, warnNoCRL)
		case have && list.counter < key.crlVersion:
			out.warn(WarnOldCRL, warnOldCRL)
		}
	}
	if c.inMilliseconds {
		out.judge(record.Unreadable, whyTimeUnit)
		return
	}
	out.judgeTime(r.Now)
	outside := !key.notAfter.IsZero() && (c.nbf.Before(key.notBefore) || c.nbf.After(key.notAfter))
	if outside && out.Judgement.Verdict == record.Authentic {
		out.judge(record.Expired, frenchDay(key.notAfter))
	}
	out.judgeLapse(c.nbf, key.notBefore, key.notAfter, r.Now)
}

// keyOf returns the key that is issuer's by its file, or else one that its file
// binds to nobody; nil when all are other issuers'.
func keyOf(keys []smartKey, issuer string) (key *smartKey, bound bool) {
	for i := range keys {
		switch keys[i].issuer {
		case issuer:
			return &keys[i], true
		case "":
			key = &keys[i]
		}
	}
	return key, false
}

// claims are what a card says, FHIR aside.
type claims struct {
	issuer         string
	nbf, exp       time.Time
	inMilliseconds bool
	rid            string
	bundle         json.RawMessage
}

// lastSecond is beyond any date of a card, and before today in milliseconds.
const lastSecond = 1e11

// claims inflates and reads the payload.
func (j *jws) claims() (claims, []Warning, error) {
	if j.zip != "DEF" {
		return claims{}, nil, errPayload
	}
	data, err := inflate(j.payload, maxCard)
	if err != nil {
		return claims{}, nil, err
	}
	return parsePayload(data)
}
