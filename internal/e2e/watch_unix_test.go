//go:build unix

package e2e

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"

	"latus/internal/sshtest"
)

// TestARunWithNothingToDoIsNoNews: what such a run does to a tree nobody is told,
// so that no run of a watch leads to another for ever.
func TestARunWithNothingToDoIsNoNews(t *testing.T) {
	a, b := t.TempDir(), filepath.Join(t.TempDir(), "b")
	for i := range 20 {
		dir := filepath.Join(a, fmt.Sprint("d", i%3))
		must(t, os.MkdirAll(dir, 0o777))
		must(t, os.WriteFile(filepath.Join(dir, fmt.Sprint("f", i)), []byte(fmt.Sprint(i)), 0o666))
	}
	mustSync(t, a, b)
	w, err := fsnotify.NewBufferedWatcher(10_000)
	must(t, err)
	defer w.Close()
	for _, tree := range []string{a, b} {
		must(t, filepath.WalkDir(tree, func(p string, d fs.DirEntry, err error) error {
			if err != nil || !d.IsDir() {
				return err
			}
			if d.Name() == ".latus" {
				return fs.SkipDir
			}
			return w.Add(p)
		}))
	}
	mustSync(t, a, b)
	mustSync(t, "-c", b, a)
	last := filepath.Join(b, "d0", "last")
	must(t, os.WriteFile(last, nil, 0o666))
	for {
		select {
		case e := <-w.Events:
			if e.Name == last {
				return
			}
			if filepath.Base(e.Name) != ".latus" {
				t.Errorf("%v", e)
			}
		case err := <-w.Errors:
			t.Fatal(err)
		case <-time.After(patience):
			t.Fatal("no event came")
		}
	}
}

// line is a network between this machine and an sshd, that can be cut.
type line struct {
	net.Listener
	to  string
	mu  sync.Mutex
	cut bool
	all []net.Conn
}

func newLine(t *testing.T, to string) *line {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	n := &line{Listener: l, to: to}
	t.Cleanup(func() { l.Close(); n.set(true) })
	go n.serve()
	return n
}

func (n *line) serve() {
	for {
		c, err := n.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", n.to)
		n.mu.Lock()
		if err != nil || n.cut {
			c.Close()
			if err == nil {
				far.Close()
			}
			n.mu.Unlock()
			continue
		}
		n.all = append(n.all, c, far)
		n.mu.Unlock()
		for _, way := range [][2]net.Conn{{c, far}, {far, c}} {
			go func() {
				io.Copy(way[0], way[1])
				way[0].Close()
			}()
		}
	}
}

// set cuts the line, or mends it.
func (n *line) set(cut bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.cut = cut
	for _, c := range n.all {
		c.Close()
	}
	n.all = nil
}

// through is an ssh_config that leads to s over n.
func (n *line) through(t *testing.T, s *sshtest.Server) string {
	t.Helper()
	port := fmt.Sprint(n.Addr().(*net.TCPAddr).Port)
	known := filepath.Join(t.TempDir(), "known_hosts")
	must(t, os.WriteFile(known, []byte(fmt.Sprintf("[%s]:%s %s\n", s.Host, port, s.HostKey)), 0o600))
	config := filepath.Join(t.TempDir(), "config")
	text := strings.NewReplacer(fmt.Sprintf("Port %d\n", s.Port), "Port "+port+"\n", s.KnownHosts, known).Replace(s.Stanza())
	must(t, os.WriteFile(config, []byte(text), 0o600))
	return config
}

// output is what a process says, while it says it.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// watching starts a watch. end ends it in good order, and wants one of these exit
// codes.
func watching(t *testing.T, args ...string) (said *output, end func(signal os.Signal, codes ...int)) {
	t.Helper()
	said = &output{}
	cmd := exec.Command(latus(t), append([]string{"watch", "--settle", "0.2"}, args...)...)
	cmd.Stdout, cmd.Stderr = said, said
	must(t, cmd.Start())
	t.Cleanup(func() {
		cmd.Process.Kill()
		if t.Failed() {
			t.Logf("it said:\n%s", said)
		}
	})
	return said, func(signal os.Signal, codes ...int) {
		t.Helper()
		must(t, cmd.Process.Signal(signal))
		cmd.Wait()
		if got := cmd.ProcessState.ExitCode(); !slices.Contains(codes, got) {
			t.Errorf("exit %d, not %d", got, codes)
		}
	}
}

// puts renames a new file into place, which is one change.
func puts(t *testing.T, file, text string) {
	t.Helper()
	tmp := filepath.Join(t.TempDir(), "new")
	must(t, os.WriteFile(tmp, []byte(text), 0o666))
	must(t, os.MkdirAll(filepath.Dir(file), 0o777))
	must(t, os.Rename(tmp, file))
}

func untilHolds(t *testing.T, file, text string) {
	t.Helper()
	must(t, awaited(func() string {
		if b, err := os.ReadFile(file); err != nil || string(b) != text {
			return fmt.Sprintf("%s holds %q, %v", file, b, err)
		}
		return ""
	}))
}

func untilSays(t *testing.T, o *output, pattern string) {
	t.Helper()
	re := regexp.MustCompile(pattern)
	must(t, awaited(func() string {
		if !re.MatchString(o.String()) {
			return pattern + " was not said"
		}
		return ""
	}))
}

// TestAWatchIsEndedBetweenRuns: that is no error.
func TestAWatchIsEndedBetweenRuns(t *testing.T) {
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		if signal.Ignored(s) {
			continue // and so by the watch
		}
		a, b := t.TempDir(), filepath.Join(t.TempDir(), "b")
		puts(t, filepath.Join(a, "f"), "one")
		said, end := watching(t, "--settle", "1h", "--interval", "0", a, b)
		untilSays(t, said, "in sync: 1 change") // the run's last word, and no other follows
		end(s, 0)
	}
}

// TestWatchOverSSH has changes told from the other side, over a connection that is
// cut and comes back.
func TestWatchOverSSH(t *testing.T) {
	if testing.Short() {
		t.Skip("starts an sshd")
	}
	s, _ := server(t)
	n := newLine(t, net.JoinHostPort(s.Host, fmt.Sprint(s.Port)))
	a, b := t.TempDir(), filepath.Join(t.TempDir(), "remote")
	puts(t, filepath.Join(a, "f"), "one")
	said, end := watching(t, "--interval", "0", "--ssh-config", n.through(t, s), a, s.Name+":"+b)
	untilHolds(t, filepath.Join(b, "f"), "one")
	puts(t, filepath.Join(b, "g"), "two")
	untilHolds(t, filepath.Join(a, "g"), "two")
	puts(t, filepath.Join(a, "deep", "h"), "three")
	untilHolds(t, filepath.Join(b, "deep", "h"), "three")
	puts(t, filepath.Join(b, "deep", "h"), "four")
	untilHolds(t, filepath.Join(a, "deep", "h"), "four")

	n.set(true)
	untilSays(t, said, "the watch goes on and tries again")
	puts(t, filepath.Join(b, "f"), "while it was cut")
	n.set(false)
	untilHolds(t, filepath.Join(a, "f"), "while it was cut")
	untilSays(t, said, "it works again")
	puts(t, filepath.Join(b, "f"), "and afterwards")
	untilHolds(t, filepath.Join(a, "f"), "and afterwards")
	end(syscall.SIGTERM, 0, 130) // a run may be at work
	mustBeEqual(t, a, b)
}

// TestWatchWhereNothingTellsOfChanges looks now and then instead.
func TestWatchWhereNothingTellsOfChanges(t *testing.T) {
	if testing.Short() {
		t.Skip("starts an sshd")
	}
	s, flags := sftpOnly(t)
	a, b := t.TempDir(), filepath.Join(t.TempDir(), "remote")
	puts(t, filepath.Join(a, "f"), "one")
	said, end := watching(t, append(flags, "--interval", "1", a, "sftp://"+s.Name+b)...)
	untilHolds(t, filepath.Join(b, "f"), "one")
	untilSays(t, said, `notice: sftp://.*: cannot be watched, it is looked at every 1s: over SFTP nothing tells of changes`)
	// Over SFTP mtimes are whole seconds: the size has to tell.
	puts(t, filepath.Join(b, "f"), "two, and longer")
	untilHolds(t, filepath.Join(a, "f"), "two, and longer")
	puts(t, filepath.Join(a, "f"), "three, longer still")
	untilHolds(t, filepath.Join(b, "f"), "three, longer still")
	end(syscall.SIGTERM, 0, 130) // a run may be at work
	if n := strings.Count(said.String(), "cannot be watched"); n != 1 {
		t.Errorf("it was said %d times", n)
	}
}
