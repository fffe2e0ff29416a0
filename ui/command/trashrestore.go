package command

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"

	"latus/index"
	"latus/sync/replica"
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
			&cli.StringFlag{Name: "to", Usage: "`PATH` restore it there, relative to the tree, instead of where it was; an existing directory gets the file", Destination: &to},
		},
		Description: `A PATH stands for its newest version in the trash. A file in the way goes to the
trash. The restored file travels with the next sync, as an edit. It is
logged as a run, and latus undo takes it back.

Examples:
  latus trash restore ~/documents reports/2026.txt
  latus trash restore ~/documents reports/2026.txt --to reports/old.txt

Exit codes: 0 done, 1 cannot be done, 2 wrong usage, 3 done, but without its
owner or extended attributes, 5 another latus holds the tree.`,
		Action: func(c *cli.Context) error {
			args, err := operands(c, 2, 2)
			if err != nil {
				return err
			}
			return s.restore(c.Context, args[0], to, func(t *trash.Trash) (trash.Item, error) {
				it, ok := displaced(t, args[1])
				if p, err := pathIn(args[1]); !ok && err == nil && below(t, p) > 0 {
					return it, directoryInTrash(t, args[0], args[1], p)
				}
				if !ok {
					return it, advise(fmt.Errorf("%s: nothing of that name or id is in the trash", args[1]), "see "+shown(args[0], "trash list"))
				}
				return it, nil
			})
		},
	}
}

// restore puts back the version that pick names, at path to, or where it was.
func (s *Session) restore(ctx context.Context, spec, to string, pick func(*trash.Trash) (trash.Item, error)) error {
	root, err := localTree(spec)
	if err != nil {
		return err
	}
	var at index.Path
	if to != "" {
		if at, err = pathIn(to); err != nil {
			return err
		}
	}
	done, err := replica.Restore(ctx, root, s.local(spec), at, pick)
	switch {
	case errors.Is(err, replica.ErrDirectory):
		err = advise(err, "name another path with --to")
	case errors.Is(err, trash.ErrDamaged):
		err = advise(err, fmt.Sprintf("the disk may be failing. Look for the version in the trash of another tree (`latus trash list TREE`); these bytes lie at %s",
			ui.Safe(string(done.Item.Place()))))
	}
	if err != nil {
		return err
	}
	if _, err = fmt.Fprintf(s.Screen.Out, "%s restored\n", ui.Name(done.Path)); err != nil || len(done.Lacks) == 0 {
		return err
	}
	for _, why := range done.Lacks {
		fmt.Fprintf(s.Screen.Err, "problem: %s: %s\n", ui.Name(done.Path), ui.Safe(why))
	}
	return exitCode(ui.ExitLeft)
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
