package command

import (
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	latussync "latus/sync"
	"latus/sync/trash"
	"latus/ui"
)

type purgeOptions struct {
	olderThan parsed[time.Duration]
	maxSize   parsed[int64] // bytes
	conflicts bool
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
			&cli.GenericFlag{Name: "older-than", Usage: "`AGE` those that are longer in the trash, as 12h, 30d, 6w, 2y", Value: &o.olderThan},
			&cli.GenericFlag{Name: "max-size", Usage: "`SIZE` the oldest ones, until no more than this is left, as 10G", Value: &o.maxSize},
			&cli.BoolFlag{Name: "conflicts", Usage: "also the bytes of open conflicts", Destination: &o.conflicts},
		},
		Description: `Without --older-than and --max-size everything goes, except the bytes of open
conflicts. Those of a decision that could not be carried out yet stay in any
case.

Example:
  latus trash purge ~/documents --older-than 30d --max-size 10G

Exit codes: 0 done, 1 cannot be done, 2 wrong usage, 5 another latus holds the
tree.`,
		Action: func(c *cli.Context) error {
			args, err := operands(c, 1, 1)
			if err != nil {
				return err
			}
			return s.purge(args[0], o)
		},
	}
}

func (s *Session) purge(spec string, o *purgeOptions) error {
	p := trash.PurgeOptions{MaxSize: -1}
	if o.olderThan.text != "" {
		p.OlderThan = s.Now().Add(-o.olderThan.value).UnixNano()
	}
	switch {
	case o.maxSize.text != "":
		p.MaxSize = o.maxSize.value
	case o.olderThan.text == "":
		p.MaxSize = 0
	}
	path, err := localTree(spec)
	if err != nil {
		return err
	}
	return withTrash(spec, true, func(t *trash.Trash) (err error) {
		if p.Keep, err = latussync.Keep(path, !o.conflicts, s.local(spec)); err != nil {
			return err
		}
		r, err := t.Purge(p)
		if err != nil {
			return err
		}
		text := fmt.Sprintf("%s removed, %s", ui.Count(int64(r.Items), "version"), ui.Bytes(r.Bytes))
		if r.Kept > 0 {
			text += fmt.Sprintf("; %d kept, as open conflicts need them: see `%s`", r.Kept, typed(spec, "conflicts"))
		}
		_, err = fmt.Fprintln(s.Screen.Out, text)
		return err
	})
}
