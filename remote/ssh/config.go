package ssh

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"latus/internal/home"
)

// Config is what the user's ssh_config files say about a host, with every token
// and ~ expanded and the defaults of OpenSSH filled in.
type Config struct {
	Host           string // as the user named it
	HostName       string // to connect to, in lower case
	User           string
	Port           int
	AddressFamily  string        // any, inet, inet6
	BindAddress    string        // "" for any
	ConnectTimeout time.Duration // 0: not said
	ProxyJump      []string      // the hops before the host, in order: [USER@]HOST[:PORT] or ssh://…
	ProxyCommand   string        // "" for none

	IdentityFiles    []string // --identity first
	CertificateFiles []string
	Explicit         int  // so many of IdentityFiles are from the command line
	DefaultFiles     bool // nobody named IdentityFiles: they are where OpenSSH looks then
	IdentitiesOnly   bool
	IdentityAgent    string   // path of the agent's socket; "" for none
	Authentications  []string // publickey, keyboard-interactive, password: those allowed, in order of preference
	PasswordPrompts  int
	BatchMode        bool // never ask

	HostKeyAlias          string
	StrictHostKeyChecking string // ask, yes, accept-new, no
	HashKnownHosts        bool
	UserKnownHosts        []string // new hosts are written to the first
	GlobalKnownHosts      []string

	ServerAliveInterval time.Duration // 0: not said
	ServerAliveCountMax int           // 0: not said

	Ciphers, KexAlgorithms, MACs, HostKeyAlgorithms []string // nil: the usual ones

	GSSAPI      bool     // Kerberos may let the user in
	Unsupported []string // what the files ask for and this client can't do
}

// ConfigQuery says for which host to read ssh_config, and what the command line
// has said already.
type ConfigQuery struct {
	File       string // instead of the user's and the system's file; "none": no file
	Host       string
	User       string   // "" if not said
	Port       int      // 0 if not said
	Identity   []string // key files to offer first
	KnownHosts string   // instead of the user's known_hosts
}

// LoadConfig reads ssh_config for one host. Files that do not exist say nothing,
// except q.File. An error in a file is a *ConfigError.
func LoadConfig(q ConfigQuery) (*Config, error) {
	at, err := usualPlace()
	if err != nil {
		return nil, err
	}
	return loadConfig(q, at)
}

func usualPlace() (place, error) {
	dir, err := home.Dir()
	if err != nil {
		return place{}, err
	}
	if runtime.GOOS == "windows" {
		return place{home: dir, system: filepath.Join(os.Getenv("ProgramData"), "ssh")}, nil
	}
	return place{home: dir, system: "/etc/ssh"}, nil
}

func loadConfig(q ConfigQuery, at place) (*Config, error) {
	f := &sshFile{
		place:     at,
		original:  q.Host,
		host:      q.Host,
		localUser: localUser(),
		first:     map[string]setting{},
		lists:     map[string][]setting{},
	}
	if q.User != "" {
		f.first["user"] = setting{args: []string{q.User}}
	}
	if q.Port != 0 {
		f.first["port"] = setting{args: []string{strconv.Itoa(q.Port)}}
	}
	if q.KnownHosts != "" {
		f.first["userknownhostsfile"] = setting{args: []string{q.KnownHosts}}
	}
	if err := f.readAll(q.File); err != nil {
		return nil, err
	}
	f.host = strings.ToLower(f.hostName())
	if f.wantFinal {
		f.first["hostname"] = setting{args: []string{strings.ReplaceAll(f.host, "%", "%%")}}
		f.final = true
		if err := f.readAll(q.File); err != nil {
			return nil, err
		}
	}
	return f.config(q)
}

func (f *sshFile) readAll(explicit string) error {
	if explicit == "none" {
		return nil
	}
	if explicit != "" {
		if err := f.read(explicit, scope{user: true, active: true}); err != nil {
			return asConfigError(explicit, err)
		}
		return nil
	}
	for _, s := range []struct {
		name string
		user bool
	}{{filepath.Join(f.home, ".ssh", "config"), true}, {filepath.Join(f.system, "ssh_config"), false}} {
		if err := f.read(s.name, scope{user: s.user, active: true}); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return asConfigError(s.name, err)
		}
	}
	return nil
}

func asConfigError(name string, err error) error {
	var already *ConfigError
	if errors.As(err, &already) {
		return err
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return &ConfigError{File: name, Err: err}
}

// localUser is the login name, without the domain that Windows puts before it.
func localUser() string {
	u, err := user.Current()
	if err != nil {
		return os.Getenv("USER")
	}
	return u.Username[strings.LastIndexByte(u.Username, '\\')+1:]
}

// expandHome replaces a leading ~.
func expandHome(name, home string) string {
	if name == "~" || strings.HasPrefix(name, "~/") {
		return home + name[1:]
	}
	return name
}

// expandTokens replaces %x by tokens['x'], and %% by %.
func expandTokens(s string, tokens map[byte]string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch {
		case i >= len(s):
			return "", fmt.Errorf("%q ends in %%", s)
		case s[i] == '%':
			b.WriteByte('%')
		default:
			value, ok := tokens[s[i]]
			if !ok {
				return "", fmt.Errorf("unknown token %%%c in %q", s[i], s)
			}
			b.WriteString(value)
		}
	}
	return b.String(), nil
}

// expandEnv replaces ${NAME}.
func expandEnv(s string) (string, error) {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, "${")
		b.WriteString(before)
		if !ok {
			return b.String(), nil
		}
		name, after, ok := strings.Cut(rest, "}")
		if !ok {
			return "", fmt.Errorf("no } after ${%s", rest)
		}
		value, ok := os.LookupEnv(name)
		if !ok {
			return "", fmt.Errorf("the environment has no %s", name)
		}
		b.WriteString(value)
		s = after
	}
}
