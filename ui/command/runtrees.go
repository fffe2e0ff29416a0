package command

import (
	"cmp"
	"context"
	"sync"

	"golang.org/x/sync/errgroup"

	"latus/index"
	"latus/remote"
	"latus/remote/ssh"
	latussync "latus/sync"
	"latus/sync/peer"
	"latus/sync/reason"
	"latus/sync/replica"
	"latus/sync/site"
	"latus/ui"
)

// runTrees are the trees of one run.
type runTrees struct {
	session     *Session
	o           *syncOptions
	printer     ui.Printer
	line        []string        // all that the command was given, as the printer knows them
	specs       []string        // the trees that take part, the last of these
	targets     []remote.Target // the trees, as the user named them
	connections *connections    // those that are there already
	eager       bool            // the first tree begins while others are being connected to
	locals      []peer.Replica
	remotes     []*remoteTree

	lasting  int        // problems that a further run can do nothing about
	noticing sync.Mutex // several trees may have something to say
}

// run opens all trees, runs and closes them.
func (ts *runTrees) run(ctx context.Context, specs []string) (report *peer.Report, err error) {
	defer func() { err = ts.close(err, report) }()
	ts.printer.Phase(peer.Connecting)
	ts.eager, ts.line = true, specs
	if ts.o.nice {
		yield()
	}
	for _, told := range ts.o.patterns.told {
		ts.printer.Notice(-1, peer.Problem{Reason: reason.Words(told)})
	}
	members, err := ts.open(ctx, specs)
	if err != nil {
		return nil, err
	}
	o := ts.o.options(ts.session)
	o.Peers = func(ids []index.PeerID) { ts.o.peers = ids }
	if ts.o.confirm {
		o.Ready = confirmation(ssh.NewAsker())
	}
	return latussync.Run(ctx, members, o, observer{ts.printer, &ts.lasting})
}

// open opens the trees as the user named them: first those that are here, which
// are quick to say no.
func (ts *runTrees) open(ctx context.Context, specs []string) ([]peer.Member, error) {
	targets, err := parseTargets(specs)
	if err != nil {
		return nil, err
	}
	if err := ts.o.patterns.below(localRoots(targets)); err != nil {
		return nil, err
	}
	ts.specs, ts.targets = specs, targets
	members := make([]peer.Member, len(specs))
	for i, t := range targets {
		if t.Kind == remote.Local {
			r, err := replica.Open(t.Path, ts.session.local(specs[i]))
			if err != nil {
				return nil, err
			}
			r.NoteShrunk(ts.shrunk)
			if i == 0 && ts.eager {
				o := ts.o.options(ts.session)
				r.Ahead(o.Hello(specs[i]))
			}
			ts.locals = append(ts.locals, r)
			members[i] = peer.Member{Spec: specs[i], Replica: r}
		}
	}
	for i, t := range targets {
		if t.Kind != remote.Local {
			r, err := ts.dial(ctx, i, t)
			if err != nil {
				return nil, err
			}
			ts.remotes = append(ts.remotes, r)
			members[i] = peer.Member{Spec: specs[i], Replica: r}
		}
	}
	return members, nil
}

// localRoots are where the trees on this machine lie.
func localRoots(targets []remote.Target) (roots []string) {
	for _, t := range targets {
		if t.Kind != remote.Local {
			continue
		}
		if root, err := site.Find(t.Path); err == nil {
			roots = append(roots, root.Path)
		}
	}
	return roots
}

func parseTargets(specs []string) ([]remote.Target, error) {
	targets := make([]remote.Target, len(specs))
	for i, spec := range specs {
		t, err := remote.ParseTarget(spec)
		if err != nil {
			return nil, badTree(spec, err)
		}
		targets[i] = t
	}
	return targets, nil
}

// close closes the trees after a run that ended with err. A connection that ends
// badly after a good run is none of the user's business; a tree that does is, and a
// connection that was lost while others wanted something of its tree.
func (ts *runTrees) close(err error, report *peer.Report) error {
	for _, r := range ts.remotes {
		if err == nil && report != nil && report.Problems > 0 && r.client != nil && r.sftp == nil {
			err = r.client.Broken()
		}
		end := r.Close()
		if err != nil {
			err = explained(err, end)
		}
	}
	// Each may have hashes to write down that it learnt while it was read.
	var g errgroup.Group
	for _, r := range ts.locals {
		g.Go(r.Close)
	}
	return cmp.Or(err, g.Wait())
}

// local is how trees on this machine are opened.
func (s *Session) local(spec string) replica.Options {
	return replica.Options{Spec: spec, Version: s.Version, Log: s.Log, StatusText: statusFile}
}
