package command

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"latus/remote"
	latussync "latus/sync"
	"latus/sync/peer"
	"latus/sync/plan"
	"latus/sync/site"
	"latus/ui"
)

// planCommand is a dry run that is written down, for apply.
func (s *Session) planCommand() *cli.Command {
	o := newSyncOptions(s)
	var output string
	flags := o.flagsBut("dry-run", "confirm", "install", "json", "log-file")
	return &cli.Command{
		Name:      "plan",
		Usage:     "write the plan of a sync to a file, for apply",
		ArgsUsage: "TREE TREE [TREE...]",
		Flags: append(flags, &cli.StringFlag{
			Name: "output", Aliases: []string{"o"}, Usage: "`FILE` write the plan to it; - is stdout, as without this flag", Destination: &output,
		}),
		Description: `A plan is JSON: the changes to each tree, conflicts, problems, the flags that
shape it, and the state of the trees. latus apply makes these changes and no
others. No tree is written to, and the plan must not lie in one.

A plan names the commands that lead to its hosts (--rsh, --latus-path): apply
only plans that you made.

Examples:
  latus plan ~/documents laptop:documents -o plan.json
  latus apply plan.json
  latus plan --mirror ~/photos backup:photos | jq -r '.actions[].path'

Exit codes:
` + ui.ExitCodes + `0 even if there is something to do.
`,
		Action: func(c *cli.Context) error {
			if err := o.check(); err != nil {
				return err
			}
			trees, err := operands(c, 2, -1)
			if err != nil {
				return err
			}
			return s.plan(c, trees, o, output)
		},
	}
}

func (s *Session) plan(c *cli.Context, trees []string, o *syncOptions, output string) error {
	names, err := namesAnywhere(trees)
	if err != nil {
		return err
	}
	options, err := o.record()
	if err != nil {
		return err
	}
	toStdout := output == "" || output == "-"
	if !toStdout {
		if err := outside("plan", output, names); err != nil {
			return err
		}
	}
	var seen *latussync.Outlook
	noted := &planNotes{trees: names}
	o.dry, o.silent, o.also = true, toStdout, noted
	o.planned = func(l *latussync.Outlook) error {
		seen = l
		return nil
	}
	made := s.Now()
	left := s.sync(c.Context, trees, o)
	if left != nil && left != exitCode(ui.ExitLeft) {
		return left
	}
	p := newPlanFile(seen, names)
	p.Latus, p.Made, p.Options = s.Version, ui.Stamp(made.UnixNano()), options
	p.Conflicts, p.Problems = noted.conflicts, noted.problems
	if err := s.writePlan(p, output, toStdout); err != nil {
		return advise(fmt.Errorf("the plan was not written: %w", err), "name a file that can be written, in a directory that exists")
	}
	if !toStdout && !o.quiet {
		fmt.Fprintf(s.Screen.Out, "written to %s; %s does it\n", ui.Safe(output), shownWords("apply", output))
	}
	return left
}

func (s *Session) writePlan(p *planFile, output string, toStdout bool) error {
	if toStdout {
		return buffered(s.Screen.Out, p)
	}
	f, err := os.Create(output)
	if err != nil {
		return err
	}
	err = buffered(f, p)
	if end := f.Close(); err == nil {
		err = end
	}
	return err
}

func buffered(w io.Writer, p *planFile) error {
	b := bufio.NewWriter(w)
	if err := p.write(b); err != nil {
		return err
	}
	return b.Flush()
}

// outside refuses a file in one of the trees: a plan or a report would change what it is
// about, and each run with a log what the next one finds. what names it in the advice.
func outside(what, file string, trees []string) error {
	abs, err := site.FindFile(file)
	if err != nil {
		return err
	}
	abs = resolved(filepath.Join(resolved(filepath.Dir(abs)), filepath.Base(abs)))
	for _, tree := range trees {
		t, err := remote.ParseTarget(tree)
		if err != nil || t.Kind != remote.Local {
			continue
		}
		root, err := site.Find(t.Path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(resolved(root.Path), abs)
		if err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
			err := usage("%s lies in the tree %s, which it would change", file, tree)
			err.hint = "write the " + what + " somewhere else"
			return err
		}
	}
	return nil
}

// resolved is a path without symbolic links, as far as it exists.
func resolved(path string) string {
	if r, err := filepath.EvalSymlinks(path); err == nil {
		return r
	}
	return path
}

// planNotes takes down what a run says besides its actions.
type planNotes struct {
	ui.All
	trees     []string
	conflicts []planConflict
	problems  []planProblem
}

func (n *planNotes) Conflict(c plan.Conflict) {
	losers := make([]ui.JSONVersion, len(c.Losers))
	for i, h := range c.Losers {
		losers[i] = ui.NewJSONVersion(h)
	}
	n.conflicts = append(n.conflicts, planConflict{ui.NewJSONPath(c.Path), ui.NewJSONVersion(c.Winner), losers})
}

func (n *planNotes) Problem(tree int, p peer.Problem) {
	name := ""
	if tree >= 0 && tree < len(n.trees) {
		name = n.trees[tree]
	}
	n.problems = append(n.problems, planProblem{name, ui.NewJSONPath(p.Path), p.Reason.String()})
}
