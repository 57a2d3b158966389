//go:build !linux

package store

// Elsewhere the machine's name stands for it.
var machineFiles []string
