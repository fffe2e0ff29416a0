package ssh

import (
	"fmt"
	"strings"
)

// ConnectError says that there is no connection to a host.
type ConnectError struct {
	Host   string // as the user named it
	Op     string // what failed: "connect to 192.0.2.1:22", "handshake with …", "run ProxyCommand"
	Stderr string // the end of what a ProxyCommand said
	Via    string // the program that was to connect, if the user named one
	Err    error

	Unsupported []string // what ssh_config asks for and was not done
}

func (e *ConnectError) Error() string {
	text := fmt.Sprintf("%s: %s: %v", e.Host, e.Op, e.Err)
	if s := strings.TrimSpace(e.Stderr); s != "" {
		text += ": " + s
	}
	return text
}

func (e *ConnectError) Unwrap() error { return e.Err }

// UnknownHostError says that no known_hosts file has a key of a host, and that
// nobody allowed to take the one it showed.
type UnknownHostError struct {
	Host        string   // as in known_hosts: "host" or "[host]:port"
	Named       string   // as the user named it, or a ProxyJump
	KeyType     string   // ssh-ed25519, …
	Fingerprint string   // SHA256:…
	Files       []string // where it was looked for, existing or not; the user's first
}

func (e *UnknownHostError) Error() string {
	return fmt.Sprintf("the host key of %s is not known (%s %s)", e.Host, e.KeyType, e.Fingerprint)
}

// HostKeyChangedError says that a host shows another key than the known one.
type HostKeyChangedError struct {
	Host        string
	Named       string
	KeyType     string
	Fingerprint string // of the key it shows
	File        string // where the known key is
	Line        int    // from 1
}

func (e *HostKeyChangedError) Error() string {
	return fmt.Sprintf("the host key of %s is not the known one: it shows %s %s, but %s:%d has another",
		e.Host, e.KeyType, e.Fingerprint, e.File, e.Line)
}

// HostKeyRevokedError says that a host shows a key that known_hosts revokes.
type HostKeyRevokedError struct {
	Host        string
	KeyType     string
	Fingerprint string
	File        string
	Line        int // from 1
}

func (e *HostKeyRevokedError) Error() string {
	return fmt.Sprintf("the host key of %s is revoked: %s %s in %s:%d",
		e.Host, e.KeyType, e.Fingerprint, e.File, e.Line)
}

// AuthError says that a host did not let the user in.
type AuthError struct {
	Host    string
	User    string
	Methods []string // what the host would have taken, as it said last
	Tried   []string // what was offered, for people: "key ~/.ssh/id_ed25519 SHA256:…", "password"
	Skipped []string // what could have been offered, and why it was not
	Err     error    // how the host ended it, if it said more than no

	Unsupported []string // what ssh_config asks for and was not done
}

func (e *AuthError) Error() string {
	text := fmt.Sprintf("%s: permission denied for user %s (%s)", e.Host, e.User, strings.Join(e.Methods, ","))
	if len(e.Tried) > 0 {
		text += "; tried " + strings.Join(e.Tried, ", ")
	}
	if len(e.Skipped) > 0 {
		text += "; not tried: " + strings.Join(e.Skipped, ", ")
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

func (e *AuthError) Unwrap() error { return e.Err }

// CommandError says that a command ended otherwise than with status 0.
type CommandError struct {
	Host   string
	Status int    // 1 to 255; -1: it did not tell, because the connection broke or a signal ended it
	Signal string // the name of that signal, without SIG
	Stderr string // the end of it, at most 4 KiB
	Via    string // the program that connected, if the user named one
	Cut    bool   // this side ended it, as it did not end by itself
	Err    error  // why there is no status; may be nil
}

// StatusNotFound is the status of a shell that does not find a command.
const StatusNotFound = 127

// NotFound reports whether the host has no such command.
func (e *CommandError) NotFound() bool { return e.Status == StatusNotFound }

// lastSignal is the highest signal number that systems have. A shell reports a command that
// signal N ended as status 128+N.
const lastSignal = 64

// Killed reports whether a signal ended the command: that says nothing about what
// the host has.
func (e *CommandError) Killed() bool {
	return e.Signal != "" || 128 < e.Status && e.Status <= 128+lastSignal
}

func (e *CommandError) Error() string {
	text := e.Host + ": the remote command "
	switch {
	case e.NotFound():
		text += "was not found"
	case e.Cut:
		text += "did not end by itself"
	case e.Signal != "":
		text += "was ended by SIG" + e.Signal
	case e.Status >= 0:
		text += fmt.Sprintf("ended with status %d", e.Status)
	case e.Err != nil:
		text += "broke off: " + e.Err.Error()
	default:
		text += "broke off"
	}
	if s := strings.TrimSpace(e.Stderr); s != "" {
		text += ": " + s
	}
	return text
}

func (e *CommandError) Unwrap() error { return e.Err }

// ConfigError says what is wrong in an ssh_config file.
type ConfigError struct {
	File string
	Line int // from 1; 0: all of the file
	Err  error
}

func (e *ConfigError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %v", e.File, e.Err)
	}
	return fmt.Sprintf("%s:%d: %v", e.File, e.Line, e.Err)
}

func (e *ConfigError) Unwrap() error { return e.Err }
