package store

import (
	"bytes"
	"errors"
	"unsafe"

	"golang.org/x/sys/windows"
)

// dpapiSeal seals for the current account on this machine, without asking anybody.
func dpapiSeal(text []byte) ([]byte, error) {
	return dpapi(text, func(in, out *windows.DataBlob) error {
		return windows.CryptProtectData(in, nil, nil, 0, nil, windows.CRYPTPROTECT_UI_FORBIDDEN, out)
	})
}

// dpapiOpen is the inverse of dpapiSeal.
func dpapiOpen(sealed []byte) ([]byte, error) {
	return dpapi(sealed, func(in, out *windows.DataBlob) error {
		return windows.CryptUnprotectData(in, nil, nil, 0, nil, windows.CRYPTPROTECT_UI_FORBIDDEN, out)
	})
}

func dpapi(data []byte, call func(in, out *windows.DataBlob) error) ([]byte, error) {
	if len(data) == 0 {
		return nil, errors.New("nothing to seal or to open")
	}
	in := windows.DataBlob{Size: uint32(len(data)), Data: &data[0]}
	var out windows.DataBlob
	if err := call(&in, &out); err != nil {
		return nil, err
	}
	result := bytes.Clone(unsafe.Slice(out.Data, out.Size))
	clear(unsafe.Slice(out.Data, out.Size))
	_, err := windows.LocalFree(windows.Handle(unsafe.Pointer(out.Data)))
	return result, err
}
