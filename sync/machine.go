package sync

import (
	"strings"
	"sync"

	"latus/sync/peer"
)

// A machine is told by its name and, behind a slash, by the id that its system has
// given it. The name changes: with DHCP, with the network that a laptop is in, by its
// owner. The id stays, but machines that were copied from one image may share it, and
// some have none. So it depends on what is at stake which of the two counts.

var machineID = sync.OnceValue(readMachineID)

// machine is what this machine is called in a peer.Place. host is its name.
func machine(host string) string {
	if id := machineID(); id != "" {
		return host + "/" + id
	}
	return host
}

func splitMachine(m string) (name, id string) {
	if i := strings.LastIndexByte(m, '/'); i >= 0 {
		return m[:i], m[i+1:]
	}
	return m, ""
}

// sameMachine tells whether a machine that was written down as old is the one that is
// now called m: by the id, or by the name where one of them has none.
func sameMachine(old, m string) bool {
	name, id := splitMachine(old)
	name2, id2 := splitMachine(m)
	if id != "" && id2 != "" {
		return id == id2
	}
	return name == name2
}

// alike tells whether two machines have nothing that tells them apart, neither name
// nor id: what is said of both at one time is said of one machine.
func alike(a, b string) bool {
	name, _ := splitMachine(a)
	name2, _ := splitMachine(b)
	return name == name2 && sameMachine(a, b)
}

// stoodAt tells whether a tree that was remembered at old may be the one that is to be
// at p. A name or an id that is the same is enough: to ask once too often costs little,
// and to take an empty mount point for a new tree much.
func stoodAt(old, p peer.Place) bool {
	if old.Path != p.Path {
		return false
	}
	name, _ := splitMachine(old.Machine)
	name2, _ := splitMachine(p.Machine)
	return name == name2 || sameMachine(old.Machine, p.Machine)
}
