package command

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"latus/sync/peer"
	"latus/sync/replica"
	"latus/ui"
)

func (s *Session) verifyCommand() *cli.Command {
	var from string
	var trash bool
	o := newSyncOptions(s)
	repair := &cli.StringFlag{Name: "repair", Usage: "`TREE2` replace damaged content with that of this tree", Destination: &from}
	// What is shown, and how another host is reached, are as in a sync.
	others := o.flagsOnly("verbose", "quiet", "json", "progress",
		"rsh", "latus-path", "port", "identity", "ssh-config", "known-hosts", "timeout")
	return &cli.Command{
		Name:      "verify",
		Usage:     "read every file and compare it with its recorded hash",
		ArgsUsage: "TREE",
		Flags: append([]cli.Flag{
			repair,
			&cli.BoolFlag{Name: "trash", Usage: "check the versions in the trash, too", Destination: &trash},
		}, others...),
		Description: `A file is damaged if its content differs from the record while its size, mtime
and inode do not. If those differ it was edited, which is no damage. A file that
was never hashed gets its hash recorded; it could not be checked. Damaged
content is never given to another tree. Of a symbolic link the target is
compared. -v also names new files, and those that could not be checked.

With --trash the displaced versions are read as well. Damaged ones are named,
with their ids, and left.

With --repair the good bytes are looked for by their hash: elsewhere in TREE and
in its trash, then in TREE2, any path, and in its trash. TREE2 is of the same
group, here or on another host, and is only read. Damaged bytes go to the trash;
mtime and mode stay.

Examples:
  latus verify ~/photos
  latus verify ~/photos --repair backup:photos

Exit codes:
  0    no damage, or all of it repaired
  1    fatal: cannot read the tree, cannot connect
  2    wrong usage
  3    something is damaged, or cannot be read
  4    refused: TREE2 is of another group, or not mounted
  5    another latus holds a tree
  130  interrupted; every repaired file is whole
`,
		Action: func(c *cli.Context) error {
			args, err := operands(c, 1, 1)
			if err == nil {
				err = o.check()
			}
			if err != nil {
				return err
			}
			return s.verify(c.Context, args[0], from, trash, o)
		},
	}
}

// verifyPrinter shows a verification.
type verifyPrinter interface {
	ui.Printer
	Verdict(ui.Verdict, peer.Problem)
	EndVerify(ui.VerifySummary)
}

func (s *Session) verify(ctx context.Context, spec, from string, trash bool, o *syncOptions) error {
	path, err := localTree(spec)
	if err != nil {
		return err
	}
	line := []string{spec}
	if from != "" {
		line = append(line, from)
	}
	shown, done, err := s.printer(line, o)
	defer done()
	if err != nil {
		return err
	}
	printer := shown.(verifyPrinter) // without a log file there is one printer only
	start := s.Now()
	ts := &runTrees{session: s, o: o, printer: printer, line: line}
	report, err := ts.verify(ctx, path, spec, from, trash, verifyObserver{observer{Printer: printer}, printer})
	sum := ui.VerifySummary{Elapsed: s.Now().Sub(start), Verdicts: map[ui.Verdict]int{}}
	sum.Sent, sum.Received = ts.traffic()
	if report != nil {
		sum.Files, sum.Bytes, sum.Problems = report.Files, report.Bytes, report.Problems
		for v, n := range report.Verdicts {
			sum.Verdicts[verdictOf(v)] = n
		}
	}
	sum.Failure, sum.Exit, err = outcome(ctx, o.adviseFlags(err, line), sum.Problems+sum.Verdicts[ui.Damaged] > 0)
	printer.EndVerify(sum)
	s.summed = true
	if sum.Failure == nil && sum.Verdicts[ui.Damaged] > report.Trashed {
		fmt.Fprintf(s.Screen.Err, "hint: %s\n", ui.Safe(adviseDamage(spec, from)))
	}
	return err
}

// adviseDamage says what to do about damage that is left.
func adviseDamage(spec, from string) string {
	if from == "" {
		return shown(spec, "verify", "--repair", "TREE2") + " takes the good bytes from another tree of the group"
	}
	return fmt.Sprintf("try another tree with --repair, or a backup. If the content is right as it is now, `touch` the file in %s: that makes it an edit", spec)
}

// verify verifies a tree with the help of another one, if from names one.
func (ts *runTrees) verify(ctx context.Context, path, spec, from string, trash bool, ob replica.VerifyObserver) (report *replica.VerifyReport, err error) {
	defer func() { err = ts.close(err, nil) }()
	v := replica.VerifyOptions{Trash: trash}
	if from != "" {
		members, err := ts.open(ctx, []string{from})
		if err != nil {
			return nil, err
		}
		v.From = &members[0]
	}
	return replica.Verify(ctx, path, v, ts.session.local(spec), ob)
}

type verifyObserver struct {
	observer
	p verifyPrinter
}

func (o verifyObserver) Verdict(v replica.Verdict, p peer.Problem) { o.p.Verdict(verdictOf(v), p) }

// verdictOf is how v is shown.
func verdictOf(v replica.Verdict) ui.Verdict {
	switch v {
	case replica.Damaged:
		return ui.Damaged
	case replica.Repaired:
		return ui.Repaired
	case replica.Edited:
		return ui.Edited
	case replica.New:
		return ui.New
	}
	return ui.Unchecked
}
