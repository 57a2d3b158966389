package recipient_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"net/http"
	"strings"
	"testing"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/recipient"
	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/sync/transporttest"
)

// seal is what a relay would send of a submission. Hash and size are kept for the suite,
// which compares them with what is found; a relay is not told them.
func seal(t *testing.T, keys fhir.SealingKeys, s record.Submission) record.Submission {
	t.Helper()
	out, err := fhir.SealSubmission(keys, s.DocumentID, s.Body)
	if err != nil {
		t.Fatal(err)
	}
	out.DocumentSHA1, out.DocumentSize = s.DocumentSHA1, s.DocumentSize
	return out
}

// TestContractSealed is the contract for Bundles that are sealed to the recipient.
func TestContractSealed(t *testing.T) {
	transporttest.Run(t, func(t *testing.T) transporttest.Harness {
		server, err := recipient.New(t.TempDir(), recipient.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { server.Close() })
		f := newFront(server.Handler())
		h := numbered(plainHarness(t, f, f.serve(t).URL, heldBy(server)), 0)
		plain := h.NewSubmission
		h.NewSubmission = func(t *testing.T) record.Submission { return seal(t, server.SealingKeys(), plain(t)) }
		return h
	})
}

// A sealed Bundle has one effect however often it comes, sealed or not, and each time a
// receipt that the recipient signed about exactly that Bundle.
func TestSealedOnceWithReceipt(t *testing.T) {
	s, sub := open(t, t.TempDir(), recipient.Misbehaviour{}), submission(t, 1)
	keys, err := s.SealingKeysOf(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		r, err := s.Submit(t.Context(), seal(t, keys, sub))
		if err != nil {
			t.Fatal(err)
		}
		said, err := fhir.CheckSealedReceipt(keys.Sign, r.Proof, sub.DocumentID, sha256.Sum256(sub.Body))
		if err != nil || said.Location != r.Location {
			t.Fatalf("got %+v, %v", said, err)
		}
	}
	if _, err := s.Submit(t.Context(), sub); err != nil {
		t.Fatal(err)
	}
	s.held(t, 1, sub)
	found, err := s.Lookup(t.Context(), sub.DocumentID)
	if err != nil || len(found) != 1 {
		t.Fatalf("got %v, %v", found, err)
	}
	if _, err := fhir.CheckSealedReceipt(keys.Sign, found[0].Proof, sub.DocumentID, sha256.Sum256(sub.Body)); err != nil {
		t.Errorf("the receipt that a look-up finds: %v", err)
	}
	// What the receipt is not good for.
	other := submission(t, 2)
	for name, err := range map[string]error{
		"another document": second(fhir.CheckSealedReceipt(keys.Sign, found[0].Proof, other.DocumentID, sha256.Sum256(sub.Body))),
		"another Bundle":   second(fhir.CheckSealedReceipt(keys.Sign, found[0].Proof, sub.DocumentID, sha256.Sum256(other.Body))),
		"another key":      second(fhir.CheckSealedReceipt(make([]byte, ed25519.PublicKeySize), found[0].Proof, sub.DocumentID, sha256.Sum256(sub.Body))),
		"no receipt":       second(fhir.CheckSealedReceipt(keys.Sign, "", sub.DocumentID, sha256.Sum256(sub.Body))),
	} {
		if record.ReasonOf(err) != "sealed_receipt" {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if strings.Contains(s.log.String(), secretName) {
		t.Error("the log names the patient")
	}
}

func second[T any](_ T, err error) error { return err }

// What was altered on the way, or sealed for somebody else, or is not what the envelope
// says, is refused whole.
func TestSealedRefused(t *testing.T) {
	s := open(t, t.TempDir(), recipient.Misbehaviour{})
	elsewhere := open(t, t.TempDir(), recipient.Misbehaviour{})
	sub, other := submission(t, 1), submission(t, 2)
	altered := seal(t, s.SealingKeys(), sub)
	altered.Body = bytes.Clone(altered.Body)
	altered.Body[len(altered.Body)-20] ^= 1
	renamed := seal(t, s.SealingKeys(), sub)
	renamed.Body = bytes.Replace(renamed.Body, []byte(sub.DocumentID), []byte(other.DocumentID), 1)
	inner := sub
	inner.DocumentID = other.DocumentID
	for name, bad := range map[string]record.Submission{
		"altered":            altered,
		"another id outside": renamed,
		"another id inside":  seal(t, s.SealingKeys(), inner),
		"for somebody else":  seal(t, elsewhere.SealingKeys(), sub),
		"cut":                {DocumentID: sub.DocumentID, MediaType: fhir.SealedMediaType, Body: seal(t, s.SealingKeys(), sub).Body[:60]},
		"of nothing":         {DocumentID: sub.DocumentID, MediaType: fhir.SealedMediaType, Body: []byte("zbseal\n\x01")},
		"of what is no FHIR": seal(t, s.SealingKeys(), record.Submission{DocumentID: sub.DocumentID, Body: []byte("{}")}),
	} {
		if d := s.failed(t, bad); d.Outcome != record.OutcomeRefused {
			t.Errorf("%s: got %s (%s)", name, d.Outcome, d.Cause)
		}
	}
	s.held(t, 0, sub, other)
	response, err := http.Post(s.url+fhir.SealedPath, fhir.MediaType, strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusUnsupportedMediaType {
		t.Errorf("plain FHIR: got %d", response.StatusCode)
	}
}
