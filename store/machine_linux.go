package store

var machineFiles = []string{"/etc/machine-id", "/var/lib/dbus/machine-id"}
