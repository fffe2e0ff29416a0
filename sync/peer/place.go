package peer

import (
	"path/filepath"
	"strings"
)

// Place is where a tree stands, to tell trees apart and to remember them.
type Place struct {
	Machine string // an id of the host, "" if unknown
	Host    string // its name, for people
	Path    string // absolute, links resolved
	Device  uint64 // device and inode of the root; 0: it does not exist yet
	Inode   uint64
}

// Overlaps tells whether one of two trees is the other, or lies inside it.
func (a Place) Overlaps(b Place) bool {
	if !AlikeMachines(a.Machine, b.Machine) {
		return false
	}
	if a.Inode != 0 && a.Inode == b.Inode && a.Device == b.Device {
		return true
	}
	return a.Path == b.Path || within(a.Path, b.Path) || within(b.Path, a.Path)
}

func within(p, dir string) bool {
	rel, err := filepath.Rel(dir, p)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// The name of a machine and, behind a slash, the id that its system has given it make
// Place.Machine. The name changes: with DHCP, with the network that a laptop is in, by its
// owner. The id stays, but machines that were copied from one image may share it, and
// some have none. So it depends on what is at stake which of the two counts.

func splitMachine(m string) (name, id string) {
	if i := strings.LastIndexByte(m, '/'); i >= 0 {
		return m[:i], m[i+1:]
	}
	return m, ""
}

// SameMachine tells whether a machine that was written down as old is the one that is
// now called m: by the id, or by the name where one of them has none.
func SameMachine(old, m string) bool {
	name, id := splitMachine(old)
	name2, id2 := splitMachine(m)
	if id != "" && id2 != "" {
		return id == id2
	}
	return name == name2
}

// AlikeMachines tells whether two machines have nothing that tells them apart, neither name
// nor id: what is said of both at one time is said of one machine.
func AlikeMachines(a, b string) bool {
	name, _ := splitMachine(a)
	name2, _ := splitMachine(b)
	return name == name2 && SameMachine(a, b)
}

// MayBe tells whether a tree that was remembered at old may be the one that is to be
// at p. A name or an id that is the same is enough: to ask once too often costs little,
// and to take an empty mount point for a new tree much.
func (old Place) MayBe(p Place) bool {
	if old.Path != p.Path {
		return false
	}
	name, _ := splitMachine(old.Machine)
	name2, _ := splitMachine(p.Machine)
	return name == name2 || SameMachine(old.Machine, p.Machine)
}
