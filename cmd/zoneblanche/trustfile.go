package main

import (
	"io"
	"os"
	"path/filepath"

	"github.com/zoneblanche/zoneblanche/qr"
	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/trust"
)

// maxTrustList bounds a trust list's file, in bytes.
const maxTrustList = 1 << 20

// keySource opens the trust list that verdicts rest on: the file given, else the
// data folder's. Without one there is no key source, and every issuer is unknown.
func (a *app) keySource(path string) (qr.KeySource, error) {
	if path != "" {
		list, err := readTrustList(path)
		if err != nil {
			return nil, aboutFile(path, err)
		}
		return list, nil
	}
	data, err := a.folder()
	if err != nil {
		return nil, err
	}
	folder, err := trust.OpenFolder(filepath.Join(data, "trust"))
	if err != nil {
		return nil, err
	}
	list, err := folder.Current()
	if record.CodeOf(err) == record.CodeNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return list, nil
}

// readTrustList opens a list whose file the person named, and so vouches for.
func readTrustList(path string) (*trust.List, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxTrustList+1))
	if err != nil {
		return nil, err
	}
	return trust.OpenList(data)
}
