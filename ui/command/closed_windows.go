package command

import (
	"errors"
	"syscall"

	"golang.org/x/sys/windows"
)

// pipeClosed tells whether a write failed because nobody reads from the pipe any more:
// its other end is closed, or being closed.
func pipeClosed(err error) bool {
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, windows.ERROR_BROKEN_PIPE) || errors.Is(err, windows.ERROR_NO_DATA)
}
