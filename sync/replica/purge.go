package replica

import (
	"cmp"
	"context"

	"latus/index"
	"latus/sync/plan"
	"latus/sync/site"
	"latus/sync/trash"
)

// Purge removes from the trash of the tree at path what p says; what must stay, as Keep has
// it, stays.
func Purge(ctx context.Context, path string, o Options, conflicts bool, p trash.PurgeOptions) (res trash.PurgeResult, err error) {
	r, err := holding(ctx, path, o)
	if err != nil {
		return res, err
	}
	defer func() { err = cmp.Or(err, r.Close()) }()
	if err := r.readTrash(); err != nil {
		return res, err
	}
	p.Keep = r.needed(conflicts)
	gone, kept, err := r.trash.Doomed(p)
	if err != nil || len(gone) == 0 {
		return trash.PurgeResult{Kept: kept}, err
	}
	if err := r.lease(); err != nil {
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
		err = r.home.Write(site.StatusFile, r.o.StatusText(s), false)
	}
	if err != nil {
		r.o.Log.Warn("what status.txt says is old", "tree", r.o.Spec, "error", err)
	}
}

// statusNow tells how the tree, which was not scanned yet, stands at this moment.
func (r *Replica) statusNow(ctx context.Context) (*Status, error) {
	if r.x.Pending() > 0 {
		r.beginScan()
		if err := r.waitScan(ctx); err != nil {
			return nil, err
		}
	}
	return r.status(), nil
}

// Keep tells whether the trash must hold on to an item: the bytes of a version that was
// decided on and is not in place yet, what a killed run has displaced until that is
// finished, and, unless conflicts are none of its concern, the bytes of a side of an open
// conflict.
func Keep(path string, conflicts bool, o Options) (func(trash.Item) bool, error) {
	r, err := looking(path, o)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return r.needed(conflicts), nil
}

// needed is Keep for a tree whose trash was read.
func (r *Replica) needed(conflicts bool) func(trash.Item) bool {
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
	for _, i := range r.x.Intents() {
		keep[trash.SlotID(i.Trash)] = true
	}
	return func(it trash.Item) bool { return keep[it.ID] }
}
