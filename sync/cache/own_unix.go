//go:build unix

package cache

import (
	"io/fs"
	"os"
	"syscall"
)

// own tells whether only this user may write, and read, a file.
func own(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(st.Uid) == os.Geteuid() && info.Mode()&0o077 == 0
}
