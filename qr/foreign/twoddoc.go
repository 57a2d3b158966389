package foreign

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base32"
	"errors"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// twoDDoc is a 2D-DOC in its C40 spelling (ANTS, "Spécifications techniques des
// codes à barres 2D-Doc"), taken apart and not yet verified.
type twoDDoc struct {
	authority, certificate string // who certified the key, and which key: 4 characters each
	issued, signed         time.Time
	kind                   string // type of document, 2 characters
	country                string // version 4 only
	message                string // the fields
	toBeSigned             string
	signature              []byte
	annex                  string // after the signature, and so unsigned
}

var (
	err2DDoc        = errors.New("not a 2D-DOC")
	err2DDocVersion = errors.New("a 2D-DOC of an unknown version")
)

// Separators of ASCII: between fields, at the end of a cut one, before the
// signature.
const (
	groupSeparator  = '\x1d'
	recordSeparator = '\x1e'
	unitSeparator   = '\x1f'
)

// headerSizes is the length of each version's header: version 3 added a perimeter
// to the type of document, and version 4 a country.
var headerSizes = map[string]int{"01": 22, "02": 22, "03": 24, "04": 26}

func looksLike2DDoc(text string) bool {
	if len(text) >= 22 && text[:2] == "DC" {
		_, err := strconv.ParseUint(text[2:4], 10, 8)
		return err == nil
	}
	// The binary spelling of version 4 starts with these two bytes.
	return strings.HasPrefix(text, "\xdc\x04") || strings.HasPrefix(text, "Ü\x04")
}

// parse2DDoc takes a text apart.
func parse2DDoc(text string) (*twoDDoc, error) {
	if !strings.HasPrefix(text, "DC") {
		return nil, err2DDocVersion
	}
	size, known := headerSizes[text[2:4]]
	switch {
	case !known:
		return nil, err2DDocVersion
	case len(text) < size:
		return nil, err2DDoc
	}
	var d twoDDoc
	var okIssued, okSigned bool
	d.authority, d.certificate = text[4:8], text[8:12]
	d.issued, okIssued = hexDay(text[12:16])
	d.signed, okSigned = hexDay(text[16:20])
	d.kind = text[20:22]
	if size == 26 {
		d.country = text[24:26]
	}
	signed, signature, found := strings.Cut(text, string(unitSeparator))
	if !okIssued || !okSigned || !found || len(signed) < size {
		return nil, err2DDoc
	}
	d.toBeSigned, d.message = signed, signed[size:]
	signature, d.annex, _ = strings.Cut(signature, string(groupSeparator))
	var err error
	d.signature, err = decodeBase32(signature)
	return &d, err
}

// day0 is day 0 of a 2D-DOC header.
var day0 = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// hexDay reads a date as four hexadecimal digits of days; FFFF is none.
func hexDay(s string) (time.Time, bool) {
	n, err := strconv.ParseUint(s, 16, 16)
	if err != nil || strings.ToUpper(s) != s {
		return time.Time{}, false
	}
	if n == 0xffff {
		return time.Time{}, true
	}
	return day0.AddDate(0, 0, int(n)), true
}

var base32Plain = base32.StdEncoding.WithPadding(base32.NoPadding)

// decodeBase32 reads base32 without its padding, in its one spelling.
func decodeBase32(s string) ([]byte, error) {
	data, err := base32Plain.DecodeString(s)
	if err != nil || len(data) == 0 || base32Plain.EncodeToString(data) != s {
		return nil, err2DDoc
	}
	return data, nil
}

// verify checks the signature: r then s, over everything before the separator,
// with the hash that goes with the curve.
func (d *twoDDoc) verify(c certificate) error {
	key, ok := c.PublicKey.(*ecdsa.PublicKey)
	if !ok {
		return errSignature
	}
	var sum []byte
	switch key.Curve {
	case elliptic.P256():
		h := sha256.Sum256([]byte(d.toBeSigned))
		sum = h[:]
	case elliptic.P384():
		h := sha512.Sum384([]byte(d.toBeSigned))
		sum = h[:]
	case elliptic.P521():
		h := sha512.Sum512([]byte(d.toBeSigned))
		sum = h[:]
	default:
		return errSignature
	}
	half := (key.Curve.Params().BitSize + 7) / 8
	if len(d.signature) != 2*half {
		return errSignature
	}
	r, s := new(big.Int).SetBytes(d.signature[:half]), new(big.Int).SetBytes(d.signature[half:])
	if !ecdsa.Verify(key, sum, r, s) {
		return errSignature
	}
	return nil
}

// certifies reports whether a header's authority may be who made a certificate: its
// issuer's common name is the authority's, unless the certificate is self-signed or
// names its issuer in words. The names are an index; the signature decides.
func (c certificate) certifies(authority string) bool {
	name := c.Issuer.CommonName
	return name == authority || len(name) != len(authority) || bytes.Equal(c.RawIssuer, c.RawSubject)
}

// signer2DDoc finds the certificate that a header names: its common name is the
// key's. Several may bear it, and each is tried.
func (k Keys) signer2DDoc(d *twoDDoc) (*certificate, record.Verdict) {
	known := false
	for _, c := range k.certificates {
		if c.Subject.CommonName != d.certificate || !c.certifies(d.authority) {
			continue
		}
		known = true
		if d.verify(c) == nil {
			return &c, ""
		}
	}
	if known {
		return nil, record.NotAuthentic
	}
	return nil, record.UnknownIssuer
}

// read2DDoc judges a 2D-DOC.
func (r Reader) read2DDoc(text string) Reading {
	damaged := func(why string) Reading { return unreadable(Kind2DDoc, title2DDoc, why, text) }
	if len(text) > maxText {
		return damaged(whyTooLong)
	}
	d, err := parse2DDoc(bare(text))
	switch {
	case errors.Is(err, err2DDocVersion):
		return damaged(whyVersion2DDoc)
	case err != nil:
		return damaged(whyDamaged)
	}
	out := Reading{Kind: Kind2DDoc, Title: title2DDoc, Texts: []string{text}, Issuer: d.authority + " " + d.certificate}
	if name := types2DDoc[d.kind]; name != "" {
		out.Title = title2DDoc + " : " + name
	}
	out.Issued = d.issued
	if out.Issued.IsZero() {
		out.Issued = d.signed
	}
	signer, verdict := r.Keys.signer2DDoc(d)
	fields := parseFields(d.message)
	describe2DDoc(&out, d.kind, fields)
	if d.annex != "" {
		out.warn(WarnAnnex, warnAnnex)
	}
	if signer == nil {
		out.judge(verdict, "")
		if verdict == record.UnknownIssuer {
			out.warn(WarnUnverified, warnUnverified)
		}
		return out
	}
	out.Verified = true
	if name := signer.name(); name != "" {
		out.Issuer = name
	}
	r.judge2DDoc(&out, d, *signer)
	return out
}

// judge2DDoc judges the dates of a 2D-DOC whose signature holds. A document has no
// end of its own, so that its certificate's counts, at the moment of judging: after
// it nobody answers for the key any more. A date of signature yet to come is said,
// and refuses nothing, as for our own cards: days are all that a header has, and a
// clock may be wrong.
func (r Reader) judge2DDoc(out *Reading, d *twoDDoc, signer certificate) {
	out.judge(record.Authentic, out.Issuer)
	out.judgeSigner(signer, time.Time{}, r.Now)
	out.judgeLapse(d.signed, signer.NotBefore, signer.NotAfter, r.Now)
	if d.signed.After(r.Now) || d.issued.After(r.Now) {
		out.warn(WarnIssuedInFuture, warnFuture)
	}
}
