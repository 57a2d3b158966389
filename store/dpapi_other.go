//go:build !windows

package store

import "errors"

var errNoDPAPI = errors.New("only Windows has this custody")

func dpapiSeal([]byte) ([]byte, error) { return nil, errNoDPAPI }
func dpapiOpen([]byte) ([]byte, error) { return nil, errNoDPAPI }
