package foreign

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"time"
)

const prefixLink = "shlink:/"

// isLink reports whether a text is a SMART Health Link: bare, or in the fragment
// of a viewer's address (SMART Health Links, "Construct a SHLink").
func isLink(text string) bool {
	if hasPrefixFold(text, prefixLink) {
		return true
	}
	return hasPrefixFold(text, "https://") && strings.Contains(text, "#"+prefixLink)
}

// readLink says where a link leads. It is no damaged code: what it stands for is
// on a server, encrypted under the key that the link carries. The key is not
// shown, since whoever sees it can open the documents.
func (r Reader) readLink(text string) Reading {
	out := unreadable(KindUnknown, titleLink, whyNetwork, text)
	out.warn(WarnNetwork, warnNetwork)
	if len(text) > maxText {
		return out
	}
	_, payload, _ := strings.Cut(text, ":/")
	if i := strings.Index(text, "#"+prefixLink); i >= 0 {
		payload = text[i+len("#"+prefixLink):]
	}
	data, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil {
		return out
	}
	var link struct {
		URL   string  `json:"url"`
		Label string  `json:"label"`
		Flag  string  `json:"flag"`
		Exp   float64 `json:"exp"`
	}
	if json.Unmarshal(data, &link) != nil {
		return out
	}
	if address, err := url.Parse(link.URL); err == nil {
		out.fact(labelServer, address.Host)
	}
	out.fact(labelLinkLabel, link.Label)
	if strings.Contains(link.Flag, "P") {
		out.fact(labelPasscode, valueYes)
	}
	if t := numericDate(link.Exp); !t.IsZero() && t.Year() < 3000 {
		out.Expires = t
		out.fact(labelExpires, frenchDay(t))
		if r.Now.After(t) {
			out.Judgement.Detail = whyNetworkExpired
		}
	}
	return out
}

// numericDate is the instant of a NumericDate (RFC 7519, section 2), which may
// have decimals; zero for none.
func numericDate(seconds float64) time.Time {
	if !(seconds > 0 && seconds < 1e15) {
		return time.Time{}
	}
	whole := int64(seconds)
	return time.Unix(whole, int64((seconds-float64(whole))*1e9)).UTC()
}
