package sftp

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"

	"latus/internal/home"
)

// A run of this machine holds a lock of the local kernel for each of its leases: if
// it was killed, the next one need not wait for the lease to expire.

// liveFile is the file whose lock says that the run with this lease lives; "" if
// there can be none.
func liveFile(nonce string) string {
	dir, err := home.Cache()
	if err != nil || strings.Trim(nonce, "0123456789abcdef") != "" || len(nonce) != 16 {
		return ""
	}
	return filepath.Join(dir, "latus", "leases", nonce)
}

// live takes the lock for a lease of this run; nil: it cannot be had, and others wait
// for the lease to expire.
func live(nonce string) *flock.Flock {
	name := liveFile(nonce)
	if name == "" || os.MkdirAll(filepath.Dir(name), 0o700) != nil {
		return nil
	}
	lock := flock.New(name)
	if ok, err := lock.TryLock(); !ok || err != nil {
		return nil
	}
	return lock
}

// dead tells whether a lease is that of a run of this machine which has ended.
func dead(nonce string) bool {
	name := liveFile(nonce)
	if name == "" {
		return false
	}
	if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
		return false
	}
	lock := flock.New(name)
	ok, err := lock.TryLock()
	if !ok || err != nil {
		return false
	}
	_ = lock.Unlock()
	return true
}

// bury forgets a run that was dead, and whose lease is gone.
func bury(nonce string) {
	if name := liveFile(nonce); name != "" {
		_ = os.Remove(name)
	}
}
