package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"latus/sync/replica"
	"latus/ui"
)

func (s *Session) resolveCommand() *cli.Command {
	keep := &parsed[int]{parse: parsePositive}
	var drop bool
	return &cli.Command{
		Name:      "resolve",
		Usage:     "settle a conflict by choosing a version, or give up lost bytes",
		ArgsUsage: "TREE PATH... --keep N|--drop",
		Flags: []cli.Flag{
			&cli.GenericFlag{Name: "keep", Usage: "`N` the version to keep, as latus conflicts numbers them", Value: keep},
			&cli.BoolFlag{Name: "drop", Usage: "give up the versions whose bytes are not in this tree: the best of the others, or the file that is there, takes the path", Destination: &drop},
		},
		Description: `The version takes the path in this tree, and in the others with the next syncs.
The displaced version goes to the trash. A directory stands for all conflicts
below it, and . for those of the whole tree: --keep 1 accepts every winner.
Where a directory holds the name of a file, only the directory can be kept; put
the bytes of the others elsewhere first, with latus trash restore --to. A
version whose bytes are gone or damaged is refused, and the conflict stays open.

--drop is for bytes that were lost with their only disk: each sync says that no
tree has them. It ends the waiting everywhere: the path keeps what this tree
has, or is deleted where it has nothing. If the lost disk turns up again, its
bytes go to the trash there. Name each path: others may wait for a tree that
still has their bytes.

Examples:
  latus resolve ~/documents reports/2026.txt --keep 2
  latus resolve ~/documents . --keep 1
  latus resolve ~/documents reports/lost.txt --drop

Exit codes: 0 settled, 1 cannot be done, 2 wrong usage, 3 some stay open, 5
another latus holds the tree.`,
		Action: func(c *cli.Context) error {
			args, err := operands(c, 2, -1)
			if err != nil {
				return err
			}
			spec, paths := args[0], args[1:]
			switch {
			case drop && keep.text != "":
				return usage("--keep and --drop contradict each other")
			case drop:
				return s.giveUp(c.Context, spec, paths)
			case keep.text == "":
				err := usage("which version do you want to keep?")
				err.hint = shown(spec, "conflicts") + " numbers them; name one with --keep N"
				return err
			}
			return s.resolve(c.Context, spec, paths, keep.value)
		},
	}
}

func (s *Session) resolve(ctx context.Context, spec string, paths []string, keep int) error {
	root, ps, err := localPaths(spec, paths)
	if err != nil {
		return err
	}
	settled, err := replica.Resolve(ctx, root, ps, keep, s.local(spec))
	if err != nil {
		return err
	}
	return s.settled(settled, "no open conflicts",
		func(replica.Settled) string { return fmt.Sprintf("version %d kept", keep) },
		func(wrong *replica.ResolveError) string { return unresolved(spec, wrong) })
}

func (s *Session) giveUp(ctx context.Context, spec string, paths []string) error {
	root, ps, err := localPaths(spec, paths)
	if err != nil {
		return err
	}
	if slices.Contains(ps, "") {
		err := usage("--drop is about paths, not about the whole tree: what waits may only not have been brought yet")
		err.hint = "name those of which a sync says that no tree has their bytes"
		return err
	}
	settled, err := replica.GiveUp(ctx, root, ps, s.local(spec))
	if err != nil {
		return err
	}
	return s.settled(settled, "not waiting for anything",
		func(d replica.Settled) string {
			if d.Live {
				return "given up; what stays is " + ui.Version(d.Left, time.Local)
			}
			return "given up; nothing is left of it"
		},
		func(*replica.ResolveError) string {
			return "--drop helps in the tree that waits: run it there (`latus status TREE` lists what a tree waits for)"
		})
}

// settled prints what became of paths that were to be settled. Where there was none to be
// settled it says none, to a person.
func (s *Session) settled(all []replica.Settled, none string, did func(replica.Settled) string, hint func(*replica.ResolveError) string) error {
	if len(all) == 0 && s.Screen.OutTerminal {
		_, err := fmt.Fprintln(s.Screen.Out, none)
		return err
	}
	open, advice := 0, "" // for the first of them
	for _, d := range all {
		wrong := (*replica.ResolveError)(nil)
		if !errors.As(d.Err, &wrong) {
			if _, err := fmt.Fprintf(s.Screen.Out, "%s: %s\n", ui.Name(d.Path), did(d)); err != nil {
				return err
			}
			continue
		}
		advice = cmp.Or(advice, hint(wrong))
		if len(all) == 1 {
			return advise(wrong, advice)
		}
		open++
		fmt.Fprintf(s.Screen.Err, "problem: %s\n", ui.Safe(wrong.Error()))
	}
	switch open {
	case 0:
		return nil
	case len(all):
		return advise(errors.New("nothing was settled"), advice)
	}
	fmt.Fprintf(s.Screen.Err, "hint: %s\n", ui.Safe(advice))
	return exitCode(ui.ExitLeft)
}

// unresolved is what to do about a version that could not be kept.
func unresolved(spec string, e *replica.ResolveError) string {
	switch {
	case e.Versions > 0:
		return fmt.Sprintf("there are versions 1 to %d: see %s", e.Versions, shown(spec, "conflicts"))
	case e.Holds && e.Trash != "":
		return "the conflict stays open. For the bytes of the file: " + shown(spec, "trash restore", e.Trash, "--to", "OTHER-PATH") + "; then keep the directory with --keep 1"
	case e.Holds:
		return "the conflict stays open; keep the directory with --keep 1. A tree that has the bytes of the file can put them at another path: `latus trash restore TREE ID --to OTHER-PATH`"
	case e.Lacks:
		return "the conflict stays open. Resolve it in a tree that has the bytes (`latus conflicts TREE` tells), or keep another version"
	}
	return shown(spec, "conflicts") + " lists what can be resolved"
}
