package remote

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
	xknownhosts "golang.org/x/crypto/ssh/knownhosts"

	"latus/internal/sshtest"
)

// reach dials the server as its ssh_config says, with what change changes.
func reach(t *testing.T, s *sshtest.Server, change func(*Options)) (*Conn, error) {
	t.Helper()
	t.Setenv("LATUS_RSH", "")
	o := Options{SSHConfig: s.ConfigFile, Batch: true}
	if change != nil {
		change(&o)
	}
	target, err := ParseTarget(s.Name + ":")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c, err := Dial(ctx, target, o)
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

func TestDialWithKeyFile(t *testing.T) {
	s := sshtest.Start(t, sshtest.Options{})
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
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
		writeFile(t, o.SSHConfig, "IdentityFile "+locked+"\nPKCS11Provider /lib/x.so\n"+strings.Replace(s.Stanza(), s.KeyFile, wrong, 1))
	})
	var refused *AuthError
	if !errors.As(err, &refused) {
		t.Fatalf("got %v, want an *AuthError", err)
	}
	if refused.User != s.User || strings.Join(refused.Methods, ",") != "publickey" || refused.Err != nil ||
		strings.Join(refused.Unsupported, ",") != "PKCS11Provider" {
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

func TestDialUnknownHost(t *testing.T) {
	s := sshtest.Start(t, sshtest.Options{})
	missing := filepath.Join(t.TempDir(), "none")
	_, err := reach(t, s, func(o *Options) {
		config(t, s, "StrictHostKeyChecking ask")(o)
		o.KnownHosts = missing
	})
	var unknown *UnknownHostError
	if !errors.As(err, &unknown) {
		t.Fatalf("got %v, want an *UnknownHostError", err)
	}
	var failed *ConnectError
	if errors.As(err, &failed) {
		t.Errorf("it is wrapped: %v", err)
	}
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(s.HostKey))
	if err != nil {
		t.Fatal(err)
	}
	if unknown.Host != fmt.Sprintf("[127.0.0.1]:%d", s.Port) || unknown.KeyType != "ssh-ed25519" ||
		unknown.Fingerprint != ssh.FingerprintSHA256(key) || unknown.Files[0] != missing {
		t.Errorf("got %+v", unknown)
	}
	if _, err := os.Stat(missing); err == nil {
		t.Error("the known_hosts file was written")
	}
}

func TestDialAcceptNew(t *testing.T) {
	s := sshtest.Start(t, sshtest.Options{})
	for _, hash := range []string{"no", "yes"} {
		file := filepath.Join(t.TempDir(), "dir", "known_hosts")
		writeFile(t, file, "# no newline")
		var notices []string
		accept := func(o *Options) {
			config(t, s, "StrictHostKeyChecking accept-new\nHashKnownHosts "+hash)(o)
			o.KnownHosts = file
			o.Notice = func(line string) { notices = append(notices, line) }
		}
		mustReach(t, s, accept)
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if lines := strings.Split(string(text), "\n"); len(lines) != 3 || lines[0] != "# no newline" ||
			strings.HasPrefix(lines[1], "|1|") != (hash == "yes") || !strings.HasSuffix(lines[1], s.HostKey) {
			t.Errorf("known_hosts is %q", text)
		}
		if len(notices) != 1 || !strings.Contains(notices[0], "SHA256:") {
			t.Errorf("notices are %q", notices)
		}
		// Known from now on, to ssh as well.
		mustReach(t, s, func(o *Options) { o.KnownHosts = file })
		if ssh, err := exec.LookPath("ssh"); err == nil {
			out, err := exec.Command(ssh, "-F", s.ConfigFile, "-o", "UserKnownHostsFile="+file, s.Name, "echo in").CombinedOutput()
			if err != nil {
				t.Errorf("ssh does not know the host: %s", out)
			}
		}
	}
}

func TestDialAsksAboutAnUnknownHost(t *testing.T) {
	s := sshtest.Start(t, sshtest.Options{})
	for _, c := range []struct {
		answers []string
		in      bool
	}{{[]string{"yes"}, true}, {[]string{"", "perhaps", "YES"}, true}, {[]string{"no"}, false}, {nil, false}} {
		file := filepath.Join(t.TempDir(), "known_hosts")
		asker := &script{answers: c.answers}
		_, err := reach(t, s, func(o *Options) {
			config(t, s, "StrictHostKeyChecking ask\nBatchMode no")(o)
			o.KnownHosts, o.Batch, o.Asker = file, false, asker
		})
		if !strings.Contains(asker.asked, "ssh-ed25519 key fingerprint is SHA256:") {
			t.Errorf("asked %q", asker.asked)
		}
		var unknown *UnknownHostError
		if c.in && err != nil || !c.in && !errors.As(err, &unknown) {
			t.Errorf("answers %q: %v", c.answers, err)
		}
		if _, err := os.Stat(file); (err == nil) != c.in {
			t.Errorf("answers %q: known_hosts: %v", c.answers, err)
		}
	}
}

// Keys are exchanged anew in long connections, and the host key is shown again.
func TestDialAsksOnce(t *testing.T) {
	s := sshtest.Start(t, sshtest.Options{Config: "RekeyLimit 1M"})
	asker := &script{answers: []string{"yes"}}
	c := mustReach(t, s, func(o *Options) {
		config(t, s, "StrictHostKeyChecking ask\nBatchMode no")(o)
		o.KnownHosts, o.Batch, o.Asker = filepath.Join(t.TempDir(), "known_hosts"), false, asker
	})
	out, err := output(t, c, "head -c 5000000 /dev/zero")
	if len(out) != 5e6 || err != nil {
		t.Errorf("got %d bytes, %v", len(out), err)
	}
	if n := strings.Count(asker.asked, "fingerprint is"); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

func TestAHostCannotChangeItsKeyLater(t *testing.T) {
	v := &verifier{config: &Config{HostName: "h", Port: 22, StrictHostKeyChecking: "no"}, accepted: testHostKey(t, 1)}
	v.settle()
	if err := v.verify("", nil, testHostKey(t, 1)); err != nil {
		t.Error(err)
	}
	if err := v.verify("", nil, testHostKey(t, 2)); err == nil {
		t.Error("another key was taken")
	}
}

func TestDialChangedHostKey(t *testing.T) {
	s := sshtest.Start(t, sshtest.Options{})
	dir := t.TempDir()
	other := sshtest.WriteKey(t, filepath.Join(dir, "other"), "")
	host := fmt.Sprintf("[127.0.0.1]:%d", s.Port)
	file := filepath.Join(dir, "known_hosts")
	for _, name := range []string{host, xknownhosts.HashHostname(host)} {
		writeFile(t, file, "# a comment\nsome garbage\n"+name+" "+other+"\n")
		for _, strict := range []string{"ask", "no", "accept-new", "yes"} {
			_, err := reach(t, s, func(o *Options) {
				config(t, s, "BatchMode no\nStrictHostKeyChecking "+strict)(o)
				o.KnownHosts, o.Batch, o.Asker = file, false, &script{answers: []string{"yes"}}
			})
			var changed *HostKeyChangedError
			if !errors.As(err, &changed) || changed.File != file || changed.Line != 3 || changed.Host != host {
				t.Errorf("StrictHostKeyChecking %s: got %v", strict, err)
			}
		}
	}
}

func TestDialKnownHosts(t *testing.T) {
	s := sshtest.Start(t, sshtest.Options{})
	dir := t.TempDir()
	file := filepath.Join(dir, "known_hosts")
	host := fmt.Sprintf("[127.0.0.1]:%d", s.Port)
	other := sshtest.WriteKey(t, filepath.Join(dir, "other"), "")
	var revoked *HostKeyRevokedError
	var unknown *UnknownHostError
	for name, c := range map[string]struct {
		text string
		want any
	}{
		"plain":               {host + " " + s.HostKey, nil},
		"hashed":              {xknownhosts.HashHostname(host) + " " + s.HostKey, nil},
		"without the port":    {"127.0.0.1 " + s.HostKey, nil},
		"wildcard":            {"127.0.* " + s.HostKey, nil},
		"second of two":       {host + " " + other + "\n" + host + " " + s.HostKey, nil},
		"garbage around":      {"x\n@mark h " + other + "\n! ssh-rsa AAAA\n" + host + " ssh-ed25519 AAAA\n" + host + " " + s.HostKey + " comment\n|1|x|y ssh-rsa", nil},
		"revoked":             {host + " " + s.HostKey + "\n@revoked * " + s.HostKey, &revoked},
		"other host":          {"other " + s.HostKey, &unknown},
		"other key, no port":  {"127.0.0.1 " + other, &unknown},
		"negated":             {"*,!127.0.0.1,!" + host + " " + s.HostKey, &unknown},
		"only an authority":   {"@cert-authority * " + other, &unknown},
		"empty":               {"", &unknown},
		"key of an authority": {"@cert-authority * " + other + "\n" + host + " " + s.HostKey, nil},
	} {
		writeFile(t, file, c.text)
		_, err := reach(t, s, func(o *Options) { o.KnownHosts = file })
		if c.want == nil && err != nil || c.want != nil && !errors.As(err, c.want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	writeFile(t, file, "alias "+s.HostKey)
	mustReach(t, s, func(o *Options) {
		config(t, s, "HostKeyAlias alias")(o)
		o.KnownHosts = file
	})
}

func TestDialWithHostCertificate(t *testing.T) {
	dir := t.TempDir()
	ca := sshtest.WriteKey(t, filepath.Join(dir, "ca"), "")
	other := sshtest.WriteKey(t, filepath.Join(dir, "other"), "")
	host := filepath.Join(dir, "host")
	hostKey := sshtest.WriteKey(t, host, "")
	text, err := os.ReadFile(filepath.Join(dir, "ca"))
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.ParsePrivateKey(text)
	if err != nil {
		t.Fatal(err)
	}
	cert := &ssh.Certificate{Key: publicKey(t, host), CertType: ssh.HostCert, ValidPrincipals: []string{"127.0.0.1"}, ValidBefore: ssh.CertTimeInfinity}
	if err := cert.SignCert(rand.Reader, signer); err != nil {
		t.Fatal(err)
	}
	writeFile(t, host+"-cert.pub", string(ssh.MarshalAuthorizedKey(cert)))
	s := sshtest.Start(t, sshtest.Options{Config: "HostKey " + host + "\nHostCertificate " + host + "-cert.pub"})
	file := filepath.Join(dir, "known_hosts")
	at := fmt.Sprintf("[127.0.0.1]:%d ", s.Port)
	var unknown *UnknownHostError
	for name, c := range map[string]struct {
		text string
		want any
	}{
		"authority":                     {"@cert-authority 127.* " + ca, nil},
		"other authority":               {"@cert-authority * " + other, &unknown},
		"other authority and plain key": {"@cert-authority * " + other + "\n" + at + hostKey, nil},
		"plain key":                     {at + hostKey, nil},
		"revoked authority":             {"@cert-authority * " + ca + "\n@revoked * " + ca, new(*ConnectError)},
	} {
		writeFile(t, file, c.text)
		_, err := reach(t, s, func(o *Options) {
			config(t, s, "HostKeyAlgorithms ssh-ed25519-cert-v01@openssh.com,ssh-ed25519")(o)
			o.KnownHosts = file
		})
		if c.want == nil && err != nil || c.want != nil && !errors.As(err, c.want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestDialThroughOtherHosts(t *testing.T) {
	s := sshtest.Start(t, sshtest.Options{Name: "inner"})
	first := sshtest.Start(t, sshtest.Options{Name: "first"})
	second := sshtest.Start(t, sshtest.Options{Name: "second"})
	stanzas := first.Stanza() + second.Stanza()
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
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
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
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
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	target := Target{Kind: SSH, Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port}
	o := Options{SSHConfig: "none", Batch: true, KnownHosts: os.DevNull, Timeout: 200 * time.Millisecond}

	// The connection is accepted by the kernel, and then nobody speaks.
	_, err = Dial(context.Background(), target, o)
	var failed *ConnectError
	var late *TimeoutError
	if !errors.As(err, &failed) || !errors.As(err, &late) || late.After != o.Timeout {
		t.Errorf("a silent host: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(50*time.Millisecond, cancel)
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
	if _, err = Dial(context.Background(), Target{Kind: SSH, Host: "no-such-host.invalid"}, o); !errors.As(err, &failed) {
		t.Errorf("an unknown name: %v", err)
	}
	if _, err = Dial(context.Background(), Target{Path: "x"}, o); err == nil {
		t.Error("a local tree was dialed")
	}
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
	for range 500 {
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
