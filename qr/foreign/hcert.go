package foreign

import (
	"strings"
	"time"

	"github.com/zoneblanche/zoneblanche/qr/base45"
	"github.com/zoneblanche/zoneblanche/record"
)

const prefixHCERT = "HC1:"

// looksLikeHCERT reports whether a text is a health certificate of some version:
// HC, one character, a colon.
func looksLikeHCERT(text string) bool {
	return len(text) >= 4 && text[:2] == "HC" && text[3] == ':'
}

// readHCERT reads an EU Digital COVID Certificate: base45, zlib, COSE_Sign1, CWT,
// eu_dcc. Everything but base45 and zlib waits for the signature, except what is
// shown of a certificate that nobody here can check.
func (r Reader) readHCERT(text string) Reading {
	damaged := func(why string) Reading { return unreadable(KindHCERT, titleHCERT, why, text) }
	body, ok := strings.CutPrefix(text, prefixHCERT)
	switch {
	case !ok:
		return damaged(whyNewerHCERT)
	case len(text) > maxText:
		return damaged(whyTooLong)
	}
	message, err := unpackHCERT(body)
	if err != nil {
		return damaged(whyDamaged)
	}
	m, err := parseSign1(message)
	if err != nil {
		return damaged(whyDamaged)
	}
	out := Reading{Kind: KindHCERT, Title: titleHCERT, Texts: []string{text}}
	signer, verdict := r.Keys.signer(m)
	c, err := parseCWT(m.payload)
	switch {
	case verdict == record.NotAuthentic:
		out.judge(record.NotAuthentic, "")
		return out
	case err != nil && signer == nil:
		out.judge(record.UnknownIssuer, "")
		return out
	case err != nil:
		out.Verified = true
		out.judge(record.Unreadable, whyMalformed)
		return out
	}
	out.Issuer, out.Issued, out.Expires = c.issuer, c.issued, c.expires
	if signer == nil {
		out.judge(record.UnknownIssuer, "")
		out.warn(WarnUnverified, warnUnverified)
		if d, _, err := parseDCC(c.dcc, c.issued); err == nil {
			d.describe(&out)
		}
		return out
	}
	out.Verified = true
	if name := signer.name(); name != "" {
		out.Issuer = name
	}
	if m.kid == nil {
		out.warn(WarnNoKeyID, warnNoKeyID)
	}
	r.judgeDCC(&out, c, *signer)
	return out
}

// judgeDCC judges a certificate whose signature holds.
func (r Reader) judgeDCC(out *Reading, c cwt, signer certificate) {
	d, deviates, err := parseDCC(c.dcc, c.issued)
	switch {
	case d != nil && !entitled(signer.Certificate, d.kind):
		// The signature is whole, and who made it has no say about this kind of
		// statement: nobody known vouches for it. That is an unknown issuer, not a
		// forgery.
		out.judge(record.UnknownIssuer, "")
		out.warn(WarnNotEntitled, warnNotEntitled)
		return
	case err != nil:
		out.judge(record.Unreadable, whyMalformed)
		return
	}
	d.describe(out)
	out.Raw = c.dccJSON
	if deviates {
		out.warn(WarnSchema, warnSchema)
	}
	out.judgeTime(r.Now)
	out.judgeSigner(signer, c.issued, r.Now)
	out.judgeLapse(c.issued, signer.NotBefore, signer.NotAfter, r.Now)
}

// judgeSigner takes back a good verdict outside of the signer's certificate. It
// must be valid now, since a certificate's end is when its country stops answering
// for it; and it must have been when it signed ("the Issued At field MUST not
// predate the validity period of the DSC").
func (r *Reading) judgeSigner(signer certificate, issued, now time.Time) {
	switch {
	case r.Judgement.Verdict != record.Authentic:
	case now.After(signer.NotAfter):
		r.judge(record.Expired, frenchDay(signer.NotAfter))
	case now.Before(signer.NotBefore), !issued.IsZero() && issued.Before(signer.NotBefore):
		r.judge(record.Expired, "")
	}
}

// unpackHCERT undoes base45 and zlib ("the CWT SHALL be compressed using ZLIB").
func unpackHCERT(body string) ([]byte, error) {
	data, err := base45.Decode(body)
	if err != nil {
		return nil, err
	}
	return unzlib(data, maxHCERT)
}
