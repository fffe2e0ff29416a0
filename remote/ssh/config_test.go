package ssh

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"latus/internal/home"
)

func TestConfigExpands(t *testing.T) {
	t.Setenv("LATUS_TEST_DIR", "/env")
	home := t.TempDir()
	me := localUser()
	writeFile(t, filepath.Join(home, ".ssh/config"), `
Include sub/*.conf
Host a
  HostName 10.1.2.3
  User bob
  Port 2222
  HostKeyAlias alias
  IdentityFile ~/k/%h-%p-%r-%n-%u-%d-%%-%k
  IdentityFile ${LATUS_TEST_DIR}/key
  UserKnownHostsFile ~/kh-%n ~
  ProxyCommand sh -c 'x %h %p %r %n %%h ${X}'
`)
	writeFile(t, filepath.Join(home, ".ssh/sub/x.conf"), "Host b\n User carol\n ConnectTimeout none\n")
	system := t.TempDir()
	writeFile(t, filepath.Join(system, "ssh_config"), "Include more/*\nUser dave\nHashKnownHosts yes\n")
	writeFile(t, filepath.Join(system, "more/y"), "Port 99\n")
	at := place{home: home, system: system}

	c, err := loadConfig(ConfigQuery{Host: "a"}, at)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range [][2]string{
		{c.IdentityFiles[0], home + "/k/10.1.2.3-2222-bob-a-" + me + "-" + home + "-%-alias"},
		{c.IdentityFiles[1], "/env/key"},
		{strings.Join(c.UserKnownHosts, " "), home + "/kh-a " + home},
		{c.ProxyCommand, "sh -c 'x 10.1.2.3 2222 bob a %h ${X}'"},
	} {
		if x[0] != x[1] {
			t.Errorf("got  %q\nwant %q", x[0], x[1])
		}
	}
	if !c.HashKnownHosts {
		t.Error("the system's file was not read")
	}
	c, err = loadConfig(ConfigQuery{Host: "b", Identity: []string{"~/i"}, KnownHosts: "/k %"}, at)
	if err != nil {
		t.Fatal(err)
	}
	if c.User != "carol" || c.Port != 99 || !slices.Equal(c.UserKnownHosts, []string{"/k %"}) ||
		!slices.Equal(c.IdentityFiles, []string{"~/i"}) || c.Explicit != 1 {
		t.Errorf("got %+v", c)
	}
	c, err = loadConfig(ConfigQuery{Host: "a", User: "eve", Port: 7}, at)
	if err != nil || c.User != "eve" || c.Port != 7 {
		t.Errorf("got %+v, %v", c, err)
	}
	if _, err := loadConfig(ConfigQuery{Host: "a", File: home + "/missing"}, at); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing --ssh-config: %v", err)
	}
}

// cron and systemd may start latus without $HOME.
func TestConfigIsFoundWithoutAnEnvironment(t *testing.T) {
	t.Setenv("HOME", "")
	at, err := home.Dir()
	if runtime.GOOS == "windows" || err != nil {
		t.Skip("there is always one, or this user is in no database")
	}
	c, err := LoadConfig(ConfigQuery{Host: "host"})
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(at, ".ssh", "known_hosts"); !slices.Contains(c.UserKnownHosts, want) {
		t.Errorf("known hosts are in %q, want %s", c.UserKnownHosts, want)
	}
}

func TestConfigSaysWhatIsUnsupported(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "config")
	for text, want := range map[string]string{
		"Match exec \"true\"\n Port 5\n":                "Match exec (" + file + ":1)",
		"Match originalhost b exec true\n Port 5\n":     "",
		"Match tagged x\n Port 5\n":                     "Match tagged (" + file + ":1)",
		"PKCS11Provider /lib/x.so\n":                    "PKCS11Provider",
		"PKCS11Provider none\n":                         "",
		"PreferredAuthentications gssapi-with-mic\n":    "PreferredAuthentications gssapi-with-mic",
		"GSSAPIAuthentication yes\n":                    "",
		"CanonicalizeHostname yes\n":                    "CanonicalizeHostname",
		"Ciphers none-of-those\n":                       "ciphers none-of-those",
		"Ciphers -*\nProxyUseFdpass yes\n":              "ciphers -*, ProxyUseFdpass",
		"Ciphers aes256-gcm@openssh.com,other\nX yes\n": "",
	} {
		writeFile(t, file, text)
		c, err := loadConfig(ConfigQuery{File: file, Host: "a"}, place{home: dir, system: dir})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(c.Unsupported, ", "); got != want || c.Port != 22 {
			t.Errorf("%q: unsupported are %q, want %q; port %d", text, got, want, c.Port)
		}
	}
}

func TestConfigAlgorithms(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config")
	load := func(text string) *Config {
		writeFile(t, file, text)
		c, err := loadConfig(ConfigQuery{File: file, Host: "a"}, place{})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	if c := load(""); c.Ciphers != nil || c.MACs != nil || c.KexAlgorithms != nil || c.HostKeyAlgorithms != nil {
		t.Errorf("got %v, want the usual ones", c)
	}
	if c := load("Ciphers aes256-ctr,other,aes128-ctr"); !slices.Equal(c.Ciphers, []string{"aes256-ctr", "aes128-ctr"}) {
		t.Errorf("a list: %v", c.Ciphers)
	}
	if c := load("KexAlgorithms +diffie-hellman-group1-sha1"); len(c.KexAlgorithms) < 3 || c.KexAlgorithms[len(c.KexAlgorithms)-1] != "diffie-hellman-group1-sha1" {
		t.Errorf("added: %v", c.KexAlgorithms)
	}
	if c := load("MACs -*etm*"); len(c.MACs) == 0 || slices.ContainsFunc(c.MACs, func(m string) bool { return strings.Contains(m, "etm") }) {
		t.Errorf("removed: %v", c.MACs)
	}
	if c := load("HostKeyAlgorithms ^ssh-rsa"); c.HostKeyAlgorithms[0] != "ssh-rsa" || len(c.HostKeyAlgorithms) < 3 {
		t.Errorf("put first: %v", c.HostKeyAlgorithms)
	}
}

func FuzzConfig(f *testing.F) {
	for _, c := range sshConfigs {
		f.Add(c.text)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		file := filepath.Join(dir, "config")
		if strings.Contains(strings.ToLower(text), "include") {
			return
		}
		writeFile(t, file, text)
		c, err := loadConfig(ConfigQuery{File: file, Host: "a"}, place{home: dir, system: dir})
		var bad *ConfigError
		if err != nil && !errors.As(err, &bad) {
			t.Fatalf("%T is no *ConfigError", err)
		}
		if err == nil && (c.Port < 1 || c.Port > 65535) {
			t.Fatalf("port %d", c.Port)
		}
	})
}

func writeFile(t testing.TB, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
