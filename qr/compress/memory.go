package compress

// memory is the counts of a model, which never change once it is made, under
// those of one message, which is where changes go.
type memory struct {
	base *counts // nil while the model learns
	own  *counts
}

// followers fills l with what followed a context.
//
//go:norace
func (m memory) followers(key uint32, l *list) {
	if !m.own.get(key, l) && m.base != nil {
		m.base.get(key, l)
	}
}
