package replica

import (
	"context"
	"errors"
	"fmt"

	"latus/index"
	"latus/sync/filter"
	"latus/sync/peer"
	"latus/sync/plan"
	"latus/sync/scan"
	"latus/sync/tree"
)

// beginScan walks the tree in the background: the answer to Hello need not wait.
func (r *Replica) beginScan() {
	// The scan outlives the call that began it; Close ends it.
	ctx, stop := context.WithCancel(context.Background())
	r.stopScan = stop
	r.scanning = make(chan struct{})
	r.rules = filter.New(r.hello.Filter)
	t, x, o, done := r.home.Tree, r.x, r.scanOptions(), r.scanning
	go func() {
		defer close(done)
		r.found, r.scanErr = scan.Scan(ctx, t, x, o)
		r.early.scanned(r.found, x, r.now())
	}()
}

// endScan ends a scan that goes on, or is done.
func (r *Replica) endScan() {
	if r.stopScan != nil {
		r.stopScan()
		<-r.scanning
	}
}

// scanOptions is how the tree is scanned.
func (r *Replica) scanOptions() scan.Options {
	o := scan.Options{Filter: r.rules, Checksum: r.hello.Checksum}
	if r.home.Tree.Traits().Owners {
		o.Owner = r.home.Owners.Want
	}
	o.Attrs = r.looksAtAttrs()
	return o
}

// looksAtAttrs tells whether this run looks at extended attributes, and there can be any.
func (r *Replica) looksAtAttrs() bool {
	if r.hello.Xattrs && r.attrsOf != r.home {
		r.attrsOf, r.keepsAttrs = r.home, tree.KeepsAttrs(r.home.Tree)
	}
	return r.hello.Xattrs && r.keepsAttrs
}

// seeOwners has owners looked at if the run does.
func (r *Replica) seeOwners() {
	if r.hello.Owner {
		r.home.LookAtOwners()
	}
}

func (r *Replica) waitScan(ctx context.Context) error {
	select {
	case <-r.scanning:
	case <-ctx.Done():
		return ctx.Err()
	}
	switch {
	case r.scanErr == nil && tree.Broken(r.home.Tree) != nil:
		return fmt.Errorf("%s: %w", r.o.Spec, tree.Broken(r.home.Tree))
	case r.scanErr == nil:
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(r.scanErr, scan.ErrLostRoot):
		return r.refuse(peer.Unmounted, "everything that was here is gone, and %s with it: not mounted?", index.Private)
	default:
		return r.refuse(peer.CannotUse(r.scanErr), "cannot be scanned: %v", r.scanErr)
	}
	return nil
}

// guardScan refuses to believe a scan that lost most of the tree. Files that
// turned up elsewhere are not lost.
func (r *Replica) guardScan() error {
	if r.hello.Mode == peer.Mirror && !r.hello.First {
		return nil // what is gone here will be put back
	}
	lost := r.found.Lost
	for _, f := range r.found.Changed {
		if f.Origin != nil && !f.Origin.Linked {
			lost--
		}
	}
	lost -= r.leftBehind()
	if err := plan.Guard(r.found.Was, lost, r.hello.MaxDelete); err != nil {
		return r.refuse(peer.LostRoot, "%s", goneFiles(lost, r.found.Was))
	}
	return nil
}

func goneFiles(lost, was int) string {
	switch {
	case was == 1:
		return "the one file that was here is gone"
	case lost == 1:
		return fmt.Sprintf("1 of the %d files that were here is gone", was)
	}
	return fmt.Sprintf("%d of the %d files that were here are gone", lost, was)
}

// scanTraits picks the traits that a scan depends on.
func scanTraits(t tree.Traits) tree.Traits {
	return tree.Traits{
		Clock: t.Clock, Whole: t.Whole, ModeBits: t.ModeBits, Normalizes: t.Normalizes, StableInodes: t.StableInodes, BirthTimes: t.BirthTimes,
		Owners: t.Owners,
	}
}
