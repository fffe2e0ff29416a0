//go:build !darwin && !windows

package site

import (
	"os"
	"strings"
)

// readMachineID reads the id that systemd or D-Bus drew for this system; "" if there is
// none.
func readMachineID() string {
	for _, name := range []string{"/etc/machine-id", "/var/lib/dbus/machine-id"} {
		b, err := os.ReadFile(name)
		if id := strings.TrimSpace(string(b)); err == nil && id != "" {
			return id
		}
	}
	return ""
}
