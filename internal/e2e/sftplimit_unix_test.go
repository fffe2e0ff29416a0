//go:build unix

package e2e

import (
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"
)

// A limit is the rate of what goes over SFTP, not twice as much as there is: 400 KiB at
// 100 KiB a second take four seconds, either way.
func TestLimitOverSFTP(t *testing.T) {
	s, flags := sftpOnly(t)
	latus(t) // which may take its time
	for _, up := range []bool{true, false} {
		dir := t.TempDir()
		a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
		from := a
		if !up {
			from = b
		}
		content := make([]byte, 400<<10)
		rand.NewChaCha8([32]byte{}).Read(content)
		put(t, filepath.Join(a, "here"), "here")
		put(t, filepath.Join(b, "there"), "there")
		put(t, filepath.Join(from, "f"), string(content))
		begun := time.Now()
		if _, code := run(t, append([]string{"sync", "--json", "--bwlimit", "100"}, append(flags, a, "sftp://"+s.Name+b)...)...); code != 0 {
			t.Fatal(code)

		}
		if took := time.Since(begun); took < 3*time.Second || took > 6*time.Second {
			t.Errorf("up %v: %v", up, took)
		}
		equalOverSFTP(t, a, b)
	}
}
