package sync

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"latus/index"
	"latus/sync/peer"
)

// beginner is a Replica that can load before it is greeted: all trees at once.
type beginner interface{ Begin(peer.Hello) }

// Hello is what the first tree of a run with options o is told.
func (o *Options) Hello(spec string) peer.Hello {
	return peer.Hello{
		Dry: o.Dry, Join: o.Join, Mode: o.Mode, First: true, Spec: spec, Filter: o.Filter,
		Checksum: o.Checksum, MaxDelete: o.MaxDelete, Version: o.Version, HardLinks: o.HardLinks, Owner: o.Owner, Xattrs: o.Xattrs,
	}
}

// greet introduces everybody. Whatever speaks against the run as a whole is
// found here, before anything is written.
func (r *run) greet(ctx context.Context) error {
	r.ob.Phase(peer.Connecting)
	r.welcomes = make([]*peer.Welcome, len(r.trees))
	hello := r.o.Hello(r.trees[0].Spec)
	for _, t := range r.trees {
		b, ok := t.Replica.(beginner)
		if !ok {
			// Trees that come after it, and are the same, must not be locked before it.
			break
		}
		b.Begin(hello)
	}
	w, err := r.hub().Hello(ctx, hello)
	if err != nil {
		return err
	}
	r.welcomes[0] = w
	hello.First, hello.Others, hello.Counts = false, []peer.Tree{w.Tree}, w.Counts
	errs := make([]error, len(r.trees))
	r.spokes(ctx, func(ctx context.Context, i int) error {
		h := hello
		h.Spec = r.trees[i].Spec
		r.welcomes[i], errs[i] = r.trees[i].Replica.Hello(ctx, h)
		return nil // what the others say tells more of an error
	})
	if err := r.heldByItself(errs); err != nil {
		return err
	}
	if err := r.failed(errs); err != nil {
		return err
	}
	for _, check := range []func() error{r.checkPlaces, r.checkThere, r.checkRemembered, r.agreeOnGroup} {
		if err := check(); err != nil {
			return err
		}
	}
	for _, w := range r.welcomes {
		r.forked = append(r.forked, w.Forked...)
	}
	return nil
}

func (r *run) refuse(c peer.Cause, i int, format string, args ...any) error {
	return &peer.Refusal{Cause: c, Tree: r.trees[i].Spec, Text: fmt.Sprintf(format, args...)}
}

// heldByItself makes it the same tree twice, where a tree is busy because it takes
// part in this run already.
func (r *run) heldByItself(errs []error) error {
	for i, err := range errs {
		var busy *peer.Refusal
		if !errors.As(err, &busy) || busy.Cause != peer.Busy {
			continue
		}
		for j, w := range r.welcomes {
			if w != nil && w.Place.Overlaps(busy.Place) {
				return r.sameTree(i, j)
			}
		}
	}
	return nil
}

func (r *run) sameTree(i, j int) error {
	return r.refuse(peer.SameTree, i, "is, or lies inside or around, another tree of this run (%s)", r.trees[j].Spec)
}

func (r *run) checkPlaces() error {
	for i, a := range r.welcomes {
		for j, b := range r.welcomes[:i] {
			if a.Place.Overlaps(b.Place) {
				return r.sameTree(i, j)
			}
		}
	}
	return nil
}

// checkThere refuses trees of which none is there: to make empty directories equal is of
// no use to anybody, and most likely somebody mistyped.
func (r *run) checkThere() error {
	if slices.ContainsFunc(r.welcomes, func(w *peer.Welcome) bool { return !w.Missing }) {
		return nil
	}
	return r.refuse(peer.NoneThere, 0, "no such directory, and none of the other trees is there either")
}

// checkRemembered refuses a place where a tree stood that has gone: most likely
// something is not mounted, and everything in it would look deleted, or the
// whole tree would be copied onto the wrong disk.
func (r *run) checkRemembered() error {
	if r.o.Join {
		return nil
	}
	for i, w := range r.welcomes {
		if !w.Fresh {
			continue
		}
		for j, other := range r.welcomes {
			for _, t := range other.Remembers {
				if j != i && t.Place.MayBe(w.Place) {
					return r.refuse(peer.NotMounted, i, "the tree %s stood here, and now there is no %s: not mounted?", t.Name, index.Private)
				}
			}
		}
	}
	return nil
}

// merges tells whether tree i of another group can do without --join: it and another
// tree of the run have met, and only one of the two remembers, so the run in which
// they did was cut off. They are no strangers, whatever group one has joined since.
// Of the two groups the one goes that has no tree but those of the run; if both
// have others, somebody has to say what is meant.
func (r *run) merges(i int) bool {
	cut := false
	for j := range r.welcomes {
		cut = cut || j != i && r.remembers(i, j) != r.remembers(j, i)
	}
	switch {
	case !cut:
		return false
	case !r.hasOthers(r.group):
		r.group = r.welcomes[i].Group
		return true
	}
	return !r.hasOthers(r.welcomes[i].Group)
}

func (r *run) remembers(i, j int) bool {
	return slices.ContainsFunc(r.welcomes[i].Remembers, func(t peer.Tree) bool { return t.Peer == r.welcomes[j].Peer })
}

// hasOthers tells whether a tree of group g remembers one that is not in the run.
func (r *run) hasOthers(g index.GroupID) bool {
	for _, w := range r.welcomes {
		for _, t := range w.Remembers {
			if w.Group == g && !slices.ContainsFunc(r.welcomes, func(w *peer.Welcome) bool { return w.Peer == t.Peer }) {
				return true
			}
		}
	}
	return false
}

func (r *run) agreeOnGroup() error {
	for i, w := range r.welcomes {
		switch {
		case w.Group == 0 || w.Group == r.group:
		case r.group == 0:
			r.group = w.Group
		case !r.o.Join && !r.merges(i):
			return r.refuse(peer.OtherGroup, i, "belongs to another group of trees than %s", r.trees[0].Spec)
		}
	}
	for r.group == 0 {
		var b [8]byte
		if _, err := rand.Read(b[:]); err != nil {
			return err
		}
		r.group = index.GroupID(binary.BigEndian.Uint64(b[:]))
	}
	return nil
}
