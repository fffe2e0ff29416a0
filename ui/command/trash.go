package command

import (
	"github.com/urfave/cli/v2"

	"latus/sync/replica"
	"latus/sync/trash"
)

func (s *Session) trashCommand() *cli.Command {
	return &cli.Command{
		Name:  "trash",
		Usage: "list, restore or purge displaced versions",
		Description: `Every version that a run overwrote or deleted lies in the tree's trash until it
is purged.

Example:
  latus trash list ~/documents`,
		Subcommands: []*cli.Command{s.trashListCommand(), s.trashRestoreCommand(), s.trashPurgeCommand()},
	}
}

// withTrash opens the trash of a tree for f, to look at it.
func withTrash(spec string, f func(*trash.Trash) error) error {
	path, err := localTree(spec)
	if err != nil {
		return err
	}
	t, done, err := replica.OpenTrash(path)
	if err != nil {
		return err
	}
	err = f(t)
	if e := done(); err == nil {
		err = e
	}
	return err
}
