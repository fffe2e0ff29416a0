package ssh

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

// values turns settings into the fields of a Config. The first error stays.
type values struct {
	*sshFile
	tokens map[byte]string
	err    error
}

// config makes a Config of all that was read.
func (f *sshFile) config(q ConfigQuery) (*Config, error) {
	v := &values{sshFile: f}
	v.expand("hostname", v.text("hostname"), map[byte]string{'h': f.host})
	c := &Config{Host: q.Host, HostName: f.host, User: f.remoteUser()}
	c.Port = convert(v, "port", 22, parsePort)
	c.HostKeyAlias = v.text("hostkeyalias")
	v.setTokens(c)

	c.AddressFamily = v.oneOf("addressfamily", "any", "inet", "inet6")
	c.BindAddress = v.text("bindaddress")
	c.ConnectTimeout = convert(v, "connecttimeout", 0, parseSeconds)
	c.ServerAliveInterval = convert(v, "serveraliveinterval", 0, parseSeconds)
	c.ServerAliveCountMax = convert(v, "serveralivecountmax", 0, strconv.Atoi)
	if jump := v.text("proxyjump"); jump != "" && jump != "none" {
		c.ProxyJump = strings.Split(jump, ",")
	}
	if command := v.text("proxycommand"); command != "none" {
		c.ProxyCommand = v.expand("proxycommand", command, v.tokens)
	}

	v.identities(c, q)
	c.IdentityAgent = v.agent()
	c.BatchMode = v.yes("batchmode", false)
	c.PasswordPrompts = convert(v, "numberofpasswordprompts", 3, strconv.Atoi)
	c.Authentications = v.authentications()

	c.StrictHostKeyChecking = v.oneOf("stricthostkeychecking", "ask", "yes", "no", "accept-new", "true", "false", "off")
	switch c.StrictHostKeyChecking {
	case "true":
		c.StrictHostKeyChecking = "yes"
	case "false", "off":
		c.StrictHostKeyChecking = "no"
	}
	c.HashKnownHosts = v.yes("hashknownhosts", false)
	c.UserKnownHosts = v.files("userknownhostsfile", filepath.Join(f.home, ".ssh", "known_hosts"), filepath.Join(f.home, ".ssh", "known_hosts2"))
	c.GlobalKnownHosts = v.files("globalknownhostsfile", filepath.Join(f.system, "ssh_known_hosts"), filepath.Join(f.system, "ssh_known_hosts2"))

	usual, old := ssh.SupportedAlgorithms(), ssh.InsecureAlgorithms()
	c.Ciphers = v.algorithms("ciphers", usual.Ciphers, old.Ciphers)
	c.KexAlgorithms = v.algorithms("kexalgorithms", usual.KeyExchanges, old.KeyExchanges)
	c.MACs = v.algorithms("macs", usual.MACs, old.MACs)
	c.HostKeyAlgorithms = v.algorithms("hostkeyalgorithms", usual.HostKeys, old.HostKeys)
	c.GSSAPI = v.yes("gssapiauthentication", false)
	v.findUnsupported()
	c.Unsupported = f.unsupported
	return c, v.err
}

func (v *values) setTokens(c *Config) {
	local, _ := os.Hostname()
	short, _, _ := strings.Cut(local, ".")
	v.tokens = map[byte]string{
		'd': v.home, 'h': c.HostName, 'i': strconv.Itoa(os.Getuid()), 'k': cmp.Or(c.HostKeyAlias, c.Host),
		'L': short, 'l': local, 'n': c.Host, 'p': strconv.Itoa(c.Port), 'r': c.User, 'u': v.localUser,
	}
}

func (v *values) fail(keyword string, err error) {
	if v.err == nil {
		s := v.first[keyword]
		v.err = &ConfigError{File: cmp.Or(s.file, "ssh_config"), Line: s.line, Err: fmt.Errorf("%s: %w", keyword, err)}
	}
}

func (v *values) text(keyword string) string { return v.first[keyword].value() }

func convert[T any](v *values, keyword string, otherwise T, parse func(string) (T, error)) T {
	text := v.text(keyword)
	if text == "" {
		return otherwise
	}
	value, err := parse(text)
	if err != nil {
		v.fail(keyword, err)
		return otherwise
	}
	return value
}

// oneOf is the lower-cased value, or the first of words if there is none.
func (v *values) oneOf(keyword string, words ...string) string {
	return convert(v, keyword, words[0], func(s string) (string, error) {
		if s = strings.ToLower(s); !slices.Contains(words, s) {
			return "", fmt.Errorf("%q is none of %s", s, strings.Join(words, ", "))
		}
		return s, nil
	})
}

func (v *values) yes(keyword string, otherwise bool) bool {
	return convert(v, keyword, otherwise, func(s string) (bool, error) {
		switch strings.ToLower(s) {
		case "yes", "true":
			return true, nil
		case "no", "false":
			return false, nil
		}
		return false, fmt.Errorf("%q is neither yes nor no", s)
	})
}

func (v *values) expand(keyword, s string, tokens map[byte]string) string {
	out, err := expandTokens(s, tokens)
	if err != nil {
		v.fail(keyword, err)
	}
	return out
}

// file expands all that may stand in a file name.
func (v *values) file(keyword, name string) string {
	name, err := expandEnv(v.expand(keyword, name, v.tokens))
	if err != nil {
		v.fail(keyword, err)
	}
	return expandHome(name, v.home)
}

func (v *values) files(keyword string, otherwise ...string) []string {
	s, ok := v.first[keyword]
	if !ok {
		return otherwise
	}
	if s.file == "" {
		return s.args // from the command line, where a shell has expanded it
	}
	var names []string
	for _, name := range s.args {
		if name != "none" {
			names = append(names, v.file(keyword, name))
		}
	}
	return names
}

// algorithms applies a list, or a change of the usual list: "+a", "-a", "^a".
// Names that this client does not know are left out. nil: the usual list.
func (v *values) algorithms(keyword string, usual, old []string) []string {
	text := v.text(keyword)
	if text == "" {
		return nil
	}
	names := strings.Split(strings.TrimLeft(text, "+-^"), ",")
	var known []string
	for _, name := range names {
		if slices.Contains(usual, name) || slices.Contains(old, name) {
			known = append(known, name)
		}
	}
	var list []string
	switch text[0] {
	case '+':
		list = append(slices.Clone(usual), known...)
	case '-':
		for _, name := range usual {
			if !matchHostLine(name, names) {
				list = append(list, name)
			}
		}
	case '^':
		list = append(known, usual...)
	default:
		list = known
	}
	if len(list) == 0 {
		v.note(keyword + " " + text)
		return nil
	}
	var once []string
	for _, name := range list {
		if !slices.Contains(once, name) {
			once = append(once, name)
		}
	}
	return once
}

// findUnsupported notes what would have changed how the host is reached.
func (v *values) findUnsupported() {
	for _, k := range []struct{ name, harmless string }{
		{"PKCS11Provider", "none"}, {"ProxyUseFdpass", "no"}, {"CanonicalizeHostname", "no"},
		{"KnownHostsCommand", "none"}, {"BindInterface", ""},
	} {
		if value := v.text(strings.ToLower(k.name)); value != "" && value != k.harmless {
			v.note(k.name)
		}
	}
}

// parseSeconds reads "90", "1m30s", or none.
func parseSeconds(s string) (time.Duration, error) {
	if s == "none" {
		return 0, nil
	}
	units := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}
	var total time.Duration
	for rest := strings.ToLower(s); rest != ""; {
		end := 0
		for end < len(rest) && '0' <= rest[end] && rest[end] <= '9' {
			end++
		}
		n, err := strconv.ParseInt(rest[:end], 10, 32)
		if err != nil {
			return 0, fmt.Errorf("%q is no time", s)
		}
		unit := time.Second
		if rest = rest[end:]; rest != "" {
			ok := false
			if unit, ok = units[rest[0]]; !ok {
				return 0, fmt.Errorf("%q is no time", s)
			}
			rest = rest[1:]
		}
		if total += time.Duration(n) * unit; total > 365*24*time.Hour {
			return 0, errors.New("more than a year")
		}
	}
	return total, nil
}
