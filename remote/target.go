package remote

import (
	"errors"
	"fmt"
	"net/url"
	"runtime"
	"strconv"
	"strings"

	"latus/remote/ssh"
)

// Kind is how a tree is reached.
type Kind uint8

const (
	Local Kind = iota // a directory of this machine
	SSH               // latus runs on the other machine, too
	SFTP              // nothing but SFTP may be used there
)

// Target names a tree: a place on a machine. One that came from ParseTarget is
// safe to put on the command line of ssh: host and user do not look like an
// option and hold nothing that a shell would act on.
type Target struct {
	Kind Kind
	User string // "" if not said
	Host string // as typed, without brackets; "" if Local
	Port int    // 0 if not said
	Path string // if not Local: relative to the login directory unless it begins with "/", and "" is that directory
}

// ParseTarget reads a local path, [USER@]HOST:PATH, ssh://[USER@]HOST[:PORT]/PATH
// or sftp://[USER@]HOST[:PORT]/PATH. A ":" before any "/" makes it remote. On
// Windows a single letter before the ":" is a drive.
func ParseTarget(spec string) (Target, error) {
	t, err := parseTarget(spec, runtime.GOOS == "windows")
	if err != nil {
		return Target{}, fmt.Errorf("tree %q: %w", spec, err)
	}
	return t, nil
}

func parseTarget(spec string, windows bool) (Target, error) {
	if spec == "" {
		return Target{}, errors.New("empty name")
	}
	if strings.ContainsRune(spec, 0) {
		return Target{}, errors.New("NUL in the name")
	}
	if scheme, rest, ok := strings.Cut(spec, "://"); ok && isScheme(scheme) {
		switch strings.ToLower(scheme) {
		case "ssh":
			return parseURL(SSH, rest)
		case "sftp":
			return parseURL(SFTP, rest)
		}
		return Target{}, fmt.Errorf("unknown scheme %s", scheme)
	}
	colon := strings.IndexByte(spec, ':')
	separators := "/"
	if windows {
		separators = `/\`
	}
	if colon < 0 || strings.ContainsAny(spec[:colon], separators) ||
		windows && colon == 1 && isLetter(spec[0]) {
		return Target{Kind: Local, Path: spec}, nil
	}
	t := Target{Kind: SSH}
	rest := spec
	if at := strings.LastIndexByte(spec[:colon], '@'); at >= 0 {
		if at == 0 {
			return Target{}, errors.New("empty user")
		}
		t.User, rest = spec[:at], spec[at+1:]
	}
	if strings.HasPrefix(rest, "[") {
		host, path, ok := strings.Cut(rest[1:], "]:")
		if !ok {
			return Target{}, errors.New(`no "]:" after the address`)
		}
		t.Host, t.Path = host, path
	} else {
		t.Host, t.Path, _ = strings.Cut(rest, ":")
	}
	return t.checked()
}

// parseURL reads what comes after "ssh://".
func parseURL(kind Kind, rest string) (Target, error) {
	t := Target{Kind: kind}
	authority, path := rest, ""
	if slash := strings.IndexByte(rest, '/'); slash >= 0 {
		authority, path = rest[:slash], rest[slash:]
	}
	host, err := ssh.ParseHost(authority)
	if err != nil {
		return Target{}, err
	}
	t.User, t.Host, t.Port = host.User, host.Name, host.Port
	switch {
	case t.Host == "":
		return Target{}, ErrNoHost
	case path == "":
		return Target{}, ErrNoPath
	case path == "/~":
		path = ""
	case strings.HasPrefix(path, "/~/"):
		path = strings.TrimLeft(path[len("/~/"):], "/")
	case strings.HasPrefix(path, "/~"):
		return Target{}, errOtherHome
	}
	if t.Path, err = url.PathUnescape(path); err != nil {
		return Target{}, err
	}
	if strings.ContainsRune(t.Path, 0) {
		return Target{}, errors.New("NUL in the path")
	}
	if strings.HasPrefix(t.Path, "~") {
		t.Path = "./" + t.Path
	}
	return t.checked()
}

// ErrNoPath is what is wrong with a URL that names a host and no directory there: the
// login directory as a whole is taken only from who says so.
var ErrNoPath = errors.New("no path behind the host")

// ErrNoHost is what is wrong with a URL that names none.
var ErrNoHost = errors.New("empty host")

var errOtherHome = errors.New("the home of another user can't be named by ~")

// checked returns t with its path in canonical form, if nothing is wrong with it.
func (t Target) checked() (Target, error) {
	if err := t.host().Check(); err != nil {
		return Target{}, err
	}
	switch {
	case t.Path == "~":
		t.Path = ""
	case strings.HasPrefix(t.Path, "~/"):
		t.Path = strings.TrimLeft(t.Path[2:], "/")
		if strings.HasPrefix(t.Path, "~") {
			t.Path = "./" + t.Path
		}
	case strings.HasPrefix(t.Path, "~"):
		return Target{}, errOtherHome
	}
	for len(t.Path) > 1 && strings.HasSuffix(t.Path, "/") {
		t.Path = t.Path[:len(t.Path)-1]
	}
	return t, nil
}

// host is where the tree is, if that is not here.
func (t Target) host() ssh.Host { return ssh.Host{User: t.User, Name: t.Host, Port: t.Port} }

// String returns the canonical text of t, which ParseTarget reads back.
func (t Target) String() string {
	if t.Kind == Local {
		if back, err := ParseTarget(t.Path); err != nil || back.Kind != Local {
			return "./" + t.Path
		}
		return t.Path
	}
	host := t.Host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if t.Kind == SSH && t.Port == 0 && !strings.HasPrefix(t.Path, "//") {
		if t.User != "" {
			host = t.User + "@" + host
		}
		return host + ":" + t.Path
	}
	var b strings.Builder
	b.WriteString("ssh://")
	if t.Kind == SFTP {
		b.Reset()
		b.WriteString("sftp://")
	}
	if t.User != "" {
		b.WriteString(escape(t.User, "%/:@") + "@")
	}
	b.WriteString(escape(host, "%/"))
	if t.Port != 0 {
		b.WriteString(":" + strconv.Itoa(t.Port))
	}
	switch {
	case t.Path == "" || t.Path[0] != '/':
		b.WriteString("/~/" + escape(t.Path, "%"))
	case strings.HasPrefix(t.Path, "/~"):
		b.WriteString("/%7E" + escape(t.Path[2:], "%"))
	default:
		b.WriteString(escape(t.Path, "%"))
	}
	return b.String()
}

// escape writes the bytes of special and control characters as %XX.
func escape(s, special string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == 0x7f || strings.IndexByte(special, c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func isScheme(s string) bool {
	for i := range len(s) {
		if !isLetter(s[i]) && (i == 0 || s[i] != '+' && (s[i] < '0' || s[i] > '9')) {
			return false
		}
	}
	return s != ""
}
