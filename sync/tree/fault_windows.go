package tree

import (
	"errors"
	"io/fs"
	"syscall"

	"golang.org/x/sys/windows"
)

// fault makes the error of operation op on name out of what the system said.
func fault(op, name string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: op, Path: name, Err: meaning(err)}
}

func meaning(err error) error {
	errno, ok := err.(syscall.Errno)
	if !ok {
		if inner := errors.Unwrap(err); inner != nil {
			return meaning(inner)
		}
		return err
	}
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
