//go:build race

package store

// The race detector makes arithmetic ten times slower. What has one goroutine for
// each case is tried in full without it (scripts/test).
const raced = true
