// Package sshtest starts a real OpenSSH server on the loopback interface for
// the time of a test. Nothing outside the test's temporary directory is read or
// written: host keys, user key, known_hosts, ssh_config and the login directory
// all lie there.
package sshtest

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Options say how a server is to differ from the usual one. The zero value is a
// server that takes the test's key and runs commands with /bin/sh.
type Options struct {
	Name   string   // the host's alias in ConfigFile; "" is "sshtest"
	Path   string   // a directory that comes first in the PATH of commands
	Home   string   // the login directory; "" is a fresh one
	Shell  string   // runs the commands; "" is /bin/sh
	Noise  string   // printed on stdout before every command, as a chatty login script does
	Env    []string // KEY=VALUE, for every command
	NoSFTP bool     // there is no such subsystem
	Host   string   // the address it listens on; "" is 127.0.0.1
	Launch []string // a command that starts sshd, given as its last arguments; none: it is started as it is
	Config string   // more lines of sshd_config; the first value of a keyword wins, and these are first
}

// Server is a running sshd.
type Server struct {
	Name       string // the host's alias in ConfigFile
	Host       string // its address
	Port       int
	User       string
	Home       string // the login directory of every command
	Dir        string // where the files of the server lie
	KeyFile    string // a private key that is let in; the public half is KeyFile + ".pub"
	HostKey    string // the public host key, "TYPE BASE64"
	KnownHosts string // a known_hosts file that names the server
	ConfigFile string // an ssh_config that knows Name and never asks, for latus --ssh-config and ssh -F alike

	cmd  *exec.Cmd
	log  syncBuffer
	done chan struct{}
	once sync.Once
}

// Start starts an sshd and stops it when the test ends. A test is skipped where
// there is no sshd.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	sshd := Find(t)
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{
		Name: o.Name,
		Host: "127.0.0.1",
		User: me.Username,
		Home: o.Home,
		Dir:  t.TempDir(),
		done: make(chan struct{}),
	}
	if s.Name == "" {
		s.Name = "sshtest"
	}
	if o.Host != "" {
		s.Host = o.Host
	}
	if s.Home == "" {
		s.Home = filepath.Join(s.Dir, "home")
		mkdir(t, s.Home)
	}
	if me.Uid == "0" {
		mkdir(t, "/run/sshd") // sshd run by root insists on it
	}
	s.KeyFile = filepath.Join(s.Dir, "id_ed25519")
	public := WriteKey(t, s.KeyFile, "")
	write(t, filepath.Join(s.Dir, "authorized_keys"), public+"\n", 0o600)
	s.HostKey = WriteKey(t, filepath.Join(s.Dir, "host_ed25519"), "")
	write(t, filepath.Join(s.Dir, "command"), s.wrapper(o), 0o755)

	for attempt := 0; ; attempt++ {
		s.Port = freePort(t)
		if s.launch(t, sshd, o) {
			break
		}
		if attempt == 4 {
			t.Fatalf("sshd does not start:\n%s", s.Log())
		}
	}
	t.Cleanup(s.Stop)
	s.KnownHosts = filepath.Join(s.Dir, "known_hosts")
	write(t, s.KnownHosts, fmt.Sprintf("[%s]:%d %s\n", s.Host, s.Port, s.HostKey), 0o600)
	s.ConfigFile = filepath.Join(s.Dir, "ssh_config")
	write(t, s.ConfigFile, s.Stanza(), 0o600)
	return s
}

// Find returns the path of sshd, or skips the test.
func Find(t testing.TB) string {
	t.Helper()
	for _, p := range []string{"/usr/sbin/sshd", "/usr/local/sbin/sshd", "/usr/bin/sshd"} {
		if _, err := os.Stat(p); err == nil {
			return p
		}
	}
	t.Skip("no sshd on this machine: install an OpenSSH server to run this test")
	return ""
}

// Stanza is the part of an ssh_config that describes the server.
func (s *Server) Stanza() string {
	return fmt.Sprintf(`Host %s %s
  HostName %s
  Port %d
  User %s
  IdentityFile "%s"
  IdentitiesOnly yes
  IdentityAgent none
  UserKnownHostsFile "%s"
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
  BatchMode yes
  ConnectTimeout 600
`, s.Name, s.Host, s.Host, s.Port, s.User, s.KeyFile, s.KnownHosts)
}

// Authorize lets one more key in: a line of authorized_keys.
func (s *Server) Authorize(t testing.TB, line string) {
	t.Helper()
	name := filepath.Join(s.Dir, "authorized_keys")
	old, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	write(t, name, string(old)+line+"\n", 0o600)
}

// Log is what sshd has said so far.
func (s *Server) Log() string { return s.log.String() }

// Stop ends the server; connections that are open live on until their client
// hangs up. It is called when the test ends.
func (s *Server) Stop() {
	s.once.Do(func() {
		_ = s.cmd.Process.Kill()
		<-s.done
	})
}

// patience is what a machine may need that has a lot else to do.
const patience = 3 * time.Minute

// launch reports whether sshd listens on s.Port.
func (s *Server) launch(t testing.TB, sshd string, o Options) bool {
	config := filepath.Join(s.Dir, "sshd_config")
	write(t, config, s.config(o), 0o600)
	line := append(slices.Clone(o.Launch), sshd, "-D", "-e", "-f", config)
	s.cmd = exec.Command(line[0], line[1:]...)
	s.cmd.Stderr = &s.log
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.done = make(chan struct{})
	go func(cmd *exec.Cmd, done chan struct{}) {
		_ = cmd.Wait()
		close(done)
	}(s.cmd, s.done)
	for end := time.Now().Add(patience); time.Now().Before(end); {
		select {
		case <-s.done: // the port was taken meanwhile, or the config is wrong
			return false
		case <-time.After(10 * time.Millisecond):
		}
		if strings.Contains(s.Log(), fmt.Sprintf("listening on %s port %d.", s.Host, s.Port)) {
			return true
		}
	}
	_ = s.cmd.Process.Kill()
	<-s.done
	return false
}

func (s *Server) config(o Options) string {
	return fmt.Sprintf(`%s
Port %d
ListenAddress %s
HostKey "%s/host_ed25519"
PidFile none
UsePAM no
StrictModes no
PermitRootLogin yes
PasswordAuthentication no
KbdInteractiveAuthentication no
PubkeyAuthentication yes
AuthorizedKeysFile "%s/authorized_keys"
MaxStartups 100
MaxSessions 100
PrintMotd no
%s
ForceCommand %s/command
`, o.Config, s.Port, s.Host, s.Dir, s.Dir, o.subsystem(), s.Dir)
}

// wrapper is what sshd runs for every command: it stands in for the login of a
// user whose home, shell and environment are the test's.
func (s *Server) wrapper(o Options) string {
	var b strings.Builder
	b.WriteString("#!/bin/sh\n")
	set := func(key, value string) { fmt.Fprintf(&b, "%s=%s; export %s\n", key, quote(value), key) }
	for _, kv := range o.Env {
		key, value, _ := strings.Cut(kv, "=")
		set(key, value)
	}
	if o.Path != "" {
		fmt.Fprintf(&b, "PATH=%s:$PATH; export PATH\n", quote(o.Path))
	}
	shell := o.Shell
	if shell == "" {
		shell = "/bin/sh"
	}
	set("HOME", s.Home)
	set("SHELL", shell)
	fmt.Fprintf(&b, "cd %s || exit 1\n", quote(s.Home))
	if o.Noise != "" {
		fmt.Fprintf(&b, "printf %%s %s\n", quote(o.Noise))
	}
	fmt.Fprintf(&b, "exec %s -c \"$SSH_ORIGINAL_COMMAND\"\n", quote(shell))
	return b.String()
}

func (o *Options) subsystem() string {
	if o.NoSFTP {
		return ""
	}
	return "Subsystem sftp " + sftpServer()
}

func sftpServer() string {
	for _, p := range []string{"/usr/lib/openssh/sftp-server", "/usr/libexec/openssh/sftp-server", "/usr/libexec/sftp-server", "/usr/lib/ssh/sftp-server"} {
		if _, err := os.Stat(p); err == nil {
			return p
		}
	}
	return "internal-sftp"
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

func write(t testing.TB, name, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

func mkdir(t testing.TB, name string) {
	t.Helper()
	if err := os.MkdirAll(name, 0o755); err != nil {
		t.Fatal(err)
	}
}

// syncBuffer may be written by sshd while a test reads it.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
