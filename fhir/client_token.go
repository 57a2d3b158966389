package fhir

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/google/uuid"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/zoneblanche/zoneblanche/record"
)

// DefaultScopes is what delivering takes, in the words of SMART 2.0, and no more.
var defaultScopes = []string{
	"system/DocumentReference.crus", "system/List.c", "system/Binary.c", "system/Patient.s", "system/AuditEvent.cs",
}

const (
	assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	// assertionFor is how long an assertion holds; SMART allows five minutes at most.
	assertionFor = 4 * time.Minute
	// renewBefore is how long before its end a token is replaced, so that none ends
	// under way; of a short-lived one it is a third of its life.
	renewBefore = time.Minute
	// tokenFor is how long a token is used whose end nobody told.
	tokenFor     = 5 * time.Minute
	tokenTimeout = 30 * time.Second
	// clockOff is from which difference the token endpoint's clock is believed and
	// not ours.
	clockOff = time.Minute
)

// Credentials are what a client proves who it is with: OAuth 2 client credentials
// with a signed assertion (SMART Backend Services, private_key_jwt). No secret is
// shared with anybody, and the key never leaves this machine.
type Credentials struct {
	TokenURL string
	ClientID string
	// Key signs: RSA of 2048 bits or more (RS384), ECDSA on P-384 (ES384) or P-256
	// (ES256).
	Key crypto.Signer
	// KeyID names the key in the set that was registered; "" means its thumbprint
	// (RFC 7638).
	KeyID string
	// Scopes are what is asked for; nil means what delivering takes.
	Scopes []string
}

// LogValue shows the client's id alone.
func (c Credentials) LogValue() slog.Value { return slog.StringValue(c.ClientID) }

// String shows the client's id alone.
func (c Credentials) String() string { return "credentials of " + c.ClientID }

// GoString is String, so that no format shows a key.
func (c Credentials) GoString() string { return c.String() }

// tokens gets, keeps and renews access tokens. Its methods may be called
// concurrently; a nil *tokens has none and needs none.
type tokens struct {
	credentials Credentials
	signer      jose.Signer
	http        func() *http.Client

	turn    chan struct{} // held by whoever asks the endpoint, so that many ask once
	mu      sync.Mutex
	current *oauth2.Token
	until   time.Time     // when it is to be replaced, on the monotonic clock too
	skew    time.Duration // of the endpoint's clock against ours
}

var (
	errTokenURL    = errors.New("the address of the token endpoint is not an https URL without query, fragment and password")
	errClientID    = errors.New("the client has no id")
	errClientKey   = errors.New("the key is neither RSA of 2048 bits or more, nor ECDSA on P-256 or P-384")
	errToken       = errors.New("the token endpoint's answer is not a token")
	errTokenDenied = errors.New("the token endpoint refuses this client")
)

// newTokens errors are CodeInvalid with Reason "token_url", "client_id" or
// "token_key".
func newTokens(c Credentials, client func() *http.Client) (*tokens, error) {
	fail := func(reason string, err error) (*tokens, error) {
		return nil, &record.Error{Code: record.CodeInvalid, Op: "read credentials", Reason: reason, Err: err}
	}
	if _, err := checkBase(c.TokenURL); err != nil {
		return fail("token_url", errTokenURL)
	}
	if c.ClientID == "" {
		return fail("client_id", errClientID)
	}
	algorithm, err := algorithmOf(c.Key)
	if err != nil {
		return fail("token_key", err)
	}
	if c.KeyID == "" {
		if c.KeyID, err = thumbprint(c.Key.Public()); err != nil {
			return fail("token_key", err)
		}
	}
	if len(c.Scopes) == 0 {
		c.Scopes = defaultScopes
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: jose.JSONWebKey{Key: c.Key, KeyID: c.KeyID}},
		(&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return fail("token_key", err)
	}
	return &tokens{credentials: c, signer: signer, http: client, turn: make(chan struct{}, 1)}, nil
}

func algorithmOf(key crypto.Signer) (jose.SignatureAlgorithm, error) {
	switch key := key.(type) {
	case *rsa.PrivateKey:
		if key.N.BitLen() >= 2048 {
			return jose.RS384, nil
		}
	case *ecdsa.PrivateKey:
		switch key.Curve.Params().BitSize {
		case 256:
			return jose.ES256, nil
		case 384:
			return jose.ES384, nil
		}
	}
	return "", errClientKey
}

func thumbprint(public crypto.PublicKey) (string, error) {
	sum, err := (&jose.JSONWebKey{Key: public}).Thumbprint(crypto.SHA256)
	return base64.RawURLEncoding.EncodeToString(sum), err
}

// get returns a token that holds for a while yet, or "" where none is needed.
func (t *tokens) get(ctx context.Context) (string, *record.DeliveryError) {
	return t.renew(ctx, "")
}

// renew returns another token than refused, which the recipient did not take. When
// somebody else got one meanwhile, it is that one.
func (t *tokens) renew(ctx context.Context, refused string) (string, *record.DeliveryError) {
	if t == nil {
		return "", nil
	}
	if token := t.fresh(refused); token != "" {
		return token, nil
	}
	select {
	case t.turn <- struct{}{}:
		defer func() { <-t.turn }()
	case <-ctx.Done():
		return "", &record.DeliveryError{Outcome: record.OutcomeUnavailable, Cause: "canceled", Err: ctx.Err()}
	}
	if token := t.fresh(refused); token != "" {
		return token, nil
	}
	got, failure := t.ask(ctx)
	if failure != nil {
		return "", failure
	}
	life := time.Until(got.Expiry)
	if got.Expiry.IsZero() {
		life = tokenFor
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.current, t.until = got, time.Now().Add(life-min(renewBefore, life/3))
	return got.AccessToken, nil
}

func (t *tokens) fresh(refused string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.current == nil || t.current.AccessToken == refused || time.Now().After(t.until) {
		return ""
	}
	return t.current.AccessToken
}

// ask gets a token. When the endpoint refuses the assertion and its clock differs
// from ours, it is asked once more by its own clock: a practice whose computer has
// the wrong date is to deliver all the same.
func (t *tokens) ask(ctx context.Context) (*oauth2.Token, *record.DeliveryError) {
	ctx, cancel := context.WithTimeout(ctx, tokenTimeout)
	defer cancel()
	token, err := t.request(ctx)
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) && refused.Response != nil {
		if theirs, e := http.ParseTime(refused.Response.Header.Get("Date")); e == nil {
			off := time.Until(theirs)
			if (off - t.skew).Abs() > clockOff {
				t.skew = off // only whoever holds the turn comes here
				token, err = t.request(ctx)
			}
		}
	}
	if err != nil {
		return nil, tokenFailure(ctx, err)
	}
	if !strings.EqualFold(token.Type(), "Bearer") || strings.ContainsAny(token.AccessToken, " \r\n\t") {
		return nil, &record.DeliveryError{Outcome: record.OutcomeUnavailable, Cause: "token_malformed", Err: errToken}
	}
	return token, nil
}

func (t *tokens) request(ctx context.Context) (*oauth2.Token, error) {
	c := t.credentials
	now := time.Now().Add(t.skew)
	assertion, err := jwt.Signed(t.signer).Claims(jwt.Claims{
		Issuer: c.ClientID, Subject: c.ClientID, Audience: jwt.Audience{c.TokenURL}, ID: uuid.NewString(),
		IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(assertionFor)),
	}).Serialize()
	if err != nil {
		return nil, errClientKey
	}
	config := clientcredentials.Config{
		ClientID: c.ClientID, TokenURL: c.TokenURL, Scopes: c.Scopes, AuthStyle: oauth2.AuthStyleInParams,
		EndpointParams: map[string][]string{"client_assertion_type": {assertionType}, "client_assertion": {assertion}},
	}
	return config.Token(context.WithValue(ctx, oauth2.HTTPClient, t.http()))
}

// tokenFailure classes a failure to get a token. Nothing has been sent of the
// entry. The library's error is not kept: it may quote the answer, which may quote
// what we sent.
func tokenFailure(ctx context.Context, err error) *record.DeliveryError {
	var refused *oauth2.RetrieveError
	if !errors.As(err, &refused) {
		out := &record.DeliveryError{Outcome: record.OutcomeUnavailable, Cause: "token_no_answer", Err: errToken}
		if errors.Is(ctx.Err(), context.Canceled) {
			out.Cause = "canceled"
		}
		return out
	}
	status := 0
	if refused.Response != nil {
		status = refused.Response.StatusCode
	}
	switch {
	case status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable:
		out := &record.DeliveryError{Outcome: record.OutcomeBusy, Cause: "token_busy", Err: errToken}
		out.RetryAfter = retryAfter(refused.Response.Header)
		return out
	case refused.ErrorCode == "temporarily_unavailable" || refused.ErrorCode == "server_error" || status >= 500:
		return &record.DeliveryError{Outcome: record.OutcomeUnavailable, Cause: "token_unavailable", Err: errToken}
	case refused.ErrorCode != "":
		// RFC 6749, section 5.2: the endpoint's own word about us, not about the entry.
		words := cutWords(plainWords(strings.TrimSuffix(refused.ErrorCode+": "+refused.ErrorDescription, ": ")))
		return &record.DeliveryError{Outcome: record.OutcomeUnauthorized, Cause: "token_refused", Words: words, Err: errTokenDenied}
	}
	return &record.DeliveryError{Outcome: record.OutcomeUnavailable, Cause: "token_malformed", Err: errToken}
}
