package ssh

import (
	"context"
	"net"
	"strings"

	"github.com/Microsoft/go-winio"
)

// defaultAgent is where an agent listens that the environment does not name.
const defaultAgent = `\\.\pipe\openssh-ssh-agent`

func dialAgent(ctx context.Context, name string) (net.Conn, error) {
	if name = strings.ReplaceAll(name, "/", `\`); strings.HasPrefix(name, `\\.\pipe\`) {
		return winio.DialPipeContext(ctx, name)
	}
	return new(net.Dialer).DialContext(ctx, "unix", name)
}
