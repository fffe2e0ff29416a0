package ssh

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"latus/internal/sshtest"
)

// --timeout is handed on, and rather kept a little longer than broken off too early.
func TestTheSystemsSSHIsToldOfATimeout(t *testing.T) {
	if _, err := exec.LookPath("ssh"); err != nil {
		t.Skip("no ssh on this machine")
	}
	for timeout, want := range map[time.Duration]string{
		0:                      "",
		500 * time.Millisecond: "ServerAliveInterval=1 ServerAliveCountMax=1",
		10 * time.Second:       "ServerAliveInterval=1 ServerAliveCountMax=10",
		15 * time.Second:       "ServerAliveInterval=1 ServerAliveCountMax=15",
		2 * time.Minute:        "ServerAliveInterval=15 ServerAliveCountMax=8",
	} {
		var got []string
		for _, word := range systemSSH(&Config{}, Options{Timeout: timeout}) {
			if strings.HasPrefix(word, "ServerAlive") {
				got = append(got, word)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%v: %q, not %q", timeout, got, want)
		}
	}
}

// What the built-in client can't do is left to the ssh of the system.
func TestDialLeavesWhatItCannotDoToSSH(t *testing.T) {
	if _, err := exec.LookPath("ssh"); err != nil {
		t.Skip("no ssh on this machine")
	}
	s := sshtest.Start(t, sshtest.Options{})
	for text, why := range map[string]string{
		"":                            "",
		"GSSAPIAuthentication yes":    "",
		"Match exec \"test h = h\"":   "Match exec",
		"ProxyUseFdpass yes":          "ProxyUseFdpass",
		"PKCS11Provider /no/such":     "PKCS11Provider",
		"KnownHostsCommand /bin/echo": "KnownHostsCommand",
	} {
		var told []string
		c, err := reach(t, s, func(o *Options) {
			config(t, s, text+"\nMatch all\n")(o)
			o.Detail = func(line string) { told = append(told, line) }
		})
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if out, err := output(t, c, "echo in"); out != "in\n" || err != nil {
			t.Errorf("%q: got %q, %v", text, out, err)
		}
		if said := strings.Join(told, "; "); (why == "") != (said == "") || !strings.Contains(said, why) {
			t.Errorf("%q: it says %q", text, said)
		}
		if _, system := c.starter.(*rsh); system != (why != "") {
			t.Errorf("%q: by ssh: %v", text, system)
		}
		speaksSFTP(t, text, c)
		c.Close()
	}
}
