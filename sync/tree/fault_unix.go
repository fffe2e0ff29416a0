//go:build !windows

package tree

import (
	"io/fs"
	"syscall"
)

// meaningOf is what the rest of latus knows an error of this system as.
func meaningOf(errno syscall.Errno) error {
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
	return meaningHere(errno)
}
