package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// kinds fills a tree with every name and every kind of file that people have.
func kinds(t testing.TB, dir string) {
	t.Helper()
	for _, name := range []string{
		"sp ace", " lead", "tail ", "q'uo\"te`s", "new\nline", "ctl\x01\x1b[31m\x7f", "-rf", "--delete", "inv\xff\xfe", "é", "e\u0301",
		"a:b", "con", "back\\slash", "trail", "trail.", "trail..", "*?[a]", "%s$HOME", strings.Repeat("n", 255), "...", "~",
	} {
		edit(t, filepath.Join(dir, name), "in "+name)
	}
	must(t, os.WriteFile(filepath.Join(dir, "empty"), nil, 0o644))
	must(t, os.MkdirAll(filepath.Join(dir, "empty dir", "in empty dir"), 0o755))
	deep := dir
	for i := range 64 {
		deep = filepath.Join(deep, fmt.Sprint("level ", i))
	}
	edit(t, filepath.Join(deep, "leaf"), "64 levels down")
	long := filepath.Join(dir, "long")
	must(t, os.Mkdir(long, 0o755))
	fd, err := unix.Open(long, unix.O_PATH|unix.O_DIRECTORY, 0)
	must(t, err)
	for range 20 { // 5,000 bytes: no system call takes such a path at once
		name := strings.Repeat("d", 250)
		must(t, unix.Mkdirat(fd, name, 0o755))
		next, err := unix.Openat(fd, name, unix.O_PATH|unix.O_DIRECTORY, 0)
		must(t, err)
		unix.Close(fd)
		fd = next
	}
	leaf, err := unix.Openat(fd, "leaf", unix.O_CREAT|unix.O_WRONLY, 0o640)
	must(t, err)
	_, err = unix.Write(leaf, []byte("5,000 bytes down"))
	must(t, err)
	unix.Close(leaf)
	unix.Close(fd)

	for name, target := range map[string]string{
		"dangling": "nowhere", "loop": "loop", "out": "/etc/passwd", "up": "../../..", "odd": "inv\xff\nlink", "to dir": "empty dir",
	} {
		must(t, os.Symlink(target, filepath.Join(dir, name)))
	}
	for name, mode := range map[string]uint32{"setuid": 0o4755, "setgid file": 0o2755, "sticky": 0o1644, "none": 0, "read-only": 0o400, "write-only": 0o200} {
		edit(t, filepath.Join(dir, name), name)
		must(t, unix.Chmod(filepath.Join(dir, name), mode))
	}
	for name, mode := range map[string]uint32{"setgid dir": 0o2775, "sticky dir": 0o1777, "read-only dir": 0o555} {
		edit(t, filepath.Join(dir, name, "inside"), name)
		must(t, unix.Chmod(filepath.Join(dir, name), mode))
	}
	edit(t, filepath.Join(dir, "hard 1"), "linked")
	must(t, os.Link(filepath.Join(dir, "hard 1"), filepath.Join(dir, "hard 2")))
	for name, when := range map[string]time.Time{
		"of 1901": time.Date(1901, 12, 13, 20, 45, 52, 0, time.UTC), "of 1969": time.Unix(-1, 999_999_999), "of 1970": time.Unix(0, 0),
		"of 2040": time.Date(2040, 1, 1, 0, 0, 0, 1, time.UTC), "of 2200": time.Date(2200, 1, 1, 0, 0, 0, 999, time.UTC),
		"whole second": time.Unix(1_600_000_000, 0),
	} {
		edit(t, filepath.Join(dir, name), name)
		must(t, os.Chtimes(filepath.Join(dir, name), when, when))
	}
}

// specials are what latus names and leaves.
func specials(t testing.TB, dir string) {
	t.Helper()
	must(t, unix.Mkfifo(filepath.Join(dir, "fifo"), 0o644))
	l, err := net.Listen("unix", filepath.Join(dir, "s"))
	must(t, err)
	t.Cleanup(func() { l.Close() })
	must(t, unix.Mknod(filepath.Join(dir, "null"), unix.S_IFCHR|0o666, int(unix.Mkdev(1, 3))))
}

// mustReadLong reads the leaf at the end of a path that is too long for rsync too.
func mustReadLong(t testing.TB, top string) {
	t.Helper()
	fd, err := unix.Open(top, unix.O_PATH|unix.O_DIRECTORY, 0)
	must(t, err)
	for range 20 {
		next, err := unix.Openat(fd, strings.Repeat("d", 250), unix.O_PATH|unix.O_DIRECTORY, 0)
		unix.Close(fd)
		must(t, err)
		fd = next
	}
	defer unix.Close(fd)
	leaf, err := unix.Openat(fd, "leaf", unix.O_RDONLY, 0)
	must(t, err)
	defer unix.Close(leaf)
	buf := make([]byte, 100)
	if n, err := unix.Read(leaf, buf); err != nil || string(buf[:n]) != "5,000 bytes down" {
		t.Fatalf("the leaf holds %q, %v", buf[:n], err)
	}
}

// rsynced tells what rsync would still do to make b like a, by an eye of its own:
// it knows long paths and all kinds.
func rsynced(t testing.TB, a, b string) {
	t.Helper()
	if _, err := exec.LookPath("rsync"); err != nil {
		t.Skip("no rsync here")
	}
	out, err := exec.Command("rsync", "-anic", "--no-specials", "--no-devices", "--no-owner", "--no-group", "--delete",
		"--omit-dir-times", "--modify-window=-1", "--exclude=/.latus", "--exclude=/long*", "--exclude=/fifo", "--exclude=/s", "--exclude=/null", a+"/", b+"/").CombinedOutput()
	if len(bytes.TrimSpace(out)) > 0 || err != nil {
		t.Errorf("rsync would still do this (%v):\n%s", err, out)
	}
}

func TestEveryKindOfFile(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("makes devices, and files of any mode")
	}
	story := func(t *testing.T, a, b string, args ...string) {
		kinds(t, a)
		specials(t, a)
		syncs(t, 0, args...)
		rsynced(t, a, b)
		mustReadLong(t, filepath.Join(b, "long"))
		before := untouched(t, shallow(t, a)...)
		for range 3 {
			if sum := syncs(t, 0, args...); sum.Changes != 0 {
				t.Fatalf("not quiet: %+v", sum)
			}
		}
		if diff := difference(before, untouched(t, shallow(t, a)...)); len(diff) > 0 {
			t.Fatalf("touched:\n%s", strings.Join(diff, "\n"))
		}
		// Edits of the odd ones travel back.
		for _, name := range []string{"new\nline", "inv\xff\xfe", "-rf", strings.Repeat("n", 255), "read-only", "none", "setuid"} {
			mode := fileMode(t, filepath.Join(b, name))
			must(t, os.Chmod(filepath.Join(b, name), 0o644))
			edit(t, filepath.Join(b, name), "edited "+name)
			must(t, unix.Chmod(filepath.Join(b, name), mode))
		}
		must(t, os.Rename(filepath.Join(b, "long"), filepath.Join(b, "longer")))
		must(t, os.Rename(filepath.Join(b, "ctl\x01\x1b[31m\x7f"), filepath.Join(b, "\x7f")))
		must(t, os.Remove(filepath.Join(b, "loop")))
		must(t, os.RemoveAll(filepath.Join(b, "level 0")))
		must(t, unix.Chmod(filepath.Join(b, "sticky dir"), 0o755))
		syncs(t, 0, args...)
		rsynced(t, a, b)
		mustReadLong(t, filepath.Join(a, "longer"))
	}
	t.Run("local", func(t *testing.T) {
		a, b := t.TempDir(), t.TempDir()
		story(t, a, b, "--owner", a, b)
	})
	t.Run("wire", func(t *testing.T) {
		if testing.Short() {
			t.Skip("starts an sshd")
		}
		s, flags := server(t)
		a, b := t.TempDir(), t.TempDir()
		story(t, a, b, append(flags, "--owner", a, s.Name+":"+b)...)
	})
}

// shallow lists what filepath.WalkDir can walk: not the paths that are too long.
func shallow(t testing.TB, dir string) (dirs []string) {
	t.Helper()
	for _, n := range names(t, dir) {
		if n != "long" {
			dirs = append(dirs, filepath.Join(dir, n))
		}
	}
	return dirs
}

func fileMode(t testing.TB, file string) uint32 {
	t.Helper()
	var st unix.Stat_t
	must(t, unix.Lstat(file, &st))
	return st.Mode & 0o7777
}

// What --json says of names: one line each, and the bytes of those that are no
// text. What a terminal is shown has no control characters.
func TestOddNamesInOutput(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	odd := []string{"new\nline", "inv\xff", "\x1b]0;title\x07"}
	for _, n := range odd {
		edit(t, filepath.Join(a, n), "x")
	}
	must(t, unix.Mkfifo(filepath.Join(a, "fifo\xfe"), 0o644))
	out, err := exec.Command(latus(t), "sync", "--json", "--progress=never", a, b).Output()
	must(t, err)
	seen := map[string]bool{}
	for _, line := range bytes.Split(bytes.TrimSpace(out), []byte("\n")) {
		var e struct {
			Event, Path string
			PathBase64  *string `json:"path_base64"`
		}
		must(t, json.Unmarshal(line, &e))
		path := e.Path
		if e.PathBase64 != nil {
			raw, err := base64.StdEncoding.DecodeString(*e.PathBase64)
			if err != nil {
				raw, err = base64.RawURLEncoding.DecodeString(*e.PathBase64)
			}
			must(t, err)
			path = string(raw)
		}
		seen[e.Event+" "+path] = true
	}
	for _, want := range []string{"change new\nline", "change inv\xff", "change \x1b]0;title\x07", "notice fifo\xfe"} {
		if !seen[want] {
			t.Errorf("--json does not tell of %q: %s", want, out)
		}
	}
	for _, n := range odd {
		edit(t, filepath.Join(a, n), "edited")
	}
	for _, args := range [][]string{{"sync", "-v", a, b}, {"sync", "-ni", a, b}, {"status", b}, {"log", b}} {
		out, _ := exec.Command(latus(t), args...).CombinedOutput()
		if i := bytes.IndexAny(out, "\x1b\x07\xff\xfe"); i >= 0 {
			t.Errorf("latus %s prints %q", args[0], out[i:min(len(out), i+20)])
		}
		if bytes.Contains(out, []byte("new\nline")) {
			t.Errorf("latus %s breaks a line within a name", args[0])
		}
	}
}
