package site

import (
	"encoding/hex"
	"unsafe"

	"golang.org/x/sys/unix"
)

// readMachineID asks the system for the id of its hardware; "" if it does not tell.
func readMachineID() string {
	var id [16]byte
	wait := unix.Timespec{Sec: 1}
	//lint:ignore SA1019 there is no wrapper for it
	_, _, errno := unix.Syscall(unix.SYS_GETHOSTUUID, uintptr(unsafe.Pointer(&id)), uintptr(unsafe.Pointer(&wait)), 0)
	if errno != 0 || id == [16]byte{} {
		return ""
	}
	return hex.EncodeToString(id[:])
}
