package tree

import "latus/index"

// Whether what stands somewhere is what was seen there before is asked in these ways. What a
// filesystem does not have, or does not keep, says nothing.

// Same tells whether what a look showed is what w remembers. Files are compared
// by kind, size, mtime and mode; links by kind and mtime; directories by kind; all of
// them by identity where the filesystem has one. withCtime also compares the change
// time of files and links, if w knows it: a rename may move it, so it is of no use
// after one.
func (t Traits) Same(i Info, w index.Witness, withCtime bool) bool {
	if i.Kind != w.Kind || !t.SameIdentity(i.Witness, w) {
		return false
	}
	if withCtime && i.Kind != index.Dir && w.Ctime != 0 && i.Ctime != 0 && i.Ctime != w.Ctime {
		return false
	}
	switch i.Kind {
	case index.File:
		return i.Size == w.Size && t.near(i.Witness, w) && (i.Mode^w.Mode)&t.ModeBits == 0
	case index.Link:
		return t.near(i.Witness, w)
	}
	return true
}

// SameIdentity tells whether two looks may have shown one and the same file. It is
// true where nothing says otherwise.
func (t Traits) SameIdentity(a, b index.Witness) bool {
	if !t.StableInodes {
		return true
	}
	if a.Inode != 0 && b.Inode != 0 && a.Inode != b.Inode {
		return false
	}
	return !t.BirthTimes || a.Btime == 0 || b.Btime == 0 || a.Btime == b.Btime
}

// Unwritten tells whether i is what looked like w, by kind, size and identity, with the
// mtime of w or the one that it was being given: as far as those tell, nobody has
// written to it in between.
func (t Traits) Unwritten(i Info, w index.Witness, given int64) bool {
	if i.Kind != w.Kind || i.Size != w.Size || !t.SameIdentity(i.Witness, w) {
		return false
	}
	if i.Kind == index.Dir || t.near(i.Witness, w) {
		return true
	}
	w.Mtime = given
	return t.near(i.Witness, w)
}

// near tells whether two mtimes are one, as coarse as they are here.
func (t Traits) near(a, b index.Witness) bool {
	return index.Near(a.Mtime, b.Mtime, t.Clock) || t.SameTime(a, b)
}

// SameTime tells whether two looks at one path show one mtime, as far as both
// can: one of them may have been over SFTP.
func (t Traits) SameTime(a, b index.Witness) bool {
	return index.SameTime(a, b, t.Whole, t.StableInodes)
}
