//go:build !osroot

package tree

import "golang.org/x/sys/unix"

// defaultACL tells whether the directory has an access list for what will be made in it.
func (d *diskDir) defaultACL() bool {
	n, err := unix.Fgetxattr(d.fd, "system.posix_acl_default", nil)
	return err == nil && n > 0
}
