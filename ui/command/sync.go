package command

import (
	"context"

	"github.com/urfave/cli/v2"

	"latus/remote"
	latussync "latus/sync"
	"latus/sync/peer"
	"latus/sync/plan"
	"latus/ui"
)

func (s *Session) syncCommand() *cli.Command {
	o := newSyncOptions(s)
	return &cli.Command{
		Name:      "sync",
		Usage:     "make two or more trees equal",
		ArgsUsage: "TREE TREE [TREE...]",
		Flags:     o.flags(),
		Description: `A TREE is a directory: PATH, [USER@]HOST:PATH or ssh://[USER@]HOST[:PORT]/PATH.
A ":" before any "/" makes it a host: write ./a:b for a directory here. Where a
host has no latus it is reached over SFTP, with a notice;
sftp://[USER@]HOST[:PORT]/PATH asks for that. With more than two trees, the
first one is the hub; all must be reachable, or nothing is done. Everything that
a run overwrites or deletes goes to the tree's trash first. A tree inside a tree
keeps its own .latus; its files belong to both.

Examples:
  latus sync ~/documents /media/stick/documents
  latus sync -nv ~/documents laptop:documents
  latus sync --mirror --exclude '*.tmp' ~/photos backup:photos

Exit codes:
` + ui.ExitCodes + `A dry run ends with 0 even if there is something to do.
`,
		Action: func(c *cli.Context) error { return s.syncAction(c, o) },
	}
}

func (s *Session) syncAction(c *cli.Context, o *syncOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	trees, err := operands(c, 2, -1)
	if err != nil {
		return err
	}
	return s.sync(c.Context, trees, o)
}

// sync runs a synchronization and shows it. Whatever happens, the printers get
// their summary.
func (s *Session) sync(ctx context.Context, trees []string, o *syncOptions) error {
	printer, done, err := s.printer(trees, o)
	defer done()
	_, err = s.once(ctx, trees, &runTrees{session: s, o: o, printer: printer}, err)
	return err
}

// once runs, unless there is an error already, and shows what it came to.
func (s *Session) once(ctx context.Context, trees []string, ts *runTrees, err error) (ui.Summary, error) {
	start := s.Now()
	var report *peer.Report
	if err == nil {
		report, err = ts.run(ctx, trees)
	}
	sum := ts.summarize(trees, report)
	sum.Dry, sum.Lasting = ts.o.dry, ts.lasting
	sum.Sent, sum.Received = ts.traffic()
	if n := ts.shrunk(); n > 0 {
		sum.Saved["compression"] = n
	}
	sum.Elapsed, sum.OneWay = s.Now().Sub(start), ts.o.oneWay && !ts.o.mirror
	sum.Failure, sum.Exit, err = outcome(ctx, ts.o.advise(err, trees), sum.Problems > 0)
	ts.printer.End(sum)
	s.summed = true
	return sum, err
}

// advise is err with what to do about it, as far as that depends on the trees and flags.
func (o *syncOptions) advise(err error, trees []string) error {
	return adviseHere(o.adviseFlags(adviseLoss(adviseRoom(err, trees...), trees, o), trees), trees)
}

func (ts *runTrees) summarize(trees []string, r *peer.Report) ui.Summary {
	if r == nil {
		return ui.Summary{Saved: map[string]int64{}}
	}
	sum := ui.Summary{
		Saved:   map[string]int64{},
		Changes: r.Changes, Conflicts: r.Conflicts, Problems: r.Problems, Files: r.Files, Bytes: r.Bytes,
	}
	for i, t := range r.Trees {
		for how, n := range t.Saved {
			sum.Saved[how] += n
		}
		sum.Trees = append(sum.Trees, ui.TreeSummary{
			Spec: trees[i], Local: ts.targets[i].Kind == remote.Local, Undo: typed(trees[i], "undo"), Changes: t.Changes, Bytes: t.Bytes, Trashed: t.Trashed,
		})
	}
	return sum
}

// options are the flags as a run takes them.
func (o *syncOptions) options(s *Session) latussync.Options {
	mode := peer.TwoWay
	switch {
	case o.mirror:
		mode = peer.Mirror
	case o.oneWay:
		mode = peer.OneWay
	}
	return latussync.Options{
		Dry: o.dry, Mode: mode, Conflict: o.policy(), Checksum: o.checksum, Join: o.join, HardLinks: o.hardLinks, Owner: o.owner, Xattrs: o.xattrs,
		MaxDelete: o.maxDelete.value, Filter: o.patterns.list,
		Actions: o.dry || o.verbose || o.itemize || o.json || o.logFile != "" || o.planned != nil,
		Planned: o.planned, Verbose: o.verbose,
		Limit:   o.bandwidth.value,
		Version: s.Version, Log: s.Log,
	}
}

func (o *syncOptions) policy() plan.ConflictPolicy {
	switch o.conflict.value {
	case "keep-both":
		return plan.KeepBoth
	case "fail":
		return plan.Fail
	}
	return plan.Newest
}

// observer hands a run on to a printer.
type observer struct {
	ui.Printer
	lasting *int // counts problems that a further run can do nothing about; nil: nobody asks
}

func (o observer) Problem(tree int, p peer.Problem) {
	if o.lasting != nil && p.Reason.Code.Lasting() {
		*o.lasting++
	}
	o.Printer.Problem(tree, p)
}
