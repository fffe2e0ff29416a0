package command

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/urfave/cli/v2"

	"latus/sync/config"
	"latus/sync/replica"
	"latus/ui"
)

func (s *Session) peersCommand() *cli.Command {
	var asJSON bool
	var may permits
	return &cli.Command{
		Name:      "peers",
		Usage:     "list the trees that a tree has met, and set their rights",
		ArgsUsage: "TREE",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "json", Usage: "one JSON object a line, a line a peer; with a list of rights, then one a key and one for all others", Destination: &asJSON},
			&cli.GenericFlag{Name: "allow", Usage: "`PEER=RIGHTS` set the rights of PEER in the tree, RIGHTS being one of: none | read | read,write | read,write,delete | default (those of peers without a rule)", Value: &may},
			&cli.GenericFlag{Name: "default", Usage: "`RIGHTS` set the rights of all peers without a rule of their own: none | read | read,write | read,write,delete", Value: (*standard)(&may)},
		},
		Description: `LAST SEEN is the last run with a peer that changed anything here. DELETIONS
counts the deleted paths that are remembered until that peer has heard of them.
Retire a peer that will not come back with latus forget.

The rights of peers are kept with the tree, and the tree holds to them in every
run, whichever side starts it. A peer without delete brings everything but
deletions. A peer with read alone gets everything and brings nothing: its
changes are problems (exit 3) and stay pending. A peer with none is refused
(exit 4).

PEER is the id, name or HOST:PATH of a listed tree, or a NAME for latus serve
--peer NAME; if it is both, the rule is for both.

Examples:
  latus peers ~/documents
  latus peers ~/documents --default read --allow laptop:documents=read,write

Exit codes: 0 done, 1 cannot be read, 2 wrong usage, 5 another latus holds the
tree (with --allow and --default, which write).`,
		Action: func(c *cli.Context) error {
			path, err := treeOperand(c)
			if err != nil {
				return err
			}
			if len(may) > 0 {
				if err := s.allow(c.Args().First(), path, may); err != nil {
					return err
				}
			}
			peers, err := replica.ReadPeers(path)
			if err != nil {
				return err
			}
			access, err := replica.ReadAccess(path)
			if err != nil {
				return err
			}
			if asJSON {
				return peersJSON(s.Screen.Out, peers, access)
			}
			return s.peers(peers, access, time.Local)
		},
	}
}

func (s *Session) peers(peers []replica.Peer, access *config.Access, zone *time.Location) error {
	t := ui.Table{Columns: []ui.Column{
		{Title: "NAME", Whole: true}, {Title: "PEER", Whole: true}, {Title: "HOST", Spare: true}, {Title: "PATH", Path: true},
		{Title: "LAST SEEN", Whole: true},
		{Title: "DELETIONS", Right: true}, {Title: "RETIRED", Whole: true, Spare: true},
	}}
	if access != nil {
		t.Columns = append(t.Columns, ui.Column{Title: "MAY"})
	}
	for _, p := range peers {
		retired := ""
		if p.Retired != "" {
			retired = ui.LocalTime(p.Retired, zone)
		}
		cells := []string{
			ui.Safe(p.Name), ui.Safe(p.Peer), ui.Safe(p.Host), ui.Safe(p.Path), ui.LocalTime(p.LastSync, zone),
			strconv.Itoa(p.Awaits), retired,
		}
		if access != nil {
			cells = append(cells, access.Of(p.Peer).String())
		}
		t.Add(cells...)
	}
	if err := t.Print(s.Screen.Out, s.Screen.OutWidth()); err != nil || access == nil {
		return err
	}
	var said []string
	for _, g := range access.Grants {
		line := fmt.Sprintf("%s may: %s\n", ui.Safe(g.Peer), g.May)
		if !slices.Contains(said, line) && !slices.ContainsFunc(peers, func(p replica.Peer) bool { return tells(&p, g, access) }) {
			io.WriteString(s.Screen.Out, line)
			said = append(said, line)
		}
	}
	_, err := fmt.Fprintf(s.Screen.Out, "others may: %s\n", access.Default)
	return err
}

// tells tells whether the line of a peer says what a grant does: its own, or that of a key
// of its name that may the same.
func tells(p *replica.Peer, g config.Grant, access *config.Access) bool {
	return p.Peer == g.Peer && !g.Key ||
		g.Key && p.GoesBy(g.Peer) && slices.Contains(access.Grants, config.Grant{Peer: p.Peer, May: g.May})
}

func peersJSON(w io.Writer, peers []replica.Peer, access *config.Access) error {
	for _, p := range peers {
		may := ""
		if access != nil {
			may = access.Of(p.Peer).String()
		}
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
			May       string `json:"may,omitempty"`
		}{p.Name, p.Peer, p.Host, p.Path, p.LastSync, p.LastRun, p.Awaits, p.Retired != "", p.Retired, may})
		if err != nil {
			return err
		}
	}
	if access == nil {
		return nil
	}
	return grantsJSON(w, peers, access)
}

// grantsJSON writes what the lines of the peers do not tell of a list: a line for each key, for
// each id that was never met, and for all others.
func grantsJSON(w io.Writer, peers []replica.Peer, access *config.Access) error {
	type grant struct {
		Key    string `json:"key,omitempty"`
		Peer   string `json:"peer,omitempty"`
		Others bool   `json:"others,omitempty"`
		May    string `json:"may"`
	}
	for _, g := range access.Grants {
		one := grant{Peer: g.Peer, May: g.May.String()}
		if g.Key {
			one.Key, one.Peer = g.Peer, ""
		} else if slices.ContainsFunc(peers, func(p replica.Peer) bool { return p.Peer == g.Peer }) {
			continue
		}
		if err := ui.WriteJSON(w, one); err != nil {
			return err
		}
	}
	return ui.WriteJSON(w, grant{Others: true, May: access.Default.String()})
}
