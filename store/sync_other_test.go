//go:build !linux

package store

import "os"

// syncData is what bbolt calls after writing.
func syncData(f *os.File) error { return f.Sync() }
