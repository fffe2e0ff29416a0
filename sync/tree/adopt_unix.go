//go:build (linux || darwin) && !osroot

package tree

import (
	"os"
	"time"

	"golang.org/x/sys/unix"

	"latus/index"
)

// ticking is by how much the clock of a filesystem is behind that of the system.
const ticking = 20 * time.Millisecond

// Adopt implements Adopt.
func (t *Disk) Adopt(paths []index.Path, since time.Time) {
	if os.Geteuid() != 0 || !mayChown() || t.Traits().ModeBits&0o777 != 0o777 {
		return
	}
	var root unix.Stat_t
	if unix.Fstat(t.fd, &root) != nil || root.Uid == 0 {
		return
	}
	for _, p := range paths {
		_ = t.adopt(p, &root, since.Add(-ticking))
	}
}

func (t *Disk) adopt(p index.Path, root *unix.Stat_t, since time.Time) error {
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
	if err := unix.Fstat(fd, &st); err != nil || st.Uid != 0 || st.Dev != root.Dev {
		return err
	}
	made, err := t.statFd(fd)
	if err != nil || made.Btime < since.UnixNano() {
		return err
	}
	if made.Kind != index.Dir && (made.Kind != index.File || st.Nlink != 1) {
		return nil
	}
	return retry(func() error { return unix.Fchown(fd, int(root.Uid), int(root.Gid)) })
}
