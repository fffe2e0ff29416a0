// Package mounttest makes and mounts the filesystems that people have, small ones
// in files, for tests on Linux. What this machine lacks skips the test, with the
// reason.
package mounttest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Kind is how a filesystem is made and mounted. In the commands IMAGE is a file
// of Size bytes, LOOP a block device on it, and AT the directory.
type Kind struct {
	Name  string
	Size  int64
	Make  string // "": nothing to be made
	Mount string
	From  string // the Debian package of the command that may be missing
}

// The filesystems that can be had. FAT is not among them: fusefat 0.1a writes in the
// wrong places, and not every kernel has vfat; oddfs stands in.
var (
	Ext4  = Kind{"ext4", 64 << 20, "mkfs.ext4 -q IMAGE", "mount -o loop IMAGE AT", "e2fsprogs"}
	XFS   = Kind{"xfs", 400 << 20, "mkfs.xfs -q IMAGE", "mount -o loop IMAGE AT", "xfsprogs"}
	Btrfs = Kind{"btrfs", 200 << 20, "mkfs.btrfs -q IMAGE", "mount -o loop IMAGE AT", "btrfs-progs"}
	ExFAT = Kind{"exfat", 64 << 20, "mkfs.exfat IMAGE", "mount.exfat-fuse LOOP AT", "exfat-fuse exfatprogs"}
	NTFS  = Kind{"ntfs", 64 << 20, "mkfs.ntfs -q -F IMAGE", "ntfs-3g LOOP AT", "ntfs-3g"}
)

// Tmpfs is memory of so many bytes.
func Tmpfs(size string) Kind {
	return Kind{"tmpfs", 0, "", "mount -t tmpfs -o size=" + size + " none AT", "mount"}
}

// Small is k with so many bytes.
func (k Kind) Small(size int64) Kind {
	k.Size = size
	return k
}

// FS is a filesystem that was made. It is gone with the test.
type FS struct {
	Kind
	At          string // where it is mounted
	image, loop string
	mounted     bool
}

// New makes a filesystem and mounts it.
func New(t testing.TB, k Kind) *FS {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("mounting needs root")
	}
	dir := t.TempDir()
	f := &FS{Kind: k, At: filepath.Join(dir, "mnt"), image: filepath.Join(dir, "image")}
	if err := os.Mkdir(f.At, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(f.image, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(f.image, k.Size); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(k.Mount, "fat") || strings.Contains(k.Mount, "ntfs") {
		if _, err := os.Stat("/dev/fuse"); err != nil {
			t.Skip("no /dev/fuse")
		}
	}
	f.run(t, k.Make)
	if strings.Contains(k.Mount, "LOOP") {
		out, err := exec.Command("losetup", "-f", "--show", f.image).Output()
		if err != nil {
			t.Skip("losetup: ", err)
		}
		f.loop = strings.TrimSpace(string(out))
		t.Cleanup(func() {
			if err := exec.Command("losetup", "-d", f.loop).Run(); err != nil {
				t.Errorf("losetup -d %s: %v", f.loop, err)
			}
		})
	}
	f.Mount(t)
	t.Cleanup(func() { f.Unmount(t) })
	return f
}

// Mount mounts it again, after Unmount.
func (f *FS) Mount(t testing.TB, env ...string) {
	t.Helper()
	f.run(t, f.Kind.Mount, env...)
	f.mounted = true
}

// Unmount leaves an empty directory. A second call does nothing.
func (f *FS) Unmount(t testing.TB) {
	t.Helper()
	if !f.mounted {
		return
	}
	f.mounted = false
	var out []byte
	var err error
	for end := time.Now().Add(time.Minute); time.Now().Before(end); { // a process that was killed may hold it for a moment
		if out, err = exec.Command("umount", f.At).CombinedOutput(); err == nil {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Errorf("umount: %v: %s", err, out)
}

// Move mounts it elsewhere.
func (f *FS) Move(t testing.TB, at string) {
	t.Helper()
	f.Unmount(t)
	f.At = at
	f.Mount(t)
}

func (f *FS) run(t testing.TB, command string, env ...string) {
	t.Helper()
	if command == "" {
		return
	}
	args := strings.Fields(strings.NewReplacer("IMAGE", f.image, "AT", f.At, "LOOP", f.loop).Replace(command))
	if _, err := exec.LookPath(args[0]); err != nil {
		t.Skipf("no %s here (Debian: %s)", args[0], f.From)
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), env...)
	if err := cmd.Run(); err != nil { // no pipes: a daemon would hold them
		t.Skipf("%s: %v", command, err)
	}
}
