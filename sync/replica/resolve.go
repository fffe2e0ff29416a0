package replica

import (
	"context"
	"errors"
	"iter"
	"strings"

	"latus/index"
	"latus/sync/fetch"
	"latus/sync/plan"
	"latus/sync/trash"
)

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
			return plan.Resolve(e, v, r.bitsAt(e), a), nil
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
		return index.Head{}, &ResolveError{Path: e.Path, Text: "has no open conflict", over: true}
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

// bitsAt tells the permission bits that the file of a version of e has here: in the tree, or as
// it came into the trash.
func (r *Replica) bitsAt(e *index.Entry) plan.Bits {
	return func(h index.Head) (uint32, bool) {
		if here, live := plan.Display(e.Acked()); live && here.Gen == h.Gen && e.Witness.Kind == index.File {
			return e.Witness.Mode, true
		}
		it, ok := r.trash.Find(e.Path, h.Gen)
		return it.Mode, ok && it.Kind == index.File
	}
}

// GiveUp ends the waiting for versions of paths whose bytes are not in the tree at root, for
// good: what is here takes their place, in this tree and with the next runs in all others.
// Should the bytes turn up after all, on a tree that was away, they go to the trash there.
// Each path is named by itself: what else waits may only not have been brought yet.
func GiveUp(ctx context.Context, root string, paths []index.Path, o Options) ([]Settled, error) {
	s := &settling{
		decide: func(r *Replica, e *index.Entry, a plan.Authoring) (*index.Entry, *ResolveError) {
			n := plan.GiveUp(e, func(h index.Head) bool {
				_, here := r.find(fetch.Want{Path: e.Path, Gen: h.Gen, Hash: h.Hash, Size: h.Size, Origin: h.Origin})
				return !here
			}, r.bitsAt(e), a)
			if n == nil {
				return nil, &ResolveError{Path: e.Path, Text: "is not waiting for anything: the bytes of all its versions are here"}
			}
			return n, nil
		},
	}
	return s.run(ctx, root, paths, o)
}

// cannotBring are those of paths for which what is planned is sure to fail: the bytes are
// not to be had in this tree, or not what they were.
func (r *Replica) cannotBring(ctx context.Context, paths map[index.Path]bool) (map[index.Path]*ResolveError, error) {
	refused := map[index.Path]*ResolveError{}
	for _, h := range r.plan.Held {
		if h.Problem && paths[h.Path] {
			refused[h.Path] = &ResolveError{Path: h.Path, Text: h.Reason.String()}
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
