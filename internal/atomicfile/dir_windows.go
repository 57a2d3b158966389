package atomicfile

// SyncDir does nothing: on Windows a folder cannot be opened for syncing, and
// the file system journals its entries.
func SyncDir(string) error { return nil }
