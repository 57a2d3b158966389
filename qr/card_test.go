package qr

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/color"
	"math/big"
	"reflect"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	"github.com/zoneblanche/zoneblanche/qr/base45"
	"github.com/zoneblanche/zoneblanche/record"
	"pgregory.net/rapid"
)

func messageText(raw []byte) string { return Prefix + base45.Encode(raw) }

func mustEncode(t testing.TB, s *record.Summary, opt EncodeOptions) *Card {
	t.Helper()
	card, err := Encode(s, opt)
	if err != nil {
		t.Fatal(err)
	}
	return card
}

// longSummary is the sample with n more results, which makes a full message of
// several parts. Its words are random so that nothing compresses them away.
// noise is a word that does not compress.
func noise(i int) string {
	sum := sha256.Sum256([]byte{byte(i), byte(i >> 8)})
	return hex.EncodeToString(sum[:8])
}

func longSummary(n int) *record.Summary {
	s := sampleSummary()
	for i := range n {
		s.Results.Entries = append(s.Results.Entries, record.Observation{
			What: record.Text("Dosage " + noise(i)), Status: "final",
			Date: record.Date(fmt.Sprintf("20%02d-0%d-1%d", 20+i%6, 1+i%9, i%10)), Quantity: record.Quantity{Value: fmt.Sprint(i*37%991) + "." + fmt.Sprint(i%10), Unit: "mmol/L"}})
	}
	s.Sort()
	return s
}

// TestRandomCardsComeBack encodes random summaries, loses as many full symbols
// as parity allows, shuffles and doubles the rest, and reads.
func TestRandomCardsComeBack(t *testing.T) {
	key, trusted := testKey("des Tilleuls")
	reader := Reader{Keys: testList(trusted), Now: testNow}
	several := 0
	rapid.Check(t, func(t *rapid.T) {
		s := genSummary(rapid.SampledFrom([]int{1, 1, 2, 3}).Draw(t, "size")).Draw(t, "summary")
		s.UpdatedAt = "2026-11-01"
		card, err := Encode(s, EncodeOptions{Key: key, IssuedAt: testNow})
		if errors.Is(err, record.ErrAllergiesDoNotFit) || record.CodeOf(err) == record.CodeTooLarge {
			t.Skip("too large")
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(card.LeftOut) > 0 {
			t.Skip("does not fit whole")
		}
		all := texts(card)
		if full := all[1:]; len(full) > 1 {
			several++
			full = rapid.Permutation(full).Draw(t, "order")
			lost := 0
			for _, symbol := range card.Symbols {
				if symbol.Role == RoleParity {
					lost++
				}
			}
			all = append(all[:1:1], full[lost:]...)
		}
		all = rapid.Permutation(append(all, all[0])).Draw(t, "shuffled")
		got := reader.Read(all)
		if len(got) != 1 || got[0].Judgement.Verdict != record.Authentic || !got[0].Complete {
			t.Fatalf("got %+v", got)
		}
		if !reflect.DeepEqual(got[0].Summary, s) {
			t.Fatalf("got  %+v\nwant %+v", got[0].Summary, s)
		}
	})
	t.Logf("%d cards with several parts", several)
}

func TestEveryChoiceOfPartsJoins(t *testing.T) {
	key, trusted := testKey("des Tilleuls")
	reader := Reader{Keys: testList(trusted), Now: testNow}
	for _, n := range []int{20, 60, 120} {
		s := longSummary(n)
		card := mustEncode(t, s, EncodeOptions{Key: key, IssuedAt: testNow})
		full := card.Symbols[1:]
		t.Run(fmt.Sprintf("%d codes", len(full)), func(t *testing.T) {
			k := 0
			for _, symbol := range full {
				if symbol.Role == RoleFull {
					k++
				}
				if len(symbol.Text) > maxSymbolChars || symbol.Of != len(full) {
					t.Errorf("code %d of %d has %d characters", symbol.Index, symbol.Of, len(symbol.Text))
				}
			}
			for choice := range 1 << len(full) {
				var chosen []string
				for i, symbol := range full {
					if choice>>i&1 == 1 {
						chosen = append(chosen, symbol.Text)
					}
				}
				if len(chosen) != k && len(chosen) != k-1 {
					continue
				}
				got := reader.Read(append(chosen, card.Symbols[0].Text))
				if len(got) != 1 || got[0].Complete != (len(chosen) == k) || len(got[0].Missing) != k-len(chosen) {
					t.Fatalf("choice %b: got %+v", choice, got)
				}
				if len(chosen) == k && !reflect.DeepEqual(got[0].Summary, s) {
					t.Fatalf("choice %b: another summary came back", choice)
				}
			}
		})
	}
}

func TestTooMuchIsLeftOutAndSaid(t *testing.T) {
	s := longSummary(900)
	key, trusted := testKey("des Tilleuls")
	card := mustEncode(t, s, EncodeOptions{Key: key, IssuedAt: testNow})
	if n := len(card.Symbols); n != 1+maxSymbols {
		t.Errorf("got %d symbols", n)
	}
	got := Reader{Keys: testList(trusted), Now: testNow}.Read(texts(card))
	if len(got) != 1 || !got[0].Complete {
		t.Fatalf("got %+v", got)
	}
	read := got[0].Summary
	left := s.VitalSigns.Len() + read.Results.Omitted
	if len(card.LeftOut) != left || read.VitalSigns.Omitted != s.VitalSigns.Len() || read.Results.Len()+read.Results.Omitted != s.Results.Len() {
		t.Errorf("%d left out; %d results of %d and %d vital signs of %d are there", len(card.LeftOut), read.Results.Len(), s.Results.Len(), read.VitalSigns.Len(), s.VitalSigns.Len())
	}
	if read.Results.Len() < 50 || !reflect.DeepEqual(read.Results.Entries, s.Results.Entries[:read.Results.Len()]) {
		t.Errorf("%d results, not the newest ones", read.Results.Len())
	}
	if !reflect.DeepEqual(read.Immunizations, s.Immunizations) || !reflect.DeepEqual(read.Allergies, s.Allergies) {
		t.Error("something else than measures was left out")
	}
	if last := card.LeftOut[len(card.LeftOut)-1]; last.Why != record.WhyNoRoom || !strings.HasPrefix(last.What, "Résultats d’examens : Dosage ") {
		t.Errorf("got %+v", last)
	}
}

func TestAllergiesThatDoNotFit(t *testing.T) {
	s := sampleSummary()
	for i := range 60 {
		s.Allergies.Entries = append(s.Allergies.Entries, record.Allergy{Substance: record.Text("Substance " + noise(i))})
	}
	key, _ := testKey("des Tilleuls")
	if _, err := Encode(s, EncodeOptions{Key: key, IssuedAt: testNow}); !errors.Is(err, record.ErrAllergiesDoNotFit) {
		t.Errorf("got %v", err)
	}
}

// TestNoFullMessage: a card whose emergency message says everything has one code
// and is complete with it.
func TestNoFullMessage(t *testing.T) {
	s := &record.Summary{Patient: record.Patient{BirthName: "VASSEUR", BirthDate: "1958"}, UpdatedAt: "2026-11-01",
		Allergies: record.Section[record.Allergy]{None: true}}
	key, trusted := testKey("des Tilleuls")
	card := mustEncode(t, s, EncodeOptions{Key: key, IssuedAt: testNow})
	if len(card.Symbols) != 1 || card.Full != nil {
		t.Fatalf("got %d symbols", len(card.Symbols))
	}
	got := Reader{Keys: testList(trusted), Now: testNow}.Read(texts(card))
	if len(got) != 1 || !got[0].Complete || got[0].Judgement.Verdict != record.Authentic || !reflect.DeepEqual(got[0].Summary, s) {
		t.Errorf("got %+v", got)
	}
}

func TestES256Cards(t *testing.T) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, trusted := testKey("des Tilleuls")
	trusted.Key.Algorithm, trusted.Key.Public = record.ES256, private.Public()
	key := SigningKey{ID: trusted.Key.ID, Algorithm: record.ES256, Signer: private}
	reader := Reader{Keys: testList(trusted), Now: testNow}
	for range 8 { // half of all signatures have a high s
		card := mustEncode(t, sampleSummary(), EncodeOptions{Key: key, IssuedAt: testNow})
		if got := reader.Read(texts(card)); len(got) != 1 || got[0].Judgement.Verdict != record.Authentic {
			t.Fatalf("got %+v", got)
		}
		raw, _ := base45.Decode(strings.TrimPrefix(card.Symbols[0].Text, Prefix))
		s := new(big.Int).SetBytes(raw[len(raw)-32:])
		s.Sub(p256Order, s).FillBytes(raw[len(raw)-32:])
		if got := reader.Read([]string{messageText(raw)}); len(got) != 1 || got[0].Judgement.Verdict != record.NotAuthentic {
			t.Fatalf("the twin of the signature: got %+v", got)
		}
	}
}

func TestSymbols(t *testing.T) {
	key, _ := testKey("des Tilleuls")
	card := mustEncode(t, longSummary(40), EncodeOptions{Key: key, IssuedAt: testNow})
	bits := 0
	for _, symbol := range card.Symbols {
		modules, err := symbol.Modules()
		if err != nil || len(modules) != 17+4*symbol.Version {
			t.Fatalf("%d modules, version %d, %v", len(modules), symbol.Version, err)
		}
		if got := readModules(t, modules); got != symbol.Text {
			t.Errorf("%s code %d reads as %q", symbol.Role, symbol.Index, got)
		}
		if symbol.ECC != "M" || symbol.Version > 15 {
			t.Errorf("%s code %d: version %d-%s", symbol.Role, symbol.Index, symbol.Version, symbol.ECC)
		}
		if symbol.Role != RoleParity {
			// Versions 10 to 26 count characters in eleven bits.
			bits += 4 + 11 + len(symbol.Text)/2*11 + len(symbol.Text)%2*6
		}
	}
	if card.Bits != bits {
		t.Errorf("got %d bits, want %d", card.Bits, bits)
	}
}

// readModules draws a symbol with its quiet zone and reads it with gozxing.
func readModules(t *testing.T, modules [][]bool) string {
	t.Helper()
	const scale, quiet = 4, 4
	size := (len(modules) + 2*quiet) * scale
	img := image.NewGray(image.Rect(0, 0, size, size))
	for y := range size {
		for x := range size {
			my, mx := y/scale-quiet, x/scale-quiet
			dark := my >= 0 && mx >= 0 && my < len(modules) && mx < len(modules) && modules[my][mx]
			if !dark {
				img.SetGray(x, y, color.Gray{Y: 255})
			}
		}
	}
	bmp, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		t.Fatal(err)
	}
	result, err := qrcode.NewQRCodeReader().Decode(bmp, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true})
	if err != nil {
		t.Fatal(err)
	}
	return result.GetText()
}

func TestCapacities(t *testing.T) {
	for _, c := range []struct{ chars, version int }{{maxSymbolChars, 15}, {maxSymbolChars + 1, 16}, {goodSymbolChars, 13}, {goodSymbolChars + 1, 14}} {
		symbol, err := newSymbol(RoleFull, 1, 1, strings.Repeat("A", c.chars))
		if err != nil || symbol.Version != c.version {
			t.Errorf("%d characters: got version %d, %v, want %d", c.chars, symbol.Version, err, c.version)
		}
	}
}

func TestEncodeIsReproducible(t *testing.T) {
	key, _ := testKey("des Tilleuls")
	opt := EncodeOptions{Key: key, IssuedAt: testNow, CardID: []byte("12345678")}
	a, b := mustEncode(t, sampleSummary(), opt), mustEncode(t, sampleSummary(), opt)
	if !reflect.DeepEqual(a, b) {
		t.Error("the same summary, key, time and id gave two cards")
	}
	opt.CardID = nil
	if c := mustEncode(t, sampleSummary(), opt); bytes.Equal(c.ID, a.ID) || len(c.ID) != 8 {
		t.Errorf("got card id %x", c.ID)
	}
}

func TestEncodeDoesNotChangeItsSummary(t *testing.T) {
	s := longSummary(900)
	key, _ := testKey("des Tilleuls")
	mustEncode(t, s, EncodeOptions{Key: key, IssuedAt: testNow})
	if !reflect.DeepEqual(s, longSummary(900)) {
		t.Error("the summary changed")
	}
}

func TestKeysThatCannotSign(t *testing.T) {
	key, _ := testKey("des Tilleuls")
	for _, c := range []struct {
		name string
		opt  EncodeOptions
	}{
		{"no key", EncodeOptions{IssuedAt: testNow}},
		{"a short id", EncodeOptions{IssuedAt: testNow, Key: SigningKey{ID: key.ID[:4], Algorithm: record.EdDSA, Signer: key.Signer}}},
		{"another algorithm", EncodeOptions{IssuedAt: testNow, Key: SigningKey{ID: key.ID, Algorithm: record.ES256, Signer: key.Signer}}},
		{"an unknown algorithm", EncodeOptions{IssuedAt: testNow, Key: SigningKey{ID: key.ID, Algorithm: -35, Signer: key.Signer}}},
		{"before the epoch", EncodeOptions{IssuedAt: epoch.Add(-1), Key: key}},
		{"a short card id", EncodeOptions{IssuedAt: testNow, Key: key, CardID: []byte("1")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := Encode(sampleSummary(), c.opt); record.CodeOf(err) != record.CodeInvalid {
				t.Errorf("got %v, code %s", err, record.CodeOf(err))
			}
		})
	}
}
