package foreign

import (
	"encoding/json"
	"time"

	"github.com/zoneblanche/zoneblanche/qr"
	"github.com/zoneblanche/zoneblanche/record"
)

// Kinds of readings, as scripts know them.
const (
	KindSHC     = "shc"
	KindHCERT   = "hcert"
	Kind2DDoc   = "2ddoc"
	KindINS     = "ins"
	KindUnknown = qr.KindUnknown // a link: known for what it is, and nothing to read
)

// Warning is something that the person reading should know besides the verdict.
type Warning = qr.Warning

// The codes of warnings.
const (
	WarnIssuedInFuture = qr.WarnIssuedInFuture // the document's date or our clock is wrong
	WarnIssuerUnbound  = "issuer_unbound"      // the key set does not say whose it is
	WarnIssuerForeign  = "issuer_mismatch"     // the key is another issuer's
	WarnIssuerURL      = "issuer_url"          // the issuer's address is not as the standard wants it
	WarnNotEntitled    = "not_entitled"        // the certificate is for another kind of document
	WarnUnverified     = "unverified"          // there is no key to check the signature with
	WarnNoKeyID        = "no_key_id"           // the text does not say which key signed it
	WarnNoCRL          = "crl_missing"         // revocation could not be checked
	WarnOldCRL         = "crl_stale"           // the revocation list is older than the key set
	WarnTooLong        = "too_long"            // more than one symbol of the standard may hold
	WarnBOM            = "bom"                 // the content starts with a byte order mark
	WarnSpaces         = "spaces"              // white space around what should be bare
	WarnType           = "credential_type"     // the types announced and the content differ
	WarnForm           = "content_form"        // the content departs from the standard's form
	WarnSchema         = "schema"              // the same, of a COVID certificate
	WarnAnnex          = "unsigned_annex"      // a 2D-DOC has more, which nobody signed
	WarnINSKey         = "ins_key"             // the matricule's key or OID does not fit
	WarnINSField       = "ins_field"           // a trait is missing or not as the format wants it
	WarnNetwork        = "needs_network"       // a link
)

// Fact is one thing that a code says, in words: a French label and the value as
// it is read in France.
type Fact struct {
	Label string `json:"label"`
	Value string `json:"value"`
}

// Reading is what one code, or several that belong together, turned out to be.
type Reading struct {
	Kind      string
	Title     string // what sort of document it is, in French
	Judgement record.Judgement
	// Verified is set when a key that was given made the signature, whatever the
	// verdict. Issuer, Issued and Expires are the document's own words either way.
	Verified        bool
	Issuer          string
	Issued, Expires time.Time
	// Lapsed is set when the verdict is expired and for no other reason than that time
	// has passed: the document was signed, while its signer's key was valid, before
	// now. What it states of the past is as true as it was; what it allowed is over.
	Lapsed bool
	Facts  []Fact
	// Raw is the content as JSON: the FHIR Bundle of a SMART Health Card, the
	// eu_dcc of a COVID certificate.
	Raw           json.RawMessage
	Patient       record.Patient
	Immunizations []record.Immunization // every one Declared
	Warnings      []Warning
	Texts         []string // what it was read from
}

// usable reports whether a program may take the content over.
func (r *Reading) usable() bool {
	v := r.Judgement.Verdict
	return r.Verified && (v == record.Authentic || v == record.Expired)
}

// showable reports whether the content may be shown to a person, after the
// verdict.
func (r *Reading) showable() bool {
	v := r.Judgement.Verdict
	link := r.Kind == KindUnknown // says where it leads, and has no content
	return r.usable() || link || v == record.UnknownIssuer || v == record.Unsigned
}

// strip takes away what the verdict does not allow, whatever was filled in on the
// way to it.
func (r *Reading) strip() {
	if !r.showable() {
		r.Facts = nil
	}
	if !r.usable() {
		r.Raw, r.Immunizations = nil, nil
		if r.Judgement.Verdict != record.Unsigned {
			r.Patient = record.Patient{}
		}
	}
}

func (r *Reading) judge(v record.Verdict, detail string) {
	r.Judgement = record.Judgement{Verdict: v, Detail: detail}
}

func (r *Reading) warn(code, text string) {
	for _, w := range r.Warnings {
		if w.Code == code {
			return
		}
	}
	r.Warnings = append(r.Warnings, Warning{Code: code, Text: text})
}

// fact adds what is there to be said.
func (r *Reading) fact(label, value string) {
	if value != "" {
		r.Facts = append(r.Facts, Fact{label, value})
	}
}

// unreadable is the reading of texts that cannot be read for that reason.
func unreadable(kind, title, why string, texts ...string) Reading {
	return Reading{Kind: kind, Title: title, Texts: texts, Judgement: record.Judgement{Verdict: record.Unreadable, Detail: why}}
}
