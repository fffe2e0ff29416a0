//go:build !osroot

package tree

// Aged is t on a kernel that has no new system calls.
func Aged(t Tree) Tree {
	d := t.(*Disk)
	d.noOpenat2.Store(true)
	d.noStatx.Store(true)
	d.noRenameFlags.Store(true)
	return d
}

// ChmodHeld is Dir.Chmod on a kernel without fchmodat2.
func ChmodHeld(d Dir, name string, mode uint32) error {
	held := d.(*diskDir)
	return held.t.chmodHeld(held.fd, name, mode)
}
