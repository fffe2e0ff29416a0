package command

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"latus/index"
	"latus/index/mergelog"
	"latus/sync/plan"
	"latus/sync/replica"
	"latus/sync/trash"
	"latus/ui"
)

type logOptions struct {
	json  bool
	path  string
	limit parsed[int]
}

func (s *Session) logCommand() *cli.Command {
	o := &logOptions{limit: parsed[int]{parse: parseCount}}
	return &cli.Command{
		Name:      "log",
		Usage:     "show the runs of a tree and their changes, newest first",
		ArgsUsage: "TREE",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "json", Usage: "one JSON object a line, a line a run", Destination: &o.json},
			&cli.StringFlag{Name: "path", Usage: "`PATH` show only changes to it, or below it", Destination: &o.path},
			&cli.GenericFlag{Name: "limit", Usage: "`N` show at most so many runs; 0: all", Value: &o.limit},
		},
		Description: `With --path, the versions of a file that are left come last: latus restore puts
one of them back.

Examples:
  latus log ~/documents --limit 5
  latus log ~/documents --path reports/2026.txt

Exit codes: 0 done, 1 cannot be read, 2 wrong usage, 130 interrupted.`,
		Action: func(c *cli.Context) error {
			args, err := operands(c, 1, 1)
			if err != nil {
				return err
			}
			return s.log(c.Context, args[0], o)
		},
	}
}

func (s *Session) log(ctx context.Context, spec string, o *logOptions) error {
	root, err := localTree(spec)
	if err != nil {
		return err
	}
	var only index.Path
	if o.path != "" {
		if only, err = pathIn(o.path); err != nil {
			return err
		}
	}
	shown := 0
	var failed error
	err = replica.ReadLog(root, func(r mergelog.Run) bool {
		if failed = ctx.Err(); failed != nil {
			return false
		}
		if only != "" {
			if r.Records = touching(r.Records, only); len(r.Records) == 0 {
				return true
			}
		} else {
			r.Records = actions(r.Records)
		}
		if failed = sized(root, r.Records); failed != nil {
			return false
		}
		if o.json {
			failed = ui.PrintRunJSON(s.Screen.Out, &r)
		} else {
			failed = ui.PrintRun(s.Screen.Out, &r, time.Local, s.Screen.OutWidth())
		}
		shown++
		return failed == nil && (o.limit.value == 0 || shown < o.limit.value)
	})
	switch {
	case err != nil:
		return err
	case failed != nil || only == "":
		return failed
	case shown == 0:
		if err := recorded(root, only); err != nil {
			return err
		}
	}
	if o.json {
		return nil
	}
	return s.versionTable(spec, only, time.Local)
}

// recorded is an error if nothing at all is known of p: most likely it was mistyped.
func recorded(root string, p index.Path) error {
	now, err := replica.ReadWitness(root, p)
	if err != nil || now.Kind != index.Absent {
		return err
	}
	t, done, err := replica.OpenTrash(root)
	if err != nil {
		return err
	}
	defer done()
	if slices.ContainsFunc(t.Items(), func(it trash.Item) bool { return it.Path == p || it.Path.Under(p) }) {
		return nil
	}
	return advise(fmt.Errorf("%s: nothing is recorded about it in %s", p, root),
		"check the spelling: a path is relative to the root of the tree. A new file is recorded by the next sync. "+elsewhere(p))
}

// elsewhere is where to look for a file that was deleted by hand: latus was not there to
// keep its bytes, but it was where a sync carried the deletion on.
func elsewhere(p index.Path) string {
	return "What was deleted here by hand is in the trash of the trees that a sync deleted it from: " + shown("TREE2", "restore", ui.NoFlag(string(p)))
}

// sized fills in how big the versions are that went to the trash alone: their records do
// not say it.
func sized(root string, records []mergelog.Record) error {
	lacks := func(r mergelog.Record) bool { return r.Op == plan.Keep.String() && r.Size == 0 }
	if !slices.ContainsFunc(records, lacks) {
		return nil
	}
	t, done, err := replica.OpenTrash(root)
	if err != nil {
		return err
	}
	defer done()
	for i, r := range records {
		if it, ok := t.Get(r.Trash); ok && lacks(r) {
			records[i].Size = it.Size
		}
	}
	return nil
}

// actions are the records without those of what a directory's move took along.
func actions(records []mergelog.Record) []mergelog.Record {
	return slices.DeleteFunc(records, func(r mergelog.Record) bool { return r.Along })
}

// touching are the records about p and what lies below it.
func touching(records []mergelog.Record, p index.Path) []mergelog.Record {
	about := func(q index.Path) bool { return q == p || q.Under(p) }
	return slices.DeleteFunc(slices.Clone(records), func(r mergelog.Record) bool {
		return !about(r.Path) && !(r.From != "" && about(r.From))
	})
}
