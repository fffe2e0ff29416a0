//go:build !windows

package command

import (
	"errors"
	"syscall"
)

// pipeClosed tells whether a write failed because nobody reads from the pipe any more.
func pipeClosed(err error) bool { return errors.Is(err, syscall.EPIPE) }
