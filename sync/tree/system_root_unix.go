//go:build !windows && ((!linux && !darwin) || osroot)

package tree

import (
	"io/fs"
	"os"
	"syscall"
	"time"
)

const impliedDirMode = 0 // they show what they have

// usual is what filesystems here can do, of what os.Root reaches.
var usual = Traits{Clock: 1, ModeBits: 0o7777, Links: true, HardLinks: true}

func addSystemInfo(info *Info, fi fs.FileInfo) {
	if st, ok := fi.Sys().(*syscall.Stat_t); ok {
		info.Device, info.Inode, info.Links = uint64(st.Dev), uint64(st.Ino), uint32(st.Nlink)
	}
}

// setTime goes by name, if that is still the name of this file.
func (f *rootFile) setTime(mtime int64) error {
	seen, err := f.r.Lstat(f.name)
	if err != nil {
		return err
	}
	held, err := f.f.Stat()
	if err != nil {
		return err
	}
	if !os.SameFile(seen, held) {
		return fs.ErrNotExist
	}
	return f.r.Chtimes(f.name, time.Time{}, time.Unix(0, mtime))
}

func syncDir(r *os.Root) error {
	f, err := r.Open(".")
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
