package command

import (
	"context"
	"errors"
	"fmt"
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
		ArgsUsage: "TREE PATH --keep N|--drop",
		Flags: []cli.Flag{
			&cli.GenericFlag{Name: "keep", Usage: "`N` the version to keep, as latus conflicts numbers them", Value: keep},
			&cli.BoolFlag{Name: "drop", Usage: "give up the versions whose bytes are not in this tree: the best of the others, or what is there, takes the path", Destination: &drop},
		},
		Description: `The version takes the path in this tree, and in the others with the next syncs.
What stood there goes to the trash. Where a directory holds the name, only the
directory can be kept; the bytes of the others can be put elsewhere first, with
latus trash restore --to. A version whose bytes are gone or damaged is refused,
and the conflict stays open.

--drop is for bytes that were lost with their only disk: each sync says that no
tree has them. It ends the waiting everywhere: the path keeps what this tree
has, or is deleted where it has nothing. Should the lost disk turn up again, its
bytes go to the trash there.

Examples:
  latus resolve ~/documents reports/2026.txt --keep 2
  latus resolve ~/documents reports/lost.txt --drop

Exit codes: 0 settled, 1 cannot be done, 2 wrong usage, 5 another latus holds
the tree.`,
		Action: func(c *cli.Context) error {
			args, err := operands(c, 2, 2)
			if err != nil {
				return err
			}
			switch {
			case drop && keep.text != "":
				return usage("--keep and --drop contradict each other")
			case drop:
				return s.giveUp(c.Context, args[0], args[1])
			case keep.text == "":
				err := usage("which version do you want to keep?")
				err.hint = shown(args[0], "conflicts") + " numbers them; name one with --keep N"
				return err
			}
			return s.resolve(c.Context, args[0], args[1], keep.value)
		},
	}
}

func (s *Session) resolve(ctx context.Context, spec, path string, keep int) error {
	root, p, err := localFile(spec, path)
	if err != nil {
		return err
	}
	err = replica.Resolve(ctx, root, p, keep, s.local(spec))
	var wrong *replica.ResolveError
	if errors.As(err, &wrong) {
		err = advise(err, unresolved(spec, wrong))
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.Screen.Out, "%s: version %d kept\n", ui.Name(p), keep)
	return err
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

func (s *Session) giveUp(ctx context.Context, spec, path string) error {
	root, p, err := localFile(spec, path)
	if err != nil {
		return err
	}
	left, live, err := replica.GiveUp(ctx, root, p, s.local(spec))
	if wrong := (*replica.ResolveError)(nil); errors.As(err, &wrong) {
		err = advise(err, "--drop helps in the tree that waits: run it there (`latus status TREE` lists what a tree waits for)")
	}
	if err != nil {
		return err
	}
	what := "nothing is left of it"
	if live {
		what = "what stays is " + ui.Version(left, time.Local)
	}
	_, err = fmt.Fprintf(s.Screen.Out, "%s: given up; %s\n", ui.Name(p), what)
	return err
}
