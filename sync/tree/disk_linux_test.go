//go:build !osroot

package tree_test

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"latus/index"
	"latus/internal/mounttest"
	"latus/sync/tree"
	"latus/sync/tree/memory"
	"latus/sync/tree/treetest"
)

func TestDiskContractOldKernel(t *testing.T) {
	treetest.Run(t, func(t *testing.T) tree.Tree { return tree.Aged(openDisk(t, t.TempDir())) })
}

func TestChmodOldKernel(t *testing.T) {
	d := treetest.Hold(t, openDisk(t, t.TempDir()), "")
	f, err := d.Create("file", 0o600)
	treetest.Check(t, err)
	treetest.Check(t, f.Close())
	treetest.Check(t, d.Symlink("file", "link"))
	treetest.Check(t, tree.ChmodHeld(d, "file", 0o640))
	if err := tree.ChmodHeld(d, "link", 0o777); !errors.Is(err, tree.ErrIsLink) {
		t.Fatal(err)
	}
	if st, err := d.Stat("file"); err != nil || st.Mode != 0o640 {
		t.Fatal(st, err)
	}
}

// Nothing that is not a regular file is opened as one, and a FIFO that nobody
// writes to keeps nobody waiting.
func TestSpecials(t *testing.T) {
	dir := t.TempDir()
	treetest.Check(t, unix.Mkfifo(filepath.Join(dir, "fifo"), 0o644))
	l, err := net.Listen("unix", filepath.Join(dir, "sock"))
	treetest.Check(t, err)
	defer l.Close()
	names := []string{"fifo", "sock"}
	if unix.Mknod(filepath.Join(dir, "null"), unix.S_IFCHR|0o666, int(unix.Mkdev(1, 3))) == nil {
		names = append(names, "null")
	}
	d := treetest.Hold(t, openDisk(t, dir), "")
	for _, name := range names {
		if st, err := d.Stat(name); err != nil || st.Kind != index.Special || st.Size != 0 {
			t.Fatal(name, st, err)
		}
		if _, err := d.Read(name); !errors.Is(err, tree.ErrNotFile) {
			t.Fatal(name, err)
		}
		if _, err := d.Write(name); !errors.Is(err, tree.ErrNotFile) {
			t.Fatal(name, err)
		}
		if _, err := d.OpenDir(name); !errors.Is(err, tree.ErrNotDir) {
			t.Fatal(name, err)
		}
		treetest.Check(t, d.Chmod(name, 0o600))
		treetest.Check(t, d.Remove(name))
	}
}

// A root that is a link is opened, and held when the link changes.
func TestRootLink(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"one", "two"} {
		treetest.Check(t, os.Mkdir(filepath.Join(dir, name), 0o755))
	}
	root := filepath.Join(dir, "root")
	treetest.Check(t, os.Symlink("one", root))
	tr := openDisk(t, root)
	real, dev, ino, err := tree.Identity(root)
	treetest.Check(t, err)
	if tr.Where() != real || filepath.Base(real) != "one" {
		t.Fatalf("opened %q, identified %q", tr.Where(), real)
	}
	self, err := treetest.Hold(t, tr, "").Self()
	treetest.Check(t, err)
	if self.Device != dev || self.Inode != ino {
		t.Fatalf("opened %d/%d, identified %d/%d", self.Device, self.Inode, dev, ino)
	}
	treetest.Check(t, os.Remove(root))
	treetest.Check(t, os.Symlink("two", root))
	treetest.Check(t, treetest.Hold(t, tr, "").Mkdir("here", 0o755))
	if _, err := os.Stat(filepath.Join(dir, "one", "here")); err != nil {
		t.Fatal(err)
	}
	if _, err := tree.OpenDisk(filepath.Join(dir, "three")); !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
}

// The lock that is taken is the one in the tree that is held.
func TestLockSwapped(t *testing.T) {
	dir := t.TempDir()
	root := filepath.Join(dir, "root")
	treetest.Check(t, os.MkdirAll(filepath.Join(root, index.Private), 0o755))
	treetest.Check(t, os.WriteFile(filepath.Join(root, index.Private, tree.LockName), nil, 0o644))
	tr := openDisk(t, root)
	treetest.Check(t, os.Rename(root, filepath.Join(dir, "away")))
	treetest.Check(t, os.MkdirAll(filepath.Join(root, index.Private), 0o755))
	if _, err := tree.Lock(tr, true); err == nil {
		t.Fatal("locked another tree")
	}
	out := filepath.Join(dir, "out")
	treetest.Check(t, os.Symlink(out, filepath.Join(root, index.Private, tree.LockName)))
	if _, err := tree.Lock(openDisk(t, root), true); !errors.Is(err, tree.ErrIsLink) {
		t.Fatal(err)
	}
	if _, err := os.Lstat(out); !errors.Is(err, fs.ErrNotExist) {
		t.Fatal("a lock was made outside of the tree")
	}
}

const asUser = "LATUS_TEST_AS_USER"

// The same as somebody whom permissions concern.
func TestAsUser(t *testing.T) {
	if dir := os.Getenv(asUser); dir != "" {
		testAsUser(t, dir)
		return
	}
	if os.Getuid() != 0 {
		testAsUser(t, t.TempDir())
		return
	}
	const nobody = 65534
	dir, err := os.MkdirTemp("", "latus-user")
	treetest.Check(t, err)
	defer os.RemoveAll(dir)
	treetest.Check(t, os.Chown(dir, nobody, nobody))
	cmd := exec.Command("/proc/self/exe", "-test.run=^TestAsUser$", "-test.v")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), asUser+"="+dir, "TMPDIR="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

func testAsUser(t *testing.T, dir string) {
	t.Run("Contract", func(t *testing.T) {
		treetest.Run(t, func(t *testing.T) tree.Tree { return openDisk(t, t.TempDir()) })
	})
	tr := openDisk(t, dir)
	root := treetest.Hold(t, tr, "")
	treetest.Check(t, root.Mkdir("locked", 0o755))
	d := treetest.Hold(t, tr, "locked")
	treetest.Check(t, root.Chmod("locked", 0o555))
	if _, err := d.Create("x", 0o644); !errors.Is(err, fs.ErrPermission) {
		t.Fatal("a read-only directory:", err)
	}
	restore, err := tree.Unlock(d)
	treetest.Check(t, err)
	f, err := d.Create("x", 0o400)
	treetest.Check(t, err)
	treetest.Check(t, f.Close())
	treetest.Check(t, restore())
	if err := d.Remove("x"); !errors.Is(err, fs.ErrPermission) {
		t.Fatal("a read-only directory:", err)
	}
	if _, err := d.Write("x"); !errors.Is(err, fs.ErrPermission) {
		t.Fatal("a read-only file:", err)
	}
	treetest.Check(t, root.Chmod("locked", 0o111)) // a path may lead through it
	treetest.Check(t, root.Chmod("locked", 0o755))
	treetest.Check(t, d.Mkdir("sub", 0o755))
	treetest.Check(t, root.Chmod("locked", 0o111))
	treetest.Hold(t, tr, "locked/sub")
	treetest.Hold(t, tree.Aged(openDisk(t, dir)), "locked/sub")
	if _, err := tr.Open("locked"); !errors.Is(err, fs.ErrPermission) {
		t.Fatal("a directory that cannot be read:", err)
	}
	treetest.Check(t, root.Chmod("locked", 0o755))
	if etc, err := tree.OpenDisk("/etc"); err == nil {
		defer etc.Close()
		if err := treetest.Hold(t, etc, "").Chmod("passwd", 0o666); !errors.Is(err, fs.ErrPermission) {
			t.Fatal("another's file:", err)
		}
	}
}

func TestFilesystems(t *testing.T) {
	if testing.Short() {
		t.Skip("makes and mounts filesystems")
	}
	linux := memory.Capable()
	linux.Reflink = false
	blocks := memory.Capable()
	sticks := tree.Traits{Clock: 1e9, FoldsCase: true, DOSNames: true, UTF8Names: true}
	windows := tree.Traits{Clock: 100, Links: true, HardLinks: true, LinkTimes: true, UTF8Names: true}
	for _, c := range []struct {
		kind mounttest.Kind
		want tree.Traits
	}{
		{mounttest.Ext4, linux},
		{mounttest.XFS, blocks},
		{mounttest.Btrfs, blocks},
		{mounttest.ExFAT, sticks},
		{mounttest.NTFS, windows},
	} {
		t.Run(c.kind.Name, func(t *testing.T) { contractAt(t, mounttest.New(t, c.kind).At, c.want) })
	}
	t.Run("tmpfs", func(t *testing.T) {
		at, err := os.MkdirTemp("/dev/shm", "latus")
		if err != nil {
			t.Skip("no /dev/shm: ", err)
		}
		defer os.RemoveAll(at)
		contractAt(t, at, linux)
	})
}

// contractAt runs the contract in directories below at, and looks at the traits.
func contractAt(t *testing.T, at string, want tree.Traits) {
	treetest.Run(t, func(t *testing.T) tree.Tree {
		dir, err := os.MkdirTemp(at, "tree")
		treetest.Check(t, err)
		return openDisk(t, dir)
	})
	root := filepath.Join(at, "probed")
	treetest.Check(t, os.Mkdir(root, 0o755))
	tr := openDisk(t, root)
	defer tr.Close()
	treetest.Check(t, os.MkdirAll(filepath.Join(root, index.Private, tree.Staging), 0o700))
	got, err := tree.Probe(tr)
	if err != nil || got != want {
		t.Fatalf("traits %+v, %v\nwant   %+v", got, err, want)
	}
}

// A full, a read-only and another filesystem are told apart.
func TestFullAndReadOnly(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("mounting needs root")
	}
	root := t.TempDir()
	at := filepath.Join(root, "small")
	treetest.Check(t, os.Mkdir(at, 0o755))
	if err := unix.Mount("none", at, "tmpfs", 0, "size=64k"); err != nil {
		t.Skip("mount: ", err)
	}
	defer unix.Unmount(at, 0)
	outer := treetest.Hold(t, openDisk(t, root), "")
	tr := openDisk(t, at)
	defer tr.Close()
	d, err := tr.Open("")
	treetest.Check(t, err)
	defer d.Close()

	f, err := d.Create("big", 0o644)
	treetest.Check(t, err)
	defer f.Close()
	if n, err := f.Write(make([]byte, 1<<20)); !errors.Is(err, tree.ErrNoSpace) || n >= 1<<20 {
		t.Fatal(n, err)
	}
	other, err := outer.Create("x", 0o644)
	treetest.Check(t, err)
	defer other.Close()
	if err := outer.Rename("x", d, "x"); !errors.Is(err, tree.ErrCrossDevice) {
		t.Fatal(err)
	}
	if err := d.Hardlink(outer, "x", "x"); !errors.Is(err, tree.ErrCrossDevice) {
		t.Fatal(err)
	}
	inside, err := d.Self()
	treetest.Check(t, err)
	outside, err := outer.Self()
	treetest.Check(t, err)
	if inside.Device == outside.Device {
		t.Fatal("a mount point has the device of its parent")
	}
	treetest.Check(t, f.Close())
	treetest.Check(t, unix.Mount("none", at, "tmpfs", unix.MS_REMOUNT|unix.MS_RDONLY, ""))
	for _, err := range []error{second(d.Create("y", 0o644)), d.Remove("big"), d.Mkdir("z", 0o755), d.Chtime("big", 0), d.Rename("big", d, "b")} {
		if !errors.Is(err, tree.ErrReadOnly) {
			t.Fatal(err)
		}
	}
}

func second[T any](_ T, err error) error { return err }
