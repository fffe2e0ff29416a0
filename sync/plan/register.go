package plan

import (
	"cmp"
	"slices"

	"latus/index"
)

// holder is a tree that a register of a path is merged from.
type holder struct {
	Known
	entry *index.Entry          // what it has at the path
	about func(index.Kind) bool // what the register can be about
	anew  bool                  // has made something there that the other tree has never heard of, and that registers are about
}

// tells tells whether h has anything at the path to tell o. If not, o hears nothing of it.
func (h holder) tells(o holder) bool { return News(h.entry, o) }

// holders are two trees that have these entries of a path, where registers are about
// versions of some kinds.
func holders(mine, theirs *index.Entry, kMine, kTheirs Known, about func(index.Kind) bool) (m, t holder) {
	anew := func(heads []index.Head, k Known) bool {
		return slices.ContainsFunc(heads, func(h index.Head) bool { return about(h.Kind) && !k.Has(h.Gen) })
	}
	return holder{kMine, mine, about, anew(mine.Heads, kTheirs)}, holder{kTheirs, theirs, about, anew(theirs.Heads, kMine)}
}

// dropped tells whether one tree has none because it dropped r with what was deleted:
// what has r is no news to it. Of permission bits and attributes a new link has none of its
// own, and drops none: a directory may have to stand where it should.
func dropped[T comparable](r index.Reg[T], one, has holder) bool {
	return one.anew && one.Has(r.Gen) && !has.anew
}

// bears tells whether what is of kind k has permission bits and extended attributes.
func bears(k index.Kind) bool { return k == index.File || k == index.Dir }

// mergeReg is what two trees' registers of a path come to, where what is of kind k is to stand.
// If only one of them is about such a thing that one counts, whatever the clocks say.
func mergeReg[T cmp.Ordered](mine, theirs index.Reg[T], kMine, kTheirs holder, k index.Kind) index.Reg[T] {
	mine, theirs = meant(mine), meant(theirs)
	if is := concerns(kTheirs, theirs, k); kMine.about(k) && is != concerns(kMine, mine, k) {
		if is {
			return theirs
		}
		return mine
	}
	if overtaken(mine, theirs, kMine, kTheirs) {
		return theirs
	}
	return mine
}

// meant is r without a value that nobody set: that is what a mirror's first tree shows, and
// not to be remembered by who is told.
func meant[T comparable](r index.Reg[T]) index.Reg[T] {
	if !r.Set() {
		return index.Reg[T]{}
	}
	return r
}

// overtaken tells whether theirs takes the place of mine: what the other tree has
// heard of and has no longer was set anew there, or dropped with what was deleted;
// else the later one counts, and any against none. Where either tree has heard of both, one
// had dropped the later one, and was given the earlier one with a version of somebody who
// had not heard of that. Only one of them may have something to tell at the path: then
// that one is told nothing, and what it has counts. The value counts last: one generation
// has set one alone, and should two trees have it otherwise they shall agree.
func overtaken[T cmp.Ordered](mine, theirs index.Reg[T], kMine, kTheirs holder) bool {
	switch {
	case !mine.Set():
		return theirs.Set() && !dropped(theirs, kMine, kTheirs)
	case !theirs.Set():
		return dropped(mine, kTheirs, kMine)
	}
	if mine.Gen != theirs.Gen {
		switch old, late := kTheirs.Has(mine.Gen), kMine.Has(theirs.Gen); {
		case old && !late:
			return true
		case late && !old:
			return false
		case old:
			if told := kTheirs.tells(kMine); told != kMine.tells(kTheirs) {
				return told
			}
		}
	}
	return cmp.Or(cmp.Compare(mine.Stamp, theirs.Stamp), compareGen(mine.Gen, theirs.Gen), cmp.Compare(mine.Value, theirs.Value)) < 0
}

// set is r set to v by a, later than it was.
func set[T comparable](r index.Reg[T], v T, a Authoring) index.Reg[T] {
	return index.Reg[T]{Value: v, Stamp: a.after(r.Stamp), Gen: a.Gen}
}

// When a register was set that nobody means: whoever means it outdoes that.
const (
	guess = 1 // to what somebody saw on a version of another tree
	kept  = 2 // to what the tree of the version had seen before, of which nobody had told, and left as it was
)

// sight is what the disk shows of what one register of a path tells: whose a thing is,
// or its extended attributes.
type sight[T comparable] struct {
	seen    bool          // somebody looked
	known   bool          // and the disk was acknowledged with something that somebody looked at
	moved   bool          // which is another one by now, as far as that is an edit here
	value   T             // what is there, as it is told everywhere
	usual   bool          // which goes without saying
	plain   bool          // nobody needs to have given it to a new directory
	adopted func(T) bool  // the disk shows what a value comes to here; not nil if seen
	over    func(was T) T // value, but for parts that stay as others set them; nil: none do
}

// registered is register r after w was found at e, whose versions are acknowledged and of
// which shown is displayed. What this disk was acknowledged with counts, as for modes: a
// run that did not look left that unknown, and whatever the disk shows then is no edit.
//
// A path of which nobody ever said it gets what is there, as old as its version; but
// where the version is another tree's, that one knows better. What is new at a path of
// something that is gone has nothing of it where nobody looked. A directory found where
// there shall be one, by what others say, may be theirs, its making cut short.
func registered[T comparable](r index.Reg[T], s sight[T], e *index.Entry, w index.Witness, shown index.Head, a Authoring, edited bool) index.Reg[T] {
	var none T
	another := edited && e.Witness.Kind != w.Kind && w.Kind.Live() && !(s.plain && expected(e, w)) // not what had what is registered
	if !s.seen || !w.Kind.Live() {
		if another && r.Value != none {
			return set(r, none, a)
		}
		return r
	}
	if s.usual && r == (index.Reg[T]{}) && !(s.known && s.moved) {
		return r
	}
	n := set(r, s.value, a)
	own := shown.Gen.Author == a.Gen.Author
	guessed := own && r.Stamp == guess && r.Gen.Author != a.Gen.Author && !(s.known && (s.moved || s.adopted(r.Value)))
	if r.Value == none || guessed {
		switch { // with a stamp that is no later, whatever it takes the place of
		case s.known && !s.moved && own:
			n.Stamp = kept
		case s.known && !s.moved:
			return r
		case !edited && s.known: // given something else since
		case !own:
			n.Stamp = guess
		default:
			n.Stamp = max(shown.Utime, next(r.Stamp))
		}
		return n
	}
	switch {
	case !another && (!s.known || !s.moved):
		return r
	case s.adopted(r.Value):
		return r // as others have it, whatever it is called
	case s.over != nil:
		if n.Value = s.over(r.Value); n.Value == r.Value {
			return r
		}
	}
	return n
}

// expected tells whether w is a directory where a version of e is one.
func expected(e *index.Entry, w index.Witness) bool {
	d, live := Display(e.Heads)
	return live && d.Kind == index.Dir && w.Kind == index.Dir
}

// News tells whether e has a version or a register that somebody who has merged k has
// never heard of.
func News(e *index.Entry, k Known) bool {
	for i := range e.Heads {
		if !k.Has(e.Heads[i].Gen) {
			return true
		}
	}
	return Unheard(e, k)
}

// Unheard tells whether a register of e was set by a generation that somebody who has
// merged k has never heard of.
func Unheard(e *index.Entry, k Known) bool {
	for _, g := range e.Sets() {
		if g != (index.GenID{}) && !k.Has(g) {
			return true
		}
	}
	return false
}
