package command

import (
	"io"
	"time"

	"github.com/urfave/cli/v2"

	"latus/sync/config"
	"latus/sync/replica"
	"latus/ui"
)

func (s *Session) statusCommand() *cli.Command {
	var asJSON bool
	return &cli.Command{
		Name:      "status",
		Usage:     "show the contents and the state of a tree",
		ArgsUsage: "TREE",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "json", Usage: "one JSON object", Destination: &asJSON},
		},
		Description: `Shows the group and the name of the tree, its contents, the trees it was synced
with, open conflicts, paths that wait, the size of the trash, and the number of
changes that no other tree has seen yet. Nothing is changed.

Example:
  latus status ~/documents

Exit codes: 0 done, 1 cannot be read, 2 wrong usage.`,
		Action: func(c *cli.Context) error {
			path, err := treeOperand(c)
			if err != nil {
				return err
			}
			st, err := replica.ReadStatus(c.Context, path)
			if err != nil {
				return err
			}
			if asJSON {
				return ui.StatusJSON(s.Screen.Out, treeStatus(st))
			}
			_, err = io.WriteString(s.Screen.Out, ui.Fold(ui.StatusText(treeStatus(st), time.Local), s.Screen.OutWidth()))
			return err
		},
	}
}

// statusFile is what status.txt says. Its times are UTC, so that it stays as it is
// where a device is carried about.
func statusFile(st *replica.Status) []byte {
	return []byte(ui.StatusText(treeStatus(st), time.UTC))
}

func treeStatus(st *replica.Status) ui.TreeStatus {
	peers := make([]ui.PeerStatus, len(st.Met))
	for i, m := range st.Met {
		peers[i] = peerStatus(m)
	}
	return ui.TreeStatus{
		Path: st.Path, Group: st.Group, Peer: st.Peer, Name: st.Name,
		Files: st.Files, Dirs: st.Dirs, Links: st.Links, Bytes: st.Bytes,
		Peers: peers, Conflicts: st.Conflicts, Pending: st.Pending,
		TrashItems: st.Trash.Items, TrashBytes: st.Trash.Bytes,
		LastRun: st.LastRun, Unsynced: st.Unsynced, Damage: st.Damage,
	}
}

func peerStatus(m config.Met) ui.PeerStatus {
	return ui.PeerStatus{Peer: m.Peer, Name: m.Name, Host: m.Host, Path: m.Path, LastSync: m.LastSync}
}
