package command

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"latus/remote/ssh"
	"latus/sync/replica"
	"latus/sync/trash"
	"latus/ui"
)

type purgeOptions struct {
	olderThan parsed[time.Duration]
	maxSize   parsed[int64] // bytes
	conflicts bool
	dry, yes  bool
}

func (s *Session) trashPurgeCommand() *cli.Command {
	o := &purgeOptions{
		olderThan: parsed[time.Duration]{parse: parseAge},
		maxSize:   parsed[int64]{parse: func(s string) (int64, error) { return parseSize(s, 1) }},
	}
	return &cli.Command{
		Name:      "purge",
		Usage:     "remove displaced versions for good",
		ArgsUsage: "TREE",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "dry-run", Aliases: []string{"n"}, Usage: "show the versions that would be removed, write nothing", Destination: &o.dry},
			&cli.BoolFlag{Name: "yes", Aliases: []string{"y"}, Usage: "do not ask", Destination: &o.yes},
			&cli.GenericFlag{Name: "older-than", Usage: "`AGE` remove versions that are longer in the trash, as 12h, 30d, 6w, 2y; a bare number is days", Value: &o.olderThan},
			&cli.GenericFlag{Name: "max-size", Usage: "`SIZE` remove the oldest versions, until no more than this is left, as 10G", Value: &o.maxSize},
			&cli.BoolFlag{Name: "conflicts", Usage: "also remove the bytes of open conflicts", Destination: &o.conflicts},
		},
		Description: `Without --older-than and --max-size everything goes, except the bytes of open
conflicts; if stdin is a terminal, latus asks first. The bytes of a decision
that could not be carried out yet stay in any case.

Examples:
  latus trash purge -n ~/documents --older-than 30d
  latus trash purge ~/documents --older-than 30d --max-size 10G

Exit codes: 0 done, 1 cannot be done, 2 wrong usage, 4 not confirmed, nothing
was changed, 5 another latus holds the tree.`,
		Action: func(c *cli.Context) error {
			args, err := operands(c, 1, 1)
			if err != nil {
				return err
			}
			return s.purge(c.Context, args[0], o)
		},
	}
}

func (s *Session) purge(ctx context.Context, spec string, o *purgeOptions) error {
	p := trash.PurgeOptions{MaxSize: -1}
	if o.olderThan.text != "" {
		p.OlderThan = s.Now().Add(-o.olderThan.value).UnixNano()
	}
	all := o.maxSize.text == "" && o.olderThan.text == ""
	switch {
	case o.maxSize.text != "":
		p.MaxSize = o.maxSize.value
	case all:
		p.MaxSize = 0
	}
	path, err := localTree(spec)
	if err != nil {
		return err
	}
	keep := func() (err error) {
		p.Keep, err = replica.Keep(path, !o.conflicts, s.local(spec))
		return err
	}
	if ask := all && !o.yes && s.attended(); ask || o.dry {
		gone, kept, err := doomed(spec, keep, &p)
		switch {
		case err != nil:
			return err
		case o.dry:
			return s.showDoomed(spec, gone, kept)
		case len(gone) > 0:
			if err := s.askToPurge(ctx, spec, gone); err != nil {
				return err
			}
		}
	}
	r, err := replica.Purge(ctx, path, s.local(spec), !o.conflicts, p)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.Screen.Out, purged("removed", spec, r))
	return err
}

// doomed looks what a purge would remove, and how many are kept from it.
func doomed(spec string, keep func() error, p *trash.PurgeOptions) (gone []trash.Item, kept int, err error) {
	err = withTrash(spec, func(t *trash.Trash) (err error) {
		if err := keep(); err != nil {
			return err
		}
		gone, kept, err = t.Doomed(*p)
		return err
	})
	return gone, kept, err
}

func (s *Session) showDoomed(spec string, gone []trash.Item, kept int) error {
	if len(gone) > 0 {
		if err := trashTable(s.Screen, gone, time.Local); err != nil {
			return err
		}
	}
	r := trash.PurgeResult{Items: len(gone), Bytes: sizeOf(gone), Kept: kept}
	_, err := fmt.Fprintln(s.Screen.Out, "dry run: "+purged("would be removed", spec, r))
	return err
}

// askToPurge has a person say yes to losing all that is in the trash.
func (s *Session) askToPurge(ctx context.Context, spec string, gone []trash.Item) error {
	asker := ssh.NewAsker()
	if asker == nil {
		return nil
	}
	err := confirm(ctx, asker, fmt.Sprintf("remove %s, %s, from the trash of %s for good?",
		ui.Count(int64(len(gone)), "version"), ui.Bytes(sizeOf(gone)), ui.Safe(spec)))
	if errors.Is(err, errDeclined) {
		return advise(err, "-n lists what would go; --older-than and --max-size leave the rest, and -y does not ask")
	}
	return err
}

// purged says what a purge did, or would do.
func purged(how, spec string, r trash.PurgeResult) string {
	text := fmt.Sprintf("%s %s, %s", ui.Count(int64(r.Items), "version"), how, ui.Bytes(r.Bytes))
	if r.Kept > 0 {
		text += fmt.Sprintf("; %d kept, as open conflicts need them: see `%s`", r.Kept, typed(spec, "conflicts"))
	}
	return text
}

func sizeOf(items []trash.Item) (n int64) {
	for _, it := range items {
		n += it.Size
	}
	return n
}
