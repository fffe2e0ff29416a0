package ssh

import (
	"errors"
	"fmt"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// sshConfigs are read by this package and by OpenSSH's ssh -G. The file is
// compared for every host; inc/ holds files that can be included.
var sshConfigs = []struct {
	name, text string
	hosts      []string
}{
	{"empty", "", []string{"h"}},
	{"first value wins", "Host a\n Port 1\nHost *\n Port 2\n User u\nHost a\n Port 3\n User v\n", []string{"a", "b"}},
	{"before any Host", "User top\nHost a\n User u\n", []string{"a"}},
	{"patterns", "Host a? *.example.com 10.0.*.1\n Port 5\nHost *\n Port 6\n", []string{"ab", "a", "x.example.com", "example.com", "10.0.3.1", "10.0.3.2", "AB"}},
	{"negation", "Host *.example.com !bad.example.com\n Port 5\nHost !bad *\n User u\n", []string{"good.example.com", "bad.example.com", "bad"}},
	{"only negated", "Host !bad\n Port 5\n", []string{"good", "bad"}},
	{"star alone", "Host * !a\n Port 5\n", []string{"a", "b", "-"}},
	{"equals signs", "Host=a\nPort=5\nUser = u\nHostName =x\nUserKnownHostsFile= /k1 /k2\n", []string{"a", "b"}},
	{"case of keywords", "HOST a\n pOrT 5\n uSER U\n", []string{"a"}},
	{"quotes", "Host \"a\" 'b'\n User \"with space\"\nIdentityFile \"/k/a b\"\nUserKnownHostsFile \"/k a\" /k\\ b '/k\"c'\n", []string{"a", "b", "c"}},
	{"comments", "# c\n  # d\nHost a # e\n Port 5 # f\n User u#g\n", []string{"a", "#", "e"}},
	{"tabs and CR", "Host\ta\tb\r\n\tPort\t5\r\n\r\n", []string{"a", "b"}},
	{"HostName", "Host a\n HostName A.%h.Example.%%.com\nHost *\n HostName z\n", []string{"a", "b"}},
	{"HostName does not match Host", "Host a\n HostName b\nHost b\n Port 5\n", []string{"a", "b"}},
	{"several identities", "IdentityFile /k/1\nHost a\n IdentityFile /k/2\n IdentityFile /k/1\nHost *\n IdentityFile ~/k3\n", []string{"a", "b"}},
	{"identity none", "IdentityFile none\n", []string{"a"}},
	{"identities only", "IdentitiesOnly yes\nIdentityAgent /a/b\n", []string{"a"}},
	{"agent", "Host a\n IdentityAgent none\nHost b\n IdentityAgent SSH_AUTH_SOCK\nHost c\n IdentityAgent ~/x\n", []string{"a", "b", "c", "d"}},
	{"Match all", "Match all\n Port 5\n", []string{"a"}},
	{"Match host", "Host a\n HostName b.example.com\nMatch host *.example.com\n Port 5\nMatch host a\n User u\n", []string{"a", "x.example.com", "A"}},
	{"Match originalhost", "HostName z\nMatch originalhost a,b\n Port 5\nMatch !originalhost a\n User u\n", []string{"a", "b", "c"}},
	{"Match user", "Match user bob\n Port 5\nHost a\n User bob\nMatch user bob\n Port 6\nMatch user *,!bob\n Port 7\n", []string{"a", "b"}},
	{"Match localuser", "Match localuser nobody-of-that-name\n Port 5\nMatch !localuser nobody-of-that-name\n Port 6\n", []string{"a"}},
	{"Match several", "Match originalhost a host z\n Port 5\nMatch originalhost a host a\n Port 6\n", []string{"a", "b"}},
	{"Match with equals", "Match originalhost=a user=*\n Port 5\n", []string{"a", "b"}},
	{"Match list negation", "Match host *,!b\n Port 5\n", []string{"a", "b"}},
	{"Match final", "Host a\n HostName b\nMatch final host b\n Port 5\nHost b\n User u\n", []string{"a", "b"}},
	{"Match final all", "Host a\n HostName b\nMatch final all\n Port 5\nHost b\n User u\n", []string{"a", "b"}},
	{"Match not final", "Host a\n HostName b\nMatch !final host a\n Port 5\nMatch final\n User u\n", []string{"a", "b"}},
	{"Match final with equals", "Match final host=a\n Port 5\n", []string{"a", "b"}},
	{"Match canonical", "Host a\n HostName b\nMatch canonical\n Port 5\nMatch canonical all\n User u\n", []string{"a"}},
	{"final pass first wins", "Host a\n HostName b\n Port 1\nMatch final\n Port 2\n User u\n", []string{"a"}},
	{"final pass identities", "IdentityFile /k/1\nMatch final\n IdentityFile /k/2\n", []string{"a"}},
	{"include", "Include inc/port\nPort 9\n", []string{"a"}},
	{"include in Host", "Host a\n Include inc/port\nHost *\n Port 9\n", []string{"a", "b"}},
	{"include with Host", "Host a\n Include inc/hosts\n User u\nHost *\n Port 9\n", []string{"a", "b", "c"}},
	{"include glob", "Include inc/g-*\n", []string{"a"}},
	{"include several", "Include inc/none inc/port inc/hosts\n", []string{"a", "b"}},
	{"include quoted", "Include \"inc/with space\"\n", []string{"a"}},
	{"include nested", "Include inc/nested\n", []string{"a", "b"}},
	{"ProxyJump", "Host a\n ProxyJump u@j1:22,j2\nHost b\n ProxyJump none\nHost *\n ProxyJump j3\n", []string{"a", "b", "c"}},
	{"ProxyCommand", "ProxyCommand nc -x \"a b\" %h %p # no comment\n", []string{"a"}},
	{"ProxyCommand equals", "ProxyCommand = nc %h %p\n", []string{"a"}},
	{"ProxyCommand none", "Host a\n ProxyCommand none\nHost *\n ProxyCommand nc\n", []string{"a", "b"}},
	{"jump before command", "ProxyJump j\nProxyCommand nc\n", []string{"a"}},
	{"command before jump", "ProxyCommand nc\nProxyJump j\n", []string{"a"}},
	{"no jump before command", "ProxyJump none\nProxyCommand nc\nProxyJump j\n", []string{"a"}},
	{"no command before jump", "ProxyCommand none\nProxyJump j\n", []string{"a"}},
	{"known hosts", "UserKnownHostsFile /a /b\nGlobalKnownHostsFile /c\nHostKeyAlias alias\n", []string{"a"}},
	{"strict yes", "StrictHostKeyChecking yes\n", []string{"a"}},
	{"strict no", "StrictHostKeyChecking no\n", []string{"a"}},
	{"strict off", "StrictHostKeyChecking off\n", []string{"a"}},
	{"strict accept-new", "StrictHostKeyChecking accept-new\nHashKnownHosts yes\n", []string{"a"}},
	{"times", "ConnectTimeout 1m30s\nServerAliveInterval 2m\nServerAliveCountMax 7\n", []string{"a"}},
	{"methods", "PasswordAuthentication no\nKbdInteractiveAuthentication no\nBatchMode yes\nNumberOfPasswordPrompts 1\n", []string{"a"}},
	{"old name", "ChallengeResponseAuthentication no\n", []string{"a"}},
	{"addresses", "AddressFamily inet6\nBindAddress 127.0.0.2\n", []string{"a"}},
	{"invalid port", "Port x\n", []string{"a"}},
	{"no value", "Host a\n Port\n", []string{"a"}},
	{"open quote", "User \"u\n", []string{"a"}},
	{"all with others", "Match all host a\n", []string{"a"}},
	{"no criterion value", "Match host\n", []string{"a"}},
	{"include loop", "Include inc/loop\n", []string{"a"}},
	{"invalid strictness", "StrictHostKeyChecking perhaps\n", []string{"a"}},
	{"invalid time", "ConnectTimeout 3x\n", []string{"a"}},
	{"unknown token", "HostName %z\n", []string{"a"}},
}

func TestConfigIsReadAsOpenSSHDoes(t *testing.T) {
	ssh, err := exec.LookPath("ssh")
	if err != nil {
		t.Skip("no ssh on this machine")
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"inc/port":       "Port 7\n",
		"inc/hosts":      "Host b\n Port 8\nHost a\n Port 10\nMatch all\n User inc\n",
		"inc/g-2":        "Port 2\nUser two\n",
		"inc/g-1":        "Port 1\n",
		"inc/with space": "Port 77\n",
		"inc/nested":     "Host a\nInclude " + dir + "/inc/port\nUser nested\nHost b\nUser b\n",
		"inc/loop":       "Include " + dir + "/inc/loop\n",
	} {
		writeFile(t, filepath.Join(dir, name), text)
	}
	for _, c := range sshConfigs {
		file := filepath.Join(dir, "config")
		text := strings.ReplaceAll(c.text, "inc/", dir+"/inc/")
		writeFile(t, file, text)
		for _, host := range c.hosts {
			if strings.HasPrefix(host, "-") {
				continue
			}
			out, sshErr := exec.Command(ssh, "-G", "-F", file, host).Output()
			got, err := loadConfig(ConfigQuery{File: file, Host: host}, place{home: me.HomeDir, system: "/etc/ssh"})
			if (err != nil) != (sshErr != nil) {
				t.Errorf("%s, host %s: error %v; ssh says %v\n%s", c.name, host, err, sshErr, text)
			}
			if err != nil || sshErr != nil {
				var bad *ConfigError
				if err != nil && !errors.As(err, &bad) {
					t.Errorf("%s: %T is no *ConfigError", c.name, err)
				}
				continue
			}
			compareWithSSH(t, fmt.Sprintf("%s, host %s", c.name, host), got, string(out), me.HomeDir)
		}
	}
}

func compareWithSSH(t *testing.T, what string, c *Config, output, home string) {
	t.Helper()
	want := map[string][]string{}
	for line := range strings.Lines(output) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		want[key] = append(want[key], value)
	}
	same := func(key, got string, defaults ...string) {
		t.Helper()
		if w := strings.Join(want[key], "|"); w != got && !slices.Contains(defaults, w) {
			t.Errorf("%s: %s is %q, ssh says %q", what, key, got, w)
		}
	}
	yes := func(b bool) string {
		if b {
			return "yes"
		}
		return "no"
	}
	if w := want["hostname"][0]; !strings.EqualFold(w, c.HostName) {
		t.Errorf("%s: hostname is %q, ssh says %q", what, c.HostName, w)
	}
	same("user", c.User)
	same("port", strconv.Itoa(c.Port))
	same("addressfamily", c.AddressFamily)
	same("bindaddress", c.BindAddress)
	same("proxyjump", strings.Join(c.ProxyJump, ","))
	if len(want["proxycommand"]) > 0 {
		expanded, err := expandTokens(want["proxycommand"][0], map[byte]string{'h': c.HostName, 'p': strconv.Itoa(c.Port)})
		if err != nil || expanded != c.ProxyCommand && expanded != "none" {
			t.Errorf("%s: proxycommand is %q, ssh says %q", what, c.ProxyCommand, expanded)
		}
	} else if c.ProxyCommand != "" {
		t.Errorf("%s: proxycommand is %q, ssh has none", what, c.ProxyCommand)
	}
	var identities []string
	for _, name := range want["identityfile"] {
		if !strings.HasSuffix(name, "_sk") && !strings.HasSuffix(name, "_xmss") && !strings.HasSuffix(name, "_dsa") && name != "none" {
			identities = append(identities, expandHome(name, home))
		}
	}
	if !slices.Equal(identities, c.IdentityFiles) {
		t.Errorf("%s: identityfile is %q, ssh says %q", what, c.IdentityFiles, identities)
	}
	same("identitiesonly", yes(c.IdentitiesOnly))
	if w := want["identityagent"]; len(w) > 0 && w[0] != "SSH_AUTH_SOCK" && w[0] != "none" && expandHome(w[0], home) != c.IdentityAgent {
		t.Errorf("%s: identityagent is %q, ssh says %q", what, c.IdentityAgent, w)
	}
	same("userknownhostsfile", strings.Join(c.UserKnownHosts, " "))
	same("globalknownhostsfile", strings.Join(c.GlobalKnownHosts, " "))
	same("hostkeyalias", c.HostKeyAlias)
	same("hashknownhosts", yes(c.HashKnownHosts))
	same("stricthostkeychecking", map[string]string{"yes": "true", "no": "false"}[c.StrictHostKeyChecking], c.StrictHostKeyChecking)
	same("connecttimeout", strconv.Itoa(int(c.ConnectTimeout/time.Second)), "none")
	same("serveraliveinterval", strconv.Itoa(int(c.ServerAliveInterval/time.Second)), "300") // Debian, with BatchMode
	same("serveralivecountmax", strconv.Itoa(c.ServerAliveCountMax), "3")
	same("batchmode", yes(c.BatchMode))
	same("numberofpasswordprompts", strconv.Itoa(c.PasswordPrompts))
	same("passwordauthentication", yes(slices.Contains(c.Authentications, "password")))
	same("kbdinteractiveauthentication", yes(slices.Contains(c.Authentications, "keyboard-interactive")))
}
