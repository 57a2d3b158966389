package recipient

import (
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/hpke"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/zoneblanche/zoneblanche/fhir"
)

// A sealed Bundle comes through a relay that must not read it (fhir.SealSubmission). It
// is opened, and then judged and kept like any other.

var (
	bucketKeys = []byte("keys")
	keySealing = []byte("sealing") // 32 bytes that the sealing key is derived from
	keySigning = []byte("signing") // seed of the key that signs receipts
)

// sealing holds the keys. They live as long as the server's file.
type sealing struct {
	seal hpke.PrivateKey
	sign ed25519.PrivateKey
}

func openSealing(db *bolt.DB) (*sealing, error) {
	s := &sealing{}
	err := db.Update(func(tx *bolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists(bucketKeys)
		if err != nil {
			return err
		}
		seed := func(name []byte) ([]byte, error) {
			if there := b.Get(name); len(there) == 32 {
				return append([]byte(nil), there...), nil
			}
			fresh := make([]byte, 32)
			if _, err := rand.Read(fresh); err != nil {
				return nil, err
			}
			return fresh, b.Put(name, fresh)
		}
		seal, err := seed(keySealing)
		if err != nil {
			return err
		}
		sign, err := seed(keySigning)
		if err != nil {
			return err
		}
		s.sign = ed25519.NewKeyFromSeed(sign)
		s.seal, err = hpke.DHKEM(ecdh.X25519()).DeriveKeyPair(seal)
		return err
	})
	return s, err
}

// SealingKeys are the keys that the server publishes.
func (s *Server) SealingKeys() fhir.SealingKeys {
	return fhir.SealingKeys{Seal: s.sealing.seal.PublicKey().Bytes(), Sign: s.sealing.sign.Public().(ed25519.PublicKey)}
}

func (s *Server) sealingKeys(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, s.SealingKeys())
}

// sealed answers POST /$deliver-sealed with the location of the document and a signed
// receipt.
func (s *Server) sealed(w http.ResponseWriter, r *http.Request) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != fhir.SealedMediaType || r.Header.Get("Content-Encoding") != "" {
		writeRefusal(w, refused(http.StatusUnsupportedMediaType, "not-supported", "only "+fhir.SealedMediaType+" is supported"))
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		writeRefusal(w, refused(http.StatusRequestEntityTooLarge, "too-long", "the request was cut, or is larger than 64 MiB"))
		return
	}
	fault, m := s.next()
	if !s.wait(m.Latency) || fault == dropRequest {
		panic(http.ErrAbortHandler)
	}
	if answerFault(w, fault, m) {
		return
	}
	location, proof, err := s.takeSealed(body, time.Now())
	if err != nil {
		no := asRefusal(err)
		s.log.LogAttrs(r.Context(), slog.LevelWarn, "sealed transaction refused", slog.Int("status", no.status))
		writeRefusal(w, no)
		return
	}
	s.log.LogAttrs(r.Context(), slog.LevelInfo, "sealed document held", slog.String("location", location))
	if fault == dropAnswer {
		panic(http.ErrAbortHandler)
	}
	type m1 = map[string]any
	writeFHIR(w, http.StatusOK, m1{"resourceType": "Parameters", "parameter": []m1{
		{"name": "location", "valueString": location}, {"name": "receipt", "valueString": proof}}})
}

// takeSealed opens and applies a sealed Bundle. What the relay says in clear must be
// what is inside.
func (s *Server) takeSealed(body []byte, now time.Time) (location, proof string, err error) {
	documentID, bundle, err := fhir.OpenSealed(s.sealing.seal, body)
	if err != nil {
		return "", "", refused(http.StatusUnprocessableEntity, "security", "the Bundle was not sealed to this recipient, or was altered")
	}
	entries, no := readTransaction(bundle)
	if no != nil {
		return "", "", no
	}
	var document *entry
	for _, e := range entries {
		if e.kind == "DocumentReference" && e.patch == "" {
			document = e
		}
	}
	if document == nil || uniqueID(document.resource) != documentID {
		return "", "", refused(http.StatusUnprocessableEntity, "invalid", "the Bundle holds another document than its envelope says")
	}
	document.receipt = func(location string) (string, error) {
		return fhir.SealedReceipt{DocumentID: documentID, BundleSHA256: sum(bundle), Location: location, At: now.UTC().Truncate(time.Second)}.Sign(s.sealing.sign)
	}
	if err := s.apply(entries, now); err != nil {
		return "", "", err
	}
	proof, err = document.receipt(document.location)
	if document.location == "" {
		err = errors.Join(err, errMissing)
	}
	return document.location, proof, err
}

func sum(b []byte) []byte {
	s := sha256.Sum256(b)
	return s[:]
}
