package command

import (
	"context"
	"io"

	"github.com/urfave/cli/v2"

	"latus/remote"
	latussync "latus/sync"
	"latus/sync/peer"
)

func (s *Session) serveCommand() *cli.Command {
	var stdio bool
	return &cli.Command{
		Name:      "serve",
		Usage:     "take part in the run of a latus on another machine",
		ArgsUsage: "--stdio [TREE]",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "stdio", Usage: "talk over stdin and stdout", Destination: &stdio},
		},
		Description: `This is what latus sync starts on the other side of SSH; nobody else needs it.
Without TREE the other side names the tree.

Example:
  ssh laptop latus serve --stdio documents

Exit codes: 0 the other side took leave, 1 it broke off, 2 wrong usage.`,
		Action: func(c *cli.Context) error {
			args, err := operands(c, 0, 1)
			if err != nil {
				return err
			}
			if !stdio {
				err := usage("latus serve: over what?")
				err.hint = "add --stdio"
				return err
			}
			return s.serve(c.Context, args)
		},
	}
}

// serve lets the other side drive one tree. Stdout belongs to the protocol.
func (s *Session) serve(ctx context.Context, fixed []string) error {
	open := func(path string, h peer.Hello) (peer.Replica, error) {
		if len(fixed) > 0 {
			path = fixed[0]
		}
		if path == "" {
			path = "."
		}
		return latussync.Open(path, s.local(h.Spec))
	}
	stdio := struct {
		io.Reader
		io.Writer
	}{s.Stdin, s.Screen.Out}
	return remote.Serve(ctx, stdio, open, remote.ServeOptions{Log: s.Log})
}
