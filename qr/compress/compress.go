package compress

import "math/bits"

// Model is what a dictionary teaches. It is safe for concurrent use.
type Model struct {
	counts    *counts
	predictor *predictor
}

// NewModel learns a dictionary, a sequence of bodies without anything between
// them; it may be empty. Its last trained bytes teach as a message does; those
// before teach only what follows what, and not how far to trust each context,
// which is learnt as well from few as from many and takes most of the time.
//
//go:norace
func NewModel(dictionary []byte) *Model {
	const trained = 32 << 10
	counts := newCounts(1 << bits.Len(uint(3*len(dictionary)+1<<8)))
	s := &session{memory: memory{own: counts}, predictor: newPredictor()}
	counted := max(len(dictionary)-trained, 0)
	for _, b := range dictionary[:counted] {
		s.next()
		for _, h := range s.predictor.syntax.contextsAt() {
			counts.count(h, b)
		}
		s.predictor.match.next(b)
		s.predictor.syntax.next(b)
	}
	s.learn(dictionary[counted:])
	p := s.predictor
	p.match.old, p.match.new = p.match.new, nil
	return &Model{counts, p}
}

// session is one message under way.
type session struct {
	memory    memory
	predictor *predictor
}

func (m *Model) session(prior []byte) *session {
	s := &session{memory{m.counts, newCounts(1 << 8)}, m.predictor.clone()}
	s.learn(prior)
	s.predictor.syntax.begin()
	return s
}

// next begins another body where one is at its end.
func (s *session) next() {
	if s.predictor.syntax.ended {
		s.predictor.syntax.begin()
	}
}

// learn takes bodies as having gone by.
func (s *session) learn(data []byte) {
	for _, b := range data {
		s.next()
		s.predictor.startByte(s.memory)
		for shift := 7; shift >= 0; shift-- {
			s.predictor.predict()
			s.predictor.learn(int(b>>shift) & 1)
		}
		s.predictor.endByte(s.memory, b)
	}
}

// Compress returns the code of body, which must be exactly one CBOR item nested
// no deeper than 16 levels; else what it returns cannot be decompressed. prior is what the
// reader knows before it: the body of the emergency message for that of the full
// one, or nothing. The code of a body is its only one.
func (m *Model) Compress(prior, body []byte) []byte {
	s := m.session(prior)
	e := encoder{interval: wholeInterval}
	for _, b := range body {
		s.predictor.startByte(s.memory)
		for shift := 7; shift >= 0; shift-- {
			bit := int(b>>shift) & 1
			e.encode(bit, s.predictor.predict())
			s.predictor.learn(bit)
		}
		s.predictor.endByte(s.memory, b)
	}
	return append(e.out, e.tail()...)
}

// Decompress is the inverse of [Model.Compress] with the same prior. It makes limit bytes at
// most. It fails for a code that stands for more, for no item, or that is spelled
// otherwise than Compress spells it.
func (m *Model) Decompress(prior, code []byte, limit int) ([]byte, error) {
	s := m.session(prior)
	d := newDecoder(code)
	var body []byte
	for !s.predictor.syntax.ended {
		if len(body) == limit {
			return nil, ErrTooLong
		}
		s.predictor.startByte(s.memory)
		for complete := false; !complete; {
			complete = s.predictor.learn(d.decode(s.predictor.predict()))
		}
		b := byte(s.predictor.partial)
		body = append(body, b)
		s.predictor.endByte(s.memory, b)
		if d.spent() {
			return nil, errCode
		}
	}
	if err := d.end(); err != nil {
		return nil, err
	}
	return body, nil
}
