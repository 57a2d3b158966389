package trust

import (
	"bytes"
	"errors"

	"github.com/fxamacker/cbor/v2"

	"github.com/zoneblanche/zoneblanche/record"
)

const (
	successionVersion = 1
	// maxSuccession bounds one statement, in bytes; the longest takes under 400.
	maxSuccession = 1 << 10
	// maxSuccessions bounds how often a list's root was replaced, and so what
	// checking a hostile list costs. One a year lasts a working life.
	maxSuccessions = 32
)

var errSuccession = errors.New("the statements that replace its root do not lead to the root that signed")

// successionWire is an old root's word for the one that follows it. The new root
// gives its own by signing the list, or the next statement, so that each
// replacement carries both signatures.
type successionWire struct {
	Version uint64          `cbor:"1,keyasint"`
	Old     cbor.RawMessage `cbor:"2,keyasint"`
	New     cbor.RawMessage `cbor:"3,keyasint"`
}

const successionWireFields = 3

// vouch is r's word that next follows it.
func (r *Root) vouch(next *Root) ([]byte, error) {
	oldKey, err := writeRoot(r.Key)
	if err != nil {
		return nil, err
	}
	newKey, err := writeRoot(next.Key)
	if err != nil {
		return nil, err
	}
	payload, err := encMode.Marshal(successionWire{Version: successionVersion, Old: oldKey, New: newKey})
	if err != nil {
		return nil, err
	}
	return seal(contextSuccession, r.Key, r.Signer, payload)
}

// openSuccession reads a statement that the old root signed.
func openSuccession(data []byte) (before, after record.Key, err error) {
	_, err = open(contextSuccession, data, maxSuccession, func(payload []byte) (record.Key, error) {
		var w successionWire
		if err := decode(payload, &w, successionWireFields); err != nil {
			return record.Key{}, err
		}
		if w.Version != successionVersion {
			return record.Key{}, errVersion
		}
		var err error
		if after, err = readRoot(w.New); err != nil {
			return record.Key{}, err
		}
		before, err = readRoot(w.Old)
		return before, err
	})
	return before, after, err
}

// readSuccessions checks the statements of a list, the oldest first, and returns
// the fingerprints of the roots that came before root: an unbroken line, in which
// no root stands twice.
func readSuccessions(statements [][]byte, root record.Key) ([][]byte, error) {
	if len(statements) > maxSuccessions {
		return nil, errTooLarge
	}
	var line [][]byte
	var last []byte // whom the statement before named
	for _, data := range statements {
		before, after, err := openSuccession(data)
		if err != nil {
			return nil, err
		}
		from, err := fingerprintOf(before)
		if err != nil {
			return nil, err
		}
		if last != nil && !bytes.Equal(from, last) || among(line, from) {
			return nil, errSuccession
		}
		line = append(line, from)
		if last, err = fingerprintOf(after); err != nil {
			return nil, err
		}
	}
	if len(line) == 0 {
		return nil, nil
	}
	own, err := fingerprintOf(root)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(own, last) || among(line, own) {
		return nil, errSuccession
	}
	return line, nil
}

func among(line [][]byte, fingerprint []byte) bool {
	for _, f := range line {
		if bytes.Equal(f, fingerprint) {
			return true
		}
	}
	return false
}

// writeRoot is a root as lists and statements write it: the key without dates.
func writeRoot(k record.Key) ([]byte, error) {
	return writeKey(record.Key{Algorithm: k.Algorithm, Public: k.Public})
}

// readRoot refuses dates on a root: what they would mean is not said anywhere,
// and a reader must not guess.
func readRoot(raw []byte) (record.Key, error) {
	k, err := readKey(raw)
	if err == nil && !(k.NotBefore.IsZero() && k.NotAfter.IsZero() && k.RevokedAt.IsZero()) {
		err = errPeriod
	}
	return k, err
}
