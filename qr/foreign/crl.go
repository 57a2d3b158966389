package foreign

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"
)

// revocations are the cards that one key's issuer takes back, by revocation id.
// The value is the second before which a card must have been issued to be meant;
// 0 means whenever.
type revocations struct {
	counter int
	ids     map[string]int64
}

var errRevocations = errors.New("not a list of revoked cards by rid")

const maxRevoked = 1 << 20

// parseRevocations reads a card revocation list (SMART Health Cards Framework,
// "Revocation"): method rid, each id alone or followed by a dot and a second.
func parseRevocations(data []byte) (kid string, list revocations, err error) {
	var file struct {
		Kid    string   `json:"kid"`
		Method string   `json:"method"`
		Ctr    int      `json:"ctr"`
		Rids   []string `json:"rids"`
	}
	if json.Unmarshal(data, &file) != nil || file.Kid == "" || file.Method != "rid" || file.Ctr < 0 || len(file.Rids) > maxRevoked {
		return "", list, errRevocations
	}
	list = revocations{counter: file.Ctr, ids: make(map[string]int64, len(file.Rids))}
	for _, entry := range file.Rids {
		id, second, dated := strings.Cut(entry, ".")
		var before int64
		if dated {
			if before, err = strconv.ParseInt(second, 10, 64); err != nil || before <= 0 {
				return "", revocations{}, errRevocations
			}
		}
		if !revocationID(id) {
			return "", revocations{}, errRevocations
		}
		// One id may be listed twice; the listing that revokes more wins.
		if old, known := list.ids[id]; known && (old == 0 || before != 0 && old > before) {
			continue
		}
		list.ids[id] = before
	}
	return file.Kid, list, nil
}

// revocationID reports whether s is one: base64url of at most 24 characters.
func revocationID(s string) bool {
	return s != "" && len(s) <= 24 && strings.Trim(s, base64urlAlphabet) == ""
}

const base64urlAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// revokes reports whether a card with that id, issued then, is taken back.
func (l revocations) revokes(id string, issued time.Time) bool {
	before, listed := l.ids[id]
	return listed && (before == 0 || issued.Before(time.Unix(before, 0)))
}
