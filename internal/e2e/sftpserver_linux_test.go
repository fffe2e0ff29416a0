package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"latus/internal/mounttest"
	"latus/internal/sshtest"
)

// A server that shows no more than one directory (ChrootDirectory).
func TestSFTPInAChroot(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("a server that confines needs root")
	}
	sshtest.Find(t)
	// sshd wants a path in which nobody but root may write.
	jail, err := os.MkdirTemp("/run", "latus-jail")
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { os.RemoveAll(jail) })
	must(t, os.Chmod(jail, 0o755))
	must(t, os.MkdirAll(filepath.Join(jail, "data"), 0o755))
	s := sshtest.Start(t, sshtest.Options{Config: "ChrootDirectory " + jail + "\nForceCommand internal-sftp"})
	a, b := t.TempDir(), filepath.Join(jail, "data", "tree")
	for i := range 50 {
		put0(t, filepath.Join(a, fmt.Sprint("d", i%3), fmt.Sprint(i)), fmt.Sprint("content ", i))
	}
	must(t, os.Symlink("/data/tree/d0/0", filepath.Join(a, "link")))
	flags := []string{"--ssh-config", s.ConfigFile}
	args := append(flags, a, "sftp://"+s.Name+"/data/tree")
	if sum := mustSync(t, args...); sum.Changes == 0 {
		t.Errorf("%+v", sum)
	}
	equalOverSFTP(t, a, b)
	if sum := mustSync(t, args...); sum.Changes != 0 {
		t.Errorf("%+v", sum)
	}
	time.Sleep(1100 * time.Millisecond)
	put0(t, filepath.Join(b, "d1", "1"), "edited in the jail")
	must(t, os.Rename(filepath.Join(a, "d0", "0"), filepath.Join(a, "moved")))
	must(t, os.Remove(filepath.Join(a, "d2", "2")))
	mustSync(t, args...)
	equalOverSFTP(t, a, b)
	mustHold(t, filepath.Join(a, "d1", "1"), "edited in the jail")
	if !inTrashOf(t, b, "content 2") {
		t.Error("what was deleted is not in the trash")
	}
	// The login directory is one that is not there.
	if sum := mustSync(t, append(flags, a, "sftp://"+s.Name+"/~/data/tree")...); sum.Changes != 0 {
		t.Errorf("%+v", sum)
	}

	mustSay(t, said(t, 1, append(flags, a, "sftp://"+s.Name+"/no/such/place")...), "nor one to make it in")
}

// A server that lets nobody write (internal-sftp -R) is a source, and says so where it
// would have to be more.
func TestReadOnlySFTP(t *testing.T) {
	writable, _ := sftpOnly(t)
	s := sshtest.Start(t, sshtest.Options{Name: "readonly", Config: "ForceCommand internal-sftp -R"})
	dir := t.TempDir()
	a, b, c, d := filepath.Join(dir, "a"), filepath.Join(dir, "b"), filepath.Join(dir, "c"), filepath.Join(dir, "d")
	put(t, filepath.Join(a, "f"), "f")
	put(t, filepath.Join(a, "d/g"), "g")
	put(t, filepath.Join(a, "goes"), "goes")
	mustSync(t, "--ssh-config", writable.ConfigFile, a, "sftp://"+writable.Name+b)
	flags := []string{"--ssh-config", s.ConfigFile}
	url := "sftp://" + s.Name
	frozen, err := stats(b)
	must(t, err)

	// As it was left it takes part.
	must(t, os.Mkdir(c, 0o755))
	mustSync(t, append(flags, "--one-way", url+b, c)...)
	mustHold(t, filepath.Join(c, "d/g"), "g")
	mustSync(t, append(flags, url+b, a)...)

	// Anything that has to be written there is refused, in words.
	put(t, filepath.Join(a, "new"), "new")
	refused := func(args ...string) {
		t.Helper()
		out := failing(t, []int{1, 3}, append(flags, args...)...)
		mentions(t, out, "read-only filesystem", "hint: ")
	}
	refused(a, url+b)
	must(t, os.Mkdir(d, 0o755))
	refused("--join", a, url+d)
	mustHold(t, filepath.Join(a, "new"), "new")
	now, err := stats(b)
	must(t, err)
	if diff := difference(frozen, now); len(diff) > 0 {
		t.Fatalf("something was written:\n%s", strings.Join(diff, "\n"))
	}
	if left, _ := os.ReadDir(d); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// A disk fills up on a server: the run says so, what was there is whole, and once there
// is room another one completes it.
func TestFullDiskOverSFTP(t *testing.T) {
	if testing.Short() {
		t.Skip("mounts filesystems")
	}
	for _, k := range []mounttest.Kind{mounttest.Tmpfs("7m"), mounttest.Ext4.Small(11 << 20)} {
		t.Run(k.Name, func(t *testing.T) {
			at := mounttest.New(t, k).At
			s, flags := sftpOnly(t)
			a, b := t.TempDir(), filepath.Join(at, "tree")
			ballast := filepath.Join(at, "ballast")
			put(t, ballast, strings.Repeat("somebody else's ", 1<<16))
			versions := map[string][]string{}
			write := func(name, text string) {
				edit(t, filepath.Join(a, name), text)
				versions[name] = append(versions[name], text)
			}
			big := func(i int, tag string) string { return strings.Repeat(fmt.Sprintf("%d %s ", i, tag), 10_000) }
			args := append(flags, "--max-delete=off", a, "sftp://"+s.Name+b)
			whole := func() {
				t.Helper()
				for _, dir := range []string{a, b} {
					for _, name := range names(t, dir) {
						text, err := os.ReadFile(filepath.Join(dir, name))
						must(t, err)
						known := false
						for _, v := range versions[name] {
							known = known || v == string(text)
						}
						if !known {
							t.Fatalf("%s/%s is no version of it: %d bytes", dir, name, len(text))
						}
					}
				}
			}
			for i := range 5 {
				write(fmt.Sprintf("f%02d", i), big(i, "first version"))
			}
			mustSync(t, args...)
			for i := range 60 {
				write(fmt.Sprintf("f%02d", i), big(i, "another version"))
			}
			for range 2 {
				mentions(t, failing(t, []int{1, 3}, args...), b, "no space left", "make room")
				whole()
			}
			for i := range 5 {
				name := fmt.Sprintf("f%02d", i)
				old, err := os.ReadFile(filepath.Join(b, name))
				must(t, err)
				if string(old) != versions[name][0] && !trashHolds(t, b, versions[name][0]) {
					t.Errorf("the first version of %s is nowhere", name)
				}
			}
			// Not a byte left.
			hog := filepath.Join(at, "hog")
			fillUp(t, hog)
			write("f00", "short")
			failing(t, []int{1, 3}, args...)
			whole()
			must(t, os.Remove(hog))
			must(t, exec.Command(latus(t), "trash", "purge", b, "--max-size=0").Run())
			for i := 12; i < 60; i++ {
				must(t, os.Remove(filepath.Join(a, fmt.Sprintf("f%02d", i))))
			}
			failing(t, []int{0, 1, 3}, args...) // what goes may not make room in time for what comes
			must(t, exec.Command(latus(t), "trash", "purge", b, "--max-size=0").Run())
			must(t, os.Remove(ballast)) // what was fetched, and is not wanted any more, goes at the end of a run
			syscall.Sync()              // what was freed can be used once the journal says so
			mustSync(t, args...)
			equalOverSFTP(t, a, b)
			mustName(t, filepath.Join(b, ".latus", "staging"))
			if sum := mustSync(t, args...); sum.Changes != 0 {
				t.Errorf("%+v", sum)
			}
		})
	}
}

// TestIndexIsKeptHere: of an index on a server a run fetches what came since the last.
func TestIndexIsKeptHere(t *testing.T) {
	s, flags := sftpOnly(t)
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	for i := range 3000 {
		put0(t, filepath.Join(a, fmt.Sprint("d", i%10), fmt.Sprint("a file with a long name ", i)), fmt.Sprint(i))
	}
	args := append(flags, a, "sftp://"+s.Name+b)
	mustSync(t, args...)
	info, err := os.Stat(filepath.Join(b, ".latus", "index.jsonl"))
	must(t, err)
	size := info.Size()
	quiet := mustSync(t, args...).Received
	must(t, os.RemoveAll(filepath.Join(os.Getenv("XDG_CACHE_HOME"), "latus", "indexes")))
	all := mustSync(t, args...).Received
	put0(t, filepath.Join(a, "one more"), "one more")
	more := mustSync(t, args...).Received
	again := mustSync(t, args...).Received
	t.Logf("an index of %d bytes; received %d with nothing to do, %d without a copy here, %d with a file more, %d after that", size, quiet, all, more, again)
	switch {
	case size < 300_000:
		t.Errorf("an index of %d bytes: not what this test is about", size)
	case all-quiet < size*3/4:
		t.Errorf("%d bytes were received with a copy of an index of %d bytes, %d without", quiet, size, all)
	case more-quiet > 40_000, again-quiet > 10_000:
		t.Errorf("%d bytes were received with nothing to do, %d with a file more, %d after that", quiet, more, again)
	}
}
