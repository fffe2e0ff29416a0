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

// OpenConflict is a path with versions that exclude each other.
type OpenConflict struct {
	Path     index.Path
	Versions []Version
}

// Version is one side of a conflict.
type Version struct {
	N      int // from 1, the winner
	Head   index.Head
	Author string // name of the tree it was made on; "": nobody authored the directory, what is in it needs it
	Winner bool
	Here   string // "in the tree", "trash:ID", or "" where its bytes are not here
}

// ReadConflicts lists the open conflicts of the tree at path.
func ReadConflicts(path string) ([]OpenConflict, error) {
	r, err := reading(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var cs []OpenConflict
	for c := range r.open() {
		if vs := r.versions(r.edited(r.x.Get(c.Path))); len(vs) > 0 {
			cs = append(cs, OpenConflict{Path: c.Path, Versions: vs})
		}
	}
	return cs, nil
}

// edited is e as the next scan will have it: an edit that no run has seen yet settles a
// conflict, or takes one of its sides. What cannot be looked at stays as it is known.
func (r *Replica) edited(e *index.Entry) *index.Entry {
	dir, name := e.Path.Split()
	d, err := r.home.tree.Open(dir)
	if err != nil {
		return e
	}
	defer d.Close()
	i, err := d.Stat(name)
	if err != nil || i.Kind != index.File && i.Kind != index.Link {
		return e // what is missing may be so for many reasons: that is for the scan to say
	}
	f := plan.Found{Witness: i.Witness}
	if i.Kind == index.Link {
		if f.Target, err = d.Readlink(name); err != nil {
			return e
		}
	}
	now := r.now()
	g := index.GenID{Author: r.cfg.PeerID(), Tag: 1}
	n := plan.Author(e, f, r.authoring(index.Generation{GenID: g, Time: now}, false))
	if n == nil || !authoredBy(n, g) {
		return e
	}
	return n
}

// open yields the conflicts of the index that are not settled, in path order.
func (r *Replica) open() iter.Seq[plan.Conflict] {
	return func(yield func(plan.Conflict) bool) {
		for e := range r.x.Contended() {
			if c, ok := r.conflict(e); ok && !yield(c) {
				return
			}
		}
	}
}

// conflict is the one at e, an entry of the index, if there is one. A directory that
// only what lives in it needs holds its name like any other.
func (r *Replica) conflict(e *index.Entry) (plan.Conflict, bool) {
	if displaced := plan.Displaced(e.Heads); len(displaced) > 0 && inhabited(r.x, e.Path) {
		return plan.Conflict{Path: e.Path, Winner: index.Head{Kind: index.Dir}, Losers: displaced}, true
	}
	for _, c := range conflictsOf(e) {
		return c, true
	}
	return plan.Conflict{}, false
}

// versions lists the sides of a conflict at e, the winner first; none if there
// is no conflict.
func (r *Replica) versions(e *index.Entry) []Version {
	c, ok := r.conflict(e)
	if !ok {
		return nil
	}
	var vs []Version
	for i, h := range append([]index.Head{c.Winner}, c.Losers...) {
		v := Version{N: i + 1, Head: h, Winner: i == 0}
		if h.Gen != (index.GenID{}) {
			v.Author = r.cfg.NameOf(h.Gen.Author)
		}
		here, ok := plan.Display(e.Acked())
		if implied := h.Gen == (index.GenID{}); e.Witness.Kind == h.Kind && (implied || ok && here.Gen == h.Gen) {
			v.Here = "in the tree"
		} else if its := slices.DeleteFunc(r.kept(e, h), func(it trash.Item) bool { return !r.trash.Intact(it) }); len(its) > 0 {
			v.Here = "trash:" + its[0].ID
		}
		vs = append(vs, v)
	}
	return vs
}

// kept are the items in the trash that have the bytes of h, one of e's heads: its
// own, and those of versions known to be equal.
func (r *Replica) kept(e *index.Entry, h index.Head) []trash.Item {
	var its []trash.Item
	for _, gen := range plan.Alike(e, h.Gen) {
		if it, ok := r.trash.Find(e.Path, gen); ok {
			its = append(its, it)
		}
	}
	if it, ok := r.trash.ByHash(h.Hash); ok && h.Hash.Known() {
		its = append(its, it)
	}
	return its
}

// Resolve settles the conflict at p in the tree at path: version keep becomes the
// successor of all of them, and its bytes are put in place. What cannot be done is
// refused before anything is authored, by a ResolveError: the conflict stays open.
func Resolve(ctx context.Context, path string, p index.Path, keep int, o Options) error {
	return settle(ctx, path, p, o, func(r *Replica, e *index.Entry, a plan.Authoring) (*index.Entry, error) {
		vs := r.versions(e)
		switch {
		case len(vs) == 0:
			return nil, &ResolveError{Path: p, Text: "has no open conflict"}
		case keep < 1 || keep > len(vs):
			return nil, &ResolveError{Path: p, Text: "has no such version", Versions: len(vs)}
		}
		v := vs[keep-1]
		switch {
		case vs[0].Head.Kind == index.Dir && keep > 1:
			in, _ := strings.CutPrefix(v.Here, "trash:")
			return nil, &ResolveError{Path: p, Text: "a directory holds the name, no file can take its place", Holds: true, Trash: in}
		case v.Here == "" && v.Head.Kind == index.File:
			return nil, &ResolveError{Path: p, Text: noBytes, Lacks: true}
		case v.Head.Gen == index.GenID{}:
			// What lives in the directory keeps it, as before; only the others end.
			v.Head = index.Head{Kind: index.Deleted}
		}
		return plan.Resolve(e, v.Head, a), nil
	}, (*Replica).canBring)
}

const noBytes = "the bytes of that version are not in this tree"

// canBring refuses what is planned for p where it is sure to fail: the bytes are not
// to be had in this tree, or not what they were.
func (r *Replica) canBring(ctx context.Context, p index.Path) error {
	for _, h := range r.plan.Held {
		if h.Path == p && h.Problem {
			return &ResolveError{Path: p, Text: h.Reason}
		}
	}
	for i := range r.plan.Actions {
		a := &r.plan.Actions[i]
		if a.Path != p || a.Op == plan.Keep {
			continue
		}
		if a.Want >= 0 {
			return &ResolveError{Path: p, Text: noBytes, Lacks: true}
		}
		if it, ok := r.trash.Get(a.Trash); a.Op == plan.Undelete && ok {
			if a.Head.Hash.Known() {
				it.Hash = a.Head.Hash
			}
			err := r.trash.Verify(ctx, it)
			if errors.Is(err, trash.ErrDamaged) {
				return &ResolveError{Path: p, Text: "the bytes of that version in the trash are not as they were", Lacks: true}
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// GiveUp ends the waiting for versions of p whose bytes are not in the tree at
// path, for good: what is here takes their place, in this tree and with the next
// runs in all others. It returns what is at p from now on, and whether anything is.
// Should the bytes turn up after all, on a tree that was away, they go to the trash
// there.
func GiveUp(ctx context.Context, path string, p index.Path, o Options) (left index.Head, live bool, err error) {
	err = settle(ctx, path, p, o, func(r *Replica, e *index.Entry, a plan.Authoring) (*index.Entry, error) {
		n := plan.GiveUp(e, func(h index.Head) bool {
			_, here := r.find(fetch.Want{Path: p, Gen: h.Gen, Hash: h.Hash, Size: h.Size, Origin: h.Origin})
			return !here
		}, a)
		if n == nil {
			return nil, &ResolveError{Path: p, Text: "is not waiting for anything: the bytes of all its versions are here"}
		}
		left, live = plan.Display(n.Heads)
		return n, nil
	}, nil)
	return left, live, err
}

// settle has a tree decide something about p, by what decide makes of its entry,
// and brings the disk there. Only the tree's own bytes are used. check, unless nil,
// may object once the plan is made; then nothing was decided.
func settle(ctx context.Context, path string, p index.Path, o Options,
	decide func(*Replica, *index.Entry, plan.Authoring) (*index.Entry, error),
	check func(*Replica, context.Context, index.Path) error,
) error {
	r, err := Open(path, o)
	if err != nil {
		return err
	}
	defer r.Close()
	if _, err := r.Hello(ctx, peer.Hello{First: true, MaxDelete: peer.Limit{Off: true}}); err != nil {
		return err
	}
	if r.fresh {
		return r.noTree()
	}
	if _, err := r.Look(ctx, peer.LookQuery{Group: r.cfg.GroupID()}); err != nil {
		return err
	}
	e := r.x.Get(p)
	if e == nil {
		return &ResolveError{Path: p, Text: "there is nothing of that name"}
	}
	g := r.generation(r.merged.known)
	n, err := decide(r, e, r.authoring(g, false))
	if err != nil {
		return err
	}
	r.decide(g, []*index.Entry{n})
	r.makePlan()
	if check != nil {
		if err := check(r, ctx, p); err != nil {
			return err
		}
	}
	out, err := r.apply(ctx, "resolve", nobody{}, nil)
	if err == nil {
		// Other paths may have been waiting for long: that is no news here.
		for _, problem := range out.Problems {
			if problem.Path == p {
				err = &ResolveError{Path: p, Text: problem.Reason}
			}
		}
	}
	return err
}

// ResolveError says why a conflict could not be settled.
type ResolveError struct {
	Path     index.Path
	Text     string
	Versions int    // how many there are, if that is the question
	Holds    bool   // a directory holds the name
	Trash    string // if so, the item that has the bytes of the version asked for; "": none
	Lacks    bool   // its bytes are not in this tree as they were
}

func (e *ResolveError) Error() string { return string(e.Path) + ": " + e.Text }

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
