//go:build (linux || darwin) && osroot

package tree

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// fsync is as strict as Windows, which this build stands in for in tests: a handle
// for reading is refused.
func fsync(f *os.File) error {
	flags, err := unix.FcntlInt(f.Fd(), unix.F_GETFL, 0)
	if err != nil {
		return err
	}
	if flags&unix.O_ACCMODE == unix.O_RDONLY {
		return syscall.EACCES
	}
	return f.Sync()
}
