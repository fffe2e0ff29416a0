package tree

import (
	"io/fs"
	"syscall"

	"golang.org/x/sys/windows"
)

// meaningOf is what the rest of latus knows an error of this system as.
func meaningOf(errno syscall.Errno) error {
	switch errno {
	case syscall.ENOTDIR, windows.ERROR_DIRECTORY:
		return ErrNotDir
	case syscall.EISDIR:
		return ErrIsDir
	case syscall.ELOOP:
		return ErrIsLink
	case syscall.ENOTEMPTY, windows.ERROR_DIR_NOT_EMPTY:
		return ErrNotEmpty
	case syscall.EXDEV, windows.ERROR_NOT_SAME_DEVICE:
		return ErrCrossDevice
	case windows.ERROR_DISK_FULL, windows.ERROR_HANDLE_DISK_FULL, windows.ERROR_DISK_QUOTA_EXCEEDED:
		return ErrNoSpace
	case windows.ERROR_WRITE_PROTECT:
		return ErrReadOnly
	case windows.ERROR_INVALID_NAME, windows.ERROR_FILENAME_EXCED_RANGE, syscall.ENAMETOOLONG:
		return ErrBadName
	case windows.ERROR_NOT_SUPPORTED, windows.ERROR_INVALID_FUNCTION, windows.ERROR_PRIVILEGE_NOT_HELD:
		return ErrUnsupported
	case windows.ERROR_INVALID_PARAMETER, syscall.EINVAL:
		return fs.ErrInvalid
	}
	return errno
}
