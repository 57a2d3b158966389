package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
)

// Local answers programs of the same user on this machine, beside the pages: who can
// read the token can ask. It is served under [LocalPath].
//
// The token itself is never sent. Who asks proves that he knows it, and so does who
// answers: after a crash the port may be another program's, which must neither learn
// anything nor be believed.
type Local struct {
	Token   string
	Handler http.Handler
}

// LocalPath is where [Local] answers.
const LocalPath = "/local/"

// The headers of a question: a nonce that is never used again, and the proof of
// [LocalProof] for [LocalAsks]. The answer has the proof for [LocalAnswers].
const (
	LocalNonce   = "Zoneblanche-Nonce"
	LocalMAC     = "Zoneblanche-Proof"
	LocalAsks    = "ask"
	LocalAnswers = "answer"
)

// LocalProof proves to who knows the token that who made it does too.
func LocalProof(token, role, nonce string) string {
	mac := hmac.New(sha256.New, []byte(token))
	mac.Write([]byte(role + " " + nonce))
	return hex.EncodeToString(mac.Sum(nil))
}

// serve lets through what proves to know the token and does not come from a browser:
// no page, not even one of ours, has business here.
func (l *Local) serve(w http.ResponseWriter, r *http.Request) {
	nonce := r.Header.Get(LocalNonce)
	fromBrowser := r.Header.Get("Origin") != "" || r.Header.Get("Sec-Fetch-Site") != "" || r.Header.Get("Cookie") != ""
	proven := hmac.Equal([]byte(r.Header.Get(LocalMAC)), []byte(LocalProof(l.Token, LocalAsks, nonce)))
	if l.Token == "" || len(nonce) < 16 || fromBrowser || !proven {
		http.Error(w, sayWrongMethod, http.StatusForbidden)
		return
	}
	w.Header().Set(LocalMAC, LocalProof(l.Token, LocalAnswers, nonce))
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	l.Handler.ServeHTTP(w, r)
}
