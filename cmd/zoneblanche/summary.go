package main

import (
	"bytes"
	"io"
	"os"
	"time"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/record"
)

// maxSummary bounds a summary's file, in bytes. A Bundle with photographs can be
// large; none seen in the wild passes a few megabytes.
const maxSummary = 32 << 20

// readSummary reads a summary from a file, "-" being standard input, and applies
// what the patient asked to mask and the rule of age. What is left out is told. The
// additions come before the mask: what is masked must not come back with them.
func readSummary(in io.Reader, path string, masks []string, now time.Time, additions ...func(*record.Summary) error) (*record.Summary, []record.LeftOut, error) {
	s, left, err := importFile(in, path)
	if err != nil {
		return nil, nil, aboutFile(path, err)
	}
	for _, add := range additions {
		if err := add(s); err != nil {
			return nil, nil, err
		}
	}
	masked, err := s.Mask(masks...)
	if err != nil {
		return nil, nil, err
	}
	s.SortAt(now) // after the mask, whose ranks are those of the file
	left = append(left, masked...)
	return s, append(left, s.ApplyAge(now)...), nil
}

func importFile(in io.Reader, path string) (*record.Summary, []record.LeftOut, error) {
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, nil, err
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, maxSummary+1))
	if err != nil {
		return nil, nil, err
	}
	if len(data) > maxSummary {
		return nil, nil, &record.Error{Code: record.CodeTooLarge, Op: "read summary", Reason: "summary_too_large"}
	}
	s, left, err := fhir.ImportSummary(bytes.NewReader(data))
	if record.ReasonOf(err) == "too_large" {
		err = &record.Error{Code: record.CodeTooLarge, Op: "read summary", Reason: "summary_too_large", Err: err}
	}
	return s, left, err
}
