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
// before is kept until a scan has looked at everything anew.

// probe finds out what the filesystem can do, unless that is known. A dry run, and one that
// cannot write there, goes by what such a filesystem usually can.
func (r *Replica) probe() error {
	known := r.cfg.SeenFrom(r.distant())
	on := tree.Filesystem(r.home.tree)
	fresh := known.Clock == 0
	moved := !fresh && on != "" && on != r.cfg.Filesystem
	if fresh && r.hello.Dry {
		return nil
	}
	can, written := *known, false
	if moved && r.hello.Dry {
		can = r.expect(can)
	} else if moved || fresh {
		found, err := r.tryOut()
		switch {
		case err == nil:
			can, written = found, true
			r.cfg.Filesystem = on
		case moved && (errors.Is(err, tree.ErrReadOnly) || errors.Is(err, fs.ErrPermission)):
			can = r.expect(can)
		default:
			return err
		}
	}
	r.cameFrom(*known, can, written)
	if written {
		*known = can
	}
	can, err := r.home.readClock(can, !r.hello.Dry)
	if err != nil {
		return r.refuse(peer.Unreadable, "its clock cannot be read: %v", tree.Reason(err))
	}
	r.home.setTraits(can)
	if !written {
		return nil
	}
	if !r.distant() {
		if err := r.home.keepFromGit(); err != nil {
			return fmt.Errorf("%s: cannot write to %s: %w", r.o.Spec, index.Private, err)
		}
	}
	if err := r.home.syncMade(); err != nil {
		return fmt.Errorf("%s: cannot make %s durable: %w", r.o.Spec, index.Private, err)
	}
	return r.home.writeConfig(&r.cfg)
}

// tryOut tries out what the filesystem can do.
func (r *Replica) tryOut() (tree.Traits, error) {
	if err := r.home.dir.Mkdir(staging, 0o700); err != nil && !tree.IsExist(err) {
		return tree.Traits{}, r.cannotStage(err)
	}
	can, err := tree.Probe(r.home.tree)
	if err != nil {
		return tree.Traits{}, fmt.Errorf("%s: cannot find out what the filesystem can do: %w", r.o.Spec, err)
	}
	return can, nil
}

// expect is what can be told of a filesystem without trying, for a tree of which known is
// known. An older latus did not note where that was found.
func (r *Replica) expect(known tree.Traits) tree.Traits {
	if r.cfg.Filesystem == "" {
		return known
	}
	return tree.Expect(r.home.tree)
}

// cameFrom notes what the filesystem could do where the index was written last, if this one
// differs from it.
func (r *Replica) cameFrom(was, can tree.Traits, keep bool) {
	r.before = r.cfg.Before
	if r.before == nil && was.Clock != 0 {
		r.before = &was
	}
	if r.before != nil && shows(*r.before) == shows(can) {
		r.before = nil
	}
	if keep {
		r.cfg.Before = r.before
	}
}

// shows picks the traits that decide what a tree can have, and how it is shown.
func shows(t tree.Traits) tree.Traits {
	return tree.Traits{
		ModeBits: t.ModeBits, FoldsCase: t.FoldsCase, Normalizes: t.Normalizes, Links: t.Links,
		DOSNames: t.DOSNames, UTF8Names: t.UTF8Names,
	}
}

// arrived notes that all of the tree was looked at where it is now.
func (r *Replica) arrived() {
	if r.cfg.Before == nil || r.hello.Dry || len(r.found.Problems) > 0 {
		return
	}
	r.cfg.Before = nil
	if err := r.home.writeConfig(&r.cfg); err != nil {
		r.cfg.Before = r.before // the next run comes to the same
	}
}

// holds tells whether something of that kind, which was on the filesystem that the tree came
// from, can be at p on this one; nil: everything can. What a user takes away from the same
// filesystem is deleted, whatever others say of such names.
func (r *Replica) holds() func(p index.Path, k index.Kind) bool {
	if r.before == nil {
		return nil
	}
	d := disk(r.home.tree.Traits())
	hidden := r.hidden(d.Fold)
	if d.Links && d.Legal == nil && hidden == nil {
		return nil
	}
	return func(p index.Path, k index.Kind) bool {
		if k == index.Link && !d.Links || hidden[p] {
			return false
		}
		for ; p != "" && d.Legal != nil; p = p.Dir() {
			if !d.Legal(p.Base()) {
				return false
			}
		}
		return true
	}
}

// leftBehind is how many files and links this filesystem cannot hold that were on the one that
// the tree came from.
func (r *Replica) leftBehind() (n int) {
	holds := r.holds()
	if holds == nil {
		return 0
	}
	for i := range r.found.Changed {
		f := &r.found.Changed[i]
		if f.Witness.Kind != index.Absent {
			continue
		}
		if e := r.x.Get(f.Path); e != nil && (e.Witness.Kind == index.File || e.Witness.Kind == index.Link) && !holds(f.Path, e.Witness.Kind) {
			n++
		}
	}
	return n
}

// hidden are the paths that gave way when the tree came to a filesystem that takes their names
// for those of others.
func (r *Replica) hidden(fold func(string) string) map[index.Path]bool {
	if fold == nil || disk(*r.before).Fold != nil {
		return nil
	}
	gone := map[string][]index.Path{}
	absent := map[index.Path]bool{}
	for i := range r.found.Changed {
		if f := &r.found.Changed[i]; f.Witness.Kind == index.Absent {
			name := fold(string(f.Path))
			gone[name], absent[f.Path] = append(gone[name], f.Path), true
		}
	}
	hidden := map[index.Path]bool{}
	if len(gone) == 0 {
		return nil
	}
	for e := range r.x.Survey() {
		if e.Witness.Kind == index.Absent || absent[e.Path] {
			continue
		}
		for _, p := range gone[fold(string(e.Path))] {
			hidden[p] = true
		}
	}
	return hidden
}

// authoringFound is authoring of what the scan found.
func (r *Replica) authoringFound(g index.Generation, first bool) plan.Authoring {
	a := r.authoring(g, first)
	a.Holds, a.Unsure, a.Moved = r.holds(), r.unsure(), r.before != nil
	return a
}

// unsure are the permission bits that stick here and did not where the index was written: of
// what they were there the witnesses tell nothing.
func (r *Replica) unsure() uint32 {
	if r.before == nil {
		return 0
	}
	return r.home.tree.Traits().ModeBits &^ r.before.ModeBits
}

// unfit are the entries, but for those that the scan found changed, that show other permission
// bits than they should, now that these stick: to be brought up to date.
func (r *Replica) unfit() (es []*index.Entry) {
	bits := r.unsure()
	if bits == 0 {
		return nil
	}
	changed := map[index.Path]bool{}
	for i := range r.found.Changed {
		changed[r.found.Changed[i].Path] = true
	}
	for e := range r.x.All() {
		if e.Pending || changed[e.Path] || !plan.Lags(e.Mode, e.Witness, bits) {
			continue
		}
		n := *e
		n.Pending, n.Have = true, e.Acked()
		es = append(es, &n)
	}
	return es
}
