//go:build !windows

package store

import (
	"os"

	bolt "go.etcd.io/bbolt"
)

// swap gives a finished copy the journal's name and lets readers have it. It returns
// the file that was replaced, for whoever still reads it. The lock on the copy is
// the journal's lock from here on: it goes with the file, not with its name.
func (j *Journal) swap(copied *bolt.DB, temporary string) (old *bolt.DB, err error) {
	if err := os.Rename(temporary, j.path()); err != nil {
		return nil, err
	}
	copied.NoSync = false
	j.publish(func(*above) { old, j.db = j.db, copied })
	if err := syncDir(j.dir); err != nil {
		// After a power cut the name may lead to the file that was replaced, which
		// must not be found without what would be written from here on.
		j.writer.fail(err)
		j.log.Error("write failed", "err", err)
	}
	return old, nil
}
