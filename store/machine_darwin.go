package store

import "golang.org/x/sys/unix"

// machineID names this machine. Its host's name would not do: networks change it.
func machineID() string {
	id, err := unix.Sysctl("kern.uuid")
	if err != nil {
		return ""
	}
	return id
}
