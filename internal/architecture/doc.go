// Package architecture holds the tests of the project's shape: which package may
// import which, and what no file may be or say. It has no code of its own; the
// rules are a table in rules_test.go, each with its reason.
package architecture
