package ssh

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// Host is a host as the user named it. ssh_config may say that another one is meant, and
// more about it. One that passes Check is safe to put on the command line of ssh: host and
// user do not look like an option and hold nothing that a shell would act on.
type Host struct {
	User string // "" if not said
	Name string // as typed, without brackets
	Port int    // 0 if not said
}

// ParseHost reads [USER@]HOST[:PORT] as it stands in a URL. It looks at no more than how
// that is written: whether such a host may be named is for Check to say.
func ParseHost(authority string) (Host, error) {
	var h Host
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		user, err := url.PathUnescape(authority[:at])
		if err != nil {
			return Host{}, err
		}
		if strings.Contains(user, ":") {
			return Host{}, errors.New("a password in the name is not supported")
		}
		if user == "" {
			return Host{}, errors.New("empty user")
		}
		h.User, authority = user, authority[at+1:]
	}
	host, port := authority, ""
	if strings.HasPrefix(authority, "[") {
		var ok bool
		if host, port, ok = strings.Cut(authority[1:], "]"); !ok {
			return Host{}, errors.New(`no "]" after the address`)
		}
		if port != "" && port[0] != ':' {
			return Host{}, fmt.Errorf("%q after the address", port)
		}
		port = strings.TrimPrefix(port, ":")
	} else if i := strings.IndexByte(authority, ':'); i >= 0 {
		host, port = authority[:i], authority[i+1:]
	}
	var err error
	if h.Name, err = url.PathUnescape(host); err != nil {
		return Host{}, err
	}
	if port != "" {
		if h.Port, err = parsePort(port); err != nil {
			return Host{}, err
		}
	}
	return h, nil
}

// Check tells whether host and user are such that a command line may have them.
func (h Host) Check() error {
	if err := checkHost(h.Name); err != nil {
		return err
	}
	return checkUser(h.User)
}

// A host or user may end up in the command lines of ProxyCommand and --rsh:
// what means something to a shell is refused, as OpenSSH does.
const shellCharacters = "'`\"$\\;&<>|(){}"

func checkHost(host string) error {
	switch {
	case host == "":
		return errors.New("empty host")
	case host[0] == '-':
		return fmt.Errorf("host %q looks like an option", host)
	case strings.ContainsAny(host, shellCharacters+"@,*?![]#/") || hasSpaceOrControl(host):
		return fmt.Errorf("host %q has a character that no host name has", host)
	}
	return nil
}

func checkUser(user string) error {
	switch {
	case user == "":
		return nil
	case user[0] == '-':
		return fmt.Errorf("user %q looks like an option", user)
	case strings.ContainsAny(user, strings.ReplaceAll(shellCharacters, `\`, "")+":/") ||
		strings.HasSuffix(user, `\`) || hasSpaceOrControl(user):
		return fmt.Errorf("user %q has a character that no user name has", user)
	}
	return nil
}

func hasSpaceOrControl(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r >= 0x7f && r <= 0xa0 || r == 0xfffd
	})
}

func parsePort(s string) (int, error) {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("port %q is not a number from 1 to 65535", s)
	}
	return int(n), nil
}
