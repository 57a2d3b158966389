package store

import (
	"syscall"

	"golang.org/x/sys/windows"
)

// diskFull lists what the system answers when a file may not grow.
var diskFull = []syscall.Errno{
	windows.ERROR_DISK_FULL,
	windows.ERROR_HANDLE_DISK_FULL,
	windows.ERROR_DISK_QUOTA_EXCEEDED,
	windows.ERROR_FILE_TOO_LARGE,
}
