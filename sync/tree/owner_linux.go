//go:build !osroot

package tree

import (
	"bufio"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// mayChown tells whether this process may give files to others.
func mayChown() bool {
	head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&head, &data[0]); err != nil {
		return os.Geteuid() == 0
	}
	return data[0].Effective&(1<<unix.CAP_CHOWN) != 0
}

// mapped tells which users and groups exist in this user namespace; nil: all do.
func mapped() func(user, group int64) bool {
	users, all := idMap("/proc/self/uid_map")
	groups, all2 := idMap("/proc/self/gid_map")
	if all && all2 {
		return nil
	}
	return func(user, group int64) bool { return (user < 0 || users(user)) && (group < 0 || groups(group)) }
}

// idMap reads which ids exist. What cannot be read holds all.
func idMap(name string) (has func(int64) bool, all bool) {
	any := func(int64) bool { return true }
	f, err := os.Open(name)
	if err != nil {
		return any, true
	}
	defer f.Close()
	type span struct{ from, n int64 }
	var spans []span
	for s := bufio.NewScanner(f); s.Scan(); {
		fields := strings.Fields(s.Text())
		if len(fields) != 3 {
			return any, true
		}
		from, ok := number(fields[0])
		n, ok2 := number(fields[2])
		if !ok || !ok2 && fields[2] != "4294967295" {
			return any, true
		}
		if !ok2 || from == 0 && n == 1<<32-1 {
			return any, true
		}
		spans = append(spans, span{int64(from), int64(n)})
	}
	return func(id int64) bool {
		for _, s := range spans {
			if id >= s.from && id-s.from < s.n {
				return true
			}
		}
		return false
	}, false
}
