package command

import (
	"time"

	"github.com/urfave/cli/v2"

	latussync "latus/sync"
	"latus/ui"
)

func (s *Session) peersCommand() *cli.Command {
	return &cli.Command{
		Name:      "peers",
		Usage:     "list the trees that a tree has met",
		ArgsUsage: "TREE",
		Description: `Example:
  latus peers ~/documents

Exit codes: 0 done, 1 cannot be read, 2 wrong usage.`,
		Action: func(c *cli.Context) error {
			args, err := operands(c, 1, 1)
			if err != nil {
				return err
			}
			path, err := localTree(args[0])
			if err != nil {
				return err
			}
			config, err := latussync.ReadConfig(path)
			if err != nil {
				return err
			}
			return s.peers(config.Peers, time.Local)
		},
	}
}

func (s *Session) peers(met []latussync.Met, zone *time.Location) error {
	t := ui.Table{Columns: []ui.Column{{Title: "NAME"}, {Title: "PEER"}, {Title: "HOST"}, {Title: "PATH", Path: true}, {Title: "LAST CHANGE"}}}
	for _, m := range met {
		t.Add(ui.Safe(m.Name), ui.Safe(m.Peer), ui.Safe(m.Host), ui.Safe(m.Path), ui.LocalTime(m.LastSync, zone))
	}
	return t.Print(s.Screen.Out, s.Screen.TableWidth())
}
