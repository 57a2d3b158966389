package recipient

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/record"
)

const (
	tokenPath = "/token"
	smartPath = "/.well-known/smart-configuration"
	// tokenFor is how long a token holds unless told otherwise: SMART advises five
	// minutes at most.
	tokenFor      = 5 * time.Minute
	assertionFor  = 5 * time.Minute // the longest that an assertion may hold
	assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	maxRemembered = 10_000
)

var assertionAlgorithms = []jose.SignatureAlgorithm{jose.RS384, jose.ES384, jose.ES256}

// Client is the one sender that may deliver when a server asks who it is (SMART
// Backend Services).
type Client struct {
	ID       string
	JWKS     []byte        // its public keys, a JSON Web Key Set
	TokenFor time.Duration // how long a token holds; 0 means five minutes
}

// auth gives out access tokens and checks them. Tokens live in memory: a server
// that starts again asks everybody anew.
type auth struct {
	client Client
	keys   jose.JSONWebKeySet

	mu     sync.Mutex
	tokens map[[sha256.Size]byte]time.Time // until when
	seen   map[string]time.Time            // assertions that were used, until their end
	asked  int
}

var errJWKS = errors.New("the client's keys are not a set of public keys")

func newAuth(c Client) (*auth, error) {
	a := &auth{client: c, tokens: map[[sha256.Size]byte]time.Time{}, seen: map[string]time.Time{}}
	err := json.Unmarshal(c.JWKS, &a.keys)
	for _, key := range a.keys.Keys {
		if !key.IsPublic() || !key.Valid() {
			err = errJWKS
		}
	}
	if err != nil || len(a.keys.Keys) == 0 || c.ID == "" {
		return nil, &record.Error{Code: record.CodeInvalid, Op: "open recipient", Reason: "client_keys", Err: errJWKS}
	}
	return a, nil
}

// open reports what anybody may ask for.
func open(path string) bool {
	return path == "/metadata" || path == tokenPath || path == smartPath || path == fhir.SealedKeysPath
}

func smartConfiguration(w http.ResponseWriter, r *http.Request) {
	writeJSON(w, http.StatusOK, map[string]any{
		"token_endpoint":                                   baseOf(r) + tokenPath,
		"token_endpoint_auth_methods_supported":            []string{"private_key_jwt"},
		"token_endpoint_auth_signing_alg_values_supported": assertionAlgorithms,
		"grant_types_supported":                            []string{"client_credentials"},
		"capabilities":                                     []string{"client-confidential-asymmetric"},
	})
}

// token answers a request for a token (RFC 6749, section 4.4, with RFC 7523).
func (a *auth) token(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	a.asked++
	a.mu.Unlock()
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if r.ParseForm() != nil || r.PostForm.Get("grant_type") != "client_credentials" || r.PostForm.Get("client_assertion_type") != assertionType {
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": "unsupported_grant_type"})
		return
	}
	if !a.believes(r.PostForm.Get("client_assertion"), baseOf(r)+tokenPath, time.Now()) {
		writeJSON(w, http.StatusUnauthorized, map[string]string{"error": "invalid_client", "error_description": wordsClient})
		return
	}
	life := a.client.TokenFor
	if life <= 0 {
		life = tokenFor
	}
	text := rand.Text()
	a.mu.Lock()
	forget(a.tokens, time.Now())
	a.tokens[sha256.Sum256([]byte(text))] = time.Now().Add(life)
	a.mu.Unlock()
	writeJSON(w, http.StatusOK, map[string]any{
		"access_token": text, "token_type": "bearer", "expires_in": int(life.Seconds()), "scope": r.PostForm.Get("scope")})
}

// believes checks an assertion: signed by the client's key, about the client, for
// this endpoint, now, and never seen before.
func (a *auth) believes(assertion, audience string, now time.Time) bool {
	signed, err := jwt.ParseSigned(assertion, assertionAlgorithms)
	if err != nil || len(signed.Headers) != 1 {
		return false
	}
	keys := a.keys.Key(signed.Headers[0].KeyID)
	if len(keys) != 1 {
		return false
	}
	var claims jwt.Claims
	if signed.Claims(keys[0].Key, &claims) != nil || claims.Expiry == nil || claims.ID == "" {
		return false
	}
	expected := jwt.Expected{Issuer: a.client.ID, Subject: a.client.ID, AnyAudience: jwt.Audience{audience}, Time: now}
	if claims.ValidateWithLeeway(expected, 10*time.Second) != nil || claims.Expiry.Time().Sub(now) > assertionFor+10*time.Second {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, used := a.seen[claims.ID]; used {
		return false
	}
	forget(a.seen, now)
	a.seen[claims.ID] = claims.Expiry.Time().Add(time.Minute)
	return true
}

// forget drops what has ended, and everything when there is too much of it.
func forget[K comparable](m map[K]time.Time, now time.Time) {
	for key, until := range m {
		if now.After(until) {
			delete(m, key)
		}
	}
	if len(m) >= maxRemembered {
		clear(m)
	}
}

// allows reports whether a request bears a token that holds.
func (a *auth) allows(r *http.Request) bool {
	text, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	until, known := a.tokens[sha256.Sum256([]byte(text))]
	return known && time.Now().Before(until)
}

// ForgetTokens makes every token that was given out worthless, as a restart does.
func (s *Server) ForgetTokens() {
	if s.auth == nil {
		return
	}
	s.auth.mu.Lock()
	defer s.auth.mu.Unlock()
	clear(s.auth.tokens)
}

// TokensAsked counts the requests for a token, granted or not.
func (s *Server) TokensAsked() int {
	if s.auth == nil {
		return 0
	}
	s.auth.mu.Lock()
	defer s.auth.mu.Unlock()
	return s.auth.asked
}
