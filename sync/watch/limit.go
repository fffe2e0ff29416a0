package watch

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"
)

// LimitError says that the system does not let so many directories be watched.
type LimitError struct {
	Setting string // which limit, as the system calls it
	Value   string // what it is; "": unknown
	Raise   string // a command that raises it
}

func (e *LimitError) Error() string {
	s := "the system lets no more directories be watched"
	if e.Value != "" {
		s += fmt.Sprintf(" (%s is %s)", e.Setting, e.Value)
	}
	return s + "; raise that with `" + e.Raise + "`"
}

// limited makes a LimitError of what the system says when a limit was reached.
func limited(err error) error {
	watches, instances := errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EMFILE)
	switch {
	case !watches && !instances:
		return err
	case runtime.GOOS != "linux":
		return &LimitError{Setting: "the limit of open files", Raise: "ulimit -n 100000"}
	case watches:
		return inotifyLimit("max_user_watches", "1048576")
	}
	return inotifyLimit("max_user_instances", "1024")
}

func inotifyLimit(name, enough string) error {
	value, _ := os.ReadFile("/proc/sys/fs/inotify/" + name) // what is not known is not said
	setting := "fs.inotify." + name
	return &LimitError{Setting: setting, Value: strings.TrimSpace(string(value)), Raise: "sudo sysctl " + setting + "=" + enough}
}
