// Package netchange tells when the computer's network may have changed: a cable,
// a wireless network, a telephone shared over USB, an address that came or went.
//
// It is a hint. Platforms tell too much, too early or nothing at all, and whoever
// listens keeps timers beside it.
package netchange

import (
	"context"
	"errors"
	"time"
)

// ErrUnsupported says that this platform tells nothing, or not to this program.
var ErrUnsupported = errors.New("the platform does not tell when its network changes")

// calm is how long changes that come together are counted as one.
const calm = time.Second

// Watch calls changed after each change of the network until the context is done,
// at most once a second, from one goroutine. It returns nil then, and
// [ErrUnsupported], or why listening failed, earlier.
func Watch(ctx context.Context, changed func()) error {
	hints := make(chan struct{}, 1)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	failed := make(chan error, 1)
	go func() {
		failed <- listen(ctx, func() {
			select {
			case hints <- struct{}{}:
			default:
			}
		})
	}()
	for {
		select {
		case err := <-failed:
			if ctx.Err() != nil {
				return nil
			}
			return err
		case <-hints:
			changed()
		}
		t := time.NewTimer(calm)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
		}
	}
}
