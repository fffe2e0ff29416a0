package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"latus/index"
	"latus/sync/replica"
	"latus/sync/tree"
	"latus/ui"
)

// restoreBelow puts back what is missing below a directory, to the path to, or where it
// was if that is "".
func (s *Session) restoreBelow(ctx context.Context, spec, path string, to index.Path) error {
	root, ps, err := localPaths(spec, []string{path})
	if err != nil {
		return err
	}
	done, err := replica.RestoreBelow(ctx, root, s.local(spec), ps[0], to)
	if done == nil {
		return err
	}
	failed, lacking, advice := 0, false, "" // for the first of them
	for i := range done.Put {
		d := &done.Put[i]
		if d.Err != nil {
			failed++
			advice = cmp.Or(advice, unrestored(d, d.Err), diagnose(adviseRoom(d.Err, spec)).Hint)
			s.restoreProblem(d.Path, tree.Reason(d.Err))
			continue
		}
		if _, err := fmt.Fprintf(s.Screen.Out, "%s restored\n", ui.Name(d.Path)); err != nil {
			return err
		}
		for _, why := range d.Lacks {
			lacking = true
			s.restoreProblem(d.Path, why)
		}
	}
	if err != nil {
		return err
	}
	if done.Left > 0 {
		missing := ""
		if len(done.Put) == 0 {
			missing = "nothing is missing there; "
		}
		if _, err := fmt.Fprintf(s.Screen.Out, "%sleft as it stands in the tree: %s (%s puts an older version of one back)\n",
			missing, ui.Count(int64(done.Left), "path"), shown(spec, "restore", "PATH")); err != nil {
			return err
		}
	}
	switch {
	case failed > 0 && failed == len(done.Put):
		return advise(errors.New("nothing was restored"), advice)
	case failed > 0:
		fmt.Fprintf(s.Screen.Err, "hint: %s\n", ui.Safe(advice))
		return exitCode(ui.ExitLeft)
	case lacking:
		return exitCode(ui.ExitLeft)
	}
	return nil
}

func (s *Session) restoreProblem(p index.Path, why string) {
	fmt.Fprintf(s.Screen.Err, "problem: %s: %s\n", ui.Name(p), ui.Safe(why))
}
