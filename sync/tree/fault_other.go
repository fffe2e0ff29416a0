//go:build !windows && !darwin && !dragonfly && !freebsd && !netbsd && !openbsd

package tree

import "syscall"

// meaningHere is meaningOf for what only some systems say.
func meaningHere(errno syscall.Errno) error { return errno }
