package trust

import (
	"bytes"
	"errors"

	"github.com/fxamacker/cbor/v2"
)

// firstOptional is the first number of a map that a reader may pass over when it
// does not know it. Below, an unknown number may change what the rest means.
const firstOptional = 64

var (
	errSpelling = errors.New("not in the one deterministic spelling")
	errCritical = errors.New("carries a field that this version does not know and may not ignore")
)

var encMode, decMode = codecModes()

func codecModes() (cbor.EncMode, cbor.DecMode) {
	options := cbor.CoreDetEncOptions()
	// A nil list is an empty list; the null of CBOR appears nowhere.
	options.NilContainers = cbor.NilContainerAsEmpty
	enc, err := options.EncMode()
	if err != nil {
		panic(err)
	}
	dec, err := cbor.DecOptions{
		DupMapKey:       cbor.DupMapKeyEnforcedAPF,
		IndefLength:     cbor.IndefLengthForbidden,
		TagsMd:          cbor.TagsForbidden,
		MaxNestedLevels: 8,
		MaxMapPairs:     256,
	}.DecMode()
	if err != nil {
		panic(err)
	}
	return enc, dec
}

// decode reads the map raw into v, a pointer to a struct with the numbers 1 to
// known. It refuses what encoding v would not give back byte for byte, except
// for fields from [firstOptional] up, which it only checks.
func decode(raw []byte, v any, known uint64) error {
	var fields map[uint64]cbor.RawMessage
	if err := decMode.Unmarshal(raw, &fields); err != nil {
		return err
	}
	if again, err := encMode.Marshal(fields); err != nil || !bytes.Equal(again, raw) {
		return errSpelling
	}
	for number, value := range fields {
		if number <= known {
			continue
		}
		if number < firstOptional {
			return errCritical
		}
		if err := checkSpelling(value); err != nil {
			return err
		}
		delete(fields, number)
	}
	ours, err := encMode.Marshal(fields)
	if err != nil {
		return err
	}
	if err := decMode.Unmarshal(ours, v); err != nil {
		return err
	}
	again, err := encMode.Marshal(v)
	if err != nil {
		return err
	}
	if !bytes.Equal(again, ours) {
		return errSpelling
	}
	return nil
}

// checkSpelling refuses an item whose meaning is unknown here when it could be
// written otherwise.
func checkSpelling(raw []byte) error {
	var item any
	if err := decMode.Unmarshal(raw, &item); err != nil {
		return err
	}
	again, err := encMode.Marshal(item)
	if err != nil {
		return err
	}
	if !bytes.Equal(again, raw) {
		return errSpelling
	}
	return nil
}
