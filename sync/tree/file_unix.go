//go:build (linux || darwin) && !osroot

package tree

import (
	"io"
	"io/fs"

	"golang.org/x/sys/unix"

	"latus/index"
)

// diskFile is an open descriptor without the poller's and the finalizer's cost:
// Regular files never block, and callers always close.
type diskFile struct {
	t    *Disk
	fd   int
	name string
}

// maxIO bounds one system call: some systems refuse 2 GiB.
const maxIO = 1 << 30

func (f *diskFile) Read(p []byte) (int, error) {
	n, err := retryFd(func() (int, error) { return unix.Read(f.fd, p[:min(len(p), maxIO)]) })
	switch {
	case err != nil:
		return 0, Fault("read", f.name, err)
	case n == 0 && len(p) > 0:
		return 0, io.EOF
	}
	return n, nil
}

func (f *diskFile) ReadAt(p []byte, off int64) (int, error) {
	done := 0
	for done < len(p) {
		rest := p[done:min(len(p), done+maxIO)]
		n, err := retryFd(func() (int, error) { return unix.Pread(f.fd, rest, off+int64(done)) })
		switch {
		case err != nil:
			return done, Fault("read", f.name, err)
		case n == 0:
			return done, io.EOF
		}
		done += n
	}
	return done, nil
}

func (f *diskFile) Write(p []byte) (int, error) {
	done := 0
	for done < len(p) {
		rest := p[done:min(len(p), done+maxIO)]
		n, err := retryFd(func() (int, error) { return unix.Write(f.fd, rest) })
		switch {
		case err != nil:
			return done, Fault("write", f.name, err)
		case n == 0:
			return done, Fault("write", f.name, io.ErrUnexpectedEOF)
		}
		done += n
	}
	return done, nil
}

func (f *diskFile) Seek(offset int64, whence int) (int64, error) {
	at, err := unix.Seek(f.fd, offset, whence)
	return at, Fault("seek", f.name, err)
}

func (f *diskFile) Stat() (Info, error) {
	st, err := f.t.statFd(f.fd)
	return f.t.shown(st), Fault("stat", f.name, err)
}

// Owner is whose the file is, whether looks show that or not.
func (f *diskFile) Owner() (index.IDs, error) {
	st, err := f.t.statFd(f.fd)
	return st.Owner, Fault("stat", f.name, err)
}

func (f *diskFile) Chmod(mode uint32) error {
	return Fault("chmod", f.name, retry(func() error { return unix.Fchmod(f.fd, mode&0o7777) }))
}

func (f *diskFile) Chtime(mtime int64) error {
	return Fault("chtime", f.name, retry(func() error { return chtimeFd(f.fd, f.t.times(mtime)) }))
}

// times are what utimensat is given to set an mtime.
func (t *Disk) times(mtime int64) [2]unix.Timespec {
	atime := unix.Timespec{Nsec: utimeOmit}
	if t.system.atimeToo {
		atime.Nsec = utimeNow
	}
	return [2]unix.Timespec{atime, unix.NsecToTimespec(mtime + t.Traits().Shift)}
}

func (f *diskFile) Truncate(size int64) error {
	return Fault("truncate", f.name, retry(func() error { return unix.Ftruncate(f.fd, size) }))
}

func (f *diskFile) Sync() error {
	return Fault("sync", f.name, retry(func() error { return syncFd(f.fd) }))
}

func (f *diskFile) Close() error {
	fd := f.fd
	if fd < 0 {
		return Fault("close", f.name, fs.ErrClosed)
	}
	f.fd = -1
	return Fault("close", f.name, unix.Close(fd))
}
