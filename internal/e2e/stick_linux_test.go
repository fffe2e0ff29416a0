package e2e

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/text/unicode/norm"

	"latus/internal/mounttest"
	"latus/internal/oddfs"
)

// stick is a filesystem that a tree is synchronized with, and what it cannot do.
type stick struct {
	at      string
	noLinks bool
	noModes bool
	again   func() // unmounts it and mounts it again
}

// sticks are the filesystems of the stories in mount_linux_test.go.
var sticks = []struct {
	name  string
	mount func(t *testing.T) *stick
}{
	{"ext4", onDisk(mounttest.Ext4, stick{})},
	{"xfs", onDisk(mounttest.XFS, stick{})},
	{"btrfs", onDisk(mounttest.Btrfs, stick{})},
	{"exfat", onDisk(mounttest.ExFAT, stick{noLinks: true, noModes: true})},
	{"ntfs", onDisk(mounttest.NTFS, stick{noModes: true})},
	{"fat", odd(fatRules, stick{noLinks: true, noModes: true})},
	{"hfs", odd(oddfs.Rules{FoldCase: true, Decompose: true, Clock: time.Second}, stick{})},
	{"fuse", odd(oddfs.Rules{Numbering: 1, NoRenameFlags: true, NoHardLinks: true}, stick{})},
}

// fatRules are FAT's, which the kernel that tests run on may lack.
var fatRules = oddfs.Rules{
	FoldCase: true, DOSNames: true, Clock: 2 * time.Second, NoModes: true, NoLinks: true, NoHardLinks: true,
	Numbering: 1, NoRenameFlags: true,
}

func onDisk(k mounttest.Kind, s stick) func(t *testing.T) *stick {
	return func(t *testing.T) *stick {
		f, s := mounttest.New(t, k), s
		s.at = filepath.Join(f.At, "tree")
		s.again = func() {
			f.Unmount(t)
			f.Mount(t)
		}
		return &s
	}
}

func odd(rules oddfs.Rules, s stick) func(t *testing.T) *stick {
	return func(t *testing.T) *stick {
		f, s := oddMount(t, rules), s
		s.at = filepath.Join(f.At, "tree")
		s.again = func() {
			f.Change(func(r *oddfs.Rules) {
				if r.Numbering != 0 {
					r.Numbering++
				}
			})
		}
		return &s
	}
}

// oddMount mounts an empty directory by rules.
func oddMount(t *testing.T, rules oddfs.Rules) *oddfs.FS {
	t.Helper()
	dir := t.TempDir()
	at, below := filepath.Join(dir, "at"), filepath.Join(dir, "below")
	must(t, os.Mkdir(at, 0o755))
	must(t, os.Mkdir(below, 0o755))
	return oddfs.Mount(t, below, at, rules)
}

// plainly is what look shows, less what a stick does not keep: mtimes, modes, how
// names are normalized.
func plainly(t testing.TB, dir string) map[string]string {
	t.Helper()
	looked, err := look(dir)
	must(t, err)
	seen := map[string]string{}
	for p, s := range looked {
		p = norm.NFC.String(p)
		words := strings.Fields(s)
		switch words[0] {
		case "file":
			seen[p] = "file " + words[len(words)-1]
		case "link":
			seen[p] = "link " + strings.Join(words[1:len(words)-1], " ")
		default:
			seen[p] = words[0]
		}
	}
	return seen
}

// without drops what a stick cannot hold.
func (s *stick) without(seen map[string]string) map[string]string {
	for p, what := range seen {
		if s.noLinks && strings.HasPrefix(what, "link") {
			delete(seen, p)
		}
	}
	return seen
}

// sync runs a sync that must go well, but for what the stick cannot hold.
func (s *stick) sync(t testing.TB, args ...string) summary {
	t.Helper()
	sum, code := run(t, append([]string{"sync", "--json"}, args...)...)
	switch {
	case code == 0:
	case code == 3 && s.noLinks && sum.Problems == 1: // the link
	default:
		t.Fatalf("exit %d: %+v", code, sum)
	}
	return sum
}

// quiet syncs three times more: no change, and nothing touched in any of the dirs.
func (s *stick) quiet(t testing.TB, args []string, dirs ...string) {
	t.Helper()
	before := untouched(t, dirs...)
	for range 3 {
		s.again()
		if sum := s.sync(t, args...); sum.Changes != 0 || sum.Conflicts != 0 {
			t.Fatalf("not quiet: %+v", sum)
		}
	}
	if diff := difference(before, untouched(t, dirs...)); len(diff) > 0 {
		t.Fatalf("a run with nothing to do touched:\n%s", strings.Join(diff, "\n"))
	}
}

// untouched is all that a run which has nothing to do must leave alone, where
// inode numbers and the sizes of directories mean nothing.
func untouched(t testing.TB, dirs ...string) map[string]string {
	t.Helper()
	state := map[string]string{}
	for _, dir := range dirs {
		must(t, filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			ctime := info.Sys().(*syscall.Stat_t).Ctim
			state[p] = fmt.Sprintf("%v %d %d", info.Mode(), info.ModTime().UnixNano(), ctime.Nano())
			if info.Mode().IsRegular() {
				state[p] += fmt.Sprintf(" %d bytes", info.Size())
			}
			return nil
		}))
	}
	return state
}

func (s *stick) mustHold(t testing.TB, a string) {
	t.Helper()
	if diff := difference(s.without(plainly(t, a)), plainly(t, s.at)); len(diff) > 0 {
		t.Fatalf("the stick differs:\n%s", strings.Join(diff, "\n"))
	}
}

// edit writes like an editor, later than the clock of any stick can tell from now.
func edit(t testing.TB, file, text string) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(file), 0o755))
	must(t, os.WriteFile(file, []byte(text), 0o644))
}

// ageAll makes everything look written some time ago, at odd nanoseconds.
func ageAll(t testing.TB, dir string) {
	t.Helper()
	n := int64(0)
	must(t, filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.Type()&fs.ModeSymlink != 0 || d.Name() == ".latus" {
			if d.Name() == ".latus" {
				return filepath.SkipDir
			}
			return err
		}
		n++
		when := time.Unix(1_600_000_001+n*7, 123_456_789+n*1001)
		return os.Chtimes(p, when, when)
	}))
}

// mustBeIntact: paths of a are as they were first, mtimes and modes too.
func (s *stick) mustBeIntact(t testing.TB, a string, first map[string]string, paths ...string) {
	t.Helper()
	now, err := look(a)
	must(t, err)
	for _, p := range paths {
		if now[p] != first[p] {
			t.Errorf("%s: was %s, is %s", p, first[p], now[p])
		}
	}
}

// trashHolds tells whether the trash of a tree has a file that holds text.
func trashHolds(t testing.TB, dir, text string) bool {
	t.Helper()
	found := false
	err := filepath.WalkDir(filepath.Join(dir, ".latus", "trash"), func(p string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(p)
		found = found || string(b) == text
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return found
}
