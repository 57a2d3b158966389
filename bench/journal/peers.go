package main

import (
	"database/sql"
	"errors"
	"path/filepath"
	"sync"

	"github.com/cockroachdb/pebble/v2"
	"github.com/dgraph-io/badger/v4"
	bolt "go.etcd.io/bbolt"
	_ "modernc.org/sqlite"
)

// What the peers are given for one entry: the rows that the journal writes, of the
// sizes that it writes, ready made. They neither look for duplicates, nor
// serialize, nor encrypt, nor chain.

type row struct {
	table      string
	key, value []byte
	delete     bool
}

var tables = []string{"meta", "entries", "items", "ids", "by_deadline", "by_next", "by_patient"}

// peer is one engine: put returns when the rows are on disk, all or none.
type peer interface {
	put(rows []row) error
	close() error
}

// grouped lets callers that wait share the next commit, for engines that have no
// group commit of their own. There is no timer.
type grouped struct {
	commit func(rows []row) error
	queue  chan waiting
	stop   func() error
	done   sync.WaitGroup
}

type waiting struct {
	rows []row
	done chan error
}

func group(commit func([]row) error, stop func() error) *grouped {
	g := &grouped{commit: commit, queue: make(chan waiting), stop: stop}
	g.done.Go(func() {
		for first := range g.queue {
			batch := []waiting{first}
			rows := first.rows
		gather:
			for len(batch) < 512 {
				select {
				case w, ok := <-g.queue:
					if !ok {
						break gather
					}
					batch, rows = append(batch, w), append(rows, w.rows...)
				default:
					break gather
				}
			}
			err := g.commit(rows)
			for _, w := range batch {
				w.done <- err
			}
		}
	})
	return g
}

func (g *grouped) put(rows []row) error {
	w := waiting{rows, make(chan error, 1)}
	g.queue <- w
	return <-w.done
}

func (g *grouped) close() error {
	close(g.queue)
	g.done.Wait()
	return g.stop()
}

func openBolt(dir string) (peer, error) {
	db, err := bolt.Open(filepath.Join(dir, "bolt.db"), 0o600, &bolt.Options{FreelistType: bolt.FreelistMapType})
	if err != nil {
		return nil, err
	}
	err = db.Update(func(tx *bolt.Tx) error {
		for _, t := range tables {
			if _, err := tx.CreateBucket([]byte(t)); err != nil {
				return err
			}
		}
		return nil
	})
	return group(func(rows []row) error {
		return db.Update(func(tx *bolt.Tx) error {
			for _, r := range rows {
				b := tx.Bucket([]byte(r.table))
				if r.delete {
					err = b.Delete(r.key)
				} else {
					err = b.Put(r.key, r.value)
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
	}, db.Close), err
}

func openSQLite(dir string) (peer, error) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "sqlite.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	put, del := map[string]*sql.Stmt{}, map[string]*sql.Stmt{}
	for _, t := range tables {
		if _, err := db.Exec("CREATE TABLE " + t + " (k BLOB PRIMARY KEY, v BLOB) WITHOUT ROWID"); err != nil {
			return nil, err
		}
		if put[t], err = db.Prepare("INSERT OR REPLACE INTO " + t + " VALUES (?, ?)"); err != nil {
			return nil, err
		}
		if del[t], err = db.Prepare("DELETE FROM " + t + " WHERE k = ?"); err != nil {
			return nil, err
		}
	}
	return group(func(rows []row) error {
		tx, err := db.Begin()
		if err != nil {
			return err
		}
		for _, r := range rows {
			if r.delete {
				_, err = tx.Stmt(del[r.table]).Exec(r.key)
			} else {
				_, err = tx.Stmt(put[r.table]).Exec(r.key, r.value)
			}
			if err != nil {
				return errors.Join(err, tx.Rollback())
			}
		}
		return tx.Commit()
	}, db.Close), nil
}

type pebblePeer struct{ db *pebble.DB }

func openPebble(dir string) (peer, error) {
	db, err := pebble.Open(filepath.Join(dir, "pebble"), &pebble.Options{Logger: quiet{}})
	return pebblePeer{db}, err
}

func (p pebblePeer) put(rows []row) error {
	b := p.db.NewBatch()
	defer b.Close()
	for _, r := range rows {
		key := append([]byte(r.table+"\x00"), r.key...)
		var err error
		if r.delete {
			err = b.Delete(key, nil)
		} else {
			err = b.Set(key, r.value, nil)
		}
		if err != nil {
			return err
		}
	}
	return b.Commit(pebble.Sync)
}

func (p pebblePeer) close() error { return p.db.Close() }

type badgerPeer struct{ db *badger.DB }

func openBadger(dir string) (peer, error) {
	db, err := badger.Open(badger.DefaultOptions(filepath.Join(dir, "badger")).WithSyncWrites(true).WithLogger(nil))
	return badgerPeer{db}, err
}

func (p badgerPeer) put(rows []row) error {
	return p.db.Update(func(tx *badger.Txn) error {
		for _, r := range rows {
			key := append([]byte(r.table+"\x00"), r.key...)
			var err error
			if r.delete {
				err = tx.Delete(key)
			} else {
				err = tx.Set(key, r.value)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (p badgerPeer) close() error { return p.db.Close() }

// quiet keeps an engine's own log out of the table.
type quiet struct{}

func (quiet) Infof(string, ...any)  {}
func (quiet) Errorf(string, ...any) {}
func (quiet) Fatalf(format string, _ ...any) {
	panic("pebble: " + format)
}
