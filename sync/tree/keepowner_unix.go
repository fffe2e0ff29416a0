//go:build (linux || darwin) && !osroot

package tree

import (
	"os"

	"golang.org/x/sys/unix"
)

// KeepOwner implements KeepOwner. Whoever can write in the private folder must not come by
// another file that way: only one that root has made, and that has no other name, is given away.
func (d *diskDir) KeepOwner(name string, from Dir, old string) {
	f, ok := from.(*diskDir)
	if !ok || os.Geteuid() != 0 || !mayChown() || d.check("chown", name) != nil || f.check("stat", old) != nil {
		return
	}
	var was, made unix.Stat_t
	if unix.Fstatat(f.fd, old, &was, unix.AT_SYMLINK_NOFOLLOW) != nil || was.Uid == 0 && was.Gid == 0 || was.Mode&unix.S_IFMT != unix.S_IFREG {
		return
	}
	fd, err := retryFd(func() (int, error) {
		return unix.Openat(d.fd, name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	})
	if err != nil {
		return
	}
	defer unix.Close(fd)
	if unix.Fstat(fd, &made) != nil || made.Uid != 0 || made.Nlink != 1 || made.Mode&unix.S_IFMT != unix.S_IFREG || made.Dev != was.Dev {
		return
	}
	_ = retry(func() error { return unix.Fchown(fd, int(was.Uid), int(was.Gid)) })
}
