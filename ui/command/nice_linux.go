package command

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// How low a process goes that yields to others: as nice(1) by default, and with the
// class of ionice(1) that reads and writes when nobody else does.
const (
	niceness    = 10
	ioOfProcess = 1       // IOPRIO_WHO_PROCESS
	ioIdle      = 3 << 13 // IOPRIO_CLASS_IDLE
)

// yield has this process give way to others, on the processor and on the disk, as far
// as the system lets it. Priorities are a thread's here; new threads take over those
// of the one that starts them, so it looks again until there are no new ones.
func yield() {
	done := map[int]bool{}
	for before := -1; before < len(done); {
		before = len(done)
		threads, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return
		}
		for _, t := range threads {
			id, err := strconv.Atoi(t.Name())
			if err != nil || done[id] {
				continue
			}
			_ = unix.Setpriority(unix.PRIO_PROCESS, id, niceness)
			_, _, _ = unix.Syscall(unix.SYS_IOPRIO_SET, ioOfProcess, uintptr(id), ioIdle)
			done[id] = true
		}
	}
}
