package trust

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"time"

	"github.com/zoneblanche/zoneblanche/internal/atomicfile"
	"github.com/zoneblanche/zoneblanche/record"
)

const (
	pinsVersion = 1
	maxPins     = 64 << 10
)

// pins are the roots that a folder believes, each with the newest of its lists
// that was ever installed. They outlive the list's file, so that deleting it does
// not let an older one in.
type pins struct {
	Version int   `json:"version"`
	Roots   []pin `json:"roots"`
}

type pin struct {
	Fingerprint hexBytes  `json:"fingerprint"`
	Words       string    `json:"words"` // for a person who opens the file; ignored when read
	Since       time.Time `json:"since"`
	Sequence    uint64    `json:"sequence"`         // of the newest list, 0 before the first
	Digest      hexBytes  `json:"digest,omitempty"` // SHA-256 of its payload
}

// hexBytes is binary that a person may have to compare.
type hexBytes []byte

func (h hexBytes) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(h)), nil }

func (h *hexBytes) UnmarshalText(text []byte) (err error) {
	*h, err = hex.DecodeString(string(text))
	return err
}

func (p *pins) find(fingerprint []byte) *pin {
	for i := range p.Roots {
		if bytes.Equal(p.Roots[i].Fingerprint, fingerprint) {
			return &p.Roots[i]
		}
	}
	return nil
}

func (p *pins) add(fingerprint []byte, now time.Time) {
	p.Roots = append(p.Roots, pin{
		Fingerprint: bytes.Clone(fingerprint), Words: Words(fingerprint), Since: now.UTC().Truncate(time.Second),
	})
}

// admit says why l may not be used here, or nothing.
func (p *pins) admit(op string, l *List) error {
	pin := p.find(l.fingerprint)
	switch {
	case pin == nil:
		return &record.Error{Code: record.CodeUntrusted, Op: op, Reason: "trust_root_unknown", Err: errors.New("signed by a root that is not pinned here")}
	case l.sequence < pin.Sequence:
		return &record.Error{Code: record.CodeConflict, Op: op, Reason: "trust_list_older", Err: errors.New("older than the newest list seen")}
	case l.sequence == pin.Sequence && !bytes.Equal(pin.Digest, l.digest):
		return &record.Error{Code: record.CodeConflict, Op: op, Reason: "trust_list_forked", Err: errors.New("another list with the number of the newest one seen")}
	}
	return nil
}

// raise remembers l as the newest list of its root, and reports whether that is
// news.
func (p *pins) raise(l *List) bool {
	pin := p.find(l.fingerprint)
	if pin == nil || l.sequence <= pin.Sequence {
		return false
	}
	pin.Sequence, pin.Digest = l.sequence, bytes.Clone(l.digest)
	return true
}

// readPins returns no pins when there is no file. A file that cannot be read is
// an error: taking it for none would let any root in.
func (f *Folder) readPins() (*pins, error) {
	const op = "read pinned roots"
	data, err := readBounded(f.Path(PinsFile), maxPins)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return &pins{Version: pinsVersion}, nil
	case errors.Is(err, errTooLarge):
		return nil, refused(op, "trust_pins", err)
	case err != nil:
		return nil, &record.Error{Code: record.CodeUnavailable, Op: op, Err: err}
	}
	var p pins
	in := json.NewDecoder(bytes.NewReader(data))
	in.DisallowUnknownFields()
	if err := in.Decode(&p); err != nil {
		return nil, refused(op, "trust_pins", err)
	}
	if _, err := in.Token(); err != io.EOF {
		return nil, refused(op, "trust_pins", errors.New("more than one value"))
	}
	if p.Version != pinsVersion {
		return nil, refused(op, "trust_pins", errVersion)
	}
	for _, pin := range p.Roots {
		if len(pin.Fingerprint) != sha256.Size {
			return nil, refused(op, "trust_pins", errKeyID)
		}
	}
	return &p, nil
}

func (f *Folder) writePins(p *pins) error {
	data, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return &record.Error{Code: record.CodeInternal, Op: "pin root", Err: err}
	}
	if err := atomicfile.Write(f.Path(PinsFile), append(data, '\n'), 0o644); err != nil {
		return &record.Error{Code: record.CodeUnavailable, Op: "pin root", Err: err}
	}
	return nil
}
