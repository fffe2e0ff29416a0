package command

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"latus/index/mergelog"
	"latus/sync/peer"
	"latus/sync/replica"
	"latus/ui"
)

type undoOptions struct {
	dry, verbose, quiet, json bool
	progress                  choice
	maxDelete                 parsed[peer.Limit]
}

func (s *Session) undoCommand() *cli.Command {
	when := []string{"auto", "always", "never"}
	o := &undoOptions{
		progress:  choice{of: when, value: "auto", bare: "always"},
		maxDelete: parsed[peer.Limit]{parse: parseLimit},
	}
	return &cli.Command{
		Name:      "undo",
		Usage:     "take back the changes of a run in a tree",
		ArgsUsage: "TREE [RUN]",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "dry-run", Aliases: []string{"n"}, Usage: "show the changes that would be made, write nothing", Destination: &o.dry},
			&cli.BoolFlag{Name: "verbose", Aliases: []string{"v"}, Usage: "print one line for each change", Destination: &o.verbose},
			&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "print errors and problems only", Destination: &o.quiet},
			&cli.BoolFlag{Name: "json", Usage: "print one JSON object a line on stdout, the summary last", Destination: &o.json},
			&cli.GenericFlag{Name: "progress", Usage: "`auto|always|never` show progress; auto: on a terminal", Value: &o.progress},
			&cli.GenericFlag{Name: "max-delete", Usage: "`N|P%|off` refuse if the tree would lose more than N files, or P percent of them; off: no limit (default: more than 50%, if these are at least 25 files)", Value: &o.maxDelete},
		},
		Description: `RUN is an id that latus log shows, or the beginning of one; without it the last
run that changed something here is undone. An undo is a change like any other:
it travels to the other trees with the next syncs, deletions too. Paths that
were changed since that run stay as they are and are named. Displaced versions
go to the trash. An undo can be undone.

Examples:
  latus undo -n ~/documents
  latus undo ~/documents
  latus undo ~/documents 20261124-0900

Exit codes:
  0    the run is undone, or there is nothing to undo
  1    fatal: cannot read the tree, no such run
  2    wrong usage
  3    done, but some paths were left as they are
  4    refused by a guard (--max-delete), nothing was changed
  5    another latus holds the tree
  130  interrupted; every file is whole, the next run goes on
`,
		Action: func(c *cli.Context) error {
			args, err := operands(c, 1, 2)
			if err != nil {
				return err
			}
			if o.quiet && o.verbose {
				err := usage("--quiet and --verbose contradict each other")
				err.hint = "leave one of them out"
				return err
			}
			return s.undo(c.Context, append(args, "")[:2], o)
		},
	}
}

// undo shows an undo as a run is shown.
func (s *Session) undo(ctx context.Context, args []string, o *undoOptions) error {
	spec := args[0]
	path, err := localTree(spec)
	if err != nil {
		return err
	}
	printer, done, err := s.printer([]string{spec}, &syncOptions{
		dry: o.dry, verbose: o.verbose, quiet: o.quiet, json: o.json, progress: o.progress, color: choice{value: "auto"},
	})
	defer done()
	start := s.Now()
	var report *peer.Report
	if err == nil {
		report, err = replica.Undo(ctx, path, replica.UndoOptions{
			Run: args[1], Dry: o.dry, MaxDelete: o.maxDelete.value, Conflicts: shown(spec, "conflicts"),
		}, s.local(spec), undoObserver{observer{Printer: printer}})
	}
	err = adviseUndo(err, spec)
	sum := ui.Summary{Command: "undo", Dry: o.dry, Elapsed: s.Now().Sub(start)}
	if report != nil {
		t := report.Trees[0]
		sum.Changes, sum.Problems, sum.Files, sum.Bytes = report.Changes, report.Problems, report.Files, report.Bytes
		sum.Trees = []ui.TreeSummary{{Spec: spec, Local: true, Undo: typed(spec, "undo"), Changes: t.Changes, Trashed: t.Trashed}}
	}
	sum.Failure, sum.Exit, err = outcome(ctx, adviseRoom(err, spec), sum.Problems > 0)
	printer.End(sum)
	s.summed = true
	if sum.Failure == nil && sum.Changes == 0 && sum.Problems > 0 && !o.json {
		fmt.Fprintf(s.Screen.Err, "hint: %s lists the runs: name an older one to take that back instead\n", ui.Safe(shown(spec, "log")))
	}
	return err
}

// adviseUndo says what to do where a run cannot be found.
func adviseUndo(err error, spec string) error {
	var wrong *replica.UndoError
	switch {
	case !errors.As(err, &wrong):
		return err
	case len(wrong.Like) > 0:
		slices.Sort(wrong.Like)
		return advise(err, "give more of it: "+strings.Join(wrong.Like[:min(len(wrong.Like), 4)], ", "))
	}
	return advise(err, shown(spec, "log")+" lists the runs, each with its id at the end of the line")
}

// undoObserver also hands on what an undo says first.
type undoObserver struct{ observer }

func (o undoObserver) Undoing(run *mergelog.Start, paths, deletions int) {
	if p, ok := o.Printer.(interface {
		Undoing(*mergelog.Start, int, int)
	}); ok {
		p.Undoing(run, paths, deletions)
	}
}
