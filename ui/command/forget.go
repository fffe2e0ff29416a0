package command

import (
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"

	"latus/sync/config"
	"latus/sync/replica"
	"latus/ui"
)

func (s *Session) forgetCommand() *cli.Command {
	return &cli.Command{
		Name:      "forget",
		Usage:     "retire a tree that will not come back",
		ArgsUsage: "TREE PEER",
		Description: `PEER is a name, an id, a path or HOST:PATH, as latus peers shows them. If no
peer is called so, it is the last part of a name or path, or a beginning of a
name or of an id (4 digits or more), that no other shares. TREE no longer
remembers deletions for its sake, and no longer misses it where it stood. Other
trees that have met it are told nothing: forget it there, too. If it comes back,
nothing is lost: the next sync compares everything, and makes it a peer again.

Example:
  latus forget ~/documents laptop:documents

Exit codes: 0 done, 1 no such peer, or more than one, 2 wrong usage, 5 another
latus holds the tree.`,
		Action: func(c *cli.Context) error {
			args, err := operands(c, 2, 2)
			if err != nil {
				return err
			}
			return s.forget(args[0], args[1])
		},
	}
}

func (s *Session) forget(spec, named string) error {
	root, err := localTree(spec)
	if err != nil {
		return err
	}
	m, dropped, err := replica.Forget(root, named, s.local(spec))
	var wrong *config.PeerError
	switch {
	case errors.As(err, &wrong) && len(wrong.Match) > 0:
		return advise(err, "name it by its id")
	case errors.As(err, &wrong):
		return advise(err, shown(spec, "peers")+" lists those it has met")
	case err != nil:
		return err
	}
	line := fmt.Sprintf("%s (%s): retired", ui.Safe(m.Name), m.Peer)
	if dropped > 0 {
		line += "; " + ui.Count(int64(dropped), "deleted path") + " forgotten"
	}
	_, err = fmt.Fprintln(s.Screen.Out, line)
	return err
}
