package command

import (
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"latus/ui"
)

// watchTimes say when a watch runs.
type watchTimes struct {
	settle   parsed[time.Duration] // so long nothing must have changed
	interval parsed[time.Duration] // at least so often; 0: only after changes
}

const (
	defaultSettle   = 2 * time.Second
	defaultInterval = 10 * time.Minute
)

// watchCommand repeats a sync whenever something has changed.
func (s *Session) watchCommand() *cli.Command {
	o := newSyncOptions(s)
	times := watchTimes{
		settle:   parsed[time.Duration]{parse: parseSeconds, value: defaultSettle},
		interval: parsed[time.Duration]{parse: parseSeconds, value: defaultInterval},
	}
	flags := o.flagsBut("dry-run", "confirm", "install", "join", "stats")
	return &cli.Command{
		Name:      "watch",
		Usage:     "sync again whenever something has changed, until Ctrl-C",
		ArgsUsage: "TREE TREE [TREE...]",
		Flags: append(flags,
			&cli.GenericFlag{Name: "settle", Value: &times.settle, Usage: "`SECONDS` run when nothing has changed for so long (default 2)"},
			&cli.GenericFlag{Name: "interval", Value: &times.interval, Usage: "`SECONDS` also run so long after the last run, as 90 or 10m; 0: never (default 10m)"},
		),
		Description: `Runs latus sync, and again when a file has changed in any of the trees and then
none for a while. Ignored files start no run. A latus on the host of a tree
reports changes there, over the connection that the runs use. If there is none,
or the system lets no more directories be watched, that tree is only looked at
after each --interval, with a notice. All trees are looked at then, as systems
do not report every change.

A run that had nothing to do prints nothing, and each problem is printed once.
So is a run that a guard refuses, or that finds a tree busy; it changes nothing,
and the watch waits for the next change. A lost connection is tried again, with
longer and longer pauses. Only the very first run ends the watch, if it cannot
be done at all: no such host, no such tree, another group.

Ctrl-C, or SIGTERM, ends it: with exit code 0 between two runs, with 130 during
one, in which every file is whole.

Examples:
  latus watch ~/documents /media/stick/documents
  latus watch -v --interval 1m ~/notes laptop:notes
  latus watch -q --log-file ~/.latus.log ~/documents nas:documents

Exit codes:
` + ui.ExitCodes,
		Action: func(c *cli.Context) error {
			if err := o.check(); err != nil {
				return err
			}
			trees, err := operands(c, 2, -1)
			if err != nil {
				return err
			}
			if times.settle.value > time.Hour {
				return usage("--settle %s: that is no moment", times.settle.text)
			}
			return s.watch(c.Context, trees, o, times)
		},
	}
}

// announce says on a terminal that the watch goes on.
func (w *watchLoop) announce() {
	if w.session.Screen.OutTerminal && !w.o.quiet && !w.o.json {
		fmt.Fprintln(w.session.Screen.Out, "watching; Ctrl-C ends it")
	}
}
