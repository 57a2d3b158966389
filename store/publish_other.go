//go:build !linux && !darwin && !windows

package store

// publish gives a finished file its name unless the name is taken (fs.ErrExist).
func publish(temporary, name string) error { return publishChecked(temporary, name) }
