// Package home tells where the user keeps things, whether or not the environment does.
package home

import (
	"os"
	"os/user"
	"path/filepath"
	"runtime"
)

// Dir is the home of the user: $HOME, or, where nobody has set that, as for cron and
// systemd, the one in the user database, as for OpenSSH.
func Dir() (string, error) {
	home, err := os.UserHomeDir()
	if err == nil {
		return home, nil
	}
	if u, e := user.Current(); e == nil && u.HomeDir != "" {
		return u.HomeDir, nil
	}
	return "", err
}

// Cache is where programs keep what they could find out again, for this user.
func Cache() (string, error) {
	dir, err := os.UserCacheDir()
	if err == nil || runtime.GOOS == "windows" {
		return dir, err
	}
	home, err := Dir()
	if err != nil {
		return "", err
	}
	if runtime.GOOS == "darwin" {
		return filepath.Join(home, "Library", "Caches"), nil
	}
	return filepath.Join(home, ".cache"), nil
}
