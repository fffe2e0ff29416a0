//go:build !osroot

package tree

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// mountReadOnly is the flag of a mount that does not change what its files can be.
const mountReadOnly = unix.MNT_RDONLY

// Filesystem goes by what statfs says.
func (t *Disk) Filesystem() string {
	var st unix.Statfs_t
	if err := retry(func() error { return unix.Fstatfs(t.fd, &st) }); err != nil {
		return ""
	}
	name := unix.ByteSliceToString(st.Fstypename[:])
	return fingerprint("darwin", name, fmt.Sprintf("%x %x", st.Fsid.Val, st.Flags&^mountReadOnly))
}
