package store

import (
	"os"

	"golang.org/x/sys/windows"
)

// ownerOnly replaces a file's access list by one that names the current account,
// the system and the administrators, who can take any file anyway. What the folder
// would pass on is cut off.
func ownerOnly(path string) error {
	token := windows.GetCurrentProcessToken()
	user, err := token.GetTokenUser()
	if err != nil {
		return err
	}
	descriptor, err := windows.SecurityDescriptorFromString(
		"D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;" + user.User.Sid.String() + ")")
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

// sharedWithOthers is not told on Windows: the access list was set when the file
// was made.
func sharedWithOthers(string) bool { return false }

// openToWipe returns nil: a file that is open cannot be replaced on Windows.
func openToWipe(string) *os.File { return nil }
