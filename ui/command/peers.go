package command

import (
	"io"
	"strconv"
	"time"

	"github.com/urfave/cli/v2"

	latussync "latus/sync"
	"latus/ui"
)

func (s *Session) peersCommand() *cli.Command {
	var asJSON bool
	return &cli.Command{
		Name:      "peers",
		Usage:     "list the trees that a tree has met",
		ArgsUsage: "TREE",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "json", Usage: "one JSON object a line, a line a peer", Destination: &asJSON},
		},
		Description: `LAST SEEN is the last run with it that changed anything here. DELETIONS
counts the deleted paths that are remembered until that peer has heard of them;
one that will not come back is retired with latus forget.

Example:
  latus peers ~/documents

Exit codes: 0 done, 1 cannot be read, 2 wrong usage.`,
		Action: func(c *cli.Context) error {
			path, err := treeOperand(c)
			if err != nil {
				return err
			}
			peers, err := latussync.ReadPeers(path)
			if err != nil {
				return err
			}
			if asJSON {
				return peersJSON(s.Screen.Out, peers)
			}
			return s.peers(peers, time.Local)
		},
	}
}

func (s *Session) peers(peers []latussync.Peer, zone *time.Location) error {
	t := ui.Table{Columns: []ui.Column{
		{Title: "NAME", Whole: true}, {Title: "PEER", Whole: true}, {Title: "HOST", Spare: true}, {Title: "PATH", Path: true},
		{Title: "LAST SEEN", Whole: true},
		{Title: "DELETIONS", Right: true}, {Title: "RETIRED", Whole: true, Spare: true},
	}}
	for _, p := range peers {
		retired := ""
		if p.Retired != "" {
			retired = ui.LocalTime(p.Retired, zone)
		}
		t.Add(ui.Safe(p.Name), ui.Safe(p.Peer), ui.Safe(p.Host), ui.Safe(p.Path), ui.LocalTime(p.LastSync, zone),
			strconv.Itoa(p.Awaits), retired)
	}
	return t.Print(s.Screen.Out, s.Screen.TableWidth())
}

func peersJSON(w io.Writer, peers []latussync.Peer) error {
	for _, p := range peers {
		err := ui.WriteJSON(w, struct {
			Name      string `json:"name"`
			Peer      string `json:"peer"`
			Host      string `json:"host"`
			Path      string `json:"path"`
			LastSeen  string `json:"last_seen"`
			LastRun   string `json:"last_run,omitempty"`
			Awaits    int    `json:"deletions_kept"`
			Retired   bool   `json:"retired"`
			RetiredAt string `json:"retired_at,omitempty"`
		}{p.Name, p.Peer, p.Host, p.Path, p.LastSync, p.LastRun, p.Awaits, p.Retired != "", p.Retired})
		if err != nil {
			return err
		}
	}
	return nil
}
