package command

import (
	"context"
	"io"

	"github.com/urfave/cli/v2"

	"latus/remote"
	"latus/sync/peer"
	"latus/sync/replica"
	"latus/sync/site"
)

// serveOptions say what the other side may do.
type serveOptions struct {
	stdio, readOnly, noDelete bool
	root, peer                string
	allow                     globs
}

// globs are the values of --allow.
type globs []string

func (g *globs) String() string { return "" }

func (g *globs) Set(s string) error {
	if err := remote.CheckGlob(s); err != nil {
		return err
	}
	*g = append(*g, s)
	return nil
}

func (s *Session) serveCommand() *cli.Command {
	var o serveOptions
	return &cli.Command{
		Name:      "serve",
		Usage:     "take part in the run of a latus on another machine",
		ArgsUsage: "--stdio [TREE]",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "stdio", Usage: "talk over stdin and stdout", Destination: &o.stdio},
			&cli.StringFlag{Name: "root", Usage: "`DIR` serve only trees in DIR: names that the other side sends are relative to it", Destination: &o.root},
			&cli.BoolFlag{Name: "read-only", Usage: "change no file; the changes that the other side wants are reported to it as problems", Destination: &o.readOnly},
			&cli.BoolFlag{Name: "no-delete", Usage: "keep files that the other side deleted; they are reported to it as problems", Destination: &o.noDelete},
			&cli.StringFlag{Name: "peer", Usage: "`NAME` the other side has the rights that latus peers gives to NAME, whatever name it tells", Destination: &o.peer},
			&cli.GenericFlag{Name: "allow", Usage: "`GLOB` serve only trees in DIR that match, or lie in a directory that does; * and ? stay in a directory, ** does not", Value: &o.allow},
		},
		Description: `latus sync starts this on the other side of SSH. You need it only to confine the
users who may log in. Without TREE the other side names the tree.

Example:
  ssh laptop latus serve --stdio documents

To let a key do nothing but synchronize trees in /srv/trees, a line of
~/.ssh/authorized_keys:
  restrict,command="latus serve --stdio --root /srv/trees" ssh-ed25519 AAAA...

A tree's own list of rights (latus peers) holds besides; the narrower counts. A
peer is known by the id that it tells, which anybody can tell. With --peer it is
known by its key, and has the rights that the list gives to that very NAME.

With --read-only this side's files stay as they are in runs of every kind. The
other side gets this side's changes; its own stay pending.

Exit codes: 0 the other side took leave, 1 it broke off, 2 wrong usage.`,
		Action: func(c *cli.Context) error {
			args, err := operands(c, 0, 1)
			if err != nil {
				return err
			}
			switch {
			case !o.stdio:
				err := usage("latus serve: over what?")
				err.hint = "add --stdio"
				return err
			case len(o.allow) > 0 && o.root == "":
				err := usage("--allow: relative to what?")
				err.hint = "add --root DIR"
				return err
			}
			return s.serve(c.Context, args, &o)
		},
	}
}

// serve lets the other side drive one tree. Stdout belongs to the protocol.
func (s *Session) serve(ctx context.Context, fixed []string, o *serveOptions) error {
	var limits remote.Confinement
	if o.root != "" {
		var err error
		if limits, err = remote.Confine(o.root, o.allow); err != nil {
			return advise(err, "make that directory, or correct --root: in authorized_keys, where it confines a key")
		}
	}
	// place is where a tree is that the other side names; no site: at that path.
	place := func(path string) (string, peer.Site, error) {
		if len(fixed) > 0 {
			path = fixed[0]
		}
		if path == "" {
			path = "."
		}
		if o.root == "" {
			return path, nil, nil
		}
		rel, err := limits.Tree(path)
		if err != nil {
			return "", nil, err
		}
		return path, site.Below(limits.Root, rel), nil
	}
	open := func(path string, h peer.Hello) (peer.Replica, error) {
		path, site, err := place(path)
		if err != nil {
			return nil, err
		}
		local := s.local(h.Spec)
		local.ReadOnly, local.NoDelete, local.Site = o.readOnly, o.noDelete, site
		local.Peer, local.Served = o.peer, true
		return replica.Open(path, local)
	}
	watch := func(ctx context.Context, path string, patterns []string) (remote.Watcher, error) {
		path, site, err := place(path)
		if err != nil {
			return nil, err
		}
		if err := replica.Refused(path, replica.Options{Site: site, Peer: o.peer, Served: true}); err != nil {
			return nil, err
		}
		return replica.Watch(ctx, path, site, patterns)
	}
	stdio := struct {
		io.Reader
		io.Writer
	}{s.Stdin, s.Screen.Out}
	return remote.Serve(ctx, stdio, open, remote.ServeOptions{Log: s.Log, Yield: yield, Watch: watch})
}
