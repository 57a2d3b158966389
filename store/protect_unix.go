//go:build !windows

package store

import "os"

// ownerOnly keeps a file from all but its owner.
func ownerOnly(path string) error { return os.Chmod(path, 0o600) }

// sharedWithOthers reports whether somebody else than its owner may read a file.
func sharedWithOthers(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().Perm()&0o077 != 0
}

// openToWipe opens a file that is about to lose its name, nil when that cannot be.
func openToWipe(path string) *os.File {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return nil
	}
	return f
}
