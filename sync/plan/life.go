package plan

import "latus/index"

// A register belongs to the life of what stands at a path. Where trees have things of two kinds
// there, or one has nothing, they may have nothing to do with each other: a file that somebody
// made where another tree had a directory, and deleted it.

// concerns tells whether register r of h is about what is of kind k. That of a directory may
// be about one that nobody has a version of and that stands for what is in it, if it was
// set after the version was gone.
func concerns[T comparable](h holder, r index.Reg[T], k index.Kind) bool {
	i := greatest(h.entry.Heads)
	if i >= 0 && h.entry.Heads[i].Kind.Live() {
		return h.entry.Heads[i].Kind == k
	}
	return k == index.Dir && r.Set() && (i < 0 || r.Stamp > h.entry.Heads[i].Utime)
}

// shows tells whether what h has at the path is of kind k.
func (h holder) shows(k index.Kind) bool {
	i := greatest(h.entry.Heads)
	return i >= 0 && h.entry.Heads[i].Kind == k
}

// own is what the author of a file may do with it, and nobody else: the permission bits of
// one that had its own, of which nobody knows by now.
const own = 0o600

// private is mode register r of display d, where it is that of a directory which the other tree
// has deleted: the file that comes back in its place had its own bits, of which nobody has told
// since. Whoever its author had not let read it shall not.
func private(r index.ModeReg, d index.Head, mine, theirs holder) index.ModeReg {
	lost := d.Kind == index.File && !mine.shows(index.File) && !theirs.shows(index.File) &&
		(mine.shows(index.Dir) || theirs.shows(index.Dir)) && r.Set() && r.Gen != d.Gen
	if lost && r.Value&^own != 0 {
		r.Value, r.Stamp = r.Value&own, next(r.Stamp)
	}
	return r
}

// uncover makes private what n shows now, where a authors that a file takes the place of the
// directory which was shown in was, and has not said which bits it has.
func uncover(n *index.Entry, was []index.Head, a Authoring) {
	before, _ := Display(was)
	after, _ := Display(n.Heads)
	if before.Kind != index.Dir || after.Kind != index.File || !n.Mode.Set() || n.Mode.Gen == a.Gen || n.Mode.Gen == after.Gen {
		return
	}
	if n.Mode.Value&^own != 0 {
		n.Mode = set(n.Mode, n.Mode.Value&own, a)
	}
}

// LostMode is the permission bits of version h of e, a file that lost its name, where only its
// bytes came. The path's are its own unless somebody gave them to another version: then it has
// no more of them than its owner needs.
func LostMode(e *index.Entry, h index.Head) uint32 {
	if e == nil || !e.Mode.Set() {
		return UsualMode(index.File)
	}
	d, _ := Display(e.Heads)
	switch r := e.Mode; {
	case r.Gen == h.Gen:
		return r.Value
	case d.Kind == index.Dir:
		return r.Value & own
	case e.Holds(r.Gen):
		return r.Value & (own | 0o100)
	default:
		return r.Value
	}
}
