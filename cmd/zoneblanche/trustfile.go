package main

import (
	"io"
	"os"

	"github.com/zoneblanche/zoneblanche/qr"
	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/trust"
)

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
	folder, err := a.trustFolder()
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
	data, err := readTrustFile(path)
	if err != nil {
		return nil, err
	}
	return trust.OpenList(data)
}

// readTrustFile reads at most one byte more than a list may have, which the list's
// reader then refuses.
func readTrustFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, trust.MaxList+1))
}
