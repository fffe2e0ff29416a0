package command

import (
	"fmt"
	"io"
	"time"

	"github.com/urfave/cli/v2"

	"latus/sync/trash"
	"latus/ui"
)

func (s *Session) trashListCommand() *cli.Command {
	var asJSON bool
	return &cli.Command{
		Name:      "list",
		Usage:     "list displaced versions, newest first",
		ArgsUsage: "TREE",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "json", Usage: "print one JSON object a line", Destination: &asJSON},
		},
		Description: `Example:
  latus trash list ~/documents

Exit codes: 0 done, 1 cannot be read, 2 wrong usage.`,
		Action: func(c *cli.Context) error {
			args, err := operands(c, 1, 1)
			if err != nil {
				return err
			}
			return withTrash(args[0], func(t *trash.Trash) error {
				if asJSON {
					return trashJSON(s.Screen.Out, t.Items())
				}
				if len(t.Items()) == 0 && s.Screen.OutTerminal {
					_, err := fmt.Fprintln(s.Screen.Out, "the trash is empty")
					return err
				}
				return trashTable(s.Screen, t.Items(), time.Local)
			})
		},
	}
}

func trashTable(s ui.Screen, items []trash.Item, zone *time.Location) error {
	t := ui.Table{Columns: []ui.Column{{Title: "ID", Whole: true}, {Title: "IN TRASH SINCE", Whole: true}, {Title: "SIZE", Right: true}, {Title: "REASON"}, {Title: "PATH", Path: true}}}
	for _, it := range items {
		t.Add(ui.Safe(it.ID), ui.Moment(it.At, zone), ui.Bytes(it.Size), ui.Safe(it.Why), ui.Name(it.Path))
	}
	return t.Print(s.Out, s.OutWidth())
}

func trashJSON(w io.Writer, items []trash.Item) error {
	for _, it := range items {
		hash := ""
		if it.Hash.Known() {
			hash = it.Hash.String()
		}
		err := ui.WriteJSON(w, struct {
			ui.JSONPath
			Size      int64  `json:"size"`
			Mtime     string `json:"mtime"`
			Hash      string `json:"hash,omitempty"`
			Reason    string `json:"reason"`
			Run       string `json:"run"`
			TrashedAt string `json:"trashed_at"`
			ID        string `json:"id"`
		}{ui.NewJSONPath(it.Path), it.Size, ui.Stamp(it.Mtime), hash, it.Why, it.Run, ui.Stamp(it.At), it.ID})
		if err != nil {
			return err
		}
	}
	return nil
}
