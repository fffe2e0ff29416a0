//go:build linux

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"latus/internal/sshtest"
)

// ip runs ip(8), or skips the test where it may not.
func ip(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		t.Skipf("ip %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// A host with a network of its own: its address is on the other end of a cable, which
// is pulled in the midst of a run, and put back.
func TestHostInANetworkOfItsOwn(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root makes network namespaces")
	}
	ns := fmt.Sprintf("latus%d", os.Getpid())
	here, there := fmt.Sprintf("lh%d", os.Getpid()%100000), fmt.Sprintf("lt%d", os.Getpid()%100000)
	ip(t, "netns", "add", ns)
	t.Cleanup(func() { _ = exec.Command("ip", "netns", "del", ns).Run() })
	ip(t, "link", "add", here, "type", "veth", "peer", "name", there, "netns", ns)
	ip(t, "addr", "add", "10.213.77.1/30", "dev", here)
	ip(t, "link", "set", here, "up")
	ip(t, "-n", ns, "addr", "add", "10.213.77.2/30", "dev", there)
	ip(t, "-n", ns, "link", "set", there, "up")

	s := sshtest.Start(t, sshtest.Options{
		Host: "10.213.77.2", Launch: []string{"ip", "netns", "exec", ns}, Path: filepath.Dir(latus(t)),
	})
	a, b := filepath.Join(t.TempDir(), "a"), filepath.Join(t.TempDir(), "b")
	put(t, filepath.Join(a, "f"), "f")
	args := []string{"--ssh-config", s.ConfigFile, "--timeout", "15", a, s.Name + ":" + b}
	said(t, 0, args...)
	mustBeEqual(t, a, b)

	put(t, filepath.Join(a, "large"), strings.Repeat("a few megabytes ", 1<<19))
	slow := exec.Command(latus(t), append([]string{"sync", "-z", "never", "--bwlimit", "100K"}, args...)...)
	var out strings.Builder
	slow.Stdout, slow.Stderr = &out, &out
	must(t, slow.Start())
	ended := make(chan error, 1)
	go func() { ended <- slow.Wait() }()
	for begun := false; !begun; {
		select {
		case err := <-ended:
			t.Fatalf("it ended before the cable was pulled: %v\n%s", err, out.String())
		case <-time.After(10 * time.Millisecond):
			files, _ := filepath.Glob(filepath.Join(b, ".latus", "staging", "*"))
			begun = len(files) > 0
		}
	}
	ip(t, "link", "set", here, "down")
	if code := exitOf(t, <-ended); code != 1 {
		t.Fatalf("exit %d with the cable pulled:\n%s", code, out.String())
	}
	soon := slices.Clone(args)
	soon[3] = "2"
	mustSay(t, said(t, 1, soon...), "hint:")

	ip(t, "link", "set", here, "up")
	var code int
	for end := time.Now().Add(patience); time.Now().Before(end); { // until the server has noticed that the client of before is gone
		o, err := exec.Command(latus(t), append([]string{"sync"}, args...)...).CombinedOutput()
		if code = exitOf(t, err); code != 5 {
			out.Reset()
			out.Write(o)
			break
		}
		time.Sleep(time.Second)
	}
	if code != 0 {
		t.Fatalf("exit %d with the cable back:\n%s", code, out.String())
	}
	mustBeEqual(t, a, b)
	stagingEmpty(t, "with the cable back", a, b)
}

// terminal runs latus on a terminal of its own, and types what it asks for: pairs of a
// question and an answer. It returns all that was shown.
func terminal(t *testing.T, exit int, talk [][2]string, args ...string) string {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no terminals on this machine:", err)
	}
	defer master.Close()
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	must(t, err)
	must(t, unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0))
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	must(t, err)
	cmd := exec.Command(latus(t), append([]string{"sync"}, args...)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 0}
	cmd.Env = append(os.Environ(), "SSH_AUTH_SOCK=", "LATUS_RSH=")
	must(t, cmd.Start())
	slave.Close()
	var seen, since []byte
	b := make([]byte, 4096)
	for {
		n, err := master.Read(b)
		seen, since = append(seen, b[:n]...), append(since, b[:n]...)
		if len(talk) > 0 && strings.Contains(string(since), talk[0][0]) {
			if _, err := master.WriteString(talk[0][1] + "\n"); err != nil {
				t.Fatal(err)
			}
			talk, since = talk[1:], nil
		}
		if err != nil { // nobody holds the terminal any more
			break
		}
	}
	if code := exitOf(t, cmd.Wait()); code != exit || len(talk) > 0 {
		t.Fatalf("exit %d, not %d; not asked: %q; the terminal shows:\n%s", code, exit, talk, seen)
	}
	return string(seen)
}

// asks is an ssh_config of a server for somebody at a terminal.
func asks(t *testing.T, s *sshtest.Server, more string) string {
	t.Helper()
	config := filepath.Join(t.TempDir(), "config")
	must(t, os.WriteFile(config, fmt.Appendf(nil, "Host %s\nHostName %s\nPort %d\nUser %s\nUserKnownHostsFile %s\nGlobalKnownHostsFile none\n%s\n",
		s.Name, s.Host, s.Port, s.User, s.KnownHosts, more), 0o600))
	return config
}

func TestPassphraseOnATerminal(t *testing.T) {
	s := sshtest.Start(t, sshtest.Options{Path: filepath.Dir(latus(t))})
	key := filepath.Join(t.TempDir(), "key")
	s.Authorize(t, sshtest.WriteKey(t, key, "open sesame"))
	a, b := filepath.Join(t.TempDir(), "a"), filepath.Join(t.TempDir(), "b")
	put(t, filepath.Join(a, "f"), "f")
	args := []string{"--ssh-config", asks(t, s, "IdentitiesOnly yes\nIdentityFile "+key), a, s.Name + ":" + b}
	shown := terminal(t, 0, [][2]string{{"assphrase", "wrong"}, {"assphrase", "open sesame"}}, args...)
	if strings.Contains(shown, "sesame") {
		t.Errorf("the passphrase is shown:\n%s", shown)
	}
	mustBeEqual(t, a, b)
}

// The password is that of root, in a shadow file that only this sshd sees.
func TestPasswordOnATerminal(t *testing.T) {
	hash, err := exec.Command("openssl", "passwd", "-6", "open sesame").Output()
	if os.Getuid() != 0 || err != nil {
		t.Skip("only root gives an sshd a shadow file of its own, and openssl makes the password for it")
	}
	shadow := filepath.Join(t.TempDir(), "shadow")
	must(t, os.WriteFile(shadow, fmt.Appendf(nil, "root:%s:19000:0:99999:7:::\nsshd:!:19000::::::\n", strings.TrimSpace(string(hash))), 0o600))
	own := []string{"unshare", "-m", "sh", "-c", `mount --bind "$0" /etc/shadow && exec "$@"`, shadow}
	if out, err := exec.Command(own[0], append(own[1:], "true")...).CombinedOutput(); err != nil {
		t.Skipf("no mounts here: %v %s", err, out)
	}
	s := sshtest.Start(t, sshtest.Options{
		Path: filepath.Dir(latus(t)), Launch: own, Config: "PasswordAuthentication yes\nPubkeyAuthentication no",
	})
	a, b := filepath.Join(t.TempDir(), "a"), filepath.Join(t.TempDir(), "b")
	put(t, filepath.Join(a, "f"), "f")
	args := []string{"--ssh-config", asks(t, s, ""), a, s.Name + ":" + b}
	shown := terminal(t, 0, [][2]string{{"assword", "wrong"}, {"assword", "open sesame"}}, args...)
	if strings.Contains(shown, "sesame") {
		t.Errorf("the password is shown:\n%s", shown)
	}
	mustBeEqual(t, a, b)
}

// A home from which nothing may be run: what was put there is taken away again, and why is
// said.
func TestInstallWhereNothingMayRun(t *testing.T) {
	home := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "noexec", "none", home).CombinedOutput(); err != nil {
		t.Skipf("no mounts here: %v %s", err, out)
	}
	t.Cleanup(func() { _ = exec.Command("umount", "-l", home).Run() })
	s, a, b := bareHost(t, sshtest.Options{Home: home})
	mustSay(t, said(t, 1, "--ssh-config", s.ConfigFile, "--install", a, s.Name+":"+b), "does not run", "noexec", "--latus-path")
	if names, _ := filepath.Glob(filepath.Join(home, ".cache", "latus", "*", "*")); len(names) > 0 {
		t.Errorf("left: %s", names)
	}
	said(t, 0, "--ssh-config", s.ConfigFile, a, s.Name+":"+b) // over SFTP
	mustHold(t, filepath.Join(b, "f"), "f")
}
