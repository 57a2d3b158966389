//go:build linux || darwin

package netchange

import (
	"context"
	"fmt"
	"os"
)

// drain reads messages and throws them away, each a hint, until the context is done
// or reading fails for good.
func drain(ctx context.Context, socket *os.File, hint func(), overrun func(error) bool) error {
	defer socket.Close()
	stop := context.AfterFunc(ctx, func() { _ = socket.Close() })
	defer stop()
	message := make([]byte, 64<<10)
	for {
		n, err := socket.Read(message)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && !overrun(err):
			return fmt.Errorf("hear changes of the network: %w", err)
		case err == nil && n == 0:
			return ErrUnsupported
		}
		hint()
	}
}
