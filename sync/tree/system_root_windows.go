package tree

import (
	"io/fs"
	"os"
	"syscall"
)

// impliedDirMode is what every directory shows. The read-only attribute does not keep
// anybody from changing names in one; the Explorer marks folders with it that it shows in
// another way.
const impliedDirMode = 0o222

// usual is NTFS, for a user who may make no symbolic links, as most may not. Of the
// permission bits the read-only attribute shows one.
var usual = Traits{Clock: 100, ModeBits: 0o200, FoldsCase: true, DOSNames: true, UTF8Names: true}

// addSystemInfo: a look by name shows neither inode nor link count here.
func addSystemInfo(info *Info, fi fs.FileInfo) {
	if data, ok := fi.Sys().(*syscall.Win32FileAttributeData); ok {
		info.Btime = max(data.CreationTime.Nanoseconds(), 0)
	}
}

func (f *rootFile) setTime(mtime int64) error {
	t := syscall.NsecToFiletime(mtime)
	return syscall.SetFileTime(syscall.Handle(f.f.Fd()), nil, nil, &t)
}

// syncDir has nothing to do: names are in the filesystem's journal, and
// directories cannot be flushed.
func syncDir(*os.Root) error { return nil }
