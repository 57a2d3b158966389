package store

import (
	"context"
	"errors"
	"os"
)

// Compacted tells how large the file was and is, in bytes.
type Compacted struct {
	Before int64 `json:"before"`
	After  int64 `json:"after"`
}

// CompactFile opens the journal in dir, writes it anew without free pages and without
// what lingers in them, and closes it. The old file stays in place until the new one
// is on disk.
func CompactFile(ctx context.Context, dir string, opt *Options) (out Compacted, err error) {
	const op = "compact journal"
	o := Options{}
	if opt != nil {
		o = *opt
	}
	o.MustExist = true
	j, err := Open(dir, &o)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	size := func() int64 {
		info, err := os.Stat(j.path())
		if err != nil {
			return 0
		}
		return info.Size()
	}
	out.Before = size()
	err = j.settled(ctx, op, j.rewrite)
	out.After = size()
	return out, fail(op, err)
}

// rewrite puts a copy of what is live in the file's place. Where an open file cannot
// be replaced (Windows), it is closed first; nobody can open it meanwhile who could
// then write to what is replaced, because the rename would fail.
func (j *Journal) rewrite() error {
	f, err := os.CreateTemp(j.dir, "."+journalFile+"-*.tmp")
	if err != nil {
		return err
	}
	temporary := f.Name()
	defer os.Remove(temporary) // gone when it was renamed
	if err := f.Close(); err != nil {
		return err
	}
	if err := j.rewriteTo(temporary); err != nil {
		return err
	}
	if err := ownerOnly(temporary); err != nil {
		return err
	}
	old := openToWipe(j.path())
	if err := os.Rename(temporary, j.path()); err != nil {
		if err := j.db.Close(); err != nil {
			return err
		}
		if err := os.Rename(temporary, j.path()); err != nil {
			return err
		}
	}
	err = syncDir(j.dir)
	if old != nil {
		err = errors.Join(err, wipeFile(old))
	}
	return err
}

// rewriteTo copies what is live, on disk when it returns.
func (j *Journal) rewriteTo(path string) error {
	return j.viewRaw("copy journal", func(s *snapshot) error {
		return copyRows(context.Background(), s, path, func(_, _, v []byte) ([]byte, error) { return v, nil })
	})
}
