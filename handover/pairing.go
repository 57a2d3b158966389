package handover

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/qr/base45"
	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
)

const (
	// PairingPrefix begins the text of an offer and of an answer. All of it is in the
	// alphanumeric set of QR codes.
	PairingPrefix = "ZBPAIR:"
	// OfferFor is how long an offer may be answered, by the clock of who made it.
	OfferFor = 10 * time.Minute

	pairingVersion = 1
	secretSize     = 16
	checkSize      = 4
	// maxName and maxAddress bound texts of a peer, in bytes: both fit a QR code.
	maxName    = 100
	maxAddress = 100
)

// Kinds of pairing texts.
const (
	isOffer  = 1
	isAnswer = 2
)

// pairing is what the text of an offer or an answer says.
//
//	version   1    1
//	kind      1    1 an offer, 2 an answer
//	sign     32    Ed25519
//	seal     32    X25519
//	proof    16    of an offer: the secret
//	         64    of an answer: SHA-256 of the secret, and the HMAC under it
//	name      1 + n
//	address   1 + n
//	check     4    of SHA-256 over what stands before: against typing errors
type pairing struct {
	kind          byte
	sign, seal    []byte
	secret        []byte // of an offer
	offer, proof  []byte // of an answer
	name, address string
}

func (p pairing) head() []byte {
	b := append([]byte{pairingVersion, p.kind}, p.sign...)
	b = append(b, p.seal...)
	if p.kind == isOffer {
		return append(b, p.secret...)
	}
	return append(b, p.offer...)
}

func (p pairing) tail() []byte {
	b := append([]byte{byte(len(p.name))}, p.name...)
	return append(append(b, byte(len(p.address))), p.address...)
}

// mac proves that whoever answers has seen the offer.
func (p pairing) mac(secret []byte) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("zoneblanche pairing answer 1\x00"))
	mac.Write(p.head())
	mac.Write(p.tail())
	return mac.Sum(nil)
}

func (p pairing) text() string {
	b := append(append(p.head(), p.proof...), p.tail()...)
	sum := sha256.Sum256(b)
	return PairingPrefix + base45.Encode(append(b, sum[:checkSize]...))
}

func pairingError(code record.Code, reason, why string) error {
	return &record.Error{Code: code, Op: "pair", Reason: reason, Err: errors.New(why)}
}

// parsePairing reads the text of a pairing, in its one spelling.
func parsePairing(text string) (p pairing, err error) {
	bad := func(why string) (pairing, error) {
		return pairing{}, pairingError(record.CodeInvalid, ReasonPairingText, why)
	}
	body, ok := strings.CutPrefix(strings.Trim(text, "\r\n"), PairingPrefix)
	if !ok || len(body) > 1000 {
		return bad("this is not the text of a pairing")
	}
	b, err := base45.Decode(body)
	if err != nil || len(b) < 2+64+checkSize {
		return bad("the text is not whole")
	}
	b, check := b[:len(b)-checkSize], b[len(b)-checkSize:]
	sum := sha256.Sum256(b)
	if !bytes.Equal(check, sum[:checkSize]) {
		return bad("a character is wrong")
	}
	take := func(n int) []byte {
		if len(b) < n {
			ok = false
			return make([]byte, n)
		}
		out := b[:n]
		b = b[n:]
		return out
	}
	version := take(1)[0]
	p.kind, p.sign, p.seal = take(1)[0], take(32), take(32)
	switch {
	case version != pairingVersion:
		return bad("there is no such version")
	case p.kind == isOffer:
		p.secret = take(secretSize)
	case p.kind == isAnswer:
		p.offer, p.proof = take(sha256.Size), take(sha256.Size)
	default:
		return bad("there is no such kind")
	}
	p.name = string(take(int(take(1)[0])))
	p.address = string(take(int(take(1)[0])))
	if !ok || len(b) > 0 || !plain(p.name, maxName) || !plain(p.address, maxAddress) {
		return bad("the text is not whole")
	}
	return p, nil
}

// plain reports whether a text may be shown as it is.
func plain(s string, limit int) bool {
	return len(s) <= limit && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// Offer begins a pairing on the journal that will hold entries: the text, to be shown
// as a QR code, lets whoever reads it within [OfferFor] answer, once. The address is
// where this journal answers on the local network, or "".
func Offer(ctx context.Context, j *store.Journal, name, address string, now time.Time) (string, error) {
	d, err := NewDesk(j)
	if err != nil {
		return "", err
	}
	if !plain(name, maxName) || !plain(address, maxAddress) {
		return "", pairingError(record.CodeInvalid, ReasonPairingText, "name or address is too long")
	}
	secret := make([]byte, secretSize)
	if _, err := rand.Read(secret); err != nil {
		return "", err
	}
	if err := j.Offer(ctx, secret, now.Add(OfferFor)); err != nil {
		return "", err
	}
	i := d.identity
	return pairing{kind: isOffer, sign: i.SignKey(), seal: i.SealKey(), secret: secret, name: name, address: address}.text(), nil
}

// Accept answers an offer, on the journal that will give entries. The answer goes to
// the other side; the peer counts for nothing until a person has confirmed it. With the
// recipient's keys, the peer is a relay that must not read what it delivers.
func Accept(ctx context.Context, j *store.Journal, text, name string, relay *fhir.SealingKeys) (peer store.Peer, answer string, err error) {
	o, err := parsePairing(text)
	if err != nil {
		return peer, "", err
	}
	if o.kind != isOffer || !plain(name, maxName) {
		return peer, "", pairingError(record.CodeInvalid, ReasonPairingText, "this is an answer, not an offer")
	}
	d, err := NewDesk(j)
	if err != nil {
		return peer, "", err
	}
	name256 := sha256.Sum256(o.secret)
	i := d.identity
	a := pairing{kind: isAnswer, sign: i.SignKey(), seal: i.SealKey(), offer: name256[:], name: name}
	a.proof = a.mac(o.secret)
	peer = store.Peer{ID: store.PeerID(o.sign, o.seal), Name: o.name, Sign: o.sign, Seal: o.seal, Holder: true, Address: o.address,
		Fingerprint: fingerprint(o, a, o.secret)}
	if relay != nil {
		if !relay.Valid() {
			return peer, "", pairingError(record.CodeInvalid, "sealing_keys", "these are not the keys of a recipient")
		}
		peer.RelaySeal, peer.RelaySign = relay.Seal, relay.Sign
	}
	if peer.ID == i.ID {
		return peer, "", pairingError(record.CodeInvalid, ReasonPairingSelf, "this is the journal's own offer")
	}
	return peer, a.text(), j.Pair(ctx, peer)
}

// Answered takes the answer to an offer of this journal.
func Answered(ctx context.Context, j *store.Journal, text string) (peer store.Peer, err error) {
	a, err := parsePairing(text)
	if err != nil {
		return peer, err
	}
	if a.kind != isAnswer {
		return peer, pairingError(record.CodeInvalid, ReasonPairingText, "this is an offer, not an answer")
	}
	d, err := NewDesk(j)
	if err != nil {
		return peer, err
	}
	secret, err := j.Offered(ctx, a.offer, func(secret []byte) bool { return hmac.Equal(a.proof, a.mac(secret)) })
	if err != nil {
		return peer, err
	}
	i := d.identity
	o := pairing{sign: i.SignKey(), seal: i.SealKey()}
	peer = store.Peer{ID: store.PeerID(a.sign, a.seal), Name: a.name, Sign: a.sign, Seal: a.seal, Fingerprint: fingerprint(o, a, secret)}
	return peer, j.Pair(ctx, peer)
}

// IsOffer reports whether a text is that of an offer; an error says that it is of no
// pairing.
func IsOffer(text string) (bool, error) {
	p, err := parsePairing(text)
	return p.kind == isOffer, err
}

// fingerprint is what both sides show as words: whoever stands between has other keys.
func fingerprint(offered, answered pairing, secret []byte) []byte {
	h := sha256.New()
	h.Write([]byte("zoneblanche pairing 1\x00"))
	for _, part := range [][]byte{offered.sign, offered.seal, answered.sign, answered.seal, secret} {
		h.Write(part)
	}
	return h.Sum(nil)
}

// Confirm says that a person read on the other side what same recognises. It confirms
// the one pairing that waits for that, and returns it.
func Confirm(ctx context.Context, j *store.Journal, same func(fingerprint []byte) bool) (store.Peer, error) {
	peers, err := j.Peers(ctx)
	if err != nil {
		return store.Peer{}, err
	}
	for _, p := range peers {
		if p.RevokedAt.IsZero() && same(p.Fingerprint) {
			return p, j.ConfirmPeer(ctx, p.ID)
		}
	}
	return store.Peer{}, pairingError(record.CodeUntrusted, ReasonPairingWords, "the words belong to no pairing")
}
