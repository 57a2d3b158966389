package handover

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/qr/base45"
	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
)

func reason(t *testing.T, err error, want string) {
	t.Helper()
	if record.ReasonOf(err) != want {
		t.Fatalf("got %v, want %q", err, want)
	}
}

// Two journals that read one another's codes show the same words; until somebody has
// said so they exchange nothing.
func TestPairing(t *testing.T) {
	ctx := context.Background()
	laptop, practice := openStore(t, t.TempDir()), openStore(t, t.TempDir())
	offer, err := Offer(ctx, practice, "Cabinet du Dr Martin", "192.168.1.20:8485", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if strings.Trim(offer, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 $%*+-./:") != "" {
		t.Errorf("not in the alphanumeric set: %q", offer)
	}
	holder, answer, err := Accept(ctx, laptop, offer, "Portable", nil)
	if err != nil || holder.Name != "Cabinet du Dr Martin" || holder.Address != "192.168.1.20:8485" {
		t.Fatalf("got %+v, %v", holder, err)
	}
	origin, err := Answered(ctx, practice, answer)
	if err != nil || origin.Name != "Portable" || origin.Holder {
		t.Fatalf("got %+v, %v", origin, err)
	}
	if !bytes.Equal(holder.Fingerprint, origin.Fingerprint) || len(holder.Fingerprint) != 32 {
		t.Fatal("the two sides would show other words")
	}
	// The offer is used up, and nothing moves before the words are compared.
	_, err = Answered(ctx, practice, answer)
	reason(t, err, store.ReasonNoOffer)
	_, err = desk(t, laptop).Export(ctx, Dir(t.TempDir()), ExportOptions{})
	reason(t, err, store.ReasonNoPeer)
	_, err = Confirm(ctx, laptop, func([]byte) bool { return false })
	reason(t, err, ReasonPairingWords)
	for _, j := range []*store.Journal{laptop, practice} {
		if _, err := Confirm(ctx, j, func(f []byte) bool { return bytes.Equal(f, holder.Fingerprint) }); err != nil {
			t.Fatal(err)
		}
	}
	recordOne(t, laptop)
	key := Dir(t.TempDir())
	exports(t, laptop, key)
	wantOutcome(t, imports(t, practice, key), Took, 1)
}

// Somebody in the middle, who shows an offer of his own and answers in his own name,
// makes the two sides show other words.
func TestSomebodyInTheMiddle(t *testing.T) {
	ctx := context.Background()
	laptop, practice, thief := openStore(t, t.TempDir()), openStore(t, t.TempDir()), openStore(t, t.TempDir())
	offer, err := Offer(ctx, practice, "Cabinet", "", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	real, err := parsePairing(offer)
	if err != nil {
		t.Fatal(err)
	}
	i := desk(t, thief).Identity()
	false_ := pairing{kind: isOffer, sign: i.SignKey(), seal: i.SealKey(), secret: real.secret, name: "Cabinet"}
	seen, _, err := Accept(ctx, laptop, false_.text(), "Portable", nil)
	if err != nil {
		t.Fatal(err)
	}
	_, answer, err := Accept(ctx, thief, offer, "Portable", nil)
	if err != nil {
		t.Fatal(err)
	}
	shown, err := Answered(ctx, practice, answer)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(seen.Fingerprint[:8], shown.Fingerprint[:8]) {
		t.Fatal("the words agree")
	}
}

func TestPairingTexts(t *testing.T) {
	ctx := context.Background()
	j := openStore(t, t.TempDir())
	offer, err := Offer(ctx, j, "Cabinet", "", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = Accept(ctx, j, offer, "Portable", nil)
	reason(t, err, ReasonPairingSelf)
	_, err = Answered(ctx, j, offer)
	reason(t, err, ReasonPairingText)
	raw, err := base45.Decode(strings.TrimPrefix(offer, PairingPrefix))
	if err != nil {
		t.Fatal(err)
	}
	for i := range raw {
		b := bytes.Clone(raw)
		b[i] ^= 1
		if _, err := parsePairing(PairingPrefix + base45.Encode(b)); record.ReasonOf(err) != ReasonPairingText {
			t.Fatalf("byte %d: got %v", i, err)
		}
	}
	for _, text := range []string{"", "ZBPAIR:", "ZB:x", offer[:40], offer + "A"} {
		_, err := parsePairing(text)
		reason(t, err, ReasonPairingText)
	}
	// An answer that was made without having seen the offer.
	late, err := Offer(ctx, j, "Cabinet", "", time.Now().Add(-time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	_, answer, err := Accept(ctx, openStore(t, t.TempDir()), late, "Portable", nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Answered(ctx, j, answer)
	reason(t, err, store.ReasonNoOffer)
}

func FuzzPairing(f *testing.F) {
	p := pairing{kind: isOffer, sign: make([]byte, 32), seal: make([]byte, 32), secret: make([]byte, 16), name: "a", address: "b:1"}
	f.Add(p.text())
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parsePairing(text)
		if err == nil && p.text() != strings.Trim(text, "\r\n") {
			t.Fatalf("two spellings: %q, %q", text, p.text())
		}
	})
}
