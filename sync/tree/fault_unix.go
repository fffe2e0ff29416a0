//go:build !windows

package tree

import (
	"errors"
	"io/fs"
	"syscall"
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
	if errno == syscall.EOPNOTSUPP { // the same number as ENOTSUP on some systems
		return ErrUnsupported
	}
	switch errno {
	case syscall.ENOTDIR:
		return ErrNotDir
	case syscall.EISDIR:
		return ErrIsDir
	case syscall.ELOOP:
		return ErrIsLink
	case syscall.ENOTEMPTY:
		return ErrNotEmpty
	case syscall.EXDEV:
		return ErrCrossDevice
	case syscall.ENOSPC, syscall.EDQUOT:
		return ErrNoSpace
	case syscall.EROFS:
		return ErrReadOnly
	case syscall.ENAMETOOLONG, syscall.EILSEQ:
		return ErrBadName
	case syscall.ENOSYS, syscall.ENOTSUP, syscall.ENOTTY:
		return ErrUnsupported
	case syscall.EINVAL:
		return fs.ErrInvalid
	}
	return errno
}
