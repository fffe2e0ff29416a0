package command

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"latus/index"
	"latus/sync/replica"
	"latus/ui"
)

func (s *Session) conflictsCommand() *cli.Command {
	var asJSON bool
	return &cli.Command{
		Name:      "conflicts",
		Usage:     "list open conflicts with every version",
		ArgsUsage: "TREE",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "json", Usage: "one JSON object a line, a line a path", Destination: &asJSON},
		},
		Description: `A conflict is a path that was changed in two trees at once. Version 1 has won
the name; the bytes of the others lie in the trash until the conflict is settled
by an edit, or by latus resolve. A directory wins over a file. A directory that
stays only for its contents gives the name back when it is empty.

Example:
  latus conflicts ~/documents

Exit codes: 0 done, 1 cannot be read, 2 wrong usage.`,
		Action: func(c *cli.Context) error {
			path, err := treeOperand(c)
			if err != nil {
				return err
			}
			list, err := replica.ReadConflicts(path)
			if err != nil {
				return err
			}
			if len(list) == 0 && !asJSON && s.Screen.OutTerminal { // for scripts, no lines are as good
				_, err = fmt.Fprintln(s.Screen.Out, "no open conflicts")
				return err
			}
			for _, each := range list {
				if asJSON {
					err = conflictJSON(s.Screen.Out, each)
				} else {
					err = conflictText(s.Screen, each, time.Local)
				}
				if err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func conflictText(s ui.Screen, c replica.OpenConflict, zone *time.Location) error {
	t := ui.Table{Columns: []ui.Column{{Title: "  N", Right: true}, {Title: "VERSION", Whole: true}, {Title: "MADE ON"}, {Title: "EDITED", Whole: true, Spare: true}, {Title: "BYTES", Whole: true}}}
	var heads []index.Head
	var edits []int64
	var authors, ids []string
	for _, v := range c.Versions {
		heads, edits = append(heads, v.Head), append(edits, v.Head.Utime)
		authors, ids = append(authors, v.Author), append(ids, v.Head.Gen.Author.String())
	}
	texts, edited, authors := ui.Versions(heads, zone), ui.Moments(edits, zone), ui.Apart(authors, ids)
	for i, v := range c.Versions {
		here := v.Here
		if here == "" {
			here = "not here"
		}
		if v.Head.Gen == (index.GenID{}) {
			edited[i] = ""
			here += " while something is in it"
		}
		t.Add(strconv.Itoa(v.N), texts[i], ui.Safe(authors[i]), edited[i], ui.Safe(here))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", ui.Name(c.Path))
	if err := t.Print(&b, s.OutWidth()); err != nil {
		return err
	}
	_, err := io.WriteString(s.Out, b.String())
	return err
}

func conflictJSON(w io.Writer, c replica.OpenConflict) error {
	type version struct {
		N int `json:"n"`
		ui.JSONVersion
		Author string `json:"author,omitempty"`
		Winner bool   `json:"winner"`
		Here   string `json:"here"`
	}
	versions := make([]version, len(c.Versions))
	for i, v := range c.Versions {
		versions[i] = version{v.N, ui.NewJSONVersion(v.Head), v.Author, v.Winner, v.Here}
	}
	return ui.WriteJSON(w, struct {
		ui.JSONPath
		Versions []version `json:"versions"`
	}{ui.NewJSONPath(c.Path), versions})
}
