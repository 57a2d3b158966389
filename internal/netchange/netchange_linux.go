package netchange

import (
	"context"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// listen hears the kernel's route socket: links that go up or down and addresses
// that come or go. What the messages say does not matter here.
func listen(ctx context.Context, hint func()) error {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_ROUTE)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	groups := &unix.SockaddrNetlink{
		Family: unix.AF_NETLINK,
		Groups: unix.RTMGRP_LINK | unix.RTMGRP_IPV4_IFADDR | unix.RTMGRP_IPV6_IFADDR,
	}
	if err := unix.Bind(fd, groups); err != nil {
		_ = unix.Close(fd)
		return fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	return drain(ctx, os.NewFile(uintptr(fd), "netlink"), hint, func(err error) bool {
		return errors.Is(err, unix.ENOBUFS) // more was said than we could hear
	})
}
