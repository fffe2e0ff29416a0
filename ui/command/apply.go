package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	latussync "latus/sync"
	"latus/ui"
)

// outdated ends a run that would do something else than its plan says.
type outdated struct{ text string }

func (e *outdated) Error() string { return e.text }

// applyCommand is a sync that does what a plan says, or nothing.
func (s *Session) applyCommand() *cli.Command {
	o := newSyncOptions(s)
	return &cli.Command{
		Name:      "apply",
		Usage:     "carry out a plan, if nothing has changed since",
		ArgsUsage: "PLAN",
		Flags:     o.flagsOnly("dry-run", "verbose", "quiet", "itemize", "json", "progress", "color", "stats", "log-file", "nice"),
		Description: `PLAN is a file that latus plan wrote; - is stdin. The trees, and the flags that
shape a run, are the plan's. All trees are looked at again. If anything in them
has changed, nothing is done: exit code 4, and the first differences are named.
-n only tells whether the plan still holds.

Examples:
  latus plan ~/documents laptop:documents -o plan.json
  latus apply plan.json
  latus apply -n plan.json

Exit codes:
` + ui.ExitCodes,
		Action: func(c *cli.Context) error {
			if err := o.check(); err != nil {
				return err
			}
			args, err := operands(c, 1, 1)
			if err != nil {
				return err
			}
			p, err := s.openPlan(args[0])
			if err == nil {
				err = p.Options.use(o)
			}
			if at := (*fs.PathError)(nil); errors.As(err, &at) {
				err = at.Err // the message names the file
			}
			if err != nil {
				return advise(fmt.Errorf("the plan %s: %w", args[0], err), "name a file that `latus plan` wrote with this version of latus")
			}
			o.planned = func(now *latussync.Outlook) error {
				if ds := p.differences(now); len(ds) > 0 {
					return &outdated{fmt.Sprintf("the plan %s does not hold any more, nothing was changed: %s", args[0], fewOf(ds))}
				}
				return nil
			}
			if !o.dry && p.makesTree() {
				// A run makes the .latus of a new tree before it can tell what it would do.
				if err := s.holds(c.Context, p.specs(), o); err != nil {
					return err
				}
			}
			return s.sync(c.Context, p.specs(), o)
		},
	}
}

// holds looks whether a plan holds, without a change and without a word.
func (s *Session) holds(ctx context.Context, trees []string, o *syncOptions) error {
	dry := *o
	dry.dry, dry.quiet, dry.verbose, dry.itemize, dry.stats, dry.logFile = true, true, false, false, false, ""
	dry.progress.value = "never"
	ts := &runTrees{session: s, o: &dry, printer: ui.All{}}
	_, err := ts.run(ctx, trees)
	return err
}

func (s *Session) openPlan(name string) (*planFile, error) {
	if name == "-" {
		return readPlan(s.Stdin)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readPlan(io.Reader(f))
}

// fewOf are the first three of a list, and how many more there are.
func fewOf(list []string) string {
	const most = 3
	if len(list) > most {
		return strings.Join(list[:most], "; ") + fmt.Sprintf("; and %s more", ui.Thousands(int64(len(list)-most)))
	}
	return strings.Join(list, "; ")
}
