//go:build (linux || darwin) && !osroot

package tree

import (
	"os"

	"golang.org/x/sys/unix"

	"latus/index"
)

// Adopt implements Adopt. What has other names besides is left alone: it may be anybody's.
func (t *Disk) Adopt(paths []index.Path) error {
	if os.Geteuid() != 0 || t.Traits().ModeBits&0o777 != 0o777 {
		return nil
	}
	var root unix.Stat_t
	if err := unix.Fstat(t.fd, &root); err != nil || root.Uid == 0 {
		return Fault("stat", ".", err)
	}
	for _, p := range paths {
		if err := t.adopt(p, int(root.Uid), int(root.Gid)); err != nil && err != unix.ENOENT {
			return Fault("chown", string(p), err)
		}
	}
	return nil
}

func (t *Disk) adopt(p index.Path, user, group int) error {
	above, name := p.Split()
	dir, err := t.openPath(string(above))
	if err != nil {
		return err
	}
	defer unix.Close(dir)
	fd, err := retryFd(func() (int, error) {
		return unix.Openat(dir, name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	})
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	kind := uint32(st.Mode) & unix.S_IFMT
	if st.Uid != 0 || kind != unix.S_IFDIR && (kind != unix.S_IFREG || st.Nlink != 1) {
		return nil
	}
	return retry(func() error { return unix.Fchown(fd, user, group) })
}
