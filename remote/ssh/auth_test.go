package ssh

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/ssh"

	"latus/internal/sshtest"
)

// newHostKey is the key of a server in this process.
func newHostKey(t *testing.T) ssh.Signer {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// startServer runs an SSH server that only lets in and hangs up again: for
// what an sshd without PAM can't be made to ask.
func startServer(t *testing.T, config *ssh.ServerConfig) (host Host, knownHosts string) {
	t.Helper()
	key := newHostKey(t)
	config.AddHostKey(key)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	t.Cleanup(func() {
		_ = l.Close()
		<-served
	})
	go func() {
		defer close(served)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if c, _, requests, err := ssh.NewServerConn(conn, config); err == nil {
				ssh.DiscardRequests(requests)
				_ = c.Close()
			}
			_ = conn.Close()
		}
	}()
	file := filepath.Join(t.TempDir(), "known_hosts")
	writeFile(t, file, "* "+string(ssh.MarshalAuthorizedKey(key.PublicKey())))
	return Host{User: "me", Name: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port}, file
}

func TestDialWithPassword(t *testing.T) {
	t.Setenv("LATUS_RSH", "")
	t.Setenv("SSH_AUTH_SOCK", "")
	target, known := startServer(t, &ssh.ServerConfig{
		PasswordCallback: func(_ ssh.ConnMetadata, password []byte) (*ssh.Permissions, error) {
			if string(password) != "secret" {
				return nil, errors.New("no")
			}
			return nil, nil
		},
		BannerCallback: func(ssh.ConnMetadata) string { return "Be nice.\r\n\x1b[2Jthank you\n" },
	})
	var notices []string
	try := func(batch bool, answers ...string) (*script, error) {
		asker := &script{answers: answers}
		c, err := Dial(context.Background(), target, Options{
			SSHConfig: "none", KnownHosts: known, Batch: batch, Asker: asker,
			Notice: func(line string) { notices = append(notices, line) },
		})
		if err == nil {
			err = c.Close()
		}
		return asker, err
	}
	asker, err := try(false, "wrong", "secret")
	if err != nil || asker.asked != strings.Repeat("me@127.0.0.1's password: ", 2) {
		t.Errorf("asked %q: %v", asker.asked, err)
	}
	if strings.Join(notices, "|") != "Be nice.|?[2Jthank you" {
		t.Errorf("notices are %q", notices)
	}
	var refused *AuthError
	asker, err = try(false, "a", "b", "c", "secret")
	if !errors.As(err, &refused) || strings.Join(refused.Tried, ",") != "password" || len(asker.answers) != 1 {
		t.Errorf("three wrong ones: %v", err)
	}
	asker, err = try(true, "secret")
	if !errors.As(err, &refused) || asker.asked != "" || len(refused.Tried) != 0 ||
		!strings.Contains(strings.Join(refused.Skipped, "|"), "password: nobody to ask") || strings.Join(refused.Methods, ",") != "password" {
		t.Errorf("asked %q in a batch: %v", asker.asked, err)
	}
	if _, err = try(false); !errors.As(err, &refused) || !strings.Contains(err.Error(), "nobody is there") {
		t.Errorf("nobody answers: %v", err)
	}
}

func TestDialWithChallenge(t *testing.T) {
	t.Setenv("LATUS_RSH", "")
	t.Setenv("SSH_AUTH_SOCK", "")
	target, known := startServer(t, &ssh.ServerConfig{
		KeyboardInteractiveCallback: func(_ ssh.ConnMetadata, ask ssh.KeyboardInteractiveChallenge) (*ssh.Permissions, error) {
			answers, err := ask("Bank", "Two things,\x07 please", []string{"Code: ", "Colour: "}, []bool{false, true})
			if err != nil || answers[0] != "123" || answers[1] != "blue" {
				return nil, errors.New("no")
			}
			if answers, err = ask("", "Welcome", nil, nil); err != nil || len(answers) != 0 {
				return nil, errors.New("no")
			}
			return nil, nil
		},
	})
	asker := &script{answers: []string{"123", "blue"}}
	c, err := Dial(context.Background(), target, Options{SSHConfig: "none", KnownHosts: known, Asker: asker})
	if err != nil {
		t.Fatal(err)
	}
	if asker.asked != "Bank\nTwo things,? please\n(me@127.0.0.1) Code: (me@127.0.0.1) Colour: " {
		t.Errorf("asked %q", asker.asked)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

func TestDialWithEncryptedKey(t *testing.T) {
	s := sshtest.Start(t, sshtest.Options{})
	locked := filepath.Join(t.TempDir(), "locked")
	s.Authorize(t, sshtest.WriteKey(t, locked, "open sesame"))
	if err := os.Remove(locked + ".pub"); err != nil {
		t.Fatal(err)
	}
	try := func(lines string, answers ...string) (*script, error) {
		asker := &script{answers: answers}
		_, err := reach(t, s, func(o *Options) {
			o.SSHConfig = filepath.Join(t.TempDir(), "ssh_config")
			writeFile(t, o.SSHConfig, lines+"BatchMode no\n"+strings.ReplaceAll(s.Stanza(), s.KeyFile, locked))
			o.Batch, o.Asker = false, asker
		})
		return asker, err
	}
	prompt := "Enter passphrase for key '" + locked + "': "
	if asker, err := try("", "wrong", "open sesame"); err != nil || asker.asked != prompt+prompt {
		t.Errorf("asked %q: %v", asker.asked, err)
	}
	var refused *AuthError
	if _, err := try("", ""); !errors.As(err, &refused) || !strings.Contains(strings.Join(refused.Skipped, "|"), "no passphrase that fits") {
		t.Errorf("an empty passphrase: %v", err)
	}
	// Nobody is asked about a key that the host would not take, and giving up
	// one key leaves the others.
	stranger := filepath.Join(t.TempDir(), "stranger")
	sshtest.WriteKey(t, stranger, "other")
	if asker, err := try("IdentityFile "+stranger+"\n", "open sesame"); err != nil || asker.asked != prompt {
		t.Errorf("asked %q: %v", asker.asked, err)
	}
	asker := &script{answers: []string{""}}
	if _, err := reach(t, s, func(o *Options) {
		config(t, s, "BatchMode no")(o)
		o.Identity, o.Batch, o.Asker = []string{locked}, false, asker
	}); err != nil || asker.asked != prompt {
		t.Errorf("asked %q: %v", asker.asked, err)
	}
	if asker, err := try("BatchMode yes\n", "open sesame"); err == nil || asker.asked != "" {
		t.Errorf("asked %q in BatchMode: %v", asker.asked, err)
	}
}

// A key that the command line names and that cannot be read is said to be missing, also
// where another one does.
func TestMissingKeyIsTold(t *testing.T) {
	s := sshtest.Start(t, sshtest.Options{})
	missing := filepath.Join(t.TempDir(), "mistyped")
	var told []string
	if _, err := reach(t, s, func(o *Options) {
		config(t, s, "IdentityFile "+missing+"-too")(o)
		o.Identity = []string{missing}
		o.Notice = func(s string) { told = append(told, s) }
	}); err != nil {
		t.Fatal(err)
	}
	if len(told) != 1 || told[0] != "key "+missing+" is not offered: no such file or directory" {
		t.Errorf("told %q", told)
	}
}

func TestThePersonIsNotHurried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const limit = 30 * time.Second
		p, stop := newPatience(context.Background(), limit)
		defer stop()
		time.Sleep(limit - 1) // the host answers at the last moment
		answer, err := p.asking(func(ctx context.Context) (string, error) {
			time.Sleep(time.Hour)
			return "yes", ctx.Err()
		})
		if answer != "yes" || err != nil {
			t.Errorf("got %q, %v", answer, err)
		}
		answered := time.Now()
		<-p.ctx.Done() // the host's time runs again, from the beginning
		var late *TimeoutError
		if !errors.As(context.Cause(p.ctx), &late) || time.Since(answered) != limit {
			t.Errorf("it ended after %v by %v", time.Since(answered), context.Cause(p.ctx))
		}
	})
}
