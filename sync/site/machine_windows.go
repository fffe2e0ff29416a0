package site

import (
	"strings"

	"golang.org/x/sys/windows/registry"
)

// readMachineID reads the id that Windows drew when it was installed; "" if there is
// none.
func readMachineID() string {
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, `SOFTWARE\Microsoft\Cryptography`, registry.QUERY_VALUE|registry.WOW64_64KEY)
	if err != nil {
		return ""
	}
	defer k.Close()
	id, _, err := k.GetStringValue("MachineGuid")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(id)
}
