package scan

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"

	"latus/index"
)

// nobody runs the present test again as a user who is not root, and says
// whether that was needed.
func nobody(t *testing.T) (done bool) {
	if os.Getuid() != 0 {
		return false
	}
	cmd := exec.Command("/proc/self/exe", "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("as nobody: %v\n%s", err, out)
	}
	return true
}

func TestPermissionDenied(t *testing.T) {
	if nobody(t) {
		return
	}
	p := onDisk(t)
	p.file("closed/x", "", old)
	p.file("closed/d/y", "", old)
	p.file("names only/x", "", old)
	p.file("open/x", "", old)
	p.file("unreadable", "", old)
	p.known()
	t.Cleanup(func() {
		os.Chmod(p.join("closed"), 0o755)
		os.Chmod(p.join("names only"), 0o755)
	})
	p.remove("open/x")
	p.chmod("closed", 0)
	p.chmod("names only", 0o444)
	p.chmod("unreadable", 0)
	listed := []string{"+names only dir", "-open/x", "+unreadable file", "!/closed: permission denied", "!/names only/x: permission denied"}
	if d, err := p.Tree.Open("names only"); err == nil {
		d.Close()
	} else { // a disk reached through os.Root lists no directory that it cannot enter
		listed = []string{"-open/x", "+unreadable file", "!/closed: permission denied", "!/names only: permission denied"}
	}
	r := p.scan()
	p.expect(r, listed...)
	if r.Was != 5 || r.Lost != 1 {
		p.Errorf("counts: %+v", r)
	}
	read := slices.DeleteFunc(listed, func(line string) bool { return line == "+unreadable file" })
	p.expect(p.scanWith(Options{Checksum: true}, systemClock{}), append(read, "!unreadable: permission denied")...)
	p.chmod("closed", 0o755)
	p.chmod("names only", 0o755)
	p.chmod("unreadable", 0o644)
	p.expect(p.scan(), "-open/x")
}

func TestSpecials(t *testing.T) {
	p := onDisk(t)
	p.file("was a file", "", old)
	p.file("was a dir/x", "", old)
	p.known()
	p.remove("was a file")
	p.remove("was a dir")
	for _, path := range []index.Path{"was a file", "was a dir", "fifo"} {
		if err := syscall.Mkfifo(p.join(path), 0o644); err != nil {
			p.Fatal(err)
		}
	}
	r := p.scan()
	p.expect(r, "!/was a dir: replaced by a socket, FIFO or device", "!/was a file: replaced by a socket, FIFO or device", "~fifo")
	if r.Lost != 0 || r.Was != 2 {
		p.Errorf("counts: %+v", r)
	}
	for _, path := range []index.Path{"fifo", "was a dir/x"} {
		if _, blocked := r.Blocked(path); !blocked {
			p.Errorf("%q is not blocked", path)
		}
	}
}

func TestNames(t *testing.T) {
	p := onDisk(t)
	for _, name := range []string{"\xff\xfe", "a\nb", "-", "é", "e\u0301", strings.Repeat("x", 255), ".latusX", "..."} {
		p.file(index.Path(name), "", old)
	}
	r := p.scan()
	if len(r.Changed) != 8 || len(r.Problems) != 0 {
		p.Errorf("found %q", show(r))
	}
	p.acknowledge(r)
	p.expect(p.scan())
}
