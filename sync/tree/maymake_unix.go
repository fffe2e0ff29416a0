//go:build (linux || darwin) && !osroot

package tree

import (
	"cmp"

	"golang.org/x/sys/unix"

	"latus/index"
)

// MayMake implements MayMake.
func (t *Disk) MayMake(dir index.Path) error {
	at := cmp.Or(string(dir), ".")
	return Fault("access", at, retry(func() error {
		return unix.Faccessat(t.fd, at, unix.W_OK|unix.X_OK, unix.AT_EACCESS)
	}))
}
