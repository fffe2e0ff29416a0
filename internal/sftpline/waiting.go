package sftpline

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
)

// waiting tells whether the client waits, as far as the system shows it: it would work, and
// perhaps ask, if it had anything to do; and here nobody has a request of it in hand. A busy
// machine may let either have no time for long.
func waiting() bool {
	return working(os.Getppid()) == 0 && working(os.Getpid()) <= 1 // who asks this
}

// working is how many threads of a process do not sleep.
func working(pid int) (n int) {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	for _, name := range threads {
		text, err := os.ReadFile(name)
		// The state is after the name of the program, which is in brackets.
		if _, rest, ok := bytes.Cut(text[bytes.LastIndexByte(text, ')')+1:], []byte(" ")); err == nil && ok && len(rest) > 0 && rest[0] != 'S' {
			n++
		}
	}
	return n
}
