package qr

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"errors"
	"io"
	"time"

	"github.com/veraison/go-cose"
	"github.com/zoneblanche/zoneblanche/qr/base45"
	"github.com/zoneblanche/zoneblanche/qr/compress"
	"github.com/zoneblanche/zoneblanche/record"
)

// SigningKey is the private half of an issuer's key.
type SigningKey struct {
	ID        []byte // as in [record.Key]
	Algorithm record.Algorithm
	Signer    crypto.Signer
}

// EncodeOptions is what [Encode] needs besides the summary.
type EncodeOptions struct {
	Key SigningKey
	// Declared makes a card that nobody vouches for: it is signed with a key that
	// is made for it and thrown away, and Key stays empty. The identity is then
	// never said to be qualified.
	Declared bool
	// Code locks the full message; nil leaves it in clear.
	Code *PatientCode
	// Withhold leaves allergies and treatments out of the emergency message, which
	// then only counts them. It goes with a Code.
	Withhold bool
	// IssuedAt is kept to the second; the zero time means now.
	IssuedAt time.Time
	// CardID is 8 bytes, random when nil. A card printed again is another card,
	// unless the same id is given to make it one that a revocation finds.
	CardID []byte
	// Rand is crypto/rand.Reader when nil.
	Rand io.Reader
	// Trial compresses with a dictionary that is none of the format's, to measure it:
	// nobody reads such a card but a [Reader] with the same Trial. Nil for cards.
	Trial *compress.Model
}

// Card is what gets printed.
type Card struct {
	ID       []byte
	IssuedAt time.Time
	// Symbols holds the emergency code, then the full ones, then parity.
	Symbols []Symbol
	// LeftOut is what no code of the card carries, entries and details of entries,
	// most important last.
	LeftOut []record.LeftOut
	// Locked says that the full codes open with the patient's code only, Withheld
	// that allergies or treatments are in them and not in the emergency code.
	Locked, Withheld bool
	// Emergency and Full are what the two messages say; Full is nil when the
	// emergency message says everything.
	Emergency, Full *record.Summary
	// CBORBytes and SignedBytes are the lengths of both messages together, before
	// compression and once signed. Bits counts the data bits of the emergency and
	// full symbols; parity is not counted.
	CBORBytes, SignedBytes, Bits int
}

// Encode makes the card of s, which must be sorted ([record.Summary.Sort]), and
// already masked and aged. It fails with [record.ErrAllergiesDoNotFit] rather
// than make a card that shows some of the allergies, and with the reason
// "nothing_to_lock" rather than make a card whose code protects nothing.
func Encode(s *record.Summary, opt EncodeOptions) (*Card, error) {
	w, err := newWriter(opt)
	if err != nil {
		return nil, err
	}
	if opt.Declared {
		unqualified := *s
		unqualified.Patient.Qualified = false
		s = &unqualified
	}
	w.head.withheld = opt.Withhold && s.Allergies.Len()+s.Medications.Len() > 0
	emergency, rest, err := w.divide(s)
	if err != nil {
		return nil, err
	}
	if w.emergencyBody, err = encodeBody(emergency); err != nil {
		return nil, err
	}
	full, k, left, err := w.trim(emergency, rest)
	if err != nil {
		return nil, err
	}
	if w.head.withheld && full.Allergies.Len() < s.Allergies.Len() {
		return nil, record.ErrAllergiesDoNotFit
	}
	card := &Card{ID: w.head.card[:], IssuedAt: w.head.issued, Emergency: emergency, LeftOut: left}
	fullBody, err := encodeBody(full)
	if err != nil {
		return nil, err
	}
	card.CBORBytes = len(w.emergencyBody)
	h := w.head
	card.Locked, card.Withheld = h.locked, h.withheld
	if len(fullBody) > len(emptyBody) {
		h.parts = k
		card.Full = full
		card.CBORBytes += len(fullBody)
	} else if h.locked {
		return nil, &record.Error{Code: record.CodeInvalid, Op: "lock card", Reason: "nothing_to_lock"}
	}
	first, err := w.seal(h, w.emergencyBody)
	if err != nil {
		return nil, err
	}
	card.SignedBytes = len(first)
	if err := card.add(RoleEmergency, 1, 1, first); err != nil {
		return nil, err
	}
	if h.parts == 0 {
		return card, nil
	}
	second, err := w.seal(head{kind: kindFull, binding: bind(first)}, fullBody)
	if err != nil {
		return nil, err
	}
	if h.locked {
		if second, err = w.lock(first, second); err != nil {
			return nil, err
		}
	}
	card.SignedBytes += len(second)
	return card, card.addFull(second, h.parts, h.card)
}

// divide divides a summary between the two messages. When one code holds all of it
// there is one message, unless a patient's code is to protect the rest.
func (w *writer) divide(s *record.Summary) (emergency, rest *record.Summary, err error) {
	if w.head.withheld {
		return withhold(s, w.fitsEmergency)
	}
	if !w.head.locked && s.Whole() {
		if ok, err := w.fitsEmergency(s); err != nil || ok {
			return s, new(record.Summary), err
		}
	}
	return record.Split(s, w.fitsEmergency)
}

var errTooLong = errors.New("more than the symbols of a card hold")

// emptyBody is a summary that says nothing: an empty map.
const emptyBody = "\xa0"

// addFull appends the symbols of the full message.
func (c *Card) addFull(signed []byte, k int, id [cardIDSize]byte) error {
	if k == 1 {
		return c.add(RoleFull, 1, 1, signed)
	}
	parts, err := split(signed, k, id)
	if err != nil {
		return &record.Error{Code: record.CodeInternal, Op: "split card", Err: err}
	}
	for _, p := range parts {
		role := RoleFull
		if p.index > k {
			role = RoleParity
		}
		if err := c.add(role, p.index, p.n, p.bytes()); err != nil {
			return err
		}
	}
	return nil
}

func (c *Card) add(role Role, index, of int, data []byte) error {
	symbol, err := newSymbol(role, index, of, Prefix+base45.Encode(data))
	if err != nil {
		return &record.Error{Code: record.CodeInternal, Op: "draw card", Err: err}
	}
	c.Symbols = append(c.Symbols, symbol)
	if role != RoleParity {
		c.Bits += dataBits(symbol.Text, symbol.Version)
	}
	return nil
}

// writer makes the two messages of one card.
type writer struct {
	coder
	key           SigningKey
	rand          io.Reader
	code          *PatientCode
	head          head   // of the emergency message, as far as it does not depend on the summary
	emergencyBody []byte // once it is chosen
}

func newWriter(opt EncodeOptions) (*writer, error) {
	fail := func(reason string, err error) (*writer, error) {
		return nil, &record.Error{Code: record.CodeInvalid, Op: "make card", Reason: reason, Err: err}
	}
	w := &writer{coder: coder{opt.Trial}, key: opt.Key, rand: opt.Rand, code: opt.Code, head: head{kind: kindEmergency}}
	if w.rand == nil {
		w.rand = rand.Reader
	}
	switch {
	case opt.Code != nil && !opt.Code.valid():
		return fail("patient_code", errLocked)
	case opt.Withhold && opt.Code == nil:
		return fail("withhold_without_code", nil)
	}
	w.head.locked = opt.Code != nil
	switch {
	case opt.Declared && (opt.Key.Signer != nil || opt.Key.ID != nil):
		return fail("signing_key", errAlgorithm) // an issuer declares nothing for a patient
	case opt.Declared:
		var err error
		if w.key, w.head.self, err = newSelfKey(w.rand); err != nil {
			return nil, &record.Error{Code: record.CodeInternal, Op: "make card", Err: err}
		}
		w.head.kind = kindDeclared
	case opt.Key.Signer == nil || len(opt.Key.ID) != record.KeyIDSize ||
		opt.Key.Algorithm != record.EdDSA && opt.Key.Algorithm != record.ES256:
		return fail("signing_key", errAlgorithm)
	}
	if _, err := cose.NewSigner(cose.Algorithm(w.key.Algorithm), w.key.Signer); err != nil {
		return fail("signing_key", errAlgorithm)
	}
	issued := opt.IssuedAt
	if issued.IsZero() {
		issued = time.Now()
	}
	w.head.issued = issued.UTC().Truncate(time.Second)
	if seconds := w.head.issued.Unix() - epoch.Unix(); seconds < 0 || seconds > 1<<32-1 {
		return fail("issued_at", errIssued)
	}
	switch {
	case opt.CardID == nil:
		if _, err := io.ReadFull(w.rand, w.head.card[:]); err != nil {
			return nil, &record.Error{Code: record.CodeInternal, Op: "make card", Err: err}
		}
	case len(opt.CardID) != cardIDSize:
		return fail("card_id", errHead)
	default:
		copy(w.head.card[:], opt.CardID)
	}
	return w, nil
}

// compress compresses the body of a message and says in its head how. The full
// message is compressed with what the emergency message taught.
func (w *writer) compress(h head, body []byte) (head, []byte) {
	var prior, code []byte
	if h.kind == kindFull {
		prior = w.emergencyBody
	}
	h.dictionary, code = w.coder.compress(prior, body)
	return h, code
}

// size returns how many bytes the message of s would take, signed and locked.
func (w *writer) size(h head, s *record.Summary) (int, error) {
	body, err := encodeBody(s)
	if err != nil {
		return 0, err
	}
	if len(body) > h.kind.maxBody() {
		return 0, &record.Error{Code: record.CodeTooLarge, Op: "encode summary", Err: errTooMany}
	}
	h, code := w.compress(h, body)
	n, err := sealed(w.key.Algorithm, h, len(code))
	if h.kind == kindFull && w.head.locked {
		n = lockedSize(n)
	}
	return n, err
}

// fitsEmergency reports whether e fits the emergency symbol.
func (w *writer) fitsEmergency(e *record.Summary) (bool, error) {
	n, err := w.size(w.head, e)
	if record.CodeOf(err) == record.CodeTooLarge {
		return false, nil
	}
	return err == nil && textLen(n) <= maxSymbolChars, err
}

// fullParts returns how many symbols full takes; 0 when they are not enough.
func (w *writer) fullParts(full *record.Summary) (int, error) {
	n, err := w.size(head{kind: kindFull}, full)
	if record.CodeOf(err) == record.CodeTooLarge {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return partsFor(n), nil
}

// seal signs a message and reads it back as any reader will, so that a faulty
// token or a defect of ours stops here and not on paper.
func (w *writer) seal(h head, body []byte) ([]byte, error) {
	h, code := w.compress(h, body)
	signed, err := seal(w.key, w.rand, h, code)
	if err != nil {
		return nil, &record.Error{Code: record.CodeInternal, Op: "sign card", Reason: "signing_key", Err: err}
	}
	m, err := parseMessage(signed)
	if err == nil {
		err = m.verify(record.Key{Algorithm: w.key.Algorithm, Public: w.key.Signer.Public()})
	}
	if err == nil {
		_, err = w.coder.read(m, w.emergencyBody)
	}
	if err != nil {
		return nil, &record.Error{Code: record.CodeInternal, Op: "check card", Err: err}
	}
	return signed, nil
}

// lock locks the signed full message, and opens it as any reader will.
func (w *writer) lock(emergency, signed []byte) ([]byte, error) {
	fail := func(err error) ([]byte, error) {
		return nil, &record.Error{Code: record.CodeInternal, Op: "lock card", Err: err}
	}
	l, err := newLock(*w.code, w.head.card, emergency)
	if err != nil {
		return fail(err)
	}
	closed, err := l.close(w.rand, w.head.card, signed)
	if err != nil {
		return fail(err)
	}
	m, err := parseLocked(closed)
	if err != nil {
		return fail(err)
	}
	if opened, err := l.open(m); err != nil || !bytes.Equal(opened, signed) {
		return fail(errLocked)
	}
	return closed, nil
}
