package remote

import (
	"os"
	"os/user"
	"path/filepath"
	"runtime"
)

// HomeDir is the home of the user: $HOME, or, where nobody has set that, as for cron and
// systemd, the one in the user database, as for OpenSSH.
func HomeDir() (string, error) {
	home, err := os.UserHomeDir()
	if err == nil {
		return home, nil
	}
	if u, e := user.Current(); e == nil && u.HomeDir != "" {
		return u.HomeDir, nil
	}
	return "", err
}

// CacheDir is where programs keep what they could find out again, for this user.
func CacheDir() (string, error) {
	dir, err := os.UserCacheDir()
	if err == nil || runtime.GOOS == "windows" {
		return dir, err
	}
	home, err := HomeDir()
	if err != nil {
		return "", err
	}
	if runtime.GOOS == "darwin" {
		return filepath.Join(home, "Library", "Caches"), nil
	}
	return filepath.Join(home, ".cache"), nil
}
