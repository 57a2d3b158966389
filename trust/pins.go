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
// that was ever installed, and those that it believed before they were replaced.
// They outlive the list's file, so that deleting it does not let an older one in.
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

	// ReplacedBy is the root that took over from this one, whose word is worth
	// nothing since.
	ReplacedBy hexBytes `json:"replaced_by,omitempty"`
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

// current is the pin that is believed, nil before the first.
func (p *pins) current() *pin {
	for i := range p.Roots {
		if len(p.Roots[i].ReplacedBy) == 0 {
			return &p.Roots[i]
		}
	}
	return nil
}

func (p *pins) currentFingerprint() []byte {
	if pin := p.current(); pin != nil {
		return pin.Fingerprint
	}
	return nil
}

// of is the pin that l has to answer to: that of its own root, else the current
// one when its root names l's as its successor.
func (p *pins) of(l *List) *pin {
	if pin := p.find(l.fingerprint); pin != nil {
		return pin
	}
	if pin := p.current(); pin != nil && among(l.ancestors, pin.Fingerprint) {
		return pin
	}
	return nil
}

// admit says why l may not be used here, or nothing.
func (p *pins) admit(op string, l *List) error {
	pin := p.of(l)
	switch {
	case pin == nil:
		return &record.Error{Code: record.CodeUntrusted, Op: op, Reason: "trust_root_unknown", Err: errors.New("signed by a root that is not pinned here")}
	case len(pin.ReplacedBy) > 0:
		return &record.Error{Code: record.CodeUntrusted, Op: op, Reason: "trust_root_replaced", Err: errors.New("signed by a root that was replaced")}
	case l.sequence < pin.Sequence:
		return &record.Error{Code: record.CodeConflict, Op: op, Reason: "trust_list_older", Err: errors.New("older than the newest list seen")}
	case l.sequence == pin.Sequence && !bytes.Equal(pin.Digest, l.digest):
		return &record.Error{Code: record.CodeConflict, Op: op, Reason: "trust_list_forked", Err: errors.New("another list with the number of the newest one seen")}
	}
	return nil
}

// raise remembers l, which was admitted, as the newest list, and its root as the
// one that is believed from now on. It reports whether that is news.
func (p *pins) raise(l *List, now time.Time) bool {
	pin := p.of(l)
	if pin == nil || l.sequence <= pin.Sequence {
		return false
	}
	if !bytes.Equal(pin.Fingerprint, l.fingerprint) {
		pin.ReplacedBy = bytes.Clone(l.fingerprint)
		p.add(l.fingerprint, now)
		pin = p.current()
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
	believed := 0
	for _, pin := range p.Roots {
		if len(pin.Fingerprint) != sha256.Size || len(pin.ReplacedBy) != 0 && len(pin.ReplacedBy) != sha256.Size {
			return nil, refused(op, "trust_pins", errKeyID)
		}
		if len(pin.ReplacedBy) == 0 {
			believed++
		}
	}
	if believed > 1 || believed == 0 && len(p.Roots) > 0 {
		return nil, refused(op, "trust_pins", errors.New("one root is believed at a time"))
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
