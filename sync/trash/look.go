package trash

import (
	"latus/index"
	"latus/sync/tree"
)

// Same tells whether what a look showed is what w remembers. Files are compared
// by kind, size, mtime and mode; links by kind and mtime; directories by kind; all of
// them by identity where the filesystem has one. withCtime also compares the change
// time of files and links, if w knows it: a rename may move it, so it is of no use
// after one.
func Same(i tree.Info, w index.Witness, tr tree.Traits, withCtime bool) bool {
	if i.Kind != w.Kind || !SameIdentity(i.Witness, w, tr) {
		return false
	}
	if withCtime && i.Kind != index.Dir && w.Ctime != 0 && i.Ctime != 0 && i.Ctime != w.Ctime {
		return false
	}
	switch i.Kind {
	case index.File:
		return i.Size == w.Size && sameTime(i.Witness, w, tr) && (i.Mode^w.Mode)&tr.ModeBits == 0
	case index.Link:
		return sameTime(i.Witness, w, tr)
	}
	return true
}

// SameIdentity tells whether two looks may have shown one and the same file. It is
// true where nothing says otherwise.
func SameIdentity(a, b index.Witness, tr tree.Traits) bool {
	if !tr.StableInodes {
		return true
	}
	if a.Inode != 0 && b.Inode != 0 && a.Inode != b.Inode {
		return false
	}
	return !tr.BirthTimes || a.Btime == 0 || b.Btime == 0 || a.Btime == b.Btime
}

// Unwritten tells whether i is what looked like w, by kind, size and identity, with the
// mtime of w or the one that it was being given: as far as those tell, nobody has
// written to it in between.
func Unwritten(i tree.Info, w index.Witness, given int64, tr tree.Traits) bool {
	if i.Kind != w.Kind || i.Size != w.Size || !SameIdentity(i.Witness, w, tr) {
		return false
	}
	if i.Kind == index.Dir || sameTime(i.Witness, w, tr) {
		return true
	}
	w.Mtime = given
	return sameTime(i.Witness, w, tr)
}

func sameTime(a, b index.Witness, tr tree.Traits) bool {
	d := a.Mtime - b.Mtime
	return d == 0 || max(d, -d) < tr.Clock || tr.SameTime(a, b)
}
