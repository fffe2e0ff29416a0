package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"latus/index"
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

type planKey struct {
	tree string
	path index.Path
}

// differences says what keeps now from being what p was made of: nothing if a run
// does what p says. p was checked.
func (p *planFile) differences(now *latussync.Outlook) []string {
	var ds []string
	for i, t := range p.Trees {
		switch peer := now.Trees[i].Peer; {
		case t.Peer == "" && peer != 0:
			ds = append(ds, fmt.Sprintf("%s is a tree by now", t.Tree))
		case t.Peer != "" && peer == 0:
			ds = append(ds, fmt.Sprintf("%s is no tree any more", t.Tree))
		case t.Peer != "" && t.Peer != peer.String():
			ds = append(ds, fmt.Sprintf("%s is another tree by now", t.Tree))
		}
	}
	fresh := newPlanFile(now, p.specs())
	planned, seen := actionsByPath(p.Actions), map[index.Path]string{}
	for _, s := range p.Seen {
		path, _ := pathOf(s.JSONPath)
		seen[path] = s.State
	}
	said := map[index.Path]bool{} // one line a path is enough
	type difference struct {
		planKey
		text string
	}
	var all []difference
	say := func(k planKey, format string, args ...any) {
		if !said[k.path] {
			said[k.path] = true
			all = append(all, difference{k, fmt.Sprintf(format, args...)})
		}
	}
	for _, a := range fresh.Actions {
		path, _ := pathOf(a.JSONPath)
		k := planKey{a.Tree, path}
		was, ok := planned[k]
		delete(planned, k)
		switch {
		case !ok:
			say(k, "%s: %s %s is not in it", a.Tree, a.Action, path)
		case a.Action != was.Action:
			say(k, "%s: %s %s, not %s", a.Tree, a.Action, path, was.Action)
		case a != was:
			say(k, "%s has changed since", path)
		}
	}
	for k, a := range planned {
		say(k, "%s: %s %s is not to be done now", a.Tree, a.Action, k.path)
	}
	for _, s := range fresh.Seen {
		path, _ := pathOf(s.JSONPath)
		if was := seen[path]; was != s.State {
			say(planKey{path: path}, "%s has changed since", path)
		}
		delete(seen, path)
	}
	for path := range seen {
		say(planKey{path: path}, "%s has changed since", path)
	}
	slices.SortFunc(all, func(a, b difference) int {
		return cmp.Or(index.Compare(a.path, b.path), cmp.Compare(a.tree, b.tree))
	})
	for _, d := range all {
		ds = append(ds, d.text)
	}
	return ds
}

func actionsByPath(as []planAction) map[planKey]planAction {
	m := map[planKey]planAction{}
	for _, a := range as {
		path, _ := pathOf(a.JSONPath)
		m[planKey{a.Tree, path}] = a
	}
	return m
}

func sortSights(ss []planSight) {
	slices.SortFunc(ss, func(a, b planSight) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Bytes, b.Bytes))
	})
}
