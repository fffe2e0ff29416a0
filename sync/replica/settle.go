package replica

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"

	"latus/index"
	"latus/sync/fetch"
	"latus/sync/peer"
	"latus/sync/plan"
)

// Settled is what became of one path that somebody decided about.
type Settled struct {
	Path index.Path
	Left index.Head // what is there from now on, if Live
	Live bool
	Err  error // why it stays as it was, a *ResolveError; nil: it is decided

	meant bool // by its own name, not as one of all that are below another
}

// ResolveError says why a path could not be settled.
type ResolveError struct {
	Path     index.Path
	Text     string
	Versions int    // how many there are, if that is the question
	Holds    bool   // a directory holds the name
	Trash    string // if so, the item that has the bytes of the version asked for; "": none
	Lacks    bool   // its bytes are not in this tree as they were
	over     bool   // there is nothing to be settled
}

func (e *ResolveError) Error() string { return string(e.Path) + ": " + e.Text }

// settling is how a tree decides something about some of its paths, with nothing but its
// own bytes.
type settling struct {
	// open are all paths that it could decide about, in order: those that a directory stands
	// for. nil: a directory stands for itself.
	open func(*Replica) iter.Seq[index.Path]

	decide func(*Replica, *index.Entry, plan.Authoring) (*index.Entry, *ResolveError)

	// refused, unless nil, objects to what is planned for some of those paths; then that is
	// not decided.
	refused func(*Replica, context.Context, map[index.Path]bool) (map[index.Path]*ResolveError, error)
}

func (s *settling) run(ctx context.Context, root string, paths []index.Path, o Options) ([]Settled, error) {
	r, err := Open(root, o)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if _, err := r.Hello(ctx, peer.Hello{First: true, MaxDelete: peer.Limit{Off: true}}); err != nil {
		return nil, err
	}
	if r.fresh {
		return nil, r.noTree()
	}
	r.merged = newMerged(r.x)
	settled := s.named(r, paths)
	names := make([]index.Path, len(settled))
	for i := range settled {
		names[i] = settled[i].Path
	}
	r.narrowed = about(names)
	if _, err := r.Look(ctx, peer.LookQuery{Group: r.cfg.GroupID()}); err != nil {
		return nil, err
	}
	if settled, err = s.agree(ctx, r, settled); err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(settled, func(d Settled) bool { return d.Err == nil }) {
		return settled, nil
	}
	out, err := r.apply(ctx, "resolve", nobody{}, nil)
	if err != nil {
		return nil, err
	}
	why := map[index.Path]string{} // other paths may have been waiting for long: that is no news here
	for _, p := range out.Problems {
		why[p.Path] = p.Reason.String()
	}
	for i := range settled {
		if d := &settled[i]; d.Err == nil && why[d.Path] != "" {
			d.Err = &ResolveError{Path: d.Path, Text: why[d.Path]}
		}
	}
	return settled, nil
}

// named are the paths that the given ones stand for, in order.
func (s *settling) named(r *Replica, paths []index.Path) []Settled {
	var open []index.Path
	if s.open != nil {
		open = slices.Collect(s.open(r))
	}
	meant := map[index.Path]bool{} // false: because of a directory
	for _, p := range paths {
		_, itself := slices.BinarySearchFunc(open, p, index.Compare)
		below := 0
		if e := r.x.Get(p); !itself && (p == "" || e != nil && e.Witness.Kind == index.Dir) {
			for _, q := range open {
				if !q.Under(p) {
					continue
				}
				if below++; !meant[q] {
					meant[q] = false
				}
			}
		}
		if itself || below == 0 && p != "" {
			meant[p] = true
		}
	}
	settled := make([]Settled, 0, len(meant))
	for _, p := range slices.SortedFunc(maps.Keys(meant), index.Compare) {
		settled = append(settled, Settled{Path: p, meant: meant[p]})
	}
	return settled
}

// agree decides about all that nothing objects to, and plans what comes of that. What an
// edit has settled meanwhile is none of what is below a directory any more.
func (s *settling) agree(ctx context.Context, r *Replica, settled []Settled) ([]Settled, error) {
	g := r.generation(r.merged.known)
	a := r.authoring(g, false)
	for {
		batch := s.decideAll(r, settled, a)
		settled = slices.DeleteFunc(settled, func(d Settled) bool { return d.Err != nil && !d.meant && isOver(d.Err) })
		r.merged = newMerged(r.x)
		r.decide(g, batch)
		r.narrowed.gen, r.narrowed.decided = g.GenID, map[index.Path]bool{}
		for _, e := range batch {
			r.narrowed.decided[e.Path] = true
		}
		r.makePlan()
		if s.refused == nil || len(batch) == 0 {
			return settled, nil
		}
		refused, err := s.refused(r, ctx, r.narrowed.decided)
		if err != nil || len(refused) == 0 {
			return settled, err
		}
		for i := range settled {
			if d := &settled[i]; d.Err == nil && refused[d.Path] != nil {
				d.Err = refused[d.Path]
			}
		}
	}
}

// decideAll returns the entries of what can be decided, and notes why the others cannot.
func (s *settling) decideAll(r *Replica, settled []Settled, a plan.Authoring) (batch []*index.Entry) {
	for i := range settled {
		d := &settled[i]
		if d.Err != nil {
			continue
		}
		e := r.x.Get(d.Path)
		if e == nil {
			d.Err = &ResolveError{Path: d.Path, Text: "there is nothing of that name", over: true}
			continue
		}
		n, wrong := s.decide(r, e, a)
		if wrong != nil {
			d.Err = wrong
			continue
		}
		d.Left, d.Live = plan.Display(n.Heads)
		batch = append(batch, n)
	}
	return batch
}

func isOver(err error) bool {
	var wrong *ResolveError
	return errors.As(err, &wrong) && wrong.over
}

// nobody is a source without content: what is not in the tree cannot be had.
type nobody struct{}

func (nobody) Send(ctx context.Context, wants []fetch.Want, sink fetch.Sink) error {
	for n := range wants {
		if err := sink.Missing(n, fetch.ErrNoSource); err != nil {
			return err
		}
	}
	return nil
}
