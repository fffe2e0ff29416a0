package ssh

import (
	"errors"
	"runtime"
	"strings"
	"testing"

	"latus/internal/sshtest"
)

// What cannot be bound to is an error: the connection must not come from elsewhere.
func TestDialFromABindAddress(t *testing.T) {
	s := sshtest.Start(t, sshtest.Options{})
	for name, from := range map[string]string{"127.0.0.1": "127.0.0.1", "127.0.0.2": "127.0.0.2", "localhost": "127.0.0.1"} {
		if runtime.GOOS != "linux" && name == "127.0.0.2" {
			continue // only Linux has all of 127/8
		}
		c := mustReach(t, s, config(t, s, "BindAddress "+name))
		if out, err := output(t, c, "echo $SSH_CONNECTION"); err != nil || !strings.HasPrefix(out, from+" ") {
			t.Errorf("%s: got %q, %v", name, out, err)
		}
	}
	for _, name := range []string{"no-such-name.invalid", "::1"} {
		_, err := reach(t, s, config(t, s, "AddressFamily inet\nBindAddress "+name))
		var failed *ConnectError
		if !errors.As(err, &failed) || !strings.Contains(err.Error(), "BindAddress "+name) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
