package remote

import (
	"context"
	"fmt"

	"latus/remote/ssh"
)

// Conn is a connection to the host of a tree, on which a latus can be looked for, or put.
type Conn struct{ *ssh.Conn }

// Dial connects to the host of a target as ssh.Dial does. A tree of this machine has none.
func Dial(ctx context.Context, t Target, o ssh.Options) (*Conn, error) {
	if t.Kind == Local {
		return nil, fmt.Errorf("%s is on this machine", t)
	}
	c, err := ssh.Dial(ctx, t.host(), o)
	if err != nil {
		return nil, err
	}
	return &Conn{c}, nil
}
