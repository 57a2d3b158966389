//go:build !windows

package store

import "syscall"

// diskFull lists what the system answers when a file may not grow.
var diskFull = []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG}
