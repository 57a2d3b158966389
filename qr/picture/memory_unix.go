//go:build unix

package picture

import "golang.org/x/sys/unix"

// reserve maps memory that takes no room until it is written.
func reserve(size uint64) ([]byte, error) {
	return unix.Mmap(-1, 0, int(size), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE|unix.MAP_NORESERVE)
}

// commit has nothing to do: the system provides pages as they are touched.
func commit([]byte) error { return nil }

func release(b []byte) { _ = unix.Munmap(b) }
