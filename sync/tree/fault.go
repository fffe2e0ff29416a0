package tree

import (
	"errors"
	"io/fs"
	"syscall"

	"latus/sync/reason"
)

// Fault makes the error of operation op on name out of what the system said.
func Fault(op, name string, err error) error {
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

// Why is an error as a reason, with the words of Reason.
func Why(err error) reason.Reason { return reason.New(reason.CodeOf(err), Reason(err)) }

// Reason is an error in words for a message that names the path, and what was to be done
// with it, already: without the operation and the name that the system's error has.
func Reason(err error) string {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err.Error()
	}
	return err.Error()
}
