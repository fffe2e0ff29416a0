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

// meaning looks for the system's error in err.
func meaning(err error) error {
	if errno, ok := err.(syscall.Errno); ok {
		return meaningOf(errno)
	}
	if inner := errors.Unwrap(err); inner != nil {
		return meaning(inner)
	}
	return err
}
