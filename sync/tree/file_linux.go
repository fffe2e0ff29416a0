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
	return 0, fault("copy", f.name, err)
}
