package replica

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/cespare/xxhash/v2"

	"latus/index"
	"latus/sync/config"
	"latus/sync/peer"
	"latus/sync/plan"
	"latus/sync/reason"
)

// Two trees may show different content as the same version: files of one size and mtime
// that were taken for equal when the trees met, or one that is damaged. Nobody sees that who
// does not read them. Under Checksum all are read, so trees compare what came of it.

// digest sums up what the tree has: its versions, what registers say of directories that
// stand for what is in them alone, and under Checksum the content of versions. A tree may have
// forgotten such a directory before it heard of what is in it, and others not.
func (r *Replica) digest() uint64 {
	sum := r.x.Digest()
	var room [256]byte
	for e := range r.x.Implied() {
		if inhabited(r.x, e.Path) {
			b := append(append(room[:0], e.Path...), 0)
			b = binary.LittleEndian.AppendUint32(b, e.Mode.Value)
			b = append(append(append(b, e.Owner.Value...), 0), e.Attrs.Value...)
			sum += xxhash.Sum64(b)
		}
	}
	if !r.hello.Checksum {
		return sum
	}
	for e := range r.x.Survey() {
		if h, live := plan.Display(e.Acked()); live && h.Kind == index.File {
			b := append(append(room[:0], e.Path...), 0)
			sum += xxhash.Sum64(append(b, h.Hash[:]...))
		}
	}
	return sum
}

// deserted tells whether a directory stands here for what was in it alone, and nothing is
// any more: where this tree took nothing from the others when that went.
func (r *Replica) deserted() bool {
	for e := range r.x.Implied() {
		if !inhabited(r.x, e.Path) {
			return true
		}
	}
	return false
}

// inhabited tells whether something lives below dir.
func inhabited(x *index.Index, dir index.Path) bool {
	for e := range x.Below(dir) {
		if _, live := plan.Display(e.Heads); live {
			return true
		}
	}
	return false
}

// unlike is where a version has one content by what this tree says, and another by what
// the other tree says.
type unlike struct {
	path  index.Path
	gen   index.GenID
	lower bool // the hash that this tree has, than the other's
}

// compare looks for such versions. In merged each tree goes on saying what it has itself, so that
// whichever is touched comes to the other one.
func compare(mine, other, merged *index.Entry) (found []unlike) {
	if mine == nil || other == nil {
		return nil
	}
	for i := range mine.Heads {
		h := &mine.Heads[i]
		if !h.Hash.Known() {
			continue
		}
		there, ok := other.Head(h.Gen)
		if !ok || !there.Hash.Known() || h.Hash == there.Hash {
			continue
		}
		if merged != mine {
			merged.Heads, merged.Have = plan.ReplaceHash(merged.Heads, *h), plan.ReplaceHash(merged.Have, *h)
		}
		found = append(found, unlike{mine.Path, h.Gen, bytes.Compare(h.Hash[:], there.Hash[:]) < 0})
	}
	return found
}

// compareAcross looks for a version of this tree that has been taken for another one of a
// first tree that is told nothing: then each goes by its own, and merged lacks the other's.
func compareAcross(mine, other, merged *index.Entry) (found []unlike) {
	if mine == nil || other == nil {
		return nil
	}
	h, live := plan.Display(mine.Heads)
	there, alive := plan.Display(other.Heads)
	if live && alive && !merged.Holds(there.Gen) && plan.TakenForEqual(h, there) {
		found = append(found, unlike{path: mine.Path, gen: h.Gen})
	}
	return found
}

// notAlike notes u, found beside what from says. One of the two trees has the problem, or
// this one where the first tree is told nothing.
func (r *Replica) notAlike(from index.PeerID, u unlike) {
	if r.hello.Mode != peer.TwoWay || u.lower {
		r.unlike = append(r.unlike, plan.Held{Path: u.path, Reason: reason.Unlike.Why(), Problem: true})
		r.unlikeOf = append(r.unlikeOf, config.NewUnlike(u.path, u.gen, from))
	}
}

// putsRight takes back that contents of es differ: a mirror makes them as the first tree has
// them. es are in path order.
func (r *Replica) putsRight(es []*index.Entry) {
	right := func(p index.Path) bool {
		_, ok := slices.BinarySearchFunc(es, p, func(e *index.Entry, p index.Path) int { return index.Compare(e.Path, p) })
		return ok
	}
	r.unlike = slices.DeleteFunc(r.unlike, func(h plan.Held) bool { return right(h.Path) })
	r.unlikeOf = slices.DeleteFunc(r.unlikeOf, func(u config.Unlike) bool { return right(u.Where()) })
}

// withUnlike is held, and where contents differ that should be the same.
func withUnlike(held, unlike []plan.Held) []plan.Held {
	if len(unlike) == 0 {
		return held
	}
	all := slices.Concat(held, unlike)
	slices.SortStableFunc(all, func(a, b plan.Held) int { return index.Compare(a.Path, b.Path) })
	return slices.CompactFunc(all, func(a, b plan.Held) bool { return a.Path == b.Path && b.Reason.Code == reason.Unlike })
}
