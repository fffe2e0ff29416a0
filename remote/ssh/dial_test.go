package ssh

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/crypto/ssh"

	"latus/internal/goroutines"
	"latus/internal/sshtest"
)

func TestDialWithKeyFile(t *testing.T) {
	s := sshtest.Start(t, sshtest.Options{})
	defer goroutines.NoneLeft(t, goleak.IgnoreCurrent())
	c := mustReach(t, s, nil)
	defer c.Close()

	stream, err := c.Command(context.Background(), "cat; echo warning >&2; exit 3")
	if err != nil {
		t.Fatal(err)
	}
	// More than the window of a channel, so that both directions are moving.
	sent := bytes.Repeat([]byte("0123456789abcdef"), 300_000)
	go func() {
		_, _ = stream.Write(sent)
		_ = stream.CloseWrite()
	}()
	got, err := io.ReadAll(stream)
	if err != nil || !bytes.Equal(got, sent) {
		t.Errorf("%d bytes came back, %v", len(got), err)
	}
	var failed *CommandError
	if err := stream.Wait(); !errors.As(err, &failed) || failed.Status != 3 || failed.Stderr != "warning\n" {
		t.Errorf("got %v", err)
	}
	if in, out := stream.Counts(); in != int64(len(sent)) || out != int64(len(sent)) {
		t.Errorf("counted %d in, %d out", in, out)
	}
	if _, err := stream.Write([]byte("x")); err == nil {
		t.Error("a write to an ended command succeeds")
	}
	if out, err := output(t, c, "echo a second one"); err != nil || out != "a second one\n" {
		t.Errorf("got %q, %v", out, err)
	}
}

func TestDialWithExplicitIdentity(t *testing.T) {
	s := sshtest.Start(t, sshtest.Options{})
	other := filepath.Join(t.TempDir(), "other")
	s.Authorize(t, sshtest.WriteKey(t, other, ""))
	wrong := filepath.Join(t.TempDir(), "wrong")
	sshtest.WriteKey(t, wrong, "")
	mustReach(t, s, func(o *Options) {
		config(t, s, "IdentityFile "+wrong)(o)
		o.Identity = []string{other}
	})
	if _, err := reach(t, s, func(o *Options) { o.Identity = []string{filepath.Join(t.TempDir(), "none")} }); err != nil {
		t.Errorf("a missing --identity hides those of ssh_config: %v", err)
	}
}

func TestDialWithCertificate(t *testing.T) {
	s := sshtest.Start(t, sshtest.Options{})
	dir := t.TempDir()
	authority, key := filepath.Join(dir, "ca"), filepath.Join(dir, "key")
	s.Authorize(t, `cert-authority,principals="me" `+sshtest.WriteKey(t, authority, ""))
	sshtest.WriteKey(t, key, "")
	signer, err := os.ReadFile(authority)
	if err != nil {
		t.Fatal(err)
	}
	ca, err := ssh.ParsePrivateKey(signer)
	if err != nil {
		t.Fatal(err)
	}
	cert := &ssh.Certificate{Key: publicKey(t, key), CertType: ssh.UserCert, ValidPrincipals: []string{"me"}, ValidBefore: ssh.CertTimeInfinity}
	if err := cert.SignCert(rand.Reader, ca); err != nil {
		t.Fatal(err)
	}
	only := func(o *Options) {
		o.SSHConfig = filepath.Join(dir, "ssh_config")
		writeFile(t, o.SSHConfig, strings.Replace(s.Stanza(), s.KeyFile, key, 1))
	}
	if _, err := reach(t, s, only); err == nil {
		t.Fatal("the key is let in without its certificate")
	}
	writeFile(t, key+"-cert.pub", string(ssh.MarshalAuthorizedKey(cert)))
	mustReach(t, s, only)
}

func TestDialRefused(t *testing.T) {
	s := sshtest.Start(t, sshtest.Options{})
	wrong := filepath.Join(t.TempDir(), "wrong")
	sshtest.WriteKey(t, wrong, "")
	locked := filepath.Join(t.TempDir(), "locked")
	sshtest.WriteKey(t, locked, "secret")
	_, err := reach(t, s, func(o *Options) {
		o.SSHConfig = filepath.Join(t.TempDir(), "ssh_config")
		writeFile(t, o.SSHConfig, "IdentityFile "+locked+"\n"+strings.Replace(s.Stanza(), s.KeyFile, wrong, 1))
	})
	var refused *AuthError
	if !errors.As(err, &refused) {
		t.Fatalf("got %v, want an *AuthError", err)
	}
	if refused.User != s.User || strings.Join(refused.Methods, ",") != "publickey" || refused.Err != nil || len(refused.Unsupported) > 0 {
		t.Errorf("got %+v", refused)
	}
	if len(refused.Tried) != 1 || !strings.Contains(refused.Tried[0], wrong+" SHA256:") {
		t.Errorf("tried %q, want %s", refused.Tried, wrong)
	}
	if len(refused.Skipped) < 1 || !strings.Contains(strings.Join(refused.Skipped, "|"), "key "+locked+": it is encrypted") {
		t.Errorf("skipped %q, want %s", refused.Skipped, locked)
	}
}

func TestDialWithTooManyKeys(t *testing.T) {
	s := sshtest.Start(t, sshtest.Options{Config: "MaxAuthTries 2"})
	var lines string
	for i := range 4 {
		name := filepath.Join(t.TempDir(), fmt.Sprint(i))
		sshtest.WriteKey(t, name, "")
		lines += "IdentityFile " + name + "\n"
	}
	_, err := reach(t, s, config(t, s, lines))
	var refused *AuthError
	if !errors.As(err, &refused) || len(refused.Tried) == 0 || !strings.Contains(err.Error(), "Too many authentication failures") {
		t.Errorf("got %v", err)
	}
	if _, err := reach(t, s, func(o *Options) {
		config(t, s, lines)(o)
		o.Identity = []string{s.KeyFile}
	}); err != nil {
		t.Errorf("--identity does not come first: %v", err)
	}
}

func TestDialWithAgent(t *testing.T) {
	s := sshtest.Start(t, sshtest.Options{})
	dir := t.TempDir()
	socket := startAgent(t, dir)
	addToAgent(t, socket, s.KeyFile)
	without := "IdentityFile none\n"
	mustReach(t, s, func(o *Options) { // named by ssh_config
		o.SSHConfig = filepath.Join(dir, "a")
		writeFile(t, o.SSHConfig, without+"IdentityAgent "+socket+"\n"+strings.ReplaceAll(strings.ReplaceAll(
			s.Stanza(), "IdentitiesOnly yes", ""), "IdentityFile", "#"))
	})
	t.Setenv("SSH_AUTH_SOCK", socket)
	mustReach(t, s, func(o *Options) { // named by the environment
		o.SSHConfig = filepath.Join(dir, "b")
		writeFile(t, o.SSHConfig, without+strings.NewReplacer("IdentitiesOnly yes", "", "IdentityFile", "#", "IdentityAgent none", "").Replace(s.Stanza()))
	})

	// With IdentitiesOnly the agent's key is used if its public half is named.
	public := filepath.Join(dir, "public")
	text, err := os.ReadFile(s.KeyFile + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, public, string(text))
	only := strings.NewReplacer("IdentityAgent none", "", s.KeyFile, public).Replace(s.Stanza())
	mustReach(t, s, func(o *Options) {
		o.SSHConfig = filepath.Join(dir, "c")
		writeFile(t, o.SSHConfig, only)
	})
	another := filepath.Join(dir, "another")
	sshtest.WriteKey(t, another, "")
	_, err = reach(t, s, func(o *Options) {
		o.SSHConfig = filepath.Join(dir, "d")
		writeFile(t, o.SSHConfig, strings.ReplaceAll(only, public, another))
	})
	var refused *AuthError
	if !errors.As(err, &refused) || len(refused.Tried) != 1 {
		t.Errorf("IdentitiesOnly: got %v", err)
	}
}

func TestDialGoesOnWhenTheAgentRefusesToSign(t *testing.T) {
	s := sshtest.Start(t, sshtest.Options{})
	dir := t.TempDir()
	socket := startAgent(t, dir)
	agentKey := filepath.Join(dir, "agent_key")
	s.Authorize(t, sshtest.WriteKey(t, agentKey, ""))
	// ssh-agent asks a program for consent, which says no.
	addToAgent(t, socket, "-c", agentKey)
	t.Setenv("SSH_AUTH_SOCK", socket)
	c := mustReach(t, s, func(o *Options) {
		o.SSHConfig = filepath.Join(dir, "config")
		writeFile(t, o.SSHConfig, strings.NewReplacer("IdentitiesOnly yes", "", "IdentityAgent none", "").Replace(s.Stanza()))
	})
	if out, err := output(t, c, "echo in"); out != "in\n" || err != nil {
		t.Errorf("got %q, %v", out, err)
	}
}

func TestDialThroughOtherHosts(t *testing.T) {
	s := sshtest.Start(t, sshtest.Options{Name: "inner"})
	first := sshtest.Start(t, sshtest.Options{Name: "first"})
	second := sshtest.Start(t, sshtest.Options{Name: "second"})
	stanzas := first.Stanza() + second.Stanza()
	defer goroutines.NoneLeft(t, goleak.IgnoreCurrent())
	for _, jump := range []string{"first", "first,second", "ssh://" + first.User + "@first:" + fmt.Sprint(first.Port)} {
		c := mustReach(t, s, config(t, s, "Host inner\n ProxyJump "+jump+"\n"+stanzas))
		if out, err := output(t, c, "echo $SSH_CONNECTION"); err != nil || !strings.HasPrefix(out, "127.0.0.1 ") {
			t.Errorf("%s: got %q, %v", jump, out, err)
		}
		if err := c.Close(); err != nil {
			t.Errorf("%s: close: %v", jump, err)
		}
	}
	for _, c := range []*sshtest.Server{first, second} {
		if !strings.Contains(c.Log(), "Accepted publickey") {
			t.Errorf("%s was not passed:\n%s", c.Name, c.Log())
		}
	}

	_, err := reach(t, s, config(t, s, "Host inner\n ProxyJump inner"))
	var failed *ConnectError
	if !errors.As(err, &failed) {
		t.Errorf("a jump to itself: %v", err)
	}
	_, err = reach(t, s, config(t, s, "Host inner\n ProxyJump first\n HostName 127.0.0.1\n Port 1\n"+stanzas))
	if !errors.As(err, &failed) || failed.Host != "inner" {
		t.Errorf("nobody listens behind the jump: %v", err)
	}
}

func TestDialWithProxyCommand(t *testing.T) {
	s := sshtest.Start(t, sshtest.Options{})
	sshPath, err := exec.LookPath("ssh")
	if err != nil {
		t.Skip("no ssh on this machine")
	}
	defer goroutines.NoneLeft(t, goleak.IgnoreCurrent())
	c := mustReach(t, s, config(t, s, "Host sshtest\n ProxyCommand "+sshPath+" -F "+s.ConfigFile+" -W %h:%p 127.0.0.1"))
	if out, err := output(t, c, "echo in"); out != "in\n" || err != nil {
		t.Errorf("got %q, %v", out, err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}

	_, err = reach(t, s, config(t, s, "ProxyCommand sh -c 'echo no way to %h >&2; exit 1'"))
	var failed *ConnectError
	if !errors.As(err, &failed) || failed.Stderr != "no way to 127.0.0.1\n" {
		t.Errorf("a failing ProxyCommand: %v", err)
	}
	_, err = reach(t, s, func(o *Options) {
		config(t, s, "ProxyCommand sleep 1000")(o)
		o.Timeout = 200 * time.Millisecond
	})
	if !errors.As(err, &failed) || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a silent ProxyCommand: %v", err)
	}
}

func TestDialNobodyThere(t *testing.T) {
	t.Setenv("LATUS_RSH", "")
	defer goroutines.NoneLeft(t, goleak.IgnoreCurrent())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	target := Host{Name: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port}
	o := Options{SSHConfig: "none", Batch: true, KnownHosts: os.DevNull, Timeout: 200 * time.Millisecond}

	// The connection is accepted by the kernel, and then nobody speaks.
	_, err = Dial(context.Background(), target, o)
	var failed *ConnectError
	var late *TimeoutError
	if !errors.As(err, &failed) || !errors.As(err, &late) || late.After != o.Timeout {
		t.Errorf("a silent host: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() { // that of before, and then one
		for range 2 {
			if c, err := l.Accept(); err == nil {
				defer c.Close()
			}
		}
		cancel()
	}()
	o.Timeout = time.Hour
	if _, err = Dial(ctx, target, o); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err = Dial(context.Background(), target, o); !errors.As(err, &failed) || !strings.Contains(err.Error(), "refused") {
		t.Errorf("a closed port: %v", err)
	}
	if _, err = Dial(context.Background(), Host{Name: "no-such-host.invalid"}, o); !errors.As(err, &failed) {
		t.Errorf("an unknown name: %v", err)
	}
}
