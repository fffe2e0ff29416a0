package replica

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"latus/index"
	"latus/sync/peer"
	"latus/sync/plan"
	"latus/sync/reason"
	"latus/sync/scan"
	"latus/sync/tree"
)

// stamp writes a time the way config.json and the trash list do.
func stamp(ns int64) string { return time.Unix(0, ns).UTC().Format(time.RFC3339) }

// Look implements peer.Replica.
func (r *Replica) Look(ctx context.Context, q peer.LookQuery) (*peer.View, error) {
	r.group, r.others = q.Group, q.Others
	authored, err := r.lookedAhead()
	if authored < 0 {
		authored, err = r.look(ctx, q)
	}
	if err != nil {
		return nil, err
	}
	r.merged = newMerged(r.x)
	r.thin()
	quiet := authored == 0 // nobody else knows what was authored: the run goes on
	if quiet && (r.merged.pending() || r.deserted()) {
		r.makePlan()
		quiet = !r.hasWork()
	}
	k := r.x.Knowledge()
	forked := k.Forked(q.Verify)
	r.forked = append(slices.Clone(q.Forked), forked...)
	v := &peer.View{
		Peer:     r.cfg.PeerID(),
		Name:     r.cfg.Name,
		Counts:   k.Counts(),
		Known:    k.Summary(q.To, r.forked),
		Forked:   forked,
		Digest:   r.digest(),
		Quiet:    quiet,
		Untidy:   quiet && (r.untidy() || r.belated() || r.outdatedUnlike()),
		Files:    r.found.Files,
		Bytes:    r.found.Bytes,
		Authored: authored,
	}
	for _, p := range slices.Concat(r.found.Problems, r.found.Bare) {
		v.Problems = append(v.Problems, peer.Problem{Path: p.Path, Reason: p.Reason})
	}
	switch held := r.knownUnlike(); {
	case r.hello.First && r.hello.Mode != peer.TwoWay:
		v.Problems = append(v.Problems, peer.ProblemsAmong(withUnlike(nil, held))...) // it is not asked for more
	case quiet && r.plan != nil:
		v.Held = peer.ProblemsAmong(withUnlike(r.plan.Held, held))
	case quiet:
		v.Held = peer.ProblemsAmong(withUnlike(nil, held))
	}
	if p, lags := r.unmirrored(); lags {
		v.Problems = append(v.Problems, p)
	}
	if p, lags := r.unfitted(); lags {
		v.Problems = append(v.Problems, p)
	}
	v.Notices = r.notices()
	if q.Known != nil {
		if v.Delta, err = r.Delta(ctx, peer.DeltaQuery{To: q.To, Forked: r.forked, Known: q.Known, Brief: q.Brief}); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// look has the tree scanned and authors what differs. It returns how many paths do.
func (r *Replica) look(ctx context.Context, q peer.LookQuery) (authored int, err error) {
	r.early.enough()
	if err := r.admit(q.Others); err != nil {
		return 0, err
	}
	if err := r.waitScan(ctx); err != nil {
		return 0, err
	}
	if len(q.Others) > 0 {
		if err := cmp.Or(r.guardOuter(q.Group), r.guardInner(q.Group)); err != nil {
			return 0, err
		}
	}
	if r.fresh && !r.hello.Dry {
		if err := r.makeFresh(ctx); err != nil {
			return 0, err
		}
	}
	if err := r.guardScan(); err != nil {
		return 0, err
	}
	if r.narrowed != nil && len(r.before) == 0 { // a tree that came from elsewhere is looked at once, and as a whole
		r.found.Changed = r.narrowed.among(r.found.Changed, disk(r.home.Can).Fold)
	}
	r.recogniseAmong(q)
	authored, err = r.author()
	r.found.Changed, r.found.Hashed = nil, nil // many after a first scan
	return authored, err
}

// notices are what a user should know of the tree, and is no problem.
func (r *Replica) notices() (ns []peer.Problem) {
	for _, p := range r.found.Specials {
		ns = append(ns, peer.Problem{Path: p.Path, Reason: p.Reason})
	}
	for _, n := range r.found.Nested {
		why := reason.NestedBefore.Why()
		if n.New {
			why = reason.Words(nested)
		}
		ns = append(ns, peer.Problem{Path: n.Path, Reason: why})
	}
	ns = append(ns, r.faults()...)
	for _, n := range []string{r.unmakeable(), r.forgetful(), r.unowned(), r.bare()} {
		if n != "" {
			ns = append(ns, peer.Problem{Reason: reason.Words(n)})
		}
	}
	if told := r.forgotten(); told != "" {
		ns = append(ns, peer.Problem{Reason: reason.Words(told)})
	} else if r.renamed != "" {
		ns = append(ns, peer.Problem{Reason: reason.Words("is a copy, or was put back from a backup, and goes on under an id of its own: " + r.renamed)})
	}
	return ns
}

// A tree inside a tree is said once, when the directory is new here, and else only to
// those who want to know more.
const nested = "is a tree itself; its files belong to this one, too, its " + index.Private + " is left alone"

// unmakeable says why a run that is not dry would end here; "" if nothing is known against it.
func (r *Replica) unmakeable() string {
	if !r.fresh || !r.hello.Dry || r.home.Missing {
		return ""
	}
	err := tree.MayMake(r.home.Tree, "")
	if err == nil {
		return ""
	}
	return fmt.Sprintf("a run that is not dry would change nothing: %s cannot be made here: %v", index.Private, tree.Reason(err))
}

// unowned says why a run that looks at owners cannot set them all here; "" if it can,
// or need not.
func (r *Replica) unowned() string {
	switch {
	case !r.hello.Owner, r.hello.First && r.hello.Mode != peer.TwoWay:
		return ""
	case r.home.Owners == nil:
		return "owners cannot be kept here"
	case !r.home.Owners.Users():
		return "owners stay as they are here, and groups that you are not in: only root may set them"
	}
	return ""
}

// bare says why a run that looks at extended attributes cannot keep any here; "" if it
// can, or need not.
func (r *Replica) bare() string {
	if !r.hello.Xattrs || r.looksAtAttrs() {
		return ""
	}
	return "extended attributes cannot be kept here, and stay where they are"
}

// forgotten says what the tree has forgotten of its past: that can bring deleted
// files back, and should not come as a surprise.
func (r *Replica) forgotten() string {
	switch {
	case r.damage != nil && r.damage.Middle:
		return "its index was damaged, and what was written last is lost (" + damaged(r.damage) + "); deleted files may come back"
	case len(r.counts) == 0 && r.hasMet():
		return "its index is missing or empty; deleted files may come back"
	}
	return ""
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

// makeFresh gives a fresh tree its private folder, now that nothing speaks
// against the run. What was scanned is scanned again if the tree was not there,
// or if its filesystem turned out to be other than it looked.
func (r *Replica) makeFresh(ctx context.Context) error {
	before := r.home
	looked := scanned(r.home.Tree.Traits())
	if err := r.make(); err != nil {
		return err
	}
	if err := cmp.Or(r.x.Close(), r.trash.Close()); err != nil {
		return err
	}
	if err := r.load(ctx); err != nil {
		return err
	}
	if r.home == before && scanned(r.home.Tree.Traits()) == looked {
		return nil
	}
	r.beginScan()
	return r.waitScan(ctx)
}

// scanned picks the traits that a scan depends on.
func scanned(t tree.Traits) tree.Traits {
	return tree.Traits{
		Clock: t.Clock, Whole: t.Whole, ModeBits: t.ModeBits, Normalizes: t.Normalizes, StableInodes: t.StableInodes, BirthTimes: t.BirthTimes,
		Owners: t.Owners,
	}
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
		return r.refuse(peer.LostRoot, "%d of the %d files that were here are gone", lost, r.found.Was)
	}
	return nil
}

// lease tells those who cannot see the kernel's lock that this tree is being
// written. A run that writes nothing never takes it.
func (r *Replica) lease() error {
	if r.taken || r.hello.Dry {
		return nil
	}
	r.taken = true
	host := r.o.Host
	if r.distant() {
		host, _ = os.Hostname()
	}
	err := r.home.Lease(fmt.Sprintf("%s, process %d, since %s", host, os.Getpid(), stamp(r.now())))
	if errors.Is(err, tree.ErrBusy) {
		return r.refuse(peer.Busy, "another latus is at work here: %v", err)
	}
	if err != nil {
		return fmt.Errorf("%s: cannot be written: %w", r.o.Spec, err)
	}
	return nil
}

// hasWork tells whether a run can do something about what is pending.
func (r *Replica) hasWork() bool {
	p := r.plan
	return len(p.Actions)+len(p.Acks)+len(r.wants)+len(p.Questions) > 0
}
