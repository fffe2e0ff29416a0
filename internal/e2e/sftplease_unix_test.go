//go:build unix

package e2e

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// A lease keeps runs apart that cannot see each other's locks.
func TestLeaseOverSFTP(t *testing.T) {
	s, flags := sftpOnly(t)
	dir := t.TempDir()
	a, b, c := filepath.Join(dir, "a"), filepath.Join(dir, "b"), filepath.Join(dir, "c")
	put(t, filepath.Join(a, "f"), "f")
	sftp := append(flags, a, "sftp://"+s.Name+b)
	mustSync(t, sftp...)
	mustSync(t, b, c)
	lease := filepath.Join(b, ".latus", "lease")
	expect := func(exit int, args ...string) {
		t.Helper()
		if _, code := run(t, append([]string{"sync", "--json"}, args...)...); code != exit {
			t.Fatalf("%q: exit %d, not %d", args, code, exit)
		}
	}
	stamp := func(file string, age time.Duration) {
		t.Helper()
		when := time.Now().Add(-age)
		must(t, os.Chtimes(file, when, when))
	}
	const dead, alive = 2 * time.Minute, -45 * time.Second // for as long as a slow run takes

	// Of a run on another machine, over SFTP.
	put0(t, lease, "0123456789abcdef\nelsewhere\n")
	put(t, filepath.Join(a, "g"), "g")
	stamp(lease, alive)
	expect(5, sftp...)
	stamp(lease, alive)
	expect(5, b, c)
	stamp(lease, dead)
	expect(0, b, c)
	expect(0, sftp...)
	equalOverSFTP(t, a, b)
	if _, err := os.Stat(lease); err == nil {
		t.Error("a lease was left")
	}

	// Of a run on the host itself.
	lock := filepath.Join(b, ".latus", "lock")
	put0(t, lock, "\nanother process\n")
	put(t, filepath.Join(a, "h"), "h")
	stamp(lock, alive)
	expect(5, sftp...)
	stamp(lock, dead)
	expect(0, sftp...)
	equalOverSFTP(t, a, b)
}

// TestLeaseThatSaysNothing: a run that is killed between making its lease and saying
// whose it is leaves an empty one. Nobody waits for that.
func TestLeaseThatSaysNothing(t *testing.T) {
	s, flags := sftpOnly(t)
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	put0(t, filepath.Join(a, "f"), "f")
	args := append([]string{"sync", "-q"}, append(flags, a, "sftp://"+s.Name+b)...)
	runToEnd(t, args)
	put0(t, filepath.Join(a, "g"), "g")
	lease := filepath.Join(b, ".latus", "lease")
	put0(t, lease, "")
	runToEnd(t, args)
	mustHold(t, filepath.Join(b, "g"), "g")
	if _, err := os.Stat(lease); !os.IsNotExist(err) {
		t.Errorf("the lease is still there: %v", err)
	}
}
