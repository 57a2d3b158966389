package main

import "syscall"

// smallBuffers keeps the system from taking more of a client than is on its way.
func smallBuffers(c syscall.RawConn) error {
	var set error
	err := c.Control(func(fd uintptr) {
		set = syscall.SetsockoptInt(syscall.Handle(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 8<<10)
	})
	if err != nil {
		return err
	}
	return set
}
