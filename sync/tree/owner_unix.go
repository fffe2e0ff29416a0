//go:build (linux || darwin) && !osroot

package tree

import (
	"os"
	"os/user"
	"slices"
	"strconv"
)

// Owners says who may own what. A filesystem that has no permission bits has no
// owners either: it shows the one who mounted it.
func (t *Disk) Owners() *Owners {
	if t.Traits().ModeBits&0o777 != 0o777 {
		return nil
	}
	o := &Owners{Any: mayChown(), Lookup: Lookup{
		UserName: func(id uint32) (string, bool) {
			u, err := user.LookupId(decimal(id))
			if err != nil {
				return "", false
			}
			return u.Username, true
		},
		GroupName: func(id uint32) (string, bool) {
			g, err := user.LookupGroupId(decimal(id))
			if err != nil {
				return "", false
			}
			return g.Name, true
		},
		UserID: func(name string) (uint32, bool) {
			u, err := user.Lookup(name)
			if err != nil {
				return 0, false
			}
			return number(u.Uid)
		},
		GroupID: func(name string) (uint32, bool) {
			g, err := user.LookupGroup(name)
			if err != nil {
				return 0, false
			}
			return number(g.Gid)
		},
	}}
	if o.Any {
		t.mapped = mapped()
		o.Mapped = t.mapped
		return o
	}
	groups, _ := os.Getgroups()
	groups = append(groups, os.Getegid())
	o.Member = func(group uint32) bool { return slices.Contains(groups, int(group)) }
	return o
}

func decimal(id uint32) string { return strconv.FormatUint(uint64(id), 10) }

func number(s string) (uint32, bool) {
	n, err := strconv.ParseUint(s, 10, 32)
	return uint32(n), err == nil && uint32(n)+1 != 0
}
