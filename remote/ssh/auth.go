package ssh

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// authenticator lets the user in: with keys of the agent and of files, in one
// go, and with what a person types.
type authenticator struct {
	*dialer
	config *Config

	begun   bool
	listed  bool     // offers are complete
	offers  []*offer // not yet made
	methods []string
	tried   []string
	skipped []string

	mu     sync.Mutex // close comes from elsewhere
	agent  io.Closer
	closed bool
}

// auth is what may be tried, in the order of preference.
func (a *authenticator) auth() []ssh.AuthMethod {
	tries := max(a.config.PasswordPrompts, 1)
	var list []ssh.AuthMethod
	for _, method := range a.config.Authentications {
		switch {
		case method == "publickey":
			list = append(list, ssh.PublicKeysCallback(a.keys))
		case !a.canAsk():
			a.skip("%s: nobody to ask", method)
		case method == "password":
			list = append(list, ssh.RetryableAuthMethod(ssh.PasswordCallback(a.password), tries))
		case method == "keyboard-interactive":
			list = append(list, ssh.RetryableAuthMethod(ssh.KeyboardInteractive(a.challenge), tries))
		}
	}
	return list
}

func (a *authenticator) canAsk() bool { return a.o.Asker != nil && !a.config.BatchMode }

func (a *authenticator) skip(format string, args ...any) {
	a.skipped = append(a.skipped, fmt.Sprintf(format, args...))
}

// next is asked before each attempt. A key that was accepted but could not sign
// (a refusing agent, a forgotten passphrase) ends the attempt with all keys: the
// rest of them get another one.
func (a *authenticator) next(c *ssh.ClientAuthContext) (ssh.AuthMethod, error) {
	a.begun = true
	a.methods = c.AllowedMethods
	if a.patience.ctx.Err() != nil {
		return nil, context.Cause(a.patience.ctx)
	}
	if !a.listed || !slices.Contains(c.AllowedMethods, "publickey") {
		return nil, nil
	}
	for i, o := range a.offers {
		if o.err != nil {
			a.offers = a.offers[i+1:]
			if len(a.offers) == 0 {
				break
			}
			return ssh.PublicKeysCallback(a.keys), nil
		}
	}
	return nil, nil
}

// keys returns the signers to offer.
func (a *authenticator) keys() ([]ssh.Signer, error) {
	if !a.listed {
		a.listOffers()
		a.listed = true
	}
	var signers []ssh.Signer
	for _, o := range a.offers {
		signers = append(signers, o)
	}
	return signers, nil
}

// listOffers orders the keys: those from the command line, those of the agent
// that ssh_config names, the other ones of the agent, the other files.
func (a *authenticator) listOffers() {
	held := a.agentKeys()
	files := a.keyFiles(held)
	take := func(f *keyFile) {
		for _, cert := range f.certs {
			a.offers = append(a.offers, f.offer(a, cert))
		}
		a.offers = append(a.offers, f.offer(a, nil))
	}
	for _, f := range files {
		if f.explicit {
			take(f)
		}
	}
	for _, f := range files {
		if !f.explicit && f.held != nil {
			take(f)
		}
	}
	if !a.config.IdentitiesOnly {
		for _, k := range held {
			if !slices.ContainsFunc(files, func(f *keyFile) bool { return f.held == k }) {
				a.offers = append(a.offers, a.agentOffer(k))
			}
		}
	}
	for _, f := range files {
		if !f.explicit && f.held == nil {
			take(f)
		}
	}
}

// agentKey is a key that the agent holds.
type agentKey struct {
	signer  ssh.Signer
	comment string
}

// agentKeys asks the agent, if there is one, what it holds. The connection to
// it stays open for signing until close.
func (a *authenticator) agentKeys() []*agentKey {
	if a.config.IdentityAgent == "" {
		return nil
	}
	conn, err := dialAgent(a.patience.ctx, a.config.IdentityAgent)
	if err != nil {
		if a.config.IdentityAgent != defaultAgent {
			a.skip("agent: %v", err)
		}
		return nil
	}
	a.mu.Lock()
	a.agent = conn
	closed := a.closed
	a.mu.Unlock()
	if closed {
		_ = conn.Close()
	}
	client := agent.NewClient(conn)
	listed, err := client.List()
	var signers []ssh.Signer
	if err == nil {
		signers, err = client.Signers()
	}
	if err != nil {
		a.skip("agent: %v", err)
		return nil
	}
	var held []*agentKey
	for _, s := range signers {
		k := &agentKey{signer: s}
		for _, l := range listed {
			if string(l.Blob) == string(s.PublicKey().Marshal()) {
				k.comment = l.Comment
			}
		}
		held = append(held, k)
	}
	return held
}

func (a *authenticator) agentOffer(k *agentKey) *offer {
	return &offer{
		a:      a,
		name:   fmt.Sprintf("key %s %s from the agent", k.comment, ssh.FingerprintSHA256(k.signer.PublicKey())),
		public: k.signer.PublicKey(),
		open:   func() (ssh.Signer, error) { return k.signer, nil },
	}
}

// close lets go of the agent, even while it is asked something.
func (a *authenticator) close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.closed = true
	if a.agent != nil {
		_ = a.agent.Close()
	}
}

func (a *authenticator) password() (string, error) {
	a.try("password")
	return a.secret(fmt.Sprintf("%s@%s's password: ", a.config.User, a.config.HostName))
}

func (a *authenticator) secret(prompt string) (string, error) {
	return a.patience.asking(func(ctx context.Context) (string, error) { return a.o.Asker.Secret(ctx, prompt) })
}

// challenge answers the questions of the host.
func (a *authenticator) challenge(name, instruction string, questions []string, echos []bool) ([]string, error) {
	a.try("keyboard-interactive")
	intro := ""
	for _, text := range []string{name, instruction} {
		if text = strings.TrimSpace(printable(text)); text != "" {
			intro += text + "\n"
		}
	}
	if len(questions) == 0 && intro != "" {
		a.o.Notice(strings.TrimSpace(intro))
	}
	answers := make([]string, 0, len(questions))
	for i, q := range questions {
		prompt := intro + fmt.Sprintf("(%s@%s) %s", a.config.User, a.config.HostName, printable(q))
		intro = ""
		answer, err := a.patience.asking(func(ctx context.Context) (string, error) {
			if echos[i] {
				return a.o.Asker.Line(ctx, prompt)
			}
			return a.o.Asker.Secret(ctx, prompt)
		})
		if err != nil {
			return nil, err
		}
		answers = append(answers, answer)
	}
	return answers, nil
}

func (a *authenticator) try(what string) {
	if !slices.Contains(a.tried, what) {
		a.tried = append(a.tried, what)
	}
}

// failed states why the host has not let the user in.
func (a *authenticator) failed(err error) error {
	if inner := errors.Unwrap(err); inner != nil {
		err = inner
	}
	if strings.HasPrefix(err.Error(), "ssh: unable to authenticate") {
		err = nil // the fields say it better
	}
	return &AuthError{
		Host: a.config.Host, User: a.config.User,
		Methods: a.methods, Tried: a.tried, Skipped: a.skipped,
		Err: err, Unsupported: a.config.Unsupported,
	}
}
