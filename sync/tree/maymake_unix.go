//go:build (linux || darwin) && !osroot

package tree

import "golang.org/x/sys/unix"

// MayMake implements MayMake.
func (t *Disk) MayMake() error {
	return Fault("access", ".", retry(func() error {
		return unix.Faccessat(t.fd, ".", unix.W_OK|unix.X_OK, unix.AT_EACCESS)
	}))
}
