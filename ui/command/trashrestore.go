package command

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"

	"latus/index"
	latussync "latus/sync"
	"latus/sync/trash"
	"latus/ui"
)

func (s *Session) trashRestoreCommand() *cli.Command {
	var to string
	return &cli.Command{
		Name:      "restore",
		Usage:     "put a copy of a displaced version back into the tree",
		ArgsUsage: "TREE ID|PATH",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "to", Usage: "`PATH` in the tree, instead of where it was", Destination: &to},
		},
		Description: `A PATH stands for its newest version in the trash. What stands in the way goes
to the trash. The restored file travels with the next sync, as an edit.

Examples:
  latus trash restore ~/documents reports/2026.txt
  latus trash restore ~/documents reports/2026.txt --to reports/old.txt

Exit codes: 0 done, 1 cannot be done, 2 wrong usage, 5 another latus holds the
tree.`,
		Action: func(c *cli.Context) error {
			args, err := operands(c, 2, 2)
			if err != nil {
				return err
			}
			return withTrash(args[0], true, func(t *trash.Trash) error {
				return s.restore(c.Context, t, args[0], args[1], to)
			})
		},
	}
}

func (s *Session) restore(ctx context.Context, t *trash.Trash, spec, which, to string) error {
	item, ok := displaced(t, which)
	if !ok {
		return advise(fmt.Errorf("%s: nothing of that name or id is in the trash", which),
			"see `latus trash list "+spec+"`")
	}
	at := item.Path
	if to != "" {
		var err error
		if at, err = pathIn(to); err != nil {
			return err
		}
	}
	now := s.Now()
	err := t.Restore(ctx, item.ID, at, now.UnixNano(), latussync.NewRun(now))
	if errors.Is(err, trash.ErrDamaged) {
		err = advise(err, fmt.Sprintf("the disk may be failing. Look for the version in the trash of another tree (`latus trash list TREE`); these bytes lie at %s",
			ui.Safe(string(item.Place()))))
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.Screen.Out, "%s restored\n", ui.Name(at))
	return err
}

// displaced finds an item by its id, or the newest one of a path.
func displaced(t *trash.Trash, which string) (trash.Item, bool) {
	if it, ok := t.Get(which); ok {
		return it, true
	}
	p, err := pathIn(which)
	if err != nil {
		return trash.Item{}, false
	}
	return newest(t.Items(), p)
}

// newest finds the first item of a path; items are sorted so.
func newest(items []trash.Item, p index.Path) (trash.Item, bool) {
	for _, it := range items {
		if it.Path == p {
			return it, true
		}
	}
	return trash.Item{}, false
}
