package ssh

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"latus/internal/sshtest"
)

// ample is what a machine may need that has a lot else to do.
const ample = 5 * time.Minute

// reach dials the server as its ssh_config says, with what change changes.
func reach(t *testing.T, s *sshtest.Server, change func(*Options)) (*Conn, error) {
	t.Helper()
	t.Setenv("LATUS_RSH", "")
	o := Options{SSHConfig: s.ConfigFile, Batch: true}
	if change != nil {
		change(&o)
	}
	ctx, cancel := context.WithTimeout(context.Background(), ample)
	defer cancel()
	c, err := Dial(ctx, Host{Name: s.Name}, o)
	if err == nil {
		t.Cleanup(func() { _ = c.Close() })
	}
	return c, err
}

// mustReach fails the test if the server does not let us in.
func mustReach(t *testing.T, s *sshtest.Server, change func(*Options)) *Conn {
	t.Helper()
	c, err := reach(t, s, change)
	if err != nil {
		t.Fatalf("%v\n%s", err, s.Log())
	}
	return c
}

// output runs a command and returns what it prints.
func output(t *testing.T, c *Conn, command string) (string, error) {
	t.Helper()
	s, err := c.Command(context.Background(), command)
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(out), s.Close()
}

// config puts lines before those of the server's ssh_config.
func config(t *testing.T, s *sshtest.Server, lines string) func(*Options) {
	t.Helper()
	text, err := os.ReadFile(s.ConfigFile)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "ssh_config")
	writeFile(t, name, lines+"\n"+string(text))
	return func(o *Options) { o.SSHConfig = name }
}

// script is a person who gives prepared answers, and then leaves.
type script struct {
	answers []string
	asked   string
}

func (s *script) Line(_ context.Context, prompt string) (string, error) {
	s.asked += prompt
	if len(s.answers) == 0 {
		return "", errors.New("nobody is there")
	}
	answer := s.answers[0]
	s.answers = s.answers[1:]
	return answer, nil
}

func (s *script) Secret(ctx context.Context, prompt string) (string, error) {
	return s.Line(ctx, prompt)
}

// startAgent runs an ssh-agent that grants nothing it has to ask for.
func startAgent(t *testing.T, dir string) (socket string) {
	t.Helper()
	path, err := exec.LookPath("ssh-agent")
	if err != nil {
		t.Skip("no ssh-agent on this machine")
	}
	short, err := os.MkdirTemp("", "agent") // the path of a socket has to be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(short) })
	socket = filepath.Join(short, "s")
	refuse := filepath.Join(dir, "refuse")
	writeFile(t, refuse, "#!/bin/sh\nexit 1\n")
	if err := os.Chmod(refuse, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "-D", "-a", socket)
	cmd.Env = append(os.Environ(), "SSH_ASKPASS="+refuse, "SSH_ASKPASS_REQUIRE=force")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for end := time.Now().Add(ample); time.Now().Before(end); {
		if c, err := net.Dial("unix", socket); err == nil {
			_ = c.Close()
			return socket
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("ssh-agent does not start")
	return ""
}

func addToAgent(t *testing.T, socket string, args ...string) {
	t.Helper()
	cmd := exec.Command("ssh-add", args...)
	cmd.Env = append(os.Environ(), "SSH_AUTH_SOCK="+socket)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("ssh-add: %v: %s", err, out)
	}
}

func publicKey(t *testing.T, name string) ssh.PublicKey {
	t.Helper()
	text, err := os.ReadFile(name + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	key, _, _, _, err := ssh.ParseAuthorizedKey(text)
	if err != nil {
		t.Fatal(err)
	}
	return key
}
