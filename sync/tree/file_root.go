//go:build (!linux && !darwin) || osroot

package tree

import (
	"errors"
	"io"
	"os"
)

// rootFile is an open file, and where it was opened.
type rootFile struct {
	t      *Disk
	f      *os.File
	r      *os.Root
	name   string
	writes bool // it was opened for writing, too
}

func (f *rootFile) Read(p []byte) (int, error) {
	n, err := f.f.Read(p)
	return n, f.fault("read", err)
}

func (f *rootFile) ReadAt(p []byte, off int64) (int, error) {
	n, err := f.f.ReadAt(p, off)
	return n, f.fault("read", err)
}

func (f *rootFile) Write(p []byte) (int, error) {
	n, err := f.f.Write(p)
	return n, f.fault("write", err)
}

func (f *rootFile) Seek(offset int64, whence int) (int64, error) {
	at, err := f.f.Seek(offset, whence)
	return at, f.fault("seek", err)
}

func (f *rootFile) Stat() (Info, error) {
	fi, err := f.f.Stat()
	if err != nil {
		return Info{}, f.fault("stat", err)
	}
	return f.t.info(fi), nil
}

func (f *rootFile) Chmod(mode uint32) error { return f.fault("chmod", f.f.Chmod(fileMode(mode))) }
func (f *rootFile) Chtime(mtime int64) error {
	return f.fault("chtime", f.setTime(mtime+f.t.Traits().Shift))
}
func (f *rootFile) Truncate(size int64) error { return f.fault("truncate", f.f.Truncate(size)) }
func (f *rootFile) Close() error              { return f.fault("close", f.f.Close()) }

// Sync goes through a handle that may write: Windows flushes no other. A file that
// cannot be opened so is synced through its own handle, where the system does that.
func (f *rootFile) Sync() error {
	if f.writes {
		return f.fault("sync", fsync(f.f))
	}
	w, err := f.r.OpenFile(f.name, os.O_RDWR, 0)
	if err != nil {
		return f.fault("sync", fsync(f.f))
	}
	return f.fault("sync", errors.Join(f.syncThrough(w), w.Close()))
}

// syncThrough syncs w, if that is the same file under the same name still.
func (f *rootFile) syncThrough(w *os.File) error {
	seen, err := f.f.Stat()
	if err != nil {
		return err
	}
	if opened, err := w.Stat(); err != nil || !os.SameFile(seen, opened) {
		return fsync(f.f)
	}
	return fsync(w)
}

// Fault leaves io.EOF bare, as readers expect it.
func (f *rootFile) fault(op string, err error) error {
	if err == io.EOF {
		return err
	}
	return Fault(op, f.name, err)
}
