// Package sync runs one synchronization from its first word to its last: two
// trees or many, each behind a peer.Replica, made equal in one run that ends.
//
// Run asks and tells the trees in turn; what each of them knows, decides and does
// is its own affair (see package replica). A tree that says no, and a guard, end a run
// before any file is changed, with a *peer.Refusal; what was done before any other end is
// whole, and the next run goes on from there.
package sync

import (
	"cmp"
	"context"
	"slices"

	"golang.org/x/sync/errgroup"

	"latus/index"
	"latus/sync/peer"
)

// Run makes trees equal. The first one is the hub: what the others know is
// gathered there and content that two others exchange passes through this
// process. Run does not close the replicas.
//
// An error is a *peer.Refusal, the context's, or something fatal; the Report
// tells what was done before, and is nil if nothing was.
func Run(ctx context.Context, trees []peer.Member, o Options, ob peer.Observer) (rep *peer.Report, err error) {
	r := &run{trees: trees, o: o, ob: &oneAtATime{ob: ob}}
	defer func() {
		r.withdraw(ctx, err)
		rep = r.tellAllRecovered(rep)
	}()
	if err := r.greet(ctx); err != nil {
		return nil, err
	}
	if o.Planned != nil {
		r.news = newOutlookNews(r.welcomes, o.Checksum)
	}
	if err := r.look(ctx); err != nil {
		return nil, err
	}
	if r.nothingToDo() {
		if err := r.outlook(); err != nil {
			return nil, err
		}
		return r.finish(ctx)
	}
	if err := r.exchange(ctx); err != nil {
		return nil, err
	}
	if err := r.outlook(); err != nil {
		return nil, err
	}
	left, err := r.unreadable(ctx)
	if err != nil {
		return nil, err
	}
	if err := r.present(); err != nil || o.Dry {
		for _, s := range left {
			r.problem(s.tree, peer.Problem{Path: s.path, Reason: s.reason})
		}
		return r.report(), err
	}
	if err := r.ready(ctx); err != nil {
		return r.report(), err
	}
	return r.apply(ctx)
}

// ready asks whether the plans shall be carried out.
func (r *run) ready(ctx context.Context) error {
	if r.o.Ready == nil {
		return nil
	}
	for _, p := range r.proposals {
		if p != nil && len(p.Counts) > 0 {
			err := r.o.Ready(ctx)
			r.declined = err != nil
			return err
		}
	}
	return nil
}

// run is the state of one run, tree by tree in the order of the command line.
type run struct {
	trees []peer.Member
	o     Options
	ob    peer.Observer

	welcomes  []*peer.Welcome
	news      *outlookNews // nil: nobody asks
	forked    []index.PeerID
	group     index.GroupID
	views     []*peer.View
	proposals []*peer.Proposal // nil: the tree is not to be changed
	outcomes  []*peer.Outcome
	conflicts int
	problems  int

	declined bool // Ready did not want the plans to be carried out
	begun    bool // trees were told to make the run's result their own
	mute     bool // it was said that the first tree remembers nobody

	finished int // of how many trees it was told what a killed run had begun there
}

func (r *run) hub() peer.Replica { return r.trees[0].Replica }

// oneWay tells whether the first tree takes nothing from the others.
func (r *run) oneWay() bool { return r.o.Mode != peer.TwoWay }

// spokes calls f for every tree but the first, all at the same time.
func (r *run) spokes(ctx context.Context, f func(ctx context.Context, i int) error) error {
	g, ctx := errgroup.WithContext(ctx)
	for i := 1; i < len(r.trees); i++ {
		g.Go(func() error { return f(ctx, i) })
	}
	return g.Wait()
}

// look has every tree scanned. What new ones found is authored at the same time. The hub's
// knowledge goes out with the question, the others' deltas come back with the answer.
func (r *run) look(ctx context.Context) error {
	r.ob.Phase(peer.Scanning)
	r.views = make([]*peer.View, len(r.trees))
	q := peer.LookQuery{Group: r.group, Others: r.others(0), To: r.least(), Forked: r.forked}
	for _, w := range r.welcomes[1:] {
		q.Verify = append(q.Verify, w.Counts...)
	}
	var err error
	wait := r.lookAhead(ctx)
	r.views[0], err = r.hub().Look(ctx, q)
	wait()
	if err != nil {
		return err
	}
	r.isNow(0)
	r.forked = append(r.forked, r.views[0].Forked...)
	err = r.spokes(ctx, func(ctx context.Context, i int) error {
		v, err := r.trees[i].Replica.Look(ctx, peer.LookQuery{
			Group: r.group, Others: r.others(i), To: r.welcomes[0].Counts, Forked: r.forked,
			Known: &r.views[0].Known, Brief: r.brief(),
		})
		r.views[i] = v
		return err
	})
	if err != nil {
		return err
	}
	for i, v := range r.views {
		r.isNow(i)
		for _, n := range v.Notices {
			r.notice(i, n)
		}
		for _, p := range v.Problems {
			r.problem(i, p)
		}
	}
	for i, v := range r.views {
		r.news.toFirst(i, v.Delta)
	}
	return r.guardRules()
}

// isNow notes who tree i is: a copy found out by its first look that it is one.
func (r *run) isNow(i int) {
	r.welcomes[i].Peer, r.welcomes[i].Name = r.views[i].Peer, r.views[i].Name
}

func (r *run) others(i int) []peer.Tree {
	var ts []peer.Tree
	for j, w := range r.welcomes {
		if j != i {
			ts = append(ts, w.Tree)
		}
	}
	return ts
}

// least is what every tree but the first knows at least: a summary made for it
// can be read by all of them.
func (r *run) least() []index.Count {
	least := map[index.PeerID]index.Count{}
	held := map[index.PeerID]int{}
	for _, w := range r.welcomes[1:] {
		for _, c := range w.Counts {
			held[c.Author]++
			if old, ok := least[c.Author]; !ok || c.N < old.N {
				least[c.Author] = c
			}
		}
	}
	var cs []index.Count
	for id, c := range least {
		if held[id] == len(r.welcomes)-1 {
			cs = append(cs, c)
		}
	}
	slices.SortFunc(cs, func(a, b index.Count) int { return cmp.Compare(a.Author, b.Author) })
	return cs
}

func (r *run) problem(i int, p peer.Problem) {
	r.problems++
	r.ob.Problem(i, p)
}

// report sums up what was done so far.
func (r *run) report() *peer.Report {
	rep := &peer.Report{Conflicts: r.conflicts, Problems: r.problems}
	for i, t := range r.trees {
		tr := peer.TreeReport{Name: t.Spec, Changes: map[string]int{}}
		if w := r.welcomes[i]; w != nil {
			tr.Peer, tr.Name = w.Peer, w.Name
		}
		if r.proposals != nil && r.proposals[i] != nil {
			tr.Changes = r.proposals[i].Counts
			for _, n := range tr.Changes {
				if r.o.Dry {
					rep.Changes += n
				}
			}
		}
		if n := len(r.recovered(i)); n > 0 {
			rep.Changes += n
			tr.Changes = r.withRecovered(i, tr.Changes)
		}
		if r.outcomes != nil && r.outcomes[i] != nil {
			out := r.outcomes[i]
			tr.Run, tr.Bytes, tr.Trashed, tr.Saved = out.Run, out.Bytes, out.Trashed, out.Saved
			rep.Changes += out.Changes
		}
		rep.Trees = append(rep.Trees, tr)
	}
	if r.views != nil && r.views[0] != nil {
		rep.Files, rep.Bytes = r.views[0].Files, r.views[0].Bytes
	}
	if r.outcomes != nil && r.outcomes[0] != nil {
		rep.Files, rep.Bytes = r.outcomes[0].Files, r.outcomes[0].Size
	}
	return rep
}
