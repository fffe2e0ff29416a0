package ssh

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/skeema/knownhosts"
	"golang.org/x/crypto/ssh"
	xknownhosts "golang.org/x/crypto/ssh/knownhosts"
)

// knownHosts is what a set of known_hosts files says.
type knownHosts struct {
	db    *knownhosts.HostKeyDB
	names map[string]string // of files that were read from a cleaned copy
}

// readKnownHosts reads files. One that is missing says nothing, and neither does
// a line that can't be read: a key of a kind unknown here must not make all other
// hosts unknown.
func readKnownHosts(files []string) (*knownHosts, error) {
	k := &knownHosts{names: map[string]string{}}
	var names []string
	for _, name := range files {
		text, err := os.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if clean := cleanKnownHosts(text); !bytes.Equal(clean, text) {
			copied, err := writeTemp(clean)
			if err != nil {
				return nil, err
			}
			defer os.Remove(copied)
			k.names[copied] = name
			name = copied
		}
		names = append(names, name)
	}
	var err error
	k.db, err = knownhosts.NewDB(names...)
	return k, err
}

// writeTemp writes a temporary file, and leaves none behind where it fails.
func writeTemp(text []byte) (string, error) {
	f, err := os.CreateTemp("", "latus-known-hosts-")
	if err != nil {
		return "", err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

// cleanKnownHosts empties the lines that can't be read, so that the others keep
// their numbers.
func cleanKnownHosts(text []byte) []byte {
	lines := bytes.Split(text, []byte("\n"))
	for i, line := range lines {
		if !readableKnownHost(line) {
			lines[i] = nil
		}
	}
	return bytes.Join(lines, []byte("\n"))
}

func readableKnownHost(line []byte) bool {
	const maxLine = 60 << 10                                       // the scanner's limit is 64 KiB
	line = bytes.Trim(bytes.TrimSuffix(line, []byte("\r")), " \t") // what the library calls blank
	if len(line) == 0 || line[0] == '#' {
		return true
	}
	fields := bytes.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' })
	if s := string(fields[0]); s == "@cert-authority" || s == "@revoked" {
		fields = fields[1:]
	}
	if len(line) > maxLine || len(fields) < 3 {
		return false
	}
	blob, err := base64.StdEncoding.DecodeString(string(fields[2]))
	if err != nil {
		return false
	}
	key, err := ssh.ParsePublicKey(blob)
	return err == nil && key.Type() == string(fields[1]) && readablePattern(string(fields[0]))
}

func readablePattern(s string) bool {
	switch s[0] {
	case '@':
		return false
	case '|':
		parts := strings.Split(s, "|")
		if len(parts) != 4 || parts[1] != "1" {
			return false
		}
		_, err1 := base64.StdEncoding.DecodeString(parts[2])
		_, err2 := base64.StdEncoding.DecodeString(parts[3])
		return err1 == nil && err2 == nil
	}
	for p := range strings.SplitSeq(s, ",") {
		if p == "!" {
			return false
		}
		if p = strings.TrimPrefix(p, "!"); strings.HasPrefix(p, "[") {
			if _, _, err := net.SplitHostPort(p); err != nil {
				return false
			}
		}
	}
	return true
}

// hostAddr is what known_hosts files call a host: an alias has no port.
func hostAddr(c *Config) string {
	if c.HostKeyAlias != "" {
		return net.JoinHostPort(c.HostKeyAlias, "22")
	}
	return net.JoinHostPort(c.HostName, strconv.Itoa(c.Port))
}

// without is the same host on the usual port, where OpenSSH looks next.
func without(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil || port == "22" {
		return ""
	}
	return net.JoinHostPort(host, "22")
}

// algorithms are the host key algorithms to agree to, those of known keys
// first. Certificates only where an authority is known: for other hosts nobody
// could say whether they are good.
func (k *knownHosts) algorithms(addr string, allowed []string) []string {
	if allowed == nil {
		allowed = ssh.SupportedAlgorithms().HostKeys
	}
	known := k.db.HostKeyAlgorithms(addr)
	if next := without(addr); next != "" {
		known = append(known, k.db.HostKeyAlgorithms(next)...)
	}
	var list []string
	for _, name := range allowed {
		if slices.Contains(known, name) {
			list = append(list, name)
		}
	}
	for _, name := range allowed {
		if !slices.Contains(list, name) && !strings.Contains(name, "-cert-v01@") {
			list = append(list, name)
		}
	}
	return list
}

// check returns nil if key is known for addr, *HostKeyChangedError if another
// one is, *HostKeyRevokedError, *UnknownHostError, or *ConnectError for a
// certificate that is not good.
func (k *knownHosts) check(addr string, key ssh.PublicKey) error {
	err := k.lookUp(addr, key)
	var unknown *UnknownHostError
	if next := without(addr); next != "" && errors.As(err, &unknown) {
		var revoked *HostKeyRevokedError
		if err2 := k.lookUp(next, key); err2 == nil || errors.As(err2, &revoked) {
			return err2
		}
	}
	return err
}

func (k *knownHosts) lookUp(addr string, key ssh.PublicKey) error {
	err := k.db.HostKeyCallback()(addr, noAddr, key)
	host, print := knownhosts.Normalize(addr), ssh.FingerprintSHA256(key)
	var revoked *xknownhosts.RevokedError
	var bad *xknownhosts.KeyError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &revoked):
		return &HostKeyRevokedError{Host: host, KeyType: key.Type(), Fingerprint: print,
			File: k.file(revoked.Revoked.Filename), Line: revoked.Revoked.Line}
	case errors.As(err, &bad):
		if known, ok := k.plainKey(addr, bad.Want); ok {
			return &HostKeyChangedError{Host: host, KeyType: key.Type(), Fingerprint: print,
				File: k.file(known.Filename), Line: known.Line}
		}
		return &UnknownHostError{Host: host, KeyType: key.Type(), Fingerprint: print}
	}
	if cert, ok := key.(*ssh.Certificate); ok && !strings.Contains(err.Error(), "revoked") {
		// No authority vouches for it, but the key below may be known by itself.
		return k.lookUp(addr, cert.Key)
	}
	return &ConnectError{Host: host, Op: "check the host certificate", Err: err}
}

// plainKey picks a known key that is no authority's, of the same host.
func (k *knownHosts) plainKey(addr string, want []xknownhosts.KnownKey) (xknownhosts.KnownKey, bool) {
	keys := k.db.HostKeys(addr)
	for _, w := range want {
		for _, key := range keys {
			if !key.Cert && bytes.Equal(key.Marshal(), w.Key.Marshal()) {
				return w, true
			}
		}
	}
	return xknownhosts.KnownKey{}, false
}

func (k *knownHosts) file(name string) string {
	if original, ok := k.names[name]; ok {
		return original
	}
	return name
}

// addKnownHost appends a key to a known_hosts file.
func addKnownHost(name, addr string, key ssh.PublicKey, hash bool) error {
	host := knownhosts.Normalize(addr)
	if hash {
		host = xknownhosts.HashHostname(host)
	}
	line := host + " " + strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key))) + "\n"
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	if old, err := os.ReadFile(name); err == nil && len(old) > 0 && old[len(old)-1] != '\n' {
		line = "\n" + line
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(line)
	return errors.Join(err, f.Close())
}
