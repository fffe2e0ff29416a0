package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// way is how a contender gets to the other tree.
type way struct {
	name   string
	host   string   // "": the tree is a local directory
	rsync  string   // rsync's -e
	unison string   // unison's -sshargs; "": it does not go this way
	latus  []string // latus's flags
	server int      // process whose ended children did the work on the other side; 0: ours did
}

func (w way) String() string { return w.name }

var local = way{name: "local"}

// pipe starts the other end as a child, in place of ssh.
func pipe() way {
	self, err := os.Executable()
	check(err)
	return way{name: "pipe", host: "here", rsync: self + " rsh", latus: []string{"--rsh", self + " rsh"}}
}

// rsh is what this program does as a remote shell: it ignores the host, and runs
// the command here.
func rsh(args []string) {
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		args = args[1:] // -l USER and the like are not used
	}
	cmd := exec.Command("/bin/sh", "-c", strings.Join(args[1:], " "))
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		os.Exit(max(cmd.ProcessState.ExitCode(), 1))
	}
}

// known is a host that the user has set up.
func known(host, config string) way {
	return way{name: "ssh", host: host, rsync: "ssh -F " + config, unison: "-v -F " + config, latus: []string{"--ssh-config", config}}
}

// ownSSHD starts an sshd on the loopback interface, with keys of its own. It ends
// when stop is called.
func ownSSHD() (w way, stop func()) {
	keys, err := os.MkdirTemp("", "latus-bench-sshd-")
	check(err)
	in := func(name string) string { return filepath.Join(keys, name) }
	for _, key := range []string{"host", "user"} {
		check(exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", in(key)).Run())
	}
	sshd, err := exec.LookPath("sshd")
	if err != nil {
		sshd = "/usr/sbin/sshd"
	}
	me, err := user.Current()
	check(err)
	if me.Uid == "0" {
		check(os.MkdirAll("/run/sshd", 0o755))
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	port := l.Addr().(*net.TCPAddr).Port
	check(l.Close())
	write := func(name, format string, args ...any) {
		check(os.WriteFile(in(name), []byte(fmt.Sprintf(format, args...)), 0o600))
	}
	write("sshd_config", "ListenAddress 127.0.0.1\nPort %d\nHostKey %s\nAuthorizedKeysFile %s\nPidFile none\nUsePAM no\nStrictModes no\nPermitRootLogin yes\nSetEnv UNISON=%s\n",
		port, in("host"), in("user.pub"), filepath.Join(*dir, "unison-far"))
	pub, err := os.ReadFile(in("host.pub"))
	check(err)
	write("known_hosts", "[127.0.0.1]:%d %s", port, pub)
	write("config", "Host bench\n HostName 127.0.0.1\n Port %d\n User %s\n IdentityFile %s\n IdentitiesOnly yes\n UserKnownHostsFile %s\n BatchMode yes\n",
		port, me.Username, in("user"), in("known_hosts"))
	cmd := exec.Command(sshd, "-D", "-f", in("sshd_config"), "-E", in("log"))
	check(cmd.Start())
	for range 100 {
		if c, err := net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(port)); err == nil {
			c.Close()
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	w = known("bench", in("config"))
	w.name, w.server = "sshd", cmd.Process.Pid
	return w, func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		check(os.RemoveAll(keys))
	}
}

// ended is the time that the ended children of a process took.
func ended(pid int) time.Duration {
	if pid == 0 {
		return 0
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	user, _ := strconv.ParseInt(fields[13], 10, 64)
	system, _ := strconv.ParseInt(fields[14], 10, 64)
	return time.Duration(user+system) * time.Second / 100
}
