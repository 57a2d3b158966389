package main

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/windows"

	"github.com/zoneblanche/zoneblanche/internal/daemon"
)

func isAdministrator() bool { return windows.GetCurrentProcessToken().IsElevated() }

// checkProgram refuses nothing: under Program Files only administrators write, and the
// plan was refused elsewhere in people's folders.
func checkProgram(string) error { return nil }

// ownFolder refuses nothing: an administrator's files are in the folder's access list.
func ownFolder(string) error { return nil }

// prepareMachine makes the data folder, for the service's account and administrators
// alone. Windows makes the account with the service.
func prepareMachine(p daemon.Plan) error {
	// The folder above, which everybody may read, holds the facts of the installation.
	if err := os.MkdirAll(filepath.Dir(p.Data), 0o755); err != nil {
		return err
	}
	if err := restrict(filepath.Dir(p.Data), "D:P(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)(A;OICI;0x1200a9;;;BU)"); err != nil {
		return err
	}
	if err := os.MkdirAll(p.Data, 0o700); err != nil {
		return err
	}
	return restrict(p.Data, daemon.FolderAccess())
}

// restrict replaces an access list.
func restrict(path, sddl string) error {
	descriptor, err := windows.SecurityDescriptorFromString(sddl)
	if err != nil {
		return err
	}
	list, _, err := descriptor.DACL()
	if err != nil {
		return err
	}
	return windows.SetNamedSecurityInfo(path, windows.SE_FILE_OBJECT,
		windows.DACL_SECURITY_INFORMATION|windows.PROTECTED_DACL_SECURITY_INFORMATION, nil, nil, list, nil)
}
