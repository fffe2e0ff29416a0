package e2e

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"latus/internal/mounttest"
	"latus/internal/oddfs"
)

// failing runs a sync that must end with one of the exit codes, and returns what
// it says to a person.
func failing(t testing.TB, codes []int, args ...string) string {
	t.Helper()
	cmd := exec.Command(latus(t), append([]string{"sync"}, args...)...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	_ = cmd.Run()
	code := cmd.ProcessState.ExitCode()
	for _, c := range codes {
		if code == c {
			return out.String()
		}
	}
	t.Fatalf("exit %d, not %v\n%s", code, codes, &out)
	return ""
}

func mentions(t testing.TB, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("does not say %q:\n%s", w, text)
		}
	}
}

// A disk fills up in the middle of a run; it is full to the last byte; room is made.
func TestFullDisk(t *testing.T) {
	if testing.Short() {
		t.Skip("mounts filesystems")
	}
	for _, k := range []mounttest.Kind{mounttest.Tmpfs("6m"), mounttest.Ext4.Small(10 << 20), mounttest.ExFAT.Small(8 << 20), mounttest.NTFS.Small(12 << 20)} {
		t.Run(k.Name, func(t *testing.T) {
			t.Parallel()
			at := mounttest.New(t, k).At
			a, b := t.TempDir(), filepath.Join(at, "tree")
			versions := map[string][]string{}
			write := func(dir, name, text string) {
				edit(t, filepath.Join(dir, name), text)
				versions[name] = append(versions[name], text)
			}
			big := func(i int, tag string) string { return strings.Repeat(fmt.Sprintf("%d %s ", i, tag), 10_000) }
			for i := range 60 {
				write(a, fmt.Sprintf("f%02d", i), big(i, "first version"))
			}
			clean := func() {
				t.Helper()
				mustName(t, filepath.Join(b, ".latus", "staging"))
				for _, dir := range []string{a, b} {
					for _, name := range names(t, dir) {
						text, err := os.ReadFile(filepath.Join(dir, name))
						must(t, err)
						whole := false
						for _, v := range versions[name] {
							whole = whole || v == string(text)
						}
						if !whole {
							t.Fatalf("%s/%s is no version of it: %d bytes", dir, name, len(text))
						}
					}
				}
			}
			for range 2 { // and again, when it is full already
				said := failing(t, []int{1, 3}, a, b)
				mentions(t, said, b, "no space left", "make room")
				if strings.Contains(said, "trash purge") {
					t.Errorf("speaks of old versions where there are none:\n%s", said)
				}
				clean()
			}
			arrived := names(t, b)
			if len(arrived) == 0 || len(arrived) == 60 {
				t.Fatalf("%d files arrived: not what this test is about", len(arrived))
			}
			// Not a byte left: nothing to be written, nothing is; else it is said.
			hog := filepath.Join(at, "hog")
			fillUp(t, hog)
			later := time.Now().Add(time.Minute)
			must(t, os.Chtimes(filepath.Join(b, arrived[0]), later, later))
			write(a, arrived[1], "edited")
			must(t, os.Remove(filepath.Join(a, arrived[2])))
			failing(t, []int{1, 3}, a, b)
			mustRead(t, filepath.Join(a, arrived[1]), "edited")
			clean()
			// Room is made.
			must(t, os.Remove(hog))
			must(t, exec.Command(latus(t), "trash", "purge", b, "--max-size=0").Run())
			for i := 24; i < 60; i++ {
				os.Remove(filepath.Join(a, fmt.Sprintf("f%02d", i)))
			}
			failing(t, []int{0, 1, 3}, "--max-delete=off", a, b) // what goes may not make room in time for what comes
			must(t, exec.Command(latus(t), "trash", "purge", b, "--max-size=0").Run())
			syscall.Sync() // what was freed can be used once the journal says so
			failing(t, []int{0}, "--max-delete=off", a, b)
			if diff := difference(plainly(t, a), plainly(t, b)); len(diff) > 0 {
				t.Fatalf("the trees differ:\n%s", strings.Join(diff, "\n"))
			}
			clean()
		})
	}
}

// fillUp writes until there is no room left at all.
func fillUp(t testing.TB, file string) {
	t.Helper()
	f, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	must(t, err)
	defer f.Close()
	for size := 64 << 10; size > 0; size /= 2 {
		for {
			if _, err := f.Write(make([]byte, size)); err != nil {
				break
			}
		}
	}
}

// A quota, a disk that turns read-only, and a disk that fails, in the middle of a
// run: what there is is whole, and the next run goes on.
func TestDiskFailsMidway(t *testing.T) {
	if testing.Short() {
		t.Skip("mounts filesystems")
	}
	for _, c := range []struct {
		name   string
		break_ func(f *oddfs.FS, op string, n int) syscall.Errno
		says   string
	}{
		{"quota", func(f *oddfs.FS, op string, n int) syscall.Errno {
			if n > 12 && (op == "write" || op == "create") {
				return syscall.EDQUOT
			}
			return 0
		}, "no space left"},
		{"read-only", func(f *oddfs.FS, op string, n int) syscall.Errno {
			if n > 40 {
				f.Change(func(r *oddfs.Rules) { r.ReadOnly = true })
			}
			return 0
		}, "read-only filesystem"},
		{"fsync fails", func(f *oddfs.FS, op string, n int) syscall.Errno {
			if op == "fsync" && n > 60 {
				return syscall.EIO
			}
			return 0
		}, "input/output error"},
		{"unplugged", func(f *oddfs.FS, op string, n int) syscall.Errno {
			if n > 55 {
				return syscall.EIO
			}
			return 0
		}, "input/output error"},
	} {
		for _, rules := range []oddfs.Rules{fatRules, {}} {
			t.Run(fmt.Sprintf("%s/clock %s", c.name, rules.Clock), func(t *testing.T) {
				t.Parallel()
				f := oddMount(t, rules)
				a, b := t.TempDir(), filepath.Join(f.At, "tree")
				for i := range 30 {
					edit(t, filepath.Join(a, fmt.Sprintf("d%d", i%3), fmt.Sprintf("f%02d", i)), fmt.Sprint("first ", i))
				}
				syncs(t, 0, a, b)
				want := map[string]bool{}
				for i := range 30 {
					name := filepath.Join(fmt.Sprintf("d%d", i%3), fmt.Sprintf("f%02d", i))
					edit(t, filepath.Join(a, name), fmt.Sprint("second, and longer ", i))
					want[fmt.Sprint("first ", i)], want[fmt.Sprint("second, and longer ", i)] = true, true
				}
				changing := 0
				f.Change(func(r *oddfs.Rules) {
					r.Fail = func(op, name string) syscall.Errno {
						if op != "lookup" && op != "read" && op != "open" {
							changing++
						}
						return c.break_(f, op, changing)
					}
				})
				said := failing(t, []int{1, 3}, a, b)
				mentions(t, said, c.says, b)
				f.Change(func(r *oddfs.Rules) { r.Fail, r.ReadOnly = nil, false })
				seen, err := look(b)
				must(t, err)
				for p, what := range seen {
					if strings.HasPrefix(what, "file") {
						if text, _ := os.ReadFile(filepath.Join(b, p)); !want[string(text)] {
							t.Errorf("%s holds %q", p, text)
						}
					}
				}
				syncs(t, 0, a, b)
				if diff := difference(plainly(t, a), plainly(t, b)); len(diff) > 0 {
					t.Fatalf("the trees differ:\n%s", strings.Join(diff, "\n"))
				}
				for i := range 30 {
					if !trashHolds(t, b, fmt.Sprint("first ", i)) {
						t.Errorf("the old version of %d is nowhere", i)
					}
				}
				mustName(t, filepath.Join(b, ".latus", "staging"))
				if sum := syncs(t, 0, a, b); sum.Changes != 0 {
					t.Fatalf("not quiet: %+v", sum)
				}
			})
		}
	}
}

// Trees on disks that are mounted for reading only.
func TestReadOnlyDisk(t *testing.T) {
	if testing.Short() {
		t.Skip("mounts filesystems")
	}
	at := mounttest.New(t, mounttest.Tmpfs("8m")).At
	remount := func(how string) {
		t.Helper()
		if out, err := exec.Command("mount", "-o", "remount,"+how, at).CombinedOutput(); err != nil {
			t.Fatal(err, string(out))
		}
	}
	a, c, b := t.TempDir(), t.TempDir(), filepath.Join(at, "tree")
	edit(t, filepath.Join(a, "f"), "f")
	syncs(t, 0, a, b)
	remount("ro")
	if sum := syncs(t, 0, a, b); sum.Changes != 0 {
		t.Fatalf("%+v", sum)
	}
	syncs(t, 0, "--one-way", b, c) // where nothing has to be written it takes part
	mustRead(t, filepath.Join(c, "f"), "f")
	edit(t, filepath.Join(a, "g"), "g")
	mentions(t, failing(t, []int{1}, a, b), b, "read-only filesystem", "hint: ", "mount it for writing")
	remount("rw")
	syncs(t, 0, a, b)
	mustRead(t, filepath.Join(b, "g"), "g")
	must(t, os.RemoveAll(filepath.Join(b, ".latus")))
	remount("ro")
	mentions(t, failing(t, []int{0}, "-n", "--join", a, b), b, "a run that is not dry would change nothing", "read-only filesystem")
	mentions(t, failing(t, []int{1}, "--join", a, b), b, "read-only filesystem")
	mustRead(t, filepath.Join(b, "g"), "g")
}

// What .latus holds must lie where the tree does.
func TestPrivateFolderElsewhere(t *testing.T) {
	for _, name := range []string{"trash", "staging", "."} {
		for _, how := range []string{"link", "mount"} {
			t.Run(name+" "+how, func(t *testing.T) {
				a, b, other := t.TempDir(), t.TempDir(), t.TempDir()
				edit(t, filepath.Join(a, "f"), "f")
				edit(t, filepath.Join(b, "g"), "g")
				syncs(t, 0, a, b)
				edit(t, filepath.Join(a, "f"), "edited")
				syncs(t, 0, a, b) // so that there is a trash
				edit(t, filepath.Join(a, "f"), "edited again")
				at := filepath.Join(b, ".latus", name)
				if how == "link" {
					must(t, os.Rename(at, filepath.Join(other, "moved")))
					must(t, os.Symlink(filepath.Join(other, "moved"), at))
				} else {
					if os.Getuid() != 0 {
						t.Skip("mounting needs root")
					}
					if name == "." {
						// As if the whole of it had been put on another disk.
						must(t, exec.Command("cp", "-a", at, filepath.Join(other, "copy")).Run())
					}
					if out, err := exec.Command("mount", "-t", "tmpfs", "none", at).CombinedOutput(); err != nil {
						t.Skip("mount: ", string(out))
					}
					t.Cleanup(func() { exec.Command("umount", at).Run() })
					if name == "." {
						must(t, exec.Command("cp", "-a", filepath.Join(other, "copy")+"/.", at).Run())
					}
				}
				said := failing(t, []int{1}, a, b)
				mentions(t, said, ".latus", b)
				mustRead(t, filepath.Join(b, "f"), "edited")
			})
		}
	}
}
