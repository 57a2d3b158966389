package netchange

import (
	"context"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// listen hears the routing socket: interfaces, addresses and routes. What the
// messages say does not matter here.
func listen(ctx context.Context, hint func()) error {
	fd, err := unix.Socket(unix.AF_ROUTE, unix.SOCK_RAW, unix.AF_UNSPEC)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	unix.CloseOnExec(fd)
	if err := unix.SetNonblock(fd, true); err != nil {
		_ = unix.Close(fd)
		return fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	return drain(ctx, os.NewFile(uintptr(fd), "route"), hint, func(err error) bool {
		return errors.Is(err, unix.ENOBUFS) // more was said than we could hear
	})
}
