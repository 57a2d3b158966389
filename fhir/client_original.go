package fhir

import (
	"context"

	"github.com/zoneblanche/zoneblanche/record"
)

// checkOriginal looks, before a correction is sent, at the document that it
// corrects, as TD2.1 asks. Nothing has been sent of the correction when it fails.
//
// While the original is not there the outcome is unknown: it may still be on its
// way, or waiting here, and the correction waits for it with the patience of an
// entry of its own, not of the endpoint. What somebody else has replaced or
// withdrawn meanwhile needs a person.
func (c *Client) checkOriginal(ctx context.Context, s record.Submission, original string) *record.DeliveryError {
	held, failure := c.lookup(ctx, original)
	if failure != nil {
		return failure
	}
	needsPerson := func(cause string) *record.DeliveryError {
		return &record.DeliveryError{Outcome: record.OutcomeRefused, Cause: cause}
	}
	switch {
	case len(held) == 0:
		return &record.DeliveryError{Outcome: record.OutcomeUnknown, Cause: "original_missing"}
	case len(held) > 1:
		return needsPerson("original_held_twice")
	case held[0].Status == "entered-in-error":
		return needsPerson("original_withdrawn")
	case held[0].Status != "superseded":
		return nil
	}
	// Replaced already: by this very correction, whose answer was lost, or by another.
	own, failure := c.lookup(ctx, s.DocumentID)
	if failure != nil {
		return failure
	}
	if len(own) == 0 {
		return needsPerson("original_replaced")
	}
	return nil
}
