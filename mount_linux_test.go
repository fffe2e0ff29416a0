package main

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
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

// sticks are the filesystems of the stories in this file.
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

// A tree and a stick, from the first meeting over edits, renames, deletions and a
// conflict to an interrupted run.
func TestStickStory(t *testing.T) {
	if testing.Short() {
		t.Skip("makes and mounts filesystems")
	}
	for _, c := range sticks {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := c.mount(t)
			a := t.TempDir()
			for i := range 40 {
				edit(t, filepath.Join(a, fmt.Sprintf("d%d", i%4), fmt.Sprintf("f%02d", i)), fmt.Sprintf("content of %d", i))
			}
			must(t, os.MkdirAll(filepath.Join(a, "empty", "Directory"), 0o750))
			edit(t, filepath.Join(a, "ünï", "straße é"), "NFC")
			must(t, os.WriteFile(filepath.Join(a, "d0", "run.sh"), []byte("#!/bin/sh\n"), 0o755))
			must(t, os.WriteFile(filepath.Join(a, "d0", "secret"), []byte("key"), 0o600))
			must(t, os.WriteFile(filepath.Join(a, "none"), nil, 0o644))
			must(t, os.Symlink("d0/f00", filepath.Join(a, "link")))
			ageAll(t, a)
			first, err := look(a)
			must(t, err)

			s.sync(t, a, s.at)
			s.mustHold(t, a)
			s.quiet(t, []string{a, s.at}, a, s.at)
			s.quiet(t, []string{s.at, a}, a, s.at)
			now, err := look(a)
			must(t, err)
			if diff := difference(first, now); len(diff) > 0 {
				t.Fatalf("the other tree was changed:\n%s", strings.Join(diff, "\n"))
			}

			// Edits both ways, renames, deletions.
			edit(t, filepath.Join(a, "d0", "f00"), "edited at a")
			edit(t, filepath.Join(s.at, "d1", "f01"), "edited at b")
			edit(t, filepath.Join(s.at, "new", "deep", "er"), "new at b")
			must(t, os.Rename(filepath.Join(a, "d2"), filepath.Join(a, "D2 renamed")))
			must(t, os.Rename(filepath.Join(s.at, "d3", "f03"), filepath.Join(s.at, "d3", "F03")))
			must(t, os.Remove(filepath.Join(a, "d1", "f05")))
			must(t, os.Remove(filepath.Join(s.at, "d1", "f09")))
			s.sync(t, a, s.at)
			s.mustHold(t, a)
			s.quiet(t, []string{a, s.at}, a, s.at)
			s.mustBeIntact(t, a, first, "d0/f04", "d0/f36", "d1/f13", "d0/run.sh", "d0/secret", "none", "ünï/straße é")
			for p, want := range map[string]string{"d0/f00": "edited at a", "d1/f01": "edited at b", "new/deep/er": "new at b", "d3/F03": "content of 3", "D2 renamed/f02": "content of 2"} {
				for _, dir := range []string{a, s.at} {
					if b, err := os.ReadFile(filepath.Join(dir, p)); string(b) != want {
						t.Fatalf("%s/%s: %q %v", dir, p, b, err)
					}
				}
			}
			for _, gone := range []string{"d2", "d3/f03", "d1/f05", "d1/f09"} {
				names, _ := os.ReadDir(filepath.Join(a, filepath.Dir(gone)))
				for _, n := range names {
					if n.Name() == filepath.Base(gone) {
						t.Fatalf("%s is still there", gone)
					}
				}
			}

			// A conflict: one wins, the other is in a trash.
			edit(t, filepath.Join(a, "d0", "f04"), "conflict, a")
			later := time.Now().Add(10 * time.Second)
			edit(t, filepath.Join(s.at, "d0", "f04"), "conflict, b!")
			must(t, os.Chtimes(filepath.Join(s.at, "d0", "f04"), later, later))
			if sum := s.sync(t, a, s.at); sum.Conflicts != 1 {
				t.Fatalf("conflicts: %+v", sum)
			}
			s.mustHold(t, a)
			if b, _ := os.ReadFile(filepath.Join(a, "d0", "f04")); string(b) != "conflict, b!" {
				t.Fatalf("the winner is %q", b)
			}
			if !trashHolds(t, a, "conflict, a") {
				t.Fatal("the loser is nowhere")
			}
			s.quiet(t, []string{a, s.at}, a, s.at)
		})
	}
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

// A run to a stick is killed at any moment, and goes on.
func TestStickKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("makes and mounts filesystems")
	}
	for _, c := range sticks {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := c.mount(t)
			a := t.TempDir()
			rng := rand.New(rand.NewPCG(*seed, 7))
			text := func(i int) string { return strings.Repeat(fmt.Sprintf("line of %d ", i), 1+i*7%900) }
			for i := range 150 {
				edit(t, filepath.Join(a, fmt.Sprintf("d%d", i%7), fmt.Sprintf("f%03d", i)), text(i))
			}
			ageAll(t, a)
			for round := range 1 + *kills {
				var killed bool
				for !killed { // the first run, then one that changes what is there
					cmd := exec.Command(latus(t), "sync", "-q", a, s.at)
					must(t, cmd.Start())
					time.AfterFunc(time.Duration(5+rng.IntN(60))*time.Millisecond, func() { cmd.Process.Signal(syscall.SIGKILL) })
					killed = cmd.Wait() != nil
					if !killed {
						for i := range 150 {
							edit(t, filepath.Join(a, fmt.Sprintf("d%d", i%7), fmt.Sprintf("f%03d", i)), text(i+round+1))
						}
					}
				}
				s.again()
				s.sync(t, a, s.at)
				s.mustHold(t, a)
				if left, _ := os.ReadDir(filepath.Join(s.at, ".latus", "staging")); len(left) > 0 {
					t.Fatalf("left in staging: %v", left)
				}
				s.quiet(t, []string{a, s.at}, a, s.at)
			}
		})
	}
}
