//go:build !osroot

package tree

import (
	"bufio"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Filesystem goes by the kind of filesystem and the options it is mounted with: two of one kind
// can do the same. Mounts that can be written and those that cannot are alike, and the number
// that statfs gives a filesystem changes with the place that a device is plugged in.
func (t *Disk) Filesystem() string {
	var st unix.Statfs_t
	if err := retry(func() error { return unix.Fstatfs(t.fd, &st) }); err != nil {
		return ""
	}
	return fingerprint("linux", fmt.Sprintf("%x", st.Type), mountedAs(t.fd))
}

// mountedAs is the name of the filesystem that fd is on, and the options it is mounted with. ""
// if the system does not tell.
func mountedAs(fd int) string {
	var st unix.Statx_t
	if err := unix.Statx(fd, "", unix.AT_EMPTY_PATH, unix.STATX_MNT_ID, &st); err != nil || st.Mask&unix.STATX_MNT_ID == 0 {
		return ""
	}
	table, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return ""
	}
	defer table.Close()
	id := strconv.FormatUint(st.Mnt_id, 10)
	for lines := bufio.NewScanner(table); lines.Scan(); {
		if name, options, ok := mountLine(lines.Text(), id); ok {
			return name + " " + options
		}
	}
	return ""
}

// mountLine reads a line of /proc/self/mountinfo (proc_pid_mountinfo(5)), if it is that of the
// mount id: what kind of filesystem it is, and its own options.
func mountLine(line, id string) (name, options string, ok bool) {
	first, rest, _ := strings.Cut(line, " ")
	_, rest, found := strings.Cut(rest, " - ")
	fields := strings.Fields(rest)
	if first != id || !found || len(fields) < 3 {
		return "", "", false
	}
	own := slices.DeleteFunc(strings.Split(fields[2], ","), func(o string) bool { return o == "rw" || o == "ro" })
	return fields[0], strings.Join(own, ","), true
}
