package replica

import (
	"cmp"
	"context"

	"latus/index"
	"latus/sync/plan"
	"latus/sync/trash"
)

// Purge removes from the trash of the tree at path what p says; what must stay, as Keep has
// it, stays.
func Purge(ctx context.Context, path string, o Options, conflicts bool, p trash.PurgeOptions) (res trash.PurgeResult, err error) {
	r, err := writing(path, o)
	if err != nil {
		return res, err
	}
	defer func() { err = cmp.Or(err, r.Close()) }()
	if p.Keep, err = Keep(path, conflicts, o); err != nil {
		return res, err
	}
	if res, err = r.trash.Purge(p); res.Items > 0 {
		r.restate(ctx)
	}
	return res, err
}

// restate writes status.txt anew, where something else than a run between trees has changed
// what it says. The tree is locked. It is looked at only if something is pending: the disk
// tells why. What was done is done, also where this fails.
func (r *Replica) restate(ctx context.Context) {
	if r.o.StatusText == nil {
		return
	}
	s, err := r.statusNow(ctx)
	if err == nil {
		err = r.lease()
	}
	if err == nil {
		err = r.home.write(statusFile, r.o.StatusText(s), false)
	}
	if err != nil {
		r.o.Log.Warn("what status.txt says is old", "tree", r.o.Spec, "error", err)
	}
}

// statusNow tells how the tree stands by what its .latus says at this moment.
func (r *Replica) statusNow(ctx context.Context) (*Status, error) {
	now, err := looking(r.path, r.o)
	if err != nil {
		return nil, err
	}
	defer now.Close()
	if now.x.Pending() > 0 {
		now.beginScan()
		if err := now.waitScan(ctx); err != nil {
			return nil, err
		}
	}
	return now.status(), nil
}

// writing opens a tree to work on its trash, with its lock.
func writing(path string, o Options) (*Replica, error) {
	r, err := looking(path, o)
	if err != nil {
		return nil, err
	}
	r.hello.Dry = false
	if err = cmp.Or(r.lock(), r.trash.Close()); err == nil {
		r.trash, err = trash.Open(r.home.tree, false)
	}
	if err == nil {
		err = r.trash.Load()
	}
	if err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// Keep tells whether the trash must hold on to an item: the bytes of a version that was
// decided on and is not in place yet, and, unless conflicts are none of its concern, of
// a side of an open conflict.
func Keep(path string, conflicts bool, o Options) (func(trash.Item) bool, error) {
	r, err := looking(path, o)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	keep := map[string]bool{}
	need := func(e *index.Entry, h index.Head) {
		for _, it := range r.kept(e, h) {
			keep[it.ID] = true
		}
	}
	for c := range r.open() {
		if !conflicts {
			break
		}
		e := r.x.Get(c.Path)
		for _, l := range c.Losers {
			need(e, l)
		}
	}
	for e := range r.x.Lagging() {
		h, live := plan.Display(e.Heads)
		if !live {
			continue
		}
		need(e, h)
		if o := h.Origin; o != nil { // under that name the bytes came here
			if it, ok := r.trash.Find(o.Path, o.Gen); ok {
				keep[it.ID] = true
			}
		}
	}
	return func(it trash.Item) bool { return keep[it.ID] }, nil
}
