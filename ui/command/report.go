package command

import (
	"bytes"
	"context"
	"fmt"
	"os"

	"github.com/urfave/cli/v2"

	"latus/index/mergelog"
	"latus/sync/replica"
	"latus/sync/trash"
	"latus/ui"
	"latus/ui/report"
)

func (s *Session) reportCommand() *cli.Command {
	var to string
	return &cli.Command{
		Name:      "report",
		Usage:     "make a page of a tree and its history",
		ArgsUsage: "TREE --html FILE",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "html", Usage: "`FILE` write the page to it; - is stdout", Destination: &to},
		},
		Description: `One self-contained HTML page: the contents of the tree, its changes with date
and author, transfer speeds, conflicts, the trash.

Example:
  latus report ~/documents --html report.html

Exit codes: 0 done, 1 cannot be read or written, 2 wrong usage.`,
		Action: func(c *cli.Context) error {
			args, err := operands(c, 1, 1)
			if err != nil {
				return err
			}
			if to == "" {
				err := usage("where do you want the report?")
				err.hint = "name a file with --html FILE"
				return err
			}
			if to != "-" {
				if err := outside("report", to, args); err != nil {
					return err
				}
			}
			return s.report(c.Context, args[0], to)
		},
	}
}

func (s *Session) report(ctx context.Context, spec, to string) error {
	root, err := localTree(spec)
	if err != nil {
		return err
	}
	st, err := replica.ReadStatus(ctx, root)
	if err != nil {
		return err
	}
	d := report.Data{Tree: treeStatus(st), Now: s.Now()}
	err = replica.ReadLog(root, func(r mergelog.Run) bool {
		r.Records = actions(r.Records)
		d.Runs = append(d.Runs, r)
		return ctx.Err() == nil
	})
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return err
	}
	err = withTrash(spec, func(t *trash.Trash) error {
		d.Trash = t.Items()
		return nil
	})
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := report.Write(&b, d); err != nil {
		return err
	}
	if to == "-" {
		_, err = b.WriteTo(s.Screen.Out)
		return err
	}
	if err := os.WriteFile(to, b.Bytes(), 0o666); err != nil {
		return advise(fmt.Errorf("report: %w", err), "name a file that can be written, in a directory that exists")
	}
	if s.Screen.OutTerminal {
		_, err = fmt.Fprintf(s.Screen.Out, "written to %s: open it in a browser\n", ui.Safe(to))
	}
	return err
}
