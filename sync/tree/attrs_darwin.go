//go:build !osroot

package tree

import (
	"strings"

	"golang.org/x/sys/unix"
)

const attrPrefix = ""

const noAttr = unix.ENOATTR

// keptAttr leaves out what the system notes about this copy of a file.
func keptAttr(name string) bool {
	switch name {
	case "com.apple.provenance", "com.apple.quarantine", "com.apple.macl", "com.apple.lastuseddate#PS":
		return false
	}
	return !strings.HasPrefix(name, "com.apple.system.")
}

// attrsAreReal: on filesystems without them the system keeps them in files of their own,
// which would be taken for the user's.
func (t *Disk) attrsAreReal() bool { return t.Traits().ModeBits&0o777 == 0o777 }
