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

const (
	owners = own | 0o100 // what the owner of a file needs to do with it what it is for
	ownDir = own | 0o100 // the same of a directory
	others = 0o066       // what lets somebody else do something with what is in it
)

// private is mode register r of display d, a file that comes back in the place of what has
// gone: a directory that the other tree has deleted, or a file that d had lost its name to. It
// had its own bits, of which nobody has told since. Whoever its author had not let read it
// shall not.
func private(r index.ModeReg, d index.Head, mine, theirs holder) index.ModeReg {
	if d.Kind != index.File || !r.Set() || r.Gen == d.Gen || mine.displays(d) || theirs.displays(d) {
		return r
	}
	may := r.Value
	switch {
	case mine.shows(index.File) || theirs.shows(index.File):
		may &= owners
	case mine.shows(index.Dir) || theirs.shows(index.Dir):
		may &= own
	}
	if may != r.Value {
		r.Value, r.Stamp = may, next(r.Stamp)
	}
	return r
}

// displays tells whether what h has at the path is version d, or one that is equal to it.
func (h holder) displays(d index.Head) bool {
	i := greatest(h.entry.Heads)
	return i >= 0 && compareContent(h.entry.Heads[i], d, MergeRule{}) == equal
}

// uncover makes private what n shows now, where a authors that a file takes the place of what
// was shown in was and had its name, and has not said which bits it has.
func uncover(n *index.Entry, was []index.Head, a Authoring) {
	before, _ := Display(was)
	after, _ := Display(n.Heads)
	if after.Kind != index.File || before.Gen == after.Gen || !n.Mode.Set() || n.Mode.Gen == a.Gen || n.Mode.Gen == after.Gen {
		return
	}
	may := n.Mode.Value
	switch {
	case before.Kind == index.Dir:
		may &= own
	case before.Kind == index.File && after.Gen != a.Gen:
		may &= owners
	}
	if may != n.Mode.Value {
		n.Mode = set(n.Mode, may, a)
	}
}

// Bits tells which permission bits the file of a version has in a tree; false: nobody knows.
type Bits func(index.Head) (mode uint32, known bool)

// regained is the mode register of e where a authors that version h, a file that lost its name,
// has it again. It has the bits of its file here. If those of the path came with no version that
// is held, somebody may mean the path by them: then they let others do no more with it.
func regained(e *index.Entry, h index.Head, bits Bits, a Authoring) index.ModeReg {
	r := e.Mode
	if d, _ := Display(e.Heads); h.Kind != index.File || h.Gen == d.Gen || r.Gen == h.Gen {
		return r
	}
	is := LostMode(e, h)
	if mode, known := bits(h); known {
		is = is&^a.ModeBits | mode&a.ModeBits
		if r.Set() && !e.Holds(r.Gen) {
			is &^= others &^ r.Value
		}
	}
	if r.Set() && is == r.Value || !r.Set() && is == UsualMode(index.File) {
		return r
	}
	return set(r, is, a)
}

// LostMode is the permission bits of version h of e, a file that lost its name, where only its
// bytes came. The path's are its own if they are older than it is, as those of what it was made
// from. If somebody gave them to another version it has no more of them than its owner needs.
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
	case e.Holds(r.Gen) || len(h.Lineage) == 0 || r.Stamp > h.Utime:
		return r.Value & owners
	default:
		return r.Value
	}
}
