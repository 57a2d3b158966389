//go:build race

package foreign

// raceEnabled says that times mean nothing.
const raceEnabled = true
