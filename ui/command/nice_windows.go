package command

import "golang.org/x/sys/windows"

// yield has this process give way to others, on the processor and on the disk, as far
// as the system lets it.
func yield() {
	_ = windows.SetPriorityClass(windows.CurrentProcess(), windows.PROCESS_MODE_BACKGROUND_BEGIN)
}
