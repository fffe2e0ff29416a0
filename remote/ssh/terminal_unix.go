//go:build !windows

package ssh

import (
	"os"

	"golang.org/x/sys/unix"
)

func openTerminal() (*terminal, error) {
	f, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	return &terminal{in: f, out: f}, nil
}

// hideInput stops a terminal from showing what is typed. Ctrl-C still works.
func hideInput(fd uintptr) error {
	mode, err := unix.IoctlGetTermios(int(fd), getTermios)
	if err != nil {
		return err
	}
	mode.Lflag &^= unix.ECHO
	mode.Lflag |= unix.ICANON | unix.ISIG
	mode.Iflag |= unix.ICRNL
	return unix.IoctlSetTermios(int(fd), setTermios, mode)
}
