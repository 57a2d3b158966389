package qr

import (
	_ "embed"
	"errors"
	"reflect"
	"sync"

	"github.com/zoneblanche/zoneblanche/qr/compress"
	"github.com/zoneblanche/zoneblanche/record"
)

// Dictionaries: what medical summaries are likely to say, so that saying it costs
// little. One that was used once is part of the format for ever; a better one gets
// the next id. dictionary/README.md tells how the first was built.

//go:embed dictionary/1.bin
var dictionary1 []byte

const (
	noDictionary = 0
	// currentDictionary is what new cards are written with.
	currentDictionary = 1
	// trialDictionary is that of no card: it is for measuring dictionaries.
	trialDictionary = 0xff
)

// dictionaries holds every dictionary of the format by id, with the SHA-256 that
// the format gives for it.
var dictionaries = map[byte]struct {
	data   []byte
	sha256 string
}{
	noDictionary:      {nil, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	currentDictionary: {dictionary1, "04f3dd3cc12ffe6c3ecb329d5ca78543dc3acd10e5c71ed114cb68bff8b777a4"},
}

// models are what the dictionaries teach, each learnt when it is first asked for.
var models = func() map[byte]func() *compress.Model {
	m := map[byte]func() *compress.Model{}
	for id, d := range dictionaries {
		m[id] = sync.OnceValue(func() *compress.Model { return compress.NewModel(d.data) })
	}
	return m
}()

// Prepare learns the dictionary of new cards, which takes some tenths of a second;
// whoever will soon write or read a card calls it ahead in a goroutine of its own.
func Prepare() { models[currentDictionary]() }

var errDictionary = errors.New("compress: a dictionary that this version does not have")

// coder compresses and decompresses the bodies of one card. trial, when set, is
// the dictionary of a measure.
type coder struct{ trial *compress.Model }

// compress returns body's code and the id of its dictionary. prior is the emergency
// message's body when body is that of the full one.
func (c coder) compress(prior, body []byte) (id byte, code []byte) {
	if c.trial != nil {
		return trialDictionary, c.trial.Compress(prior, body)
	}
	return currentDictionary, models[currentDictionary]().Compress(prior, body)
}

// decompress is the inverse of compress. It makes at most limit bytes.
func (c coder) decompress(id byte, prior, code []byte, limit int) ([]byte, error) {
	if id == trialDictionary && c.trial != nil {
		return c.trial.Decompress(prior, code, limit)
	}
	model, ok := models[id]
	if !ok {
		return nil, errDictionary
	}
	return model().Decompress(prior, code, limit)
}

// content is what a message says.
type content struct {
	summary *record.Summary
	unknown int    // keys of a later version that were passed over
	body    []byte // as CBOR
}

// read decompresses and decodes the payload of a message. Call it after verify, never
// before; prior is the body of the emergency message when m is the full one.
// Details are for the full message alone: what an emergency message says stands by
// itself.
func (c coder) read(m *message, prior []byte) (content, error) {
	if m.head.kind != kindFull {
		prior = nil
	}
	body, err := c.decompress(m.head.dictionary, prior, m.compressed, m.head.kind.maxBody())
	if err != nil {
		return content{}, err
	}
	s, unknown, err := decodeBody(body)
	if err != nil {
		return content{}, err
	}
	for _, info := range record.SectionInfos {
		if m.head.kind != kindFull && s.Section(info.ID).DetailLen() > 0 {
			return content{}, errSection
		}
	}
	if m.head.kind == kindFull && identified(s) {
		return content{}, errSection
	}
	if m.head.withheld && !onlyCounts(s) {
		return content{}, errSection
	}
	if m.head.declared() {
		// Nobody compared the identity with a document.
		s.Patient.Qualified = false
	}
	return content{s, unknown, body}, nil
}

// identified reports whether a summary says who it is of, when it was updated or in
// what language. A full message says none of it: the emergency message has, and a
// second answer would only be a contradiction that nobody sees.
func identified(s *record.Summary) bool {
	p := s.Patient
	p.Original, p.Identifiers = "", nil
	return !reflect.ValueOf(p).IsZero() || s.UpdatedAt != "" || s.Language != ""
}
