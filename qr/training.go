package qr

import "github.com/zoneblanche/zoneblanche/record"

// Bodies returns what the two messages of s would say, as CBOR before compression,
// if an emergency message were bounded by its bytes and a full one by nothing. It is
// for training dictionaries, which learn from bodies. s must be sorted.
func Bodies(s *record.Summary, emergencyBytes int) (emergency, full []byte, err error) {
	fits := func(e *record.Summary) (bool, error) {
		body, err := encodeBody(e)
		return len(body) <= emergencyBytes, err
	}
	if ok, err := fits(s); err != nil || ok && s.Whole() {
		body, err := encodeBody(s)
		return body, nil, err
	}
	first, rest, err := record.Split(s, fits)
	if err != nil {
		return nil, nil, err
	}
	if emergency, err = encodeBody(first); err != nil {
		return nil, nil, err
	}
	if full, err = encodeBody(rest); err != nil {
		return nil, nil, err
	}
	if string(full) == emptyBody {
		full = nil
	}
	return emergency, full, nil
}
