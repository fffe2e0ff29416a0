package ssh

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func (v *values) identities(c *Config, q ConfigQuery) {
	add := func(to []string, keyword string) []string {
		for _, s := range v.lists[keyword] {
			if name := s.value(); name != "none" {
				if name = v.file(keyword, name); !slices.Contains(to, name) {
					to = append(to, name)
				}
			}
		}
		return to
	}
	c.Explicit = len(q.Identity)
	c.IdentityFiles = add(slices.Clone(q.Identity), "identityfile")
	if c.Explicit == 0 && len(v.lists["identityfile"]) == 0 {
		c.DefaultFiles = true
		for _, kind := range []string{"id_rsa", "id_ecdsa", "id_ed25519"} {
			c.IdentityFiles = append(c.IdentityFiles, filepath.Join(v.home, ".ssh", kind))
		}
	}
	c.CertificateFiles = add(nil, "certificatefile")
	c.IdentitiesOnly = v.yes("identitiesonly", false)
}

// agent is where the agent listens, "" if there is none.
func (v *values) agent() string {
	name := cmp.Or(v.text("identityagent"), "SSH_AUTH_SOCK")
	switch {
	case name == "none":
		return ""
	case name == "SSH_AUTH_SOCK":
		return cmp.Or(os.Getenv("SSH_AUTH_SOCK"), defaultAgent)
	case name[0] == '$' && !strings.HasPrefix(name, "${"):
		return os.Getenv(name[1:])
	}
	return v.file("identityagent", name)
}

// authentications are the methods that this client knows and the files allow.
func (v *values) authentications() []string {
	known := []string{"publickey", "keyboard-interactive", "password"}
	list := known
	if preferred := v.text("preferredauthentications"); preferred != "" {
		list = nil
		for _, method := range strings.Split(preferred, ",") {
			if slices.Contains(known, method) {
				list = append(list, method)
			}
		}
		if len(list) == 0 {
			v.note("PreferredAuthentications " + preferred)
		}
	}
	allowed := map[string]bool{
		"publickey":            v.text("pubkeyauthentication") != "no",
		"keyboard-interactive": v.yes("kbdinteractiveauthentication", true),
		"password":             v.yes("passwordauthentication", true),
	}
	var methods []string
	for _, method := range list {
		if allowed[method] {
			methods = append(methods, method)
		}
	}
	return methods
}
