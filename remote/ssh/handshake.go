package ssh

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"
)

// handshake makes an SSH client of a connection, which it closes on failure.
func (d *dialer) handshake(conn net.Conn, c *Config) (*ssh.Client, error) {
	fail := func(op string, err error) error {
		_ = conn.Close()
		failed := d.failed(c, op, err)
		var typed *ConnectError
		if p, ok := conn.(*proxyConn); ok && errors.As(failed, &typed) {
			typed.Stderr = p.stderr.String()
		}
		return failed
	}
	known, err := readKnownHosts(slices.Concat(c.UserKnownHosts, c.GlobalKnownHosts))
	if err != nil {
		return nil, fail("read known_hosts", err)
	}
	v := &verifier{dialer: d, config: c, known: known}
	a := &authenticator{dialer: d, config: c}
	defer a.close()
	stop := context.AfterFunc(d.patience.ctx, func() {
		a.close()
		_ = conn.Close()
	})
	watched := &activeConn{Conn: conn}
	sc, chans, reqs, err := ssh.NewClientConn(watched, tcpAddr(c), &ssh.ClientConfig{
		Config:            ssh.Config{Ciphers: c.Ciphers, KeyExchanges: c.KexAlgorithms, MACs: c.MACs},
		User:              c.User,
		Auth:              a.auth(),
		AuthCallback:      a.next,
		HostKeyAlgorithms: known.algorithms(hostAddr(c), c.HostKeyAlgorithms),
		HostKeyCallback:   v.verify,
		BannerCallback:    d.banner,
		ClientVersion:     "SSH-2.0-latus",
	})
	if !stop() && err == nil {
		_ = sc.Close()
		err = context.Cause(d.patience.ctx)
	}
	switch {
	case err == nil:
		v.finish()
		client := ssh.NewClient(sc, chans, reqs)
		d.last = watched
		interval, misses := pulse(c, d.o.Timeout)
		keepAlive(client, watched, interval, misses)
		return client, nil
	case d.patience.ctx.Err() == nil && v.refused != nil:
		_ = conn.Close()
		return nil, v.refused
	case d.patience.ctx.Err() == nil && a.begun:
		_ = conn.Close()
		return nil, a.failed(err)
	}
	if inner := errors.Unwrap(err); inner != nil && strings.HasPrefix(err.Error(), "ssh: handshake failed: ") {
		err = inner
	}
	return nil, fail("handshake with "+tcpAddr(c), err)
}

func (d *dialer) banner(message string) error {
	for line := range strings.Lines(printable(message)) {
		d.o.Notice(strings.TrimRight(line, "\n"))
	}
	return nil
}

// verifier decides about the key that a host shows.
type verifier struct {
	*dialer
	config  *Config
	known   *knownHosts
	refused error

	mu       sync.Mutex
	finished bool
	accepted ssh.PublicKey
}

// finish ends the handshake: from here on the host may only show the same key,
// when keys are exchanged anew.
func (v *verifier) finish() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.finished = true
}

func (v *verifier) verify(_ string, _ net.Addr, key ssh.PublicKey) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.accepted != nil && string(v.accepted.Marshal()) == string(key.Marshal()) {
		return nil
	}
	if v.finished {
		return errors.New("the host key is not what it was when the connection began")
	}
	if v.refused = v.decide(key); v.refused != nil {
		return v.refused
	}
	v.accepted = key
	return nil
}

func (v *verifier) decide(key ssh.PublicKey) error {
	addr := hostAddr(v.config)
	err := v.known.check(addr, key)
	var unknown *UnknownHostError
	if changed := (*HostKeyChangedError)(nil); errors.As(err, &changed) {
		changed.Named = v.config.Host
	}
	if !errors.As(err, &unknown) {
		return err
	}
	unknown.Named = v.config.Host
	if cert, ok := key.(*ssh.Certificate); ok {
		key = cert.Key
	}
	unknown.KeyType, unknown.Fingerprint = key.Type(), ssh.FingerprintSHA256(key)
	unknown.Files = slices.Concat(v.config.UserKnownHosts, v.config.GlobalKnownHosts)
	switch v.config.StrictHostKeyChecking {
	case "yes":
		return unknown
	case "ask":
		if v.o.Asker == nil || v.config.BatchMode {
			return unknown
		}
		if yes, err := v.ask(unknown); err != nil || !yes {
			return errors.Join(unknown, err)
		}
	}
	if len(v.config.UserKnownHosts) == 0 {
		return nil
	}
	file := v.config.UserKnownHosts[0]
	if err := addKnownHost(file, addr, key, v.config.HashKnownHosts); err != nil {
		v.o.Notice(fmt.Sprintf("the host key of %s was not added to the known hosts: %v", unknown.Host, err))
		return nil
	}
	v.o.Notice(fmt.Sprintf("added the host key of %s (%s %s) to %s", unknown.Host, unknown.KeyType, unknown.Fingerprint, file))
	return nil
}

// ask lets a person compare the fingerprint, in the words of ssh.
func (v *verifier) ask(u *UnknownHostError) (bool, error) {
	prompt := fmt.Sprintf("The authenticity of host '%s' can't be established.\n%s key fingerprint is %s.\n"+
		"Are you sure you want to continue connecting (yes/no/[fingerprint])? ", u.Host, u.KeyType, u.Fingerprint)
	for {
		answer, err := v.patience.asking(func(ctx context.Context) (string, error) { return v.o.Asker.Line(ctx, prompt) })
		if err != nil {
			return false, err
		}
		switch answer = strings.TrimSpace(answer); strings.ToLower(answer) {
		case "yes":
			return true, nil
		case "no":
			return false, nil
		}
		if answer == u.Fingerprint {
			return true, nil
		}
		prompt = "Please type 'yes', 'no' or the fingerprint: "
	}
}
