package replica

import (
	"errors"
	"fmt"
	"io/fs"

	"latus/index"
	"latus/sync/peer"
	"latus/sync/plan"
	"latus/sync/tree"
)

// A tree may come to another filesystem than its index was written on: it is copied to a
// stick, or the stick is mounted with other options, or by another system. What it cannot
// have there is gone, and what it shows there is not what somebody made of it: neither is an
// edit. So what Probe found is kept with the name of what it was found on, and what was known
// before is kept until a scan has looked at everything anew (carried.go).

// probe finds out what the filesystem can do, unless that is known. A dry run goes by what such
// a filesystem usually can, and one that cannot write there by what every one can.
func (r *Replica) probe() error {
	known := r.cfg.SeenFrom(r.distant())
	on := r.home.Filesystem()
	fresh := known.Clock == 0
	moved := !fresh && on != "" && on != r.cfg.Filesystem
	can, written := *known, false
	switch {
	case fresh && r.hello.Dry: // it was only ever seen the other way, over SFTP or from near
		can = tree.Expect(r.home.Tree)
	case moved && r.hello.Dry:
		can = r.expect(can)
	case moved || fresh:
		found, err := r.tryOut()
		switch {
		case err == nil:
			can, written = found, true
			if on != "" { // over SFTP nothing is found out of the one that is seen here
				r.cfg.Filesystem = on
			}
		case moved && (errors.Is(err, tree.ErrReadOnly) || errors.Is(err, fs.ErrPermission) || errors.Is(err, tree.ErrNoSpace)):
			can = cautious
		default:
			return err
		}
	}
	r.cameFrom(*known, can, written)
	if written {
		*known = can
	}
	can, err := r.home.ReadClock(can, !r.hello.Dry && (written || !moved))
	if err != nil {
		return r.refuse(peer.CannotUse(err), "its clock cannot be read: %v", tree.Reason(err))
	}
	r.home.SetTraits(can)
	if !written {
		return nil
	}
	if !r.distant() {
		if err := r.home.KeepFromGit(); err != nil {
			return fmt.Errorf("%s: cannot write to %s: %w", r.o.Spec, index.Private, err)
		}
	}
	if err := r.home.SyncMade(); err != nil {
		return fmt.Errorf("%s: cannot make %s durable: %w", r.o.Spec, index.Private, err)
	}
	return r.home.WriteConfig(&r.cfg)
}

// tryOut tries out what the filesystem can do.
func (r *Replica) tryOut() (tree.Traits, error) {
	if err := r.home.MakeStaging(); err != nil {
		return tree.Traits{}, r.cannotStage(err)
	}
	can, err := tree.Probe(r.home.Tree)
	if err != nil {
		return tree.Traits{}, fmt.Errorf("%s: cannot find out what the filesystem can do: %w", r.o.Spec, err)
	}
	return can, nil
}

// cautious is a filesystem of which nobody knows anything: what is not there may be one of the
// things that it cannot hold, and bits that it shows may be nobody's.
var cautious = tree.Traits{Clock: 2e9, FoldsCase: true, Normalizes: true, DOSNames: true, UTF8Names: true}

// expect is what can be told of a filesystem without trying, for a tree of which known is
// known. An older latus did not note where that was found.
func (r *Replica) expect(known tree.Traits) tree.Traits {
	if r.cfg.Filesystem == "" {
		return known
	}
	return tree.Expect(r.home.Tree)
}

// disk is what planning has to know of a filesystem.
func disk(t tree.Traits) plan.Disk {
	return plan.Disk{Clock: t.Clock, ModeBits: t.ModeBits, Links: t.Links, Times: t.LinkTimes, Fold: t.Fold(), Legal: t.Legal()}
}
