package plan

import (
	mathbits "math/bits"

	"latus/index"
)

// moded is the mode register after w was found. It moves only if the bits did, or if they
// are those of something new; bits that do not stick here stay as others set them, also under
// another name.
func moded(e *index.Entry, w index.Witness, was Former, a Authoring, edited bool) index.ModeReg {
	bits := sticking(a.ModeBits, w.Kind)
	if was.Told && edited && bears(w.Kind) && e.Witness.Kind == index.Absent && bits&0o777 != 0o777 {
		return formerMode(e, w, was, a, bits)
	}
	if e.Witness.Kind == w.Kind {
		bits &^= a.Unsure
	}
	if w.Kind != index.File && w.Kind != index.Dir || bits == 0 {
		return e.Mode
	}
	old := e.Mode.Value
	unset := !e.Mode.Set()
	if unset {
		old = UsualMode(w.Kind)
	}
	before := old
	if e.Witness.Kind == w.Kind {
		before = e.Witness.Mode
	} else if unset {
		before = ^w.Mode
	}
	anew := edited && !unset && e.Witness.Kind != w.Kind && !expected(e, w)
	if (before^w.Mode)&bits == 0 && !anew {
		return e.Mode
	}
	stamp := min(a.Now, index.MaxTime)
	if a.First && edited && w.Kind == index.File {
		// As old as the file: bits that a first scan finds do not undo a chmod.
		stamp = min(w.Mtime, stamp)
	}
	if !unset {
		stamp = max(stamp, next(e.Mode.Stamp))
	}
	return index.ModeReg{Value: old&^bits | w.Mode&bits, Stamp: stamp, Gen: a.Gen}
}

// formerMode is the mode register of what had another name before. Of bits that it cannot have
// here nobody has said anything since: who set some at this name means them, and it did not.
func formerMode(e *index.Entry, w index.Witness, was Former, a Authoring, bits uint32) index.ModeReg {
	r := set(e.Mode, was.Mode&^bits|w.Mode&bits, a)
	if (was.Mode^w.Mode)&bits != 0 {
		return r
	}
	if r.Stamp = min(was.Stamp, r.Stamp); e.Mode.Set() {
		r.Stamp = max(r.Stamp, next(e.Mode.Stamp))
	}
	return r
}

// public is how much somebody who does not own a file may do with what is in it, if it has
// these permission bits.
func public(mode uint32) int { return mathbits.OnesCount32(mode & others) }

// sticking is which of the permission bits that stick on a tree do so on things of kind k.
// Where only those of writing do, as on Windows, they do not on directories: these can
// always be written to there.
func sticking(bits uint32, k index.Kind) uint32 {
	if k == index.Dir && bits&^0o222 == 0 {
		return 0
	}
	return bits
}

// Lags tells whether the disk has yet to take these permission bits over from others.
func Lags(r index.ModeReg, w index.Witness, bits uint32) bool {
	return (w.Kind == index.File || w.Kind == index.Dir) && r.Set() && (r.Value^w.Mode)&sticking(bits, w.Kind) != 0
}

// Showing is the mode register of e for who is to have what its disk shows: where nobody ever
// set it, the value is what is there, but no generation is told. Of a disk on which not all the
// bits stick nothing is told then.
func Showing(e *index.Entry, bits uint32) index.ModeReg {
	r := e.Mode
	if shown, live := Display(e.Acked()); live && !r.Set() && bits&0o777 == 0o777 && e.Witness.Kind == shown.Kind && bears(shown.Kind) {
		r.Value = UsualMode(shown.Kind)&^bits | e.Witness.Mode&bits
	}
	return r
}

// UsualDir is the permission bits of a directory that nobody ever set.
const UsualDir = 0o755

// UsualMode is for paths whose permission bits nobody ever set: they come from
// filesystems that have none.
func UsualMode(k index.Kind) uint32 {
	if k == index.Dir {
		return UsualDir
	}
	return 0o644
}
