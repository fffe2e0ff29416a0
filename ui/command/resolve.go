package command

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"

	latussync "latus/sync"
	"latus/ui"
)

func (s *Session) resolveCommand() *cli.Command {
	keep := &parsed[int]{parse: parsePositive}
	return &cli.Command{
		Name:      "resolve",
		Usage:     "settle a conflict by choosing a version",
		ArgsUsage: "TREE PATH --keep N",
		Flags: []cli.Flag{
			&cli.GenericFlag{Name: "keep", Usage: "`N` the version to keep, as latus conflicts numbers them", Value: keep},
		},
		Description: `The version takes the path in this tree, and in the others with the next syncs.
What stood there goes to the trash.

Example:
  latus resolve ~/documents reports/2026.txt --keep 2

Exit codes: 0 settled, 1 cannot be done, 2 wrong usage, 5 another latus holds the
tree.`,
		Action: func(c *cli.Context) error {
			args, err := operands(c, 2, 2)
			if err != nil {
				return err
			}
			if keep.text == "" {
				err := usage("which version shall be kept?")
				err.hint = "`latus conflicts TREE` numbers them; name one with --keep N"
				return err
			}
			return s.resolve(c.Context, args[0], args[1], keep.value)
		},
	}
}

func (s *Session) resolve(ctx context.Context, spec, path string, keep int) error {
	root, err := localTree(spec)
	if err != nil {
		return err
	}
	p, err := pathIn(path)
	if err != nil {
		return err
	}
	err = latussync.Resolve(ctx, root, p, keep, s.local(spec))
	var wrong *latussync.ResolveError
	if errors.As(err, &wrong) && wrong.Versions > 0 {
		err = advise(err, fmt.Sprintf("there are versions 1 to %d: see `latus conflicts %s`", wrong.Versions, spec))
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.Screen.Out, "%s: version %d kept\n", ui.Name(p), keep)
	return err
}
