package foreign

import (
	"strings"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// Reader reads other people's codes.
type Reader struct {
	Keys Keys
	Now  time.Time // the zero time means now
	// Repeats says that texts come from pictures, where one symbol may be seen
	// several times. Otherwise a code of a card in several codes that is given twice
	// is an error, as the standard has it.
	Repeats bool
}

const (
	// maxTexts bounds one call.
	maxTexts = 1024
	// maxText is the largest QR code: 7089 digits.
	maxText = 7089
	// maxJWS bounds a card that comes out of a file rather than a symbol.
	maxJWS = 64 << 10
)

// Read takes the texts that are somebody's known code and returns one reading for
// each, in the order in which they first appear, together with the texts that it
// does not know.
func (r Reader) Read(texts []string) (readings []Reading, rest []string) {
	if r.Now.IsZero() {
		r.Now = time.Now()
	}
	var chunks chunkSets
	places := []func() Reading{} // so that a card in several codes keeps the place of its first
	seen := map[string]bool{}
	for i, text := range texts {
		if i == maxTexts {
			rest = append(rest, texts[i:]...)
			break
		}
		if set, isChunk := chunks.add(text); isChunk {
			if set != nil {
				places = append(places, func() Reading { return r.readChunks(set) })
			}
			continue
		}
		read := r.reading(text)
		if read == nil {
			rest = append(rest, text)
			continue
		}
		if !seen[text] {
			seen[text] = true
			places = append(places, func() Reading { return read(text) })
		}
	}
	for _, read := range places {
		reading := read()
		reading.strip()
		readings = append(readings, reading)
	}
	return readings, rest
}

// reading returns what reads a text, by how the text begins; nil when it is none
// of ours to read.
func (r Reader) reading(text string) func(string) Reading {
	switch {
	case hasPrefixFold(text, prefixSHC):
		return r.readNumeric
	case looksLikeJWS(text):
		return r.readJWSText
	case isLink(text):
		return r.readLink
	case looksLikeHCERT(text):
		return r.readHCERT
	case looksLike2DDoc(bare(text)):
		return r.read2DDoc
	case looksLikeINS(bare(text)):
		return r.readINS
	}
	return nil
}

// bare takes off what handheld scanners put before a Data Matrix: its symbology
// identifier (ISO/IEC 15424: "]d" and a digit).
func bare(text string) string {
	if len(text) > 3 && text[:2] == "]d" && text[2] >= '0' && text[2] <= '9' {
		return text[3:]
	}
	return text
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// skew is how far our clock may be behind the issuer's before a document is said
// not to be valid yet.
const skew = 10 * time.Minute

// judgeLapse tells an expired document that was once good from others. It is called
// last; from and to bound the validity of the signer's key, zero for no bound.
func (r *Reading) judgeLapse(signed, from, to, now time.Time) {
	r.Lapsed = r.Judgement.Verdict == record.Expired && !signed.IsZero() && !signed.After(now) &&
		!signed.Before(from) && (to.IsZero() || !signed.After(to))
}

// judgeTime judges an otherwise good document by its own dates; the zero time
// means that it has no such date. The ends of the interval belong to it.
func (r *Reading) judgeTime(now time.Time) {
	switch {
	case !r.Expires.IsZero() && now.After(r.Expires):
		r.judge(record.Expired, frenchDay(r.Expires))
	case r.Issued.After(now.Add(skew)):
		r.judge(record.Expired, "")
		r.warn(WarnIssuedInFuture, warnFuture)
	default:
		r.judge(record.Authentic, r.Issuer)
	}
}
