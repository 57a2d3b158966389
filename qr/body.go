package qr

import (
	"bytes"
	"errors"
	"reflect"

	"github.com/zoneblanche/zoneblanche/record"
)

// Bounds of the CBOR of a message, before compression. They bound the time that
// decompression takes: some microseconds for each byte.
const (
	maxBody          = 16 << 10
	maxEmergencyBody = 4 << 10
)

// maxBody returns how long the body of a message may be.
func (k kind) maxBody() int {
	if k == kindFull {
		return maxBody
	}
	return maxEmergencyBody
}

// encodeBody writes s as deterministic CBOR. It fails for what the decoder would
// refuse: text that is not UTF-8, malformed dates, sections that contradict
// themselves, entries nested without end.
func encodeBody(s *record.Summary) ([]byte, error) {
	var e encoder
	summarySchema.write(&e, reflect.ValueOf(s).Elem())
	if len(e.b) > maxBody {
		e.fail(errTooMany)
	}
	switch {
	case errors.Is(e.err, errTooMany):
		return nil, &record.Error{Code: record.CodeTooLarge, Op: "encode summary", Err: e.err}
	case e.err != nil:
		return nil, &record.Error{Code: record.CodeInvalid, Op: "encode summary", Reason: "summary", Err: e.err}
	}
	return e.b, nil
}

// decodeBody reads what [encodeBody] writes and nothing else. unknown counts the
// keys of a later version that it passed over.
func decodeBody(data []byte) (s *record.Summary, unknown int, err error) {
	if len(data) > maxBody {
		return nil, 0, errTooMany
	}
	s = new(record.Summary)
	d := decoder{data: data}
	if err := summarySchema.read(&d, reflect.ValueOf(s).Elem()); err != nil {
		return nil, 0, err
	}
	if err := d.end(); err != nil {
		return nil, 0, err
	}
	if d.unknown > 0 {
		return s, d.unknown, nil
	}
	// One spelling only: an elided value that is spelled out, text for what has a
	// rank, or a section that contradicts itself show here, whatever codec let
	// them through.
	again, err := encodeBody(s)
	if err != nil {
		return nil, 0, err
	}
	if !bytes.Equal(again, data) {
		return nil, 0, errSpelling
	}
	return s, 0, nil
}
