package ssh

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// sshFile reads ssh_config files for one host. For most keywords the first value
// found counts, so what is set stays set, whichever file or pass comes later.
type sshFile struct {
	place
	original  string // the host as the user named it
	host      string // what Host lines are compared with
	localUser string
	final     bool // in the second pass
	wantFinal bool // some Match asks for a second pass

	first       map[string]setting   // by keyword in lower case
	lists       map[string][]setting // of keywords that add up
	unsupported []string
}

// place is where the files of OpenSSH lie.
type place struct {
	home   string // holds .ssh
	system string // holds ssh_config and ssh_known_hosts
}

// setting is one line of a file, or of the command line if it has no file.
type setting struct {
	args []string
	file string
	line int
}

func (s setting) value() string {
	if len(s.args) == 0 {
		return ""
	}
	return s.args[0]
}

func (s setting) error(err error) error { return &ConfigError{File: s.file, Line: s.line, Err: err} }

const maxIncludeDepth = 16

// scope is what the lines of a file are subject to.
type scope struct {
	user   bool // relative names in Include belong to the user's .ssh
	active bool // the lines that follow apply to the host
	never  bool // included where nothing applies: Host and Match do not match
	depth  int
}

// read takes in one file. A missing one is an error of os.Open.
func (f *sshFile) read(name string, s scope) error {
	if s.depth > maxIncludeDepth {
		return &ConfigError{File: name, Err: errors.New("files include each other")}
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	for i, line := range strings.Split(string(text), "\n") {
		here := setting{file: name, line: i + 1}
		keyword, rest := splitKeyword(line)
		if keyword == "" {
			continue
		}
		if here.args, err = splitArgs(rest); err != nil {
			return here.error(err)
		}
		if len(here.args) == 0 {
			return here.error(fmt.Errorf("no value for %s", keyword))
		}
		switch keyword {
		case "host":
			s.active = !s.never && matchHostLine(f.host, here.args)
		case "match":
			matched, err := f.match(here)
			if err != nil {
				return here.error(err)
			}
			s.active = !s.never && matched
		case "include":
			if err := f.include(here, s); err != nil {
				return err
			}
		case "proxycommand": // the rest of the line belongs to a shell
			here.args = []string{rest}
			fallthrough
		default:
			if s.active {
				f.set(keyword, here)
			}
		}
	}
	return nil
}

// set records a setting unless an earlier one counts.
func (f *sshFile) set(keyword string, s setting) {
	switch keyword {
	case "identityfile", "certificatefile":
		f.lists[keyword] = append(f.lists[keyword], s)
		return
	case "challengeresponseauthentication":
		keyword = "kbdinteractiveauthentication"
	case "proxycommand":
		if jump, ok := f.first["proxyjump"]; ok && jump.value() != "none" {
			return
		}
	case "proxyjump":
		if _, ok := f.first["proxycommand"]; ok {
			return
		}
	}
	if _, ok := f.first[keyword]; !ok {
		f.first[keyword] = s
	}
}

func (f *sshFile) include(here setting, s scope) error {
	for _, pattern := range here.args {
		pattern = expandHome(pattern, f.home)
		if !filepath.IsAbs(pattern) {
			base := f.system
			if s.user {
				base = filepath.Join(f.home, ".ssh")
			}
			pattern = filepath.Join(base, pattern)
		}
		names, err := filepath.Glob(pattern)
		if err != nil {
			return here.error(err)
		}
		for _, name := range names {
			err := f.read(name, scope{user: s.user, active: s.active, never: s.never || !s.active, depth: s.depth + 1})
			if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
				continue // as ssh does
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// match decides a Match line.
func (f *sshFile) match(here setting) (bool, error) {
	result := true
	words := here.args
	for n := 0; len(words) > 0; n++ {
		criterion, value, hasValue := strings.Cut(words[0], "=") // "user=x" is as good as "user x"
		words = words[1:]
		criterion, negated := strings.CutPrefix(strings.ToLower(criterion), "!")
		var holds bool
		switch criterion {
		case "all":
			if len(words) > 0 || n > 1 { // "final all" and its like are fine
				return false, errors.New("all can't be combined with other criteria")
			}
			holds = true
		case "final", "canonical":
			f.wantFinal = f.wantFinal || criterion == "final"
			holds = f.final
		default:
			if !hasValue {
				if len(words) == 0 {
					return false, fmt.Errorf("no value for criterion %s", criterion)
				}
				value, words = words[0], words[1:]
			}
			known := true
			if holds, known = f.holds(criterion, value); !known {
				if result {
					f.note(fmt.Sprintf("Match %s (%s:%d)", criterion, here.file, here.line))
				}
				result = false
			}
		}
		if holds == negated {
			result = false
		}
	}
	return result, nil
}

// holds compares what is known at this point of reading.
func (f *sshFile) holds(criterion, list string) (holds, known bool) {
	switch criterion {
	case "host":
		return matchList(strings.ToLower(f.hostName()), strings.ToLower(list)), true
	case "originalhost":
		return matchList(strings.ToLower(f.original), strings.ToLower(list)), true
	case "user":
		return matchList(f.remoteUser(), list), true
	case "localuser":
		return matchList(f.localUser, list), true
	}
	return false, false
}

// note remembers what this client can't do.
func (f *sshFile) note(what string) {
	if !slices.Contains(f.unsupported, what) {
		f.unsupported = append(f.unsupported, what)
	}
}

// hostName is the host to connect to, as far as it is known.
func (f *sshFile) hostName() string {
	s, ok := f.first["hostname"]
	if !ok {
		return f.host
	}
	name, err := expandTokens(s.value(), map[byte]string{'h': f.host})
	if err != nil {
		return s.value()
	}
	return name
}

func (f *sshFile) remoteUser() string {
	if s, ok := f.first["user"]; ok {
		return s.value()
	}
	return f.localUser
}
