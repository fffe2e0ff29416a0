package replica

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"

	"latus/index"
	"latus/sync/fetch"
	"latus/sync/peer"
	"latus/sync/plan"
	"latus/sync/trash"
)

// Settled is what became of one path that somebody decided about.
type Settled struct {
	Path index.Path
	Left index.Head // what is there from now on, if Live
	Live bool
	Err  error // why it stays as it was, a *ResolveError; nil: it is decided
}

// ResolveError says why a path could not be settled.
type ResolveError struct {
	Path     index.Path
	Text     string
	Versions int    // how many there are, if that is the question
	Holds    bool   // a directory holds the name
	Trash    string // if so, the item that has the bytes of the version asked for; "": none
	Lacks    bool   // its bytes are not in this tree as they were
}

func (e *ResolveError) Error() string { return string(e.Path) + ": " + e.Text }

const noBytes = "the bytes of that version are not in this tree"

// Resolve settles the conflicts at paths in the tree at root: version keep of each becomes
// the successor of all of them, and its bytes are put in place. A path that has no conflict
// stands for all open ones below it, "" for those of the whole tree. What cannot be done
// is refused before anything is authored about that path: its conflict stays open.
func Resolve(ctx context.Context, root string, paths []index.Path, keep int, o Options) ([]Settled, error) {
	s := &settling{
		open: func(r *Replica) iter.Seq[index.Path] {
			return func(yield func(index.Path) bool) {
				for c := range r.open() {
					if !yield(c.Path) {
						return
					}
				}
			}
		},
		decide: func(r *Replica, e *index.Entry, a plan.Authoring) (*index.Entry, *ResolveError) {
			v, wrong := r.choose(e, keep)
			if wrong != nil {
				return nil, wrong
			}
			return plan.Resolve(e, v, a), nil
		},
		refused: (*Replica).cannotBring,
	}
	return s.run(ctx, root, paths, o)
}

// choose is version keep of the conflict at e, as its successor is to be.
func (r *Replica) choose(e *index.Entry, keep int) (index.Head, *ResolveError) {
	vs := r.versions(e)
	switch {
	case len(vs) == 0:
		return index.Head{}, &ResolveError{Path: e.Path, Text: "has no open conflict"}
	case keep < 1 || keep > len(vs):
		return index.Head{}, &ResolveError{Path: e.Path, Text: "has no such version", Versions: len(vs)}
	}
	v := vs[keep-1]
	switch {
	case vs[0].Head.Kind == index.Dir && keep > 1:
		in, _ := strings.CutPrefix(v.Here, "trash:")
		return index.Head{}, &ResolveError{Path: e.Path, Text: "a directory holds the name, no file can take its place", Holds: true, Trash: in}
	case v.Here == "" && v.Head.Kind == index.File:
		return index.Head{}, &ResolveError{Path: e.Path, Text: noBytes, Lacks: true}
	case v.Head.Gen == index.GenID{}:
		// What lives in the directory keeps it, as before; only the others end.
		return index.Head{Kind: index.Deleted}, nil
	}
	return v.Head, nil
}

// GiveUp ends the waiting for versions whose bytes are not in the tree at root, for good:
// what is here takes their place, in this tree and with the next runs in all others. A path
// that waits for none stands for all below it that do, "" for the whole tree. Should the
// bytes turn up after all, on a tree that was away, they go to the trash there.
func GiveUp(ctx context.Context, root string, paths []index.Path, o Options) ([]Settled, error) {
	giveUp := func(r *Replica, e *index.Entry, a plan.Authoring) *index.Entry {
		return plan.GiveUp(e, func(h index.Head) bool {
			_, here := r.find(fetch.Want{Path: e.Path, Gen: h.Gen, Hash: h.Hash, Size: h.Size, Origin: h.Origin})
			return !here
		}, a)
	}
	s := &settling{
		open: func(r *Replica) iter.Seq[index.Path] {
			return func(yield func(index.Path) bool) {
				for e := range r.x.Lagging() {
					if giveUp(r, e, plan.Authoring{}) != nil && !yield(e.Path) {
						return
					}
				}
			}
		},
		decide: func(r *Replica, e *index.Entry, a plan.Authoring) (*index.Entry, *ResolveError) {
			if n := giveUp(r, e, a); n != nil {
				return n, nil
			}
			return nil, &ResolveError{Path: e.Path, Text: "is not waiting for anything: the bytes of all its versions are here"}
		},
	}
	return s.run(ctx, root, paths, o)
}

// settling is how a tree decides something about some of its paths, with nothing but its
// own bytes.
type settling struct {
	open   func(*Replica) iter.Seq[index.Path] // all paths that it could decide about, in order
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
	if _, err := r.Look(ctx, peer.LookQuery{Group: r.cfg.GroupID()}); err != nil {
		return nil, err
	}
	settled := s.named(r, paths)
	if err := s.agree(ctx, r, settled); err != nil {
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
		why[p.Path] = p.Reason
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
	open := slices.Collect(s.open(r))
	which := map[index.Path]bool{}
	for _, p := range paths {
		_, itself := slices.BinarySearchFunc(open, p, index.Compare)
		e, below := r.x.Get(p), 0
		if dir := p == "" || e != nil && e.Witness.Kind == index.Dir; dir && !itself {
			for _, q := range open {
				if q.Under(p) {
					which[q] = true
					below++
				}
			}
		}
		which[p] = itself || below == 0 && p != ""
	}
	var settled []Settled
	for p, is := range which {
		if is {
			settled = append(settled, Settled{Path: p})
		}
	}
	slices.SortFunc(settled, func(a, b Settled) int { return index.Compare(a.Path, b.Path) })
	return settled
}

// agree decides about all that nothing objects to, and plans what comes of that.
func (s *settling) agree(ctx context.Context, r *Replica, settled []Settled) error {
	g := r.generation(r.merged.known)
	a := r.authoring(g, false)
	for {
		var batch []*index.Entry
		decided := map[index.Path]bool{}
		for i := range settled {
			d := &settled[i]
			if d.Err != nil {
				continue
			}
			e := r.x.Get(d.Path)
			if e == nil {
				d.Err = &ResolveError{Path: d.Path, Text: "there is nothing of that name"}
				continue
			}
			n, wrong := s.decide(r, e, a)
			if wrong != nil {
				d.Err = wrong
				continue
			}
			d.Left, d.Live = plan.Display(n.Heads)
			batch, decided[d.Path] = append(batch, n), true
		}
		r.merged = newMerged(r.x)
		r.decide(g, batch)
		r.makePlan()
		if s.refused == nil || len(batch) == 0 {
			return nil
		}
		refused, err := s.refused(r, ctx, decided)
		if err != nil {
			return err
		}
		agreed := true
		for i := range settled {
			if d := &settled[i]; d.Err == nil && refused[d.Path] != nil {
				d.Err, agreed = refused[d.Path], false
			}
		}
		if agreed {
			return nil
		}
	}
}

// cannotBring are those of paths for which what is planned is sure to fail: the bytes are
// not to be had in this tree, or not what they were.
func (r *Replica) cannotBring(ctx context.Context, paths map[index.Path]bool) (map[index.Path]*ResolveError, error) {
	refused := map[index.Path]*ResolveError{}
	for _, h := range r.plan.Held {
		if h.Problem && paths[h.Path] {
			refused[h.Path] = &ResolveError{Path: h.Path, Text: h.Reason}
		}
	}
	for i := range r.plan.Actions {
		a := &r.plan.Actions[i]
		if a.Op == plan.Keep || !paths[a.Path] {
			continue
		}
		if a.Want >= 0 {
			refused[a.Path] = &ResolveError{Path: a.Path, Text: noBytes, Lacks: true}
		}
		if it, ok := r.trash.Get(a.Trash); a.Op == plan.Undelete && ok {
			if a.Head.Hash.Known() {
				it.Hash = a.Head.Hash
			}
			err := r.trash.Verify(ctx, it)
			if errors.Is(err, trash.ErrDamaged) {
				refused[a.Path] = &ResolveError{Path: a.Path, Text: "the bytes of that version in the trash are not as they were", Lacks: true}
			} else if err != nil {
				return nil, err
			}
		}
	}
	return refused, nil
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
