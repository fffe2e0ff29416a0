//go:build !windows

package ssh

import (
	"context"
	"net"
)

// defaultAgent is where an agent listens that the environment does not name.
const defaultAgent = ""

func dialAgent(ctx context.Context, name string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, "unix", name)
}
