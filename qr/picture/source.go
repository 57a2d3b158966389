package picture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/zoneblanche/zoneblanche/record"
)

// source is the bytes of a file, on disk or in memory.
type source struct {
	io.ReaderAt
	size int64
	file *os.File // nil for bytes in memory
}

func inMemory(data []byte) *source { return &source{bytes.NewReader(data), int64(len(data)), nil} }

// openSource opens a file by its name. What is no regular file is read to its end
// first, as far as the bounds and the context allow; a device may have no end.
func openSource(ctx context.Context, path string) (*source, error) {
	info, err := os.Stat(path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, &record.Error{Code: record.CodeNotFound, Op: opOpen, Reason: ReasonNoFile, Err: err}
		}
		return nil, unavailable(err)
	}
	switch mode := info.Mode(); {
	case mode.IsDir():
		return nil, invalid(ReasonFolder, errors.New("is a folder"))
	case mode.IsRegular() && info.Size() > maxBytes:
		return nil, tooLarge(fmt.Errorf("%d bytes", info.Size()))
	case mode.IsRegular():
		f, err := os.Open(path)
		if err != nil {
			return nil, unavailable(err)
		}
		return &source{f, info.Size(), f}, nil
	case mode&(fs.ModeNamedPipe|fs.ModeSocket) != 0:
		return pipe(ctx, path)
	}
	return nil, invalid(ReasonDevice, errors.New("is a device"))
}

// pipe reads a pipe. Opening one waits for a writer, and reading for what it
// writes: neither ends with a context, so that both are left behind when it does.
func pipe(ctx context.Context, path string) (*source, error) {
	type result struct {
		data []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		f, err := os.Open(path)
		if err != nil {
			done <- result{nil, err}
			return
		}
		defer f.Close()
		data, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
		done <- result{data, err}
	}()
	select {
	case r := <-done:
		switch {
		case r.err != nil:
			return nil, unavailable(r.err)
		case len(r.data) > maxBytes:
			return nil, tooLarge(fmt.Errorf("more than %d bytes", maxBytes))
		}
		return inMemory(r.data), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// head returns the first n bytes, or what there is.
func (s *source) head(n int64) []byte {
	b := s.at(0, min(n, s.size))
	return b
}

// at returns n bytes from off, fewer at the end and none beyond it.
func (s *source) at(off, n int64) []byte {
	if off < 0 || off >= s.size || n <= 0 {
		return nil
	}
	b := make([]byte, min(n, s.size-off))
	got, _ := s.ReadAt(b, off)
	return b[:got]
}

// all reads everything.
func (s *source) all() ([]byte, error) {
	b := make([]byte, s.size)
	n, err := s.ReadAt(b, 0)
	if err != nil && err != io.EOF {
		return nil, unavailable(err)
	}
	return b[:n], nil
}

// until returns the same bytes, which end with an error when the context does: a
// decoder that goes round in circles stops at its next read.
func (s *source) until(ctx context.Context) *source {
	return &source{untilDone{ctx, s.ReaderAt}, s.size, s.file}
}

type untilDone struct {
	ctx context.Context
	io.ReaderAt
}

func (u untilDone) ReadAt(b []byte, off int64) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.ReaderAt.ReadAt(b, off)
}

// stream returns a reader of the whole from its beginning.
func (s *source) stream() io.Reader { return io.NewSectionReader(s, 0, s.size) }

func (s *source) Close() error {
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}

func unavailable(err error) error {
	return &record.Error{Code: record.CodeUnavailable, Op: opOpen, Err: err}
}
