package ssh

import (
	"bytes"
	"crypto/ed25519"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/skeema/knownhosts"
	"golang.org/x/crypto/ssh"
)

func testHostKey(t testing.TB, seed byte) ssh.PublicKey {
	t.Helper()
	private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
	key, err := ssh.NewPublicKey(private.Public())
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func keyLine(key ssh.PublicKey) string {
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))
}

// A line is left out if and only if it would make the whole file unreadable.
func FuzzReadableKnownHost(f *testing.F) {
	key := keyLine(testHostKey(f, 1))
	for _, line := range []string{
		"", "# x", "h " + key, "@cert-authority *.x,!y " + key, "@revoked * " + key + " comment", "@other * " + key,
		"@revoked @revoked h " + key, "! " + key, "[h]:22,k " + key, "[h:22 " + key, "h:22:33 " + key, ", " + key,
		"|1|c2FsdA==|aGFzaA== " + key, "|1|x " + key, "|2|c2FsdA==|aGFzaA== " + key, "| " + key, "h ssh-rsa " + key[12:],
		"h ssh-ed25519 AAAA", "h ssh-ed25519", "h", "\th\t" + strings.ReplaceAll(key, " ", "\t") + "\r", "@revoked", "@cert-authority " + key,
		"h\v" + key, "h\u00a0" + key, "\v", "\u0085", "\v# x", " \r", "\r\r", "h " + key + "\v", "\v@cert-authority h " + key,
	} {
		f.Add([]byte(line))
	}
	name := filepath.Join(f.TempDir(), "known_hosts")
	f.Fuzz(func(t *testing.T, line []byte) {
		if bytes.ContainsAny(line, "\n") || len(line) > 1<<10 {
			return
		}
		if err := os.WriteFile(name, line, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := knownhosts.NewDB(name)
		if got := readableKnownHost(line); got && err != nil {
			t.Errorf("%q is taken for readable: %v", line, err)
		} else if !got && err == nil {
			t.Errorf("%q is left out", line)
		}
	})
}

func TestReadKnownHostsSurvivesAnything(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	name := filepath.Join(t.TempDir(), "known_hosts")
	key := testHostKey(t, 1)
	writeFile(t, name, "h "+strings.Repeat("A", 1<<20)+"\n\x00\xff\nhost "+keyLine(key)+"\r\nhost ssh-ed25519 A\n")
	k, err := readKnownHosts([]string{name, filepath.Join(t.TempDir(), "missing")})
	if err != nil {
		t.Fatal(err)
	}
	if err := k.check("host:22", key); err != nil {
		t.Error(err)
	}
	err = k.check("host:22", testHostKey(t, 2))
	if changed, ok := err.(*HostKeyChangedError); !ok || changed.File != name || changed.Line != 3 {
		t.Errorf("got %v, want line 3 of %s", err, name)
	}
	left, err := filepath.Glob(filepath.Join(os.TempDir(), "latus-known-hosts-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("%q is left behind, %v", left, err)
	}
}

func TestHostKeyAlgorithms(t *testing.T) {
	name := filepath.Join(t.TempDir(), "known_hosts")
	key := keyLine(testHostKey(t, 1))
	writeFile(t, name, "plain "+key+"\n@cert-authority *.signed "+key+"\n")
	k, err := readKnownHosts([]string{name})
	if err != nil {
		t.Fatal(err)
	}
	for addr, want := range map[string]string{
		"plain:22":      "ssh-ed25519",
		"plain:2222":    "ssh-ed25519",
		"x.signed:22":   "ssh-ed25519-cert-v01@openssh.com",
		"x.signed:2222": "ssh-ed25519-cert-v01@openssh.com",
	} {
		if got := k.algorithms(addr, nil); got[0] != want {
			t.Errorf("%s: the first is %s, want %s", addr, got[0], want)
		}
	}
	for _, name := range k.algorithms("unknown:22", nil) {
		if strings.Contains(name, "cert") {
			t.Errorf("%s for an unknown host", name)
		}
	}
	if got := k.algorithms("plain:22", []string{"ecdsa-sha2-nistp256", "ssh-ed25519"}); strings.Join(got, ",") != "ssh-ed25519,ecdsa-sha2-nistp256" {
		t.Errorf("of a given list: %v", got)
	}
}
