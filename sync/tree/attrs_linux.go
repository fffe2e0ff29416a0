//go:build !osroot

package tree

import (
	"strings"

	"golang.org/x/sys/unix"
)

// attrPrefix is of the attributes that are users' own. What else there is (security,
// trusted, system) means something to one machine only, or needs root.
const attrPrefix = "user."

const noAttr = unix.ENODATA

// keptAttr leaves out what overlay filesystems note about their layers.
func keptAttr(name string) bool { return !strings.HasPrefix(name, "overlay.") }

func (t *Disk) attrsAreReal() bool { return true }
