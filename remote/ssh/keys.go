package ssh

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"golang.org/x/crypto/ssh"
)

// offer is a key that the host is asked about. The private half is opened only
// when the host would take it.
type offer struct {
	a      *authenticator
	name   string // for people
	public ssh.PublicKey
	open   func() (ssh.Signer, error)
	err    error // why it could not sign
}

func (o *offer) PublicKey() ssh.PublicKey {
	o.a.try(o.name)
	return o.public
}

func (o *offer) Sign(rand io.Reader, data []byte) (*ssh.Signature, error) {
	return o.SignWithAlgorithm(rand, data, "")
}

func (o *offer) SignWithAlgorithm(rand io.Reader, data []byte, algorithm string) (*ssh.Signature, error) {
	signature, err := o.sign(rand, data, algorithm)
	if err != nil {
		o.err = err
		o.a.skip("signing with %s: %v", o.name, err)
	}
	return signature, err
}

func (o *offer) sign(rand io.Reader, data []byte, algorithm string) (*ssh.Signature, error) {
	signer, err := o.open()
	if err != nil {
		return nil, err
	}
	if s, ok := signer.(ssh.AlgorithmSigner); ok && algorithm != "" {
		return s.SignWithAlgorithm(rand, data, algorithm)
	}
	return signer.Sign(rand, data)
}

// keyFile is an identity: a private key, or the public half of one that the
// agent holds.
type keyFile struct {
	name     string
	explicit bool // from the command line
	public   ssh.PublicKey
	certs    []*ssh.Certificate
	held     *agentKey // nil: the agent has none like it
	open     func() (ssh.Signer, error)
}

func (f *keyFile) offer(a *authenticator, cert *ssh.Certificate) *offer {
	o := &offer{
		a:      a,
		name:   fmt.Sprintf("key %s %s", f.name, ssh.FingerprintSHA256(f.public)),
		public: f.public,
		open:   f.open,
	}
	if f.held != nil {
		o.open = func() (ssh.Signer, error) { return f.held.signer, nil }
	}
	if cert != nil {
		o.name = fmt.Sprintf("certificate for %s", o.name)
		o.public = cert
	}
	return o
}

// keyFiles reads the identities. What can't be used is noted and left out.
func (a *authenticator) keyFiles(held []*agentKey) []*keyFile {
	var files []*keyFile
	for i, name := range a.config.IdentityFiles {
		f, err := a.readKey(name, held)
		if err != nil {
			if !a.config.DefaultFiles || !errors.Is(err, fs.ErrNotExist) {
				var path *fs.PathError
				if errors.As(err, &path) {
					err = path.Err
				}
				a.skip("key %s: %v", name, err)
			}
			if i < a.config.Explicit {
				a.o.Notice(fmt.Sprintf("key %s is not offered: %v", name, err))
			}
			continue
		}
		f.explicit = i < a.config.Explicit
		files = append(files, f)
	}
	a.readCertificates(files)
	return files
}

// errNobodyToAsk is why an encrypted key stays closed.
var errNobodyToAsk = errors.New("it is encrypted, and there is nobody to ask for the passphrase")

func (a *authenticator) readKey(name string, held []*agentKey) (*keyFile, error) {
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		// The agent may hold what only the public half is there of.
		if text, publicErr := os.ReadFile(name + ".pub"); publicErr == nil {
			return heldKey(name, text, held)
		}
	}
	if err != nil {
		return nil, err
	}
	signer, err := ssh.ParsePrivateKey(text)
	if err == nil {
		f := &keyFile{name: name, public: signer.PublicKey(), open: func() (ssh.Signer, error) { return signer, nil }}
		f.held = heldBy(held, f.public)
		return f, nil
	}
	var locked *ssh.PassphraseMissingError
	if !errors.As(err, &locked) {
		if f, publicErr := heldKey(name, text, held); publicErr == nil {
			return f, nil
		}
		return nil, err
	}
	f := &keyFile{name: name, public: locked.PublicKey, open: func() (ssh.Signer, error) { return a.unlock(name, text) }}
	if f.public == nil {
		// An old format hides the public half.
		if text, err := os.ReadFile(name + ".pub"); err == nil {
			f.public, _, _, _, _ = ssh.ParseAuthorizedKey(text)
		}
	}
	if f.public != nil {
		f.held = heldBy(held, f.public)
	}
	switch {
	case f.held != nil:
	case !a.canAsk():
		return nil, errNobodyToAsk
	case f.public == nil:
		signer, err := f.open()
		if err != nil {
			return nil, err
		}
		f.public, f.open = signer.PublicKey(), func() (ssh.Signer, error) { return signer, nil }
	}
	return f, nil
}

// heldKey is a key of the agent, named by the text of its public half.
func heldKey(name string, text []byte, held []*agentKey) (*keyFile, error) {
	public, _, _, _, err := ssh.ParseAuthorizedKey(text)
	if err != nil {
		return nil, err
	}
	f := &keyFile{name: name, public: public, held: heldBy(held, public)}
	if f.held == nil {
		return nil, errors.New("only its public half is here, and no agent holds the other")
	}
	return f, nil
}

func heldBy(held []*agentKey, public ssh.PublicKey) *agentKey {
	for _, k := range held {
		if bytes.Equal(k.signer.PublicKey().Marshal(), public.Marshal()) {
			return k
		}
	}
	return nil
}

// unlock asks for a passphrase until it fits or nothing is typed.
func (a *authenticator) unlock(name string, text []byte) (ssh.Signer, error) {
	for range max(a.config.PasswordPrompts, 1) {
		passphrase, err := a.secret(fmt.Sprintf("Enter passphrase for key '%s': ", name))
		if err != nil {
			return nil, err
		}
		if passphrase == "" {
			break
		}
		signer, err := ssh.ParsePrivateKeyWithPassphrase(text, []byte(passphrase))
		if !errors.Is(err, x509.IncorrectPasswordError) {
			return signer, err
		}
	}
	if err := a.patience.ctx.Err(); err != nil {
		return nil, context.Cause(a.patience.ctx)
	}
	return nil, errors.New("no passphrase that fits")
}

// readCertificates finds the certificates of the keys: in KEY-cert.pub and in
// the files that ssh_config names.
func (a *authenticator) readCertificates(files []*keyFile) {
	add := func(name string, wanted bool, to []*keyFile) {
		text, err := os.ReadFile(name)
		if err != nil {
			if wanted {
				a.skip("certificate %s: %v", name, errors.Unwrap(err))
			}
			return
		}
		public, _, _, _, err := ssh.ParseAuthorizedKey(text)
		cert, ok := public.(*ssh.Certificate)
		if err != nil || !ok {
			a.skip("certificate %s: no certificate in it", name)
			return
		}
		for _, f := range to {
			if bytes.Equal(cert.Key.Marshal(), f.public.Marshal()) {
				f.certs = append(f.certs, cert)
			}
		}
	}
	for _, name := range a.config.CertificateFiles {
		add(name, true, files)
	}
	for _, f := range files {
		add(f.name+"-cert.pub", false, []*keyFile{f})
	}
}
