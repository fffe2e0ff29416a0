package site

import (
	"sync"
)

var machineID = sync.OnceValue(readMachineID)

// machine is what this machine is called in a peer.Place. host is its name.
func machine(host string) string {
	if id := machineID(); id != "" {
		return host + "/" + id
	}
	return host
}
