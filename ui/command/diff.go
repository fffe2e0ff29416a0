package command

import (
	"github.com/urfave/cli/v2"
)

// diffCommand is a dry run under the name that people look for.
func (s *Session) diffCommand() *cli.Command {
	o := newSyncOptions(s)
	return &cli.Command{
		Name:      "diff",
		Usage:     "show the changes that sync would make, write nothing",
		ArgsUsage: "TREE TREE [TREE...]",
		Flags:     o.flagsBut("dry-run", "confirm", "install"),
		Description: `The same as latus sync --dry-run: one line for each change that a sync with the
same flags would make, with its tree.

Examples:
  latus diff ~/documents laptop:documents
  latus diff --json --mirror ~/photos backup:photos

Exit codes are those of sync. 0 says that nothing stands in the way, not that
there is nothing to do: for that, scripts look at "changes" in the summary of
--json.`,
		Action: func(c *cli.Context) error {
			o.dry = true
			return s.syncAction(c, o)
		},
	}
}
