package index

// Near tells whether two times in nanoseconds are one at a clock that coarse, 1 at least.
// The ends of what fits, which stand for all dates beyond them, are far from each other.
func Near(a, b, clock int64) bool {
	if a < b {
		a, b = b, a
	}
	return uint64(a)-uint64(b) < uint64(max(clock, 1))
}

// second is the coarseness of times that are shown whole.
const second = int64(1e9)

// SameTime tells whether two looks at one path show one mtime, as far as both can: one of
// them may have been over SFTP, which shows whole seconds and no inodes. whole: that is how
// all are shown now; inodes: now a look shows the inode, which tells the two kinds apart.
func SameTime(a, b Witness, whole, inodes bool) bool {
	far := func(w Witness) bool { return w.Inode == 0 && w.Mtime%second == 0 }
	switch {
	case a.Mtime == b.Mtime:
		return true
	case whole, inodes && far(a) != far(b):
		return floor(a.Mtime) == floor(b.Mtime)
	}
	return false
}

func floor(ns int64) int64 {
	s := ns / second
	if ns%second < 0 {
		s--
	}
	return s
}
