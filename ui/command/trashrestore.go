package command

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"latus/index"
	"latus/sync/replica"
	"latus/sync/trash"
	"latus/sync/tree"
	"latus/ui"
)

func (s *Session) trashRestoreCommand() *cli.Command {
	var to string
	return &cli.Command{
		Name:      "restore",
		Usage:     "put back a displaced version, or a directory that is gone",
		ArgsUsage: "TREE ID|PATH",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "to", Usage: restoreTo, Destination: &to},
		},
		Description: `A PATH stands for its newest version in the trash. A file in the way goes to the
trash. The restored file travels with the next sync, as an edit. It is
logged as a run, and latus undo takes it back.

` + restoreBelow + `

Examples:
  latus trash restore ~/documents reports/2026.txt
  latus trash restore ~/documents reports/2026.txt --to reports/old.txt
  latus trash restore ~/documents reports --to recovered

` + restoreExits,
		Action: func(c *cli.Context) error {
			args, err := operands(c, 2, 2)
			if err != nil {
				return err
			}
			return s.restore(c.Context, args[0], args[1], to, func(t *trash.Trash) (trash.Item, error) {
				it, ok := displaced(t, args[1])
				if _, ps, err := localPaths(args[0], args[1:]); err == nil && isDirectory(t, args[1], ps[0], ok) {
					return it, errBelow
				}
				if !ok {
					return it, advise(fmt.Errorf("%s: nothing of that name or id is in the trash", args[1]), "see "+shown(args[0], "trash list"))
				}
				return it, nil
			})
		},
	}
}

// errBelow is what a pick says of a directory: that it is to be put back.
var errBelow = errors.New("is a directory")

// isDirectory tells whether path, which is p, stands for what the trash has below it, and
// not for a file, if it has one of that name.
func isDirectory(t *trash.Trash, path string, p index.Path, file bool) bool {
	return (!file || strings.HasSuffix(path, "/")) && below(t, p) > 0
}

// restore puts back the version that pick names, or the directory path, at path to, or
// where it was.
func (s *Session) restore(ctx context.Context, spec, path, to string, pick func(*trash.Trash) (trash.Item, error)) error {
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
	if errors.Is(err, errBelow) {
		return s.restoreBelow(ctx, spec, path, at)
	}
	if err != nil {
		if hint := unrestored(done, err); hint != "" {
			return advise(err, hint)
		}
		return err
	}
	if _, err = fmt.Fprintf(s.Screen.Out, "%s restored\n", ui.Name(done.Path)); err != nil || len(done.Lacks) == 0 {
		return err
	}
	for _, why := range done.Lacks {
		s.restoreProblem(done.Path, why)
	}
	return exitCode(ui.ExitLeft)
}

// unrestored is what to do about an item that could not be put back; "": nothing that
// anybody could know here. done may be nil.
func unrestored(done *replica.Restored, err error) string {
	switch {
	case errors.Is(err, replica.ErrDirectory), errors.Is(err, tree.ErrNotDir), errors.Is(err, tree.ErrIsLink):
		return "name another path with --to"
	case errors.Is(err, trash.ErrDamaged):
		return fmt.Sprintf("the disk may be failing. Look for the version in the trash of another tree (`latus trash list TREE`); these bytes lie at %s",
			ui.Safe(string(done.Item.Place())))
	}
	return ""
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
