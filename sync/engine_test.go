package sync_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"latus/index"
	latussync "latus/sync"
	"latus/sync/fetch"
	"latus/sync/peer"
	"latus/sync/plan"
	"latus/sync/reason"
	"latus/sync/replica"
	"latus/sync/tree"
	"latus/sync/tree/memory"
)

// world is a few trees in memory and the users who work on them. All clocks are
// logical and all randomness comes from one seed.
type world struct {
	t     testing.TB
	rand  *rand.Rand
	hours int64 // moves all clocks on, by a second
	sites []*site
	made  int  // contents so far
	tidy  int  // see replica.Options
	owner bool // two looks at owners
	attrs bool // two looks at extended attributes

	lists func(peer.DeltaQuery) // is told of what trees are asked what they know; nil: nobody asks
}

// site is one tree with the clock of its machine.
type site struct {
	w     *world
	name  string
	host  string
	mem   *memory.Tree
	tree  tree.Tree // what latus gets instead of mem; nil: mem
	far   bool      // it gets it as a distant one
	skew  int64
	ticks *atomic.Int64
	slept time.Duration
	seed  byte // of all randomness, not 0; 0: the world's
}

// distant is a tree to which many calls go at the same time.
type distant struct{ *memory.Tree }

func (distant) Parallel() int { return 8 }
func (distant) Broken() error { return nil }

func newWorld(t testing.TB, seed uint64, sites int) *world {
	w := &world{t: t, rand: rand.New(rand.NewPCG(seed, 1))}
	for i := range sites {
		w.add(string(rune('A' + i)))
	}
	return w
}

// add makes an empty tree.
func (w *world) add(name string, options ...memory.Option) *site {
	s := &site{w: w, name: name, host: "host" + name, ticks: new(atomic.Int64), skew: int64(len(w.sites)) * 37_000_111}
	s.mem = memory.New(append([]memory.Option{memory.WithName("/" + name), memory.WithClock(s.now)}, options...)...)
	w.sites = append(w.sites, s)
	return s
}

// now is long ago: a scan never takes a file for one that is being written.
func (s *site) now() int64 {
	return 1_600_000_000_000_000_000 + s.w.hours*1e9 + s.skew + s.ticks.Add(1)*1009
}

// clone is a copy of the whole tree with its private folder, under another name.
func (s *site) clone(name string) *site {
	c := &site{w: s.w, name: name, host: "host" + name, ticks: new(atomic.Int64), skew: s.skew + 1_000_003*int64(s.w.rand.IntN(1000)+1)}
	c.mem = s.mem.Clone(memory.WithName("/"+name), memory.WithClock(c.now))
	return c
}

// twin is the same tree once more, with the same clock, for what must not touch
// the tree itself.
func (s *site) twin(seed byte) *site {
	c := &site{w: s.w, name: s.name, host: s.host, ticks: new(atomic.Int64), skew: s.skew, seed: seed}
	c.ticks.Store(s.ticks.Load())
	c.mem = s.mem.Clone(memory.WithName("/"+s.name), memory.WithClock(c.now))
	return c
}

// open makes a replica of the tree, as a new process would.
func (s *site) open() *replica.Replica {
	s.w.t.Helper()
	r, err := replica.Open("/"+s.name, s.options(s.random()))
	if err != nil {
		s.w.t.Fatal(err)
	}
	return r
}

func (s *site) random() io.Reader {
	var seed [32]byte
	for i := range seed {
		if seed[i] = s.seed; s.seed == 0 {
			seed[i] = byte(s.w.rand.Uint32())
		}
	}
	return rand.NewChaCha8(seed)
}

// sleep notes that a run has waited.
func (s *site) sleep(d time.Duration) { s.slept += d }

func (s *site) options(random io.Reader) replica.Options {
	t := tree.Tree(s.mem)
	switch {
	case s.tree != nil:
		t = s.tree
	case s.far:
		t = distant{s.mem}
	}
	return replica.Options{
		Spec: s.name, Host: s.host, Tree: t, Rand: random, Tidy: s.w.tidy,
		Now: func() time.Time { return time.Unix(0, s.now()) }, Sleep: s.sleep,
	}
}

// run is one run over sites as it looked from outside.
type run struct {
	*peer.Report
	err       error
	changes   []string // "B create a/b"
	conflicts []plan.Conflict
	problems  []string
	notices   []string
	lacks     map[*site][]index.Path // content that no tree of the run had, or that could not be compared for that reason
	planned   []*peer.Proposal
	sites     []*site
	told      func() // after each change
}

func (r *run) Phase(peer.Phase)                   { /* not of interest */ }
func (r *run) Progress(peer.Progress)             { /* nor this */ }
func (r *run) Notice(tree int, p peer.Problem)    { r.notices = append(r.notices, p.Reason.String()) }
func (r *run) Planned(tree int, p *peer.Proposal) { r.planned = append(r.planned, p) }
func (r *run) Conflict(c plan.Conflict)           { r.conflicts = append(r.conflicts, c) }
func (r *run) Problem(tree int, p peer.Problem) {
	name := "all"
	if tree >= 0 {
		name = r.sites[tree].name
		if p.Reason.Code == reason.NoBytes || p.Reason.Code == reason.Undecided {
			r.lacks[r.sites[tree]] = append(r.lacks[r.sites[tree]], p.Path)
		}
	}
	r.problems = append(r.problems, fmt.Sprintf("%s %s: %s", name, p.Path, p.Reason))
}

func (r *run) Change(tree int, c peer.Change) {
	r.changes = append(r.changes, fmt.Sprintf("%s %v %s", r.sites[tree].name, c.Op, c.Path))
	if r.told != nil {
		r.told()
	}
}

// off lets any number of files go.
var off = peer.Limit{Off: true}

// sync runs once and tells what came of it.
func (w *world) sync(o latussync.Options, sites ...*site) *run {
	w.t.Helper()
	return w.syncWith(context.Background(), o, nil, sites...)
}

// two is a plain run that has to succeed.
func (w *world) two(sites ...*site) *run {
	w.t.Helper()
	r := w.sync(latussync.Options{MaxDelete: off, Owner: w.owner, Xattrs: w.attrs}, sites...)
	if r.err != nil {
		w.t.Fatal(r.err)
	}
	return r
}

func (w *world) syncWith(ctx context.Context, o latussync.Options, told func(), sites ...*site) *run {
	w.t.Helper()
	w.hours++
	o.Actions = true
	out := &run{sites: sites, told: told, lacks: map[*site][]index.Path{}}
	var members []peer.Member
	order := &turns{done: make([]chan struct{}, len(sites))}
	for i := range order.done {
		order.done[i] = make(chan struct{})
	}
	if o.Mode != peer.TwoWay {
		close(order.done[0]) // the first tree has nothing to carry out
	}
	for i, s := range sites {
		r := s.open()
		defer r.Close()
		members = append(members, peer.Member{Spec: s.name, Replica: &inTurn{Replica: r, turns: order, i: i, w: w}})
	}
	out.Report, out.err = latussync.Run(ctx, members, o, out)
	return out
}

// turns has the trees of a run carry out their plans one after the other, so
// that a seed tells all.
type turns struct{ done []chan struct{} }

type inTurn struct {
	*replica.Replica
	*turns
	i int
	w *world
}

func (r *inTurn) Delta(ctx context.Context, q peer.DeltaQuery) (*peer.Delta, error) {
	if r.w.lists != nil {
		r.w.lists(q)
	}
	return r.Replica.Delta(ctx, q)
}

func (r *inTurn) Apply(ctx context.Context, src fetch.Source, w peer.Follower) (*peer.Outcome, error) {
	if r.i > 0 {
		<-r.done[r.i-1]
	}
	defer close(r.done[r.i])
	return r.Replica.Apply(ctx, src, w)
}
