package ssh

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
	xknownhosts "golang.org/x/crypto/ssh/knownhosts"

	"latus/internal/sshtest"
)

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
	v.finish()
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
