//go:build !osroot

package tree

import "golang.org/x/sys/unix"

// CopyRange implements RangeCopier.
func (f *diskFile) CopyRange(from File, size int64) (int64, error) {
	src, ok := from.(*diskFile)
	if !ok {
		return 0, ErrUnsupported
	}
	n, err := retryFd(func() (int, error) {
		return unix.CopyFileRange(src.fd, nil, f.fd, nil, int(min(size, maxIO)), 0)
	})
	if n > 0 {
		return int64(n), nil
	}
	return 0, Fault("copy", f.name, err)
}

// Hasten implements Hastener.
func (f *diskFile) Hasten() {
	_ = unix.SyncFileRange(f.fd, 0, 0, unix.SYNC_FILE_RANGE_WRITE) // where it cannot be had, the sync does all
}

// CloneRange implements RangeCloner.
func (f *diskFile) CloneRange(from File, at, to, n int64) error {
	src, ok := from.(*diskFile)
	if !ok {
		return Fault("clone", f.name, ErrUnsupported)
	}
	r := unix.FileCloneRange{Src_fd: int64(src.fd), Src_offset: uint64(at), Src_length: uint64(n), Dest_offset: uint64(to)}
	return Fault("clone", f.name, retry(func() error { return unix.IoctlFileCloneRange(f.fd, &r) }))
}

// HasHoles implements HoleFinder. Where the file stands does not change.
func (f *diskFile) HasHoles(size int64) bool {
	was, err := unix.Seek(f.fd, 0, unix.SEEK_CUR)
	if err != nil {
		return false
	}
	hole, err := unix.Seek(f.fd, 0, unix.SEEK_HOLE)
	_, back := unix.Seek(f.fd, was, unix.SEEK_SET)
	return err == nil && back == nil && hole < size
}
