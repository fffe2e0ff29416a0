//go:build !windows

package ssh

import (
	"os/exec"
	"syscall"
)

// isolate gives a command a process group of its own, so that all it starts can
// be ended with it. Where there is a terminal it stays in ours: from another group
// it could not ask for a password there.
func isolate(cmd *exec.Cmd) {
	if t, err := openTerminal(); err == nil {
		t.close()
		return
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

// kill ends a command that was started, and its group if that is its own.
func kill(cmd *exec.Cmd) {
	if cmd.SysProcAttr != nil && cmd.SysProcAttr.Setpgid {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	}
	_ = cmd.Process.Kill()
}

func shellCommand(shell, line string) *exec.Cmd {
	if shell == "" {
		shell = "/bin/sh"
	}
	return exec.Command(shell, "-c", "exec "+line)
}
