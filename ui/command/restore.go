package command

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"latus/index"
	"latus/sync/trash"
	"latus/ui"
)

func (s *Session) restoreCommand() *cli.Command {
	var to string
	version := &parsed[int]{parse: parsePositive, value: 2}
	return &cli.Command{
		Name:      "restore",
		Usage:     "put an older version of a file back",
		ArgsUsage: "TREE PATH",
		Flags: []cli.Flag{
			&cli.GenericFlag{Name: "version", Usage: "`N` the version, as `latus log --path` numbers them (default 2, the one before the present one)", Value: version},
			&cli.StringFlag{Name: "to", Usage: "`PATH` restore it there, relative to the tree, instead of where it was; an existing directory gets the file", Destination: &to},
		},
		Description: `A file in the way goes to the trash. The restored file travels with the next
sync, as an edit. It is logged as a run, and latus undo takes it back.

Examples:
  latus log ~/documents --path reports/2026.txt
  latus restore ~/documents reports/2026.txt --version 3

Exit codes: 0 done, 1 cannot be done, 2 wrong usage, 3 done, but without its
owner or extended attributes, 5 another latus holds the tree.`,
		Action: func(c *cli.Context) error {
			args, err := operands(c, 2, 2)
			if err != nil {
				return err
			}
			return s.restoreVersion(c.Context, args[0], args[1], version.value, to)
		},
	}
}

// below counts the versions in the trash of what lay below p.
func below(t *trash.Trash, p index.Path) (n int) {
	for _, it := range t.Items() {
		if it.Path.Under(p) {
			n++
		}
	}
	return n
}

// directoryInTrash is the answer to who wants a deleted directory back.
func directoryInTrash(t *trash.Trash, spec, path string, p index.Path) error {
	return advise(fmt.Errorf("%s: no version of that itself, but %s below it", path, ui.Count(int64(below(t, p)), "version")),
		fmt.Sprintf("restore what you need by its own path (%s names them); or see with %s which run deleted it, and take that back as a whole with %s",
			shown(spec, "trash list"), shown(spec, "log", "--path", path), shown(spec, "undo", "RUN")))
}

func (s *Session) restoreVersion(ctx context.Context, spec, path string, version int, to string) error {
	p, err := pathIn(path)
	if err != nil {
		return err
	}
	return s.restore(ctx, spec, to, func(t *trash.Trash) (trash.Item, error) {
		its := older(t, p)
		switch i := version - 2; {
		case len(its) == 0 && version > 1 && below(t, p) > 0:
			return trash.Item{}, directoryInTrash(t, spec, path, p)
		case len(its) == 0 && version > 1:
			return trash.Item{}, advise(fmt.Errorf("%s: no older version of it is in the trash", path),
				fmt.Sprintf("check the spelling: a path is relative to the root of the tree. %s names all there is. %s", shown(spec, "trash list"), elsewhere(p)))
		case version == 1:
			return trash.Item{}, advise(fmt.Errorf("%s: version 1 is the one that stands in the tree", path),
				shown(spec, "log", "--path", path)+" numbers the others")
		case i >= len(its):
			return trash.Item{}, advise(fmt.Errorf("%s: there is no version %d in the trash", path, version),
				shown(spec, "log", "--path", path)+" numbers what there is")
		default:
			return its[i], nil
		}
	})
}
