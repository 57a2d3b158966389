package store

import (
	"bytes"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
)

// What follows goes around the journal, as damage does.

func rawRows(t testing.TB, j *Journal, name []byte) map[string][]byte {
	t.Helper()
	rows := map[string][]byte{}
	err := j.settled(ctx, "test", func() error {
		return j.db.View(func(tx *bolt.Tx) error {
			return tx.Bucket(name).ForEach(func(k, v []byte) error {
				rows[string(k)] = bytes.Clone(v)
				return nil
			})
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// rawPut writes a row, or deletes it when value is nil.
func rawPut(t testing.TB, j *Journal, name, key, value []byte) {
	t.Helper()
	err := j.settled(ctx, "test", func() error {
		return j.db.Update(func(tx *bolt.Tx) error {
			if value == nil {
				return tx.Bucket(name).Delete(key)
			}
			return tx.Bucket(name).Put(key, value)
		})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// reopenRaw opens the file of a closed journal whose identity cannot be read.
func reopenRaw(t testing.TB, dir string, old *Journal) *Journal {
	t.Helper()
	j := &Journal{dir: dir, codec: old.codec, identity: old.identity, now: old.now, openFile: old.openFile, log: old.log, walSize: walSize, wait: time.Second, damage: map[uint64]bool{}}
	if err := j.openDB(); err != nil {
		t.Fatal(err)
	}
	j.writer.start(j)
	t.Cleanup(func() { _ = j.Close() })
	return j
}
