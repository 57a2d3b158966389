package store

import (
	"os"

	bolt "go.etcd.io/bbolt"
)

// swap gives a finished copy the journal's name. Windows does not rename a file that
// is open, so that both are closed first, which waits for readers. It returns no
// old file: it is closed already.
func (j *Journal) swap(copied *bolt.DB, temporary string) (*bolt.DB, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := copied.Close(); err != nil {
		return nil, err
	}
	if err := j.db.Close(); err != nil {
		j.writer.fail(err)
		return nil, err
	}
	renamed := os.Rename(temporary, j.path())
	db, err := j.openBolt(j.path(), false)
	if err != nil {
		j.writer.fail(err)
		return nil, err
	}
	j.db = db
	return nil, renamed
}
