package command

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"latus/remote"
)

// What --latus-path names is put on hosts that it was made for, and on no others. A
// program for DragonFly does not say that it is one.
func TestProgramForAHost(t *testing.T) {
	self, err := os.Executable()
	if err != nil || runtime.GOOS != "linux" {
		t.Skip("there is no ELF file at hand")
	}
	program, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		system string
		abi    byte // in the header of the file
		fits   bool
	}{
		{"linux", 0, true}, {"freebsd", 9, true}, {"openbsd", 12, true}, {"netbsd", 2, true}, {"dragonfly", 0, true},
		{"freebsd", 0, false}, {"linux", 9, false}, {"dragonfly", 12, false}, {"darwin", 0, false},
	} {
		file := filepath.Join(t.TempDir(), "latus")
		head := append([]byte(nil), program...)
		head[7] = c.abi
		if err := os.WriteFile(file, head, 0o755); err != nil {
			t.Fatal(err)
		}
		got, err := programFor(remote.Platform{OS: c.system, Arch: runtime.GOARCH}, file)
		if (err == nil && got == file) != c.fits {
			t.Errorf("%s, a file of ABI %d: %q, %v", c.system, c.abi, got, err)
		}
	}
}
