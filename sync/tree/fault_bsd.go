//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package tree

import (
	"io/fs"
	"syscall"
)

// meaningHere is meaningOf for what only some systems say. To a file of theirs ordinary
// users may not give the sticky bit, which Probe tries.
func meaningHere(errno syscall.Errno) error {
	if errno == syscall.EFTYPE {
		return fs.ErrPermission
	}
	return errno
}
