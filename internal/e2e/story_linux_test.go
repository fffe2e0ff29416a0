package e2e

import (
	"fmt"
	"io/fs"
	"syscall"
)

func inodeAndCtime(info fs.FileInfo) string {
	st := info.Sys().(*syscall.Stat_t)
	return fmt.Sprintf("%d %d.%09d", st.Ino, st.Ctim.Sec, st.Ctim.Nsec)
}
