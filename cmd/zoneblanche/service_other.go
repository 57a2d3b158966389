//go:build unix && !linux && !darwin

package main

import "github.com/zoneblanche/zoneblanche/internal/daemon"

// prepareMachine is never reached: no platform of this kind has a plan.
func prepareMachine(daemon.Plan) error {
	return &plainError{say: sayNoServiceManager, next: nextNoServiceManager, code: exitFailed}
}
