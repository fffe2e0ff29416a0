//go:build unix && !linux

package command

import "golang.org/x/sys/unix"

const niceness = 10 // as nice(1) by default

// yield has this process give way to others on the processor, as far as the system
// lets it. Systems that have a priority for the disk derive it from that.
func yield() { _ = unix.Setpriority(unix.PRIO_PROCESS, 0, niceness) }
