package tree

import (
	"fmt"

	"golang.org/x/sys/windows"
)

// volumeReadOnly is the flag of a volume that does not change what its files can be.
const volumeReadOnly = windows.FILE_READ_ONLY_VOLUME

// Filesystem goes by what the system says of the volume.
func (t *Disk) Filesystem() string {
	where, err := windows.UTF16PtrFromString(t.where)
	if err != nil {
		return ""
	}
	var volume, name [windows.MAX_LONG_PATH]uint16
	if err := windows.GetVolumePathName(where, &volume[0], uint32(len(volume))); err != nil {
		return ""
	}
	var serial, longest, flags uint32
	if err := windows.GetVolumeInformation(&volume[0], nil, 0, &serial, &longest, &flags, &name[0], uint32(len(name))); err != nil {
		return ""
	}
	return fingerprint("windows", windows.UTF16ToString(name[:]), fmt.Sprintf("%x %x", serial, flags&^volumeReadOnly))
}
