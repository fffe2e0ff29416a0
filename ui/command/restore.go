package command

import (
	"cmp"
	"context"
	"fmt"
	"maps"

	"github.com/urfave/cli/v2"

	"latus/index"
	"latus/index/mergelog"
	"latus/sync/plan"
	"latus/sync/replica"
	"latus/sync/trash"
	"latus/ui"
)

func (s *Session) restoreCommand() *cli.Command {
	var to string
	version := &parsed[int]{parse: parsePositive, value: 2}
	return &cli.Command{
		Name:      "restore",
		Usage:     "put an older version of a file back, or a directory that is gone",
		ArgsUsage: "TREE PATH",
		Flags: []cli.Flag{
			&cli.GenericFlag{Name: "version", Usage: "`N` the version, as `latus log --path` numbers them (default 2, the one before the present one)", Value: version},
			&cli.StringFlag{Name: "to", Usage: restoreTo, Destination: &to},
		},
		Description: `A file in the way goes to the trash. The restored file travels with the next
sync, as an edit. It is logged as a run, and latus undo takes it back.

` + restoreBelow + `

Examples:
  latus log ~/documents --path reports/2026.txt
  latus restore ~/documents reports/2026.txt --version 3
  latus restore ~/documents reports

` + restoreExits,
		Action: func(c *cli.Context) error {
			args, err := operands(c, 2, 2)
			if err != nil {
				return err
			}
			return s.restoreVersion(c.Context, args[0], args[1], version, to)
		},
	}
}

// What latus restore and latus trash restore have in common.
const (
	restoreTo = "`PATH` restore it there, relative to the tree, instead of where it was; an existing directory gets the file, or what was in the directory"

	restoreBelow = `A directory stands for all paths below it that are missing now, and . for those
of the whole tree: of each the version that came to the trash last is put back.
With --to also those of paths that are still there are put at the other place.
What stands in the tree is left as it is. Write a "/" behind the name of a
directory if the trash has a file of that name, too.`

	restoreExits = `Exit codes: 0 done, 1 cannot be done, 2 wrong usage, 3 done, but some paths
were left, or are without their owner or extended attributes, 5 another latus
holds the tree, 130 interrupted; run again to go on.`
)

// below counts the versions in the trash of what lay below p.
func below(t *trash.Trash, p index.Path) (n int) {
	for _, it := range t.Items() {
		if it.Path.Under(p) {
			n++
		}
	}
	return n
}

func (s *Session) restoreVersion(ctx context.Context, spec, path string, version *parsed[int], to string) error {
	_, ps, err := localPaths(spec, []string{path})
	if err != nil {
		return err
	}
	p := ps[0]
	return s.restore(ctx, spec, path, to, func(t *trash.Trash) (trash.Item, error) {
		its := older(t, p)
		switch i := version.value - 2; {
		case isDirectory(t, path, p, len(its) > 0) && version.text != "":
			err := usage("--version is for one file, and %s is a directory", path)
			err.hint = shown(spec, "trash list") + " names all versions: `latus trash restore` takes the id of any"
			return trash.Item{}, err
		case isDirectory(t, path, p, len(its) > 0):
			return trash.Item{}, errBelow
		case len(its) == 0 && i >= 0:
			return trash.Item{}, advise(fmt.Errorf("%s: no older version of it is in the trash", path),
				whereabouts(t, spec, path, p))
		case i < 0:
			return trash.Item{}, advise(fmt.Errorf("%s: version 1 is the one that stands in the tree", path),
				shown(spec, "log", "--path", path)+" numbers the others")
		case i >= len(its):
			return trash.Item{}, advise(fmt.Errorf("%s: there is no version %d in the trash", path, version.value),
				shown(spec, "log", "--path", path)+" numbers what there is")
		default:
			return its[i], nil
		}
	})
}

// whereabouts is what to do about a path of which the trash has nothing: it may have
// another name by now, under which its older versions are.
func whereabouts(t *trash.Trash, spec, path string, p index.Path) string {
	now, move := movedTo(spec, p), shown(spec, "log", "--path", path)+" shows the move"
	switch {
	case now != "" && len(older(t, now)) > 0:
		return fmt.Sprintf("it was moved, and is %s now: %s puts an older version of that back, and %s",
			ui.Name(now), shown(spec, "restore", ui.NoFlag(string(now))), move)
	case now != "":
		return fmt.Sprintf("it was moved, and is %s now, of which there is no older version either: %s", ui.Name(now), move)
	}
	return fmt.Sprintf("check the spelling: a path is relative to the root of the tree. %s names all there is. %s", shown(spec, "trash list"), elsewhere(p))
}

// movedTo is where the last move of p, and those that came after it, have taken it; "":
// the log tells of none, or nothing can be read, or it came back.
func movedTo(spec string, p index.Path) (now index.Path) {
	root, err := localTree(spec)
	if err != nil {
		return ""
	}
	later := map[index.Path]index.Path{} // where what was at a path has come to since
	err = replica.ReadLog(root, func(r mergelog.Run) bool {
		moves := map[index.Path]index.Path{} // of one run, all at once
		for i := range r.Records {
			if rec := &r.Records[i]; rec.Op == plan.Move.String() {
				moves[rec.From] = cmp.Or(later[rec.Path], rec.Path)
			}
		}
		now = moves[p]
		maps.Copy(later, moves)
		return now == ""
	})
	if err != nil || now == p {
		return ""
	}
	return now
}
