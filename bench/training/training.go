// Package training builds the dictionary that cards are compressed with: from
// lists of terms and invented summaries written for it (qr/dictionary/source),
// and from public summaries.
//
// A dictionary is a sequence of message bodies, as the coder meets them: terms stand
// under the fields where summaries have them, and a summary is the body of an
// emergency message followed by that of a full one. What is learnt last is
// remembered best, so lists come first, then public summaries, then ours, which are
// the most like what gets printed.
package training

import (
	"encoding/json"
	"fmt"
	"io/fs"

	"github.com/zoneblanche/zoneblanche/qr"
	"github.com/zoneblanche/zoneblanche/qr/compress"
	"github.com/zoneblanche/zoneblanche/record"
)

const (
	// emergencyBytes is about what an emergency message holds before compression.
	emergencyBytes = 800
	// known is the share of its length under which a compressed body has nothing to
	// teach: the dictionary says all of it already.
	known = 0.14
)

// Dictionary builds one from the source files and samples, in this order. The
// same arguments give the same bytes.
func Dictionary(source fs.FS, samples []*record.Summary) ([]byte, error) {
	lists, err := terms(source)
	if err != nil {
		return nil, err
	}
	invented, err := summaries(source)
	if err != nil {
		return nil, err
	}
	var d []byte
	for _, s := range lists {
		body, _, err := qr.Bodies(s, 1<<20)
		if err != nil {
			return nil, err
		}
		d = append(d, body...)
	}
	for _, s := range append(samples, invented...) {
		if d, err = learn(d, s); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// learn appends what s has to teach.
func learn(d []byte, s *record.Summary) ([]byte, error) {
	sorted := *s
	sorted.Sort()
	emergency, full, err := qr.Bodies(&sorted, emergencyBytes)
	if err != nil {
		return nil, err
	}
	m := compress.NewModel(d)
	var prior []byte
	for _, body := range [][]byte{emergency, full} {
		if float64(len(m.Compress(prior, body))) > known*float64(len(body)) {
			d = append(d, body...)
		}
		prior = emergency
	}
	return d, nil
}

// summaries reads the invented summaries of the source.
func summaries(source fs.FS) ([]*record.Summary, error) {
	names, err := fs.Glob(source, "summaries/*.json")
	if err != nil {
		return nil, err
	}
	var out []*record.Summary
	for _, name := range names {
		data, err := fs.ReadFile(source, name)
		if err != nil {
			return nil, err
		}
		s := new(record.Summary)
		if err := json.Unmarshal(data, s); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out = append(out, s)
	}
	return out, nil
}
