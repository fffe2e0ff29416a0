//go:build unix

package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"latus/internal/sshtest"
)

// TestRefusedOverSSH tries what can be wrong with the other side: one clear line,
// a next step, the exit code of the contract, and nothing changed.
func TestRefusedOverSSH(t *testing.T) {
	if testing.Short() {
		t.Skip("starts several sshds")
	}
	none := t.TempDir() // a PATH without latus
	good, _ := server(t)
	bare := sshtest.Start(t, sshtest.Options{Path: none, Shell: "/bin/sh", NoSFTP: true})
	talks := sshtest.Start(t, sshtest.Options{NoSFTP: true, Path: fakeLatus(t, "#!/bin/sh\necho I am something else; sleep 1\n")})
	mute := sshtest.Start(t, sshtest.Options{NoSFTP: true, Path: fakeLatus(t, "#!/bin/sh\nexec cat >/dev/null\n")})
	noisy := sshtest.Start(t, sshtest.Options{Path: filepath.Dir(latus(t)), Noise: "Welcome to this machine!\n"})
	other := sshtest.WriteKey(t, filepath.Join(t.TempDir(), "other"), "")

	for _, c := range []struct {
		name  string
		s     *sshtest.Server
		flags []string
		exit  int
		says  []string
	}{
		{"unknown host", good, []string{"--known-hosts", filepath.Join(none, "empty")}, 1, []string{"host key", "hint: run `ssh " + good.Name + "` once"}},
		{"refused key", good, []string{"--identity", other}, 1, []string{"hint:"}},
		{"no latus there", bare, nil, 1, []string{"latus", "hint:"}},
		{"something else", talks, nil, 1, []string{"I am something else", "hint:"}},
		{"says nothing", mute, []string{"--timeout", "15"}, 1, []string{"no answer for 15s", "hint:"}},
		{"a chatty shell", noisy, nil, 0, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel() // one of them mostly waits
			a := t.TempDir()
			must(t, os.WriteFile(filepath.Join(a, "f"), []byte("f"), 0o644))
			config := c.s.ConfigFile
			if c.name == "refused key" {
				config = withoutKeys(t, config)
			}
			b := filepath.Join(t.TempDir(), "b")
			args := append([]string{"sync", "--ssh-config", config}, c.flags...)
			cmd := exec.Command(latus(t), append(args, a, c.s.Name+":"+b)...)
			cmd.Env = append(os.Environ(), "SSH_AUTH_SOCK=", "HOME="+none)
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			_ = cmd.Run()
			if code := cmd.ProcessState.ExitCode(); code != c.exit {
				t.Fatalf("exit %d, not %d\n%s", code, c.exit, &stderr)
			}
			for _, s := range c.says {
				if !strings.Contains(stderr.String(), s) {
					t.Errorf("does not say %q:\n%s", s, &stderr)
				}
			}
			if _, err := os.Stat(b); c.exit != 0 && err == nil {
				t.Error("a tree was made on the other side")
			}
			if _, err := os.Stat(filepath.Join(a, ".latus")); c.exit != 0 && err == nil {
				t.Error("the tree was changed")
			}
		})
	}
}

// fakeLatus is a directory with something that is called latus.
func fakeLatus(t *testing.T, script string) string {
	t.Helper()
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "latus"), []byte(script), 0o755))
	return dir
}

// withoutKeys is an ssh_config that names no key.
func withoutKeys(t *testing.T, config string) string {
	t.Helper()
	b, err := os.ReadFile(config)
	must(t, err)
	var kept []string
	for _, line := range strings.Split(string(b), "\n") {
		if !strings.Contains(strings.ToLower(line), "identityfile") {
			kept = append(kept, line)
		}
	}
	name := filepath.Join(t.TempDir(), "config")
	must(t, os.WriteFile(name, []byte(strings.Join(kept, "\n")), 0o600))
	return name
}
