package plan

import "latus/index"

// Found is what a scan saw at one path.
type Found struct {
	Witness index.Witness // Kind Absent: a verified absence
	Target  string        // of a link
	Hash    index.Hash    // zero: not read
	Origin  *index.Origin // the head whose file this one seems to be, moved
	Attrs   index.Attrs   // as they were at the ctime of Witness, which has their sum; "": nobody has looked anew

	Replaced bool // it is another file, even if size and mtime are the same
	Former   Former
}

// Former is what something that is new at its path had under another name, by what others have
// told of that, where the author's filesystem cannot keep all of it. The zero Former: nothing is
// known.
type Former struct {
	Mode  uint32 // permission bits
	Told  bool   // Mode was told
	Stamp int64  // when
	Mtime int64  // of a file, nanoseconds
	Clock uint32 // coarseness of Mtime, nanoseconds; 0: it is not known
}

// Authoring is what a new version needs to know of its author.
type Authoring struct {
	Gen      index.GenID
	Now      int64  // nanoseconds since 1970 UTC
	First    bool   // the tree's first scan
	Clock    uint32 // coarseness of the tree's mtimes, nanoseconds
	Whole    bool   // they are shown without what is below a second
	Inodes   bool   // looks show inode numbers that stay with the files
	ModeBits uint32 // permission bits that stick on this tree
	Owners   Owners // nil: nobody looks at owners
	Attrs    bool   // somebody looks at extended attributes

	// Holds tells whether something of that kind can be at p on the author's filesystem: what
	// cannot was not deleted. nil: everything can.
	Holds func(p index.Path, k index.Kind) bool
	// Moved: the witnesses were taken on another filesystem. Who owned things there, and their
	// attributes, cannot be compared; nor can the permission bits in Unsure, which did not stick.
	Moved  bool
	Unsure uint32
}

// after is when a authors what takes the place of something that was as late as t: later
// than that, as far as there are later times.
func (a Authoring) after(t int64) int64 { return max(min(a.Now, index.MaxTime), next(t)) }

// next is a moment after t; index.MaxTime is the last one.
func next(t int64) int64 { return min(t, index.MaxTime-1) + 1 }

// Author records what a scan found at e.Path. The disk is compared with the
// witness, never with the display: what differs is an edit, and it supersedes
// what this disk had acknowledged and nothing else. nil: nothing is to be
// recorded. The result need not be a new version: perhaps only the witness was
// refreshed, or a hash learnt.
func Author(e *index.Entry, f Found, a Authoring) *index.Entry {
	if f.Witness.Kind == index.Special {
		return nil // reported, never synchronized: neither an edit nor an absence
	}
	if a.Moved {
		e = elsewhere(e)
	}
	s := finding{e: e, f: f, a: a, w: completed(f.Witness, e.Witness), acked: e.Acked()}
	s.shown, s.live = Display(s.acked)
	gone := s.w.Kind == index.Absent
	implied := e.Witness.Kind == index.Dir && !(s.live && s.shown.Kind == index.Dir)
	switch {
	case gone && s.live && e.Witness.Kind.Live() && a.Holds != nil && !a.Holds(e.Path, e.Witness.Kind):
		// The tree came to a filesystem that cannot have it. This disk shows none of its versions now.
		n := s.seen()
		n.Pending, n.Have = true, nil
		return n
	case gone && implied:
		// Nobody authored this directory, so nobody can delete it. A file that gave
		// its name to it is shown again, if not by this run then by the next.
		n := s.seen()
		if s.live && !e.Pending {
			n.Pending, n.Have = true, s.acked
		}
		return n
	case differs(e.Witness, s.w, f, s.shown, a):
		return s.edit()
	}
	return s.look()
}

// finding is what a scan found at a path, beside what is recorded of it.
type finding struct {
	e     *index.Entry
	f     Found
	a     Authoring
	w     index.Witness // completed
	acked []index.Head
	shown index.Head // displayed of acked, if live
	live  bool
}

// completed is w, which follows was, with what nobody looked at as it was.
func completed(w, was index.Witness) index.Witness {
	if w.Kind != was.Kind {
		return w
	}
	if !w.Owner.Known() {
		w.Owner = was.Owner
	}
	if !w.Attrs.Known() && was.Attrs.Known() {
		w.Attrs = was.Attrs
		if w.Ctime != was.Ctime {
			w.Ctime = 0 // they may be others by now
		}
	}
	return w
}

// seen is the entry with what the disk shows, and nothing else new.
func (s *finding) seen() *index.Entry {
	n := *s.e
	n.Witness = s.w
	return &n
}

// look is the entry after a look that found no edit; nil: it told nothing new.
func (s *finding) look() *index.Entry {
	e, w, a, n := s.e, s.w, s.a, s.seen()
	s.register(n, s.shown, false)
	given := n.Mode
	n.Mode = afterChmod(given, e, s.shown)
	late := !e.Pending && s.lags(n, a.Unsure&a.ModeBits)
	if late {
		n.Pending, n.Have = true, s.acked
	}
	if i := annotated(s.acked, s.shown, s.f); i != nil {
		n.Heads, n.Have = ReplaceHash(e.Heads, *i), ReplaceHash(n.Have, *i)
		return n
	}
	told := given != e.Mode || n.Owner != e.Owner || n.Attrs != e.Attrs || w.Owner != e.Witness.Owner || w.Attrs != e.Witness.Attrs
	read := s.f.Attrs != "" && w.Ctime != e.Witness.Ctime // and need not be once more
	if !told && !late && !read && !stale(e.Witness, w, a) {
		return nil
	}
	return n
}

// edit is the entry with a new version in the place of what the disk had acknowledged.
func (s *finding) edit() *index.Entry {
	h, n := s.version(), s.seen()
	s.register(n, h, true)
	leaveUntold(n, s.f.Witness)
	supersede(n, s.acked, h)
	n.Mode = afterEdit(n.Mode, s.e, n.Heads, s.w, s.shown, s.a)
	if now, _ := Display(n.Heads); now.Gen != s.a.Gen {
		uncover(n, s.e.Heads, s.a)
	}
	n.Pending, n.Have = len(n.Heads) > 1 || s.lags(n, s.a.ModeBits), nil
	if n.Pending {
		n.Have = []index.Head{h}
	}
	return n
}

// version is the new version that an edit makes.
func (s *finding) version() index.Head {
	w, f, a := s.w, s.f, s.a
	now := min(a.Now, index.MaxTime)
	h := index.Head{
		Gen:     a.Gen,
		Kind:    w.Kind,
		First:   a.First && len(s.acked) == 0,
		Clock:   max(a.Clock, 1),
		Utime:   now,
		Lineage: lineage(s.acked),
	}
	switch w.Kind {
	case index.Absent:
		h.Kind = index.Deleted
	case index.File:
		h.Size, h.Mtime, h.Hash, h.Origin = w.Size, w.Mtime, f.Hash, f.Origin
		if c := f.Former.Clock; c > 0 && near(f.Former.Mtime, w.Mtime, max(a.Clock, c)) {
			h.Mtime, h.Clock = f.Former.Mtime, c
		}
		h.Utime = min(h.Mtime, now)
		if s.live && s.shown.Kind == index.File && s.shown.Size == w.Size && near(s.shown.Mtime, w.Mtime, max(a.Clock, s.shown.Clock)) {
			h.Lineage = insteadOf(h.Lineage, s.shown)
		}
	case index.Link:
		h.Mtime, h.Target, h.Origin = w.Mtime, f.Target, f.Origin
		h.Utime = min(w.Mtime, now)
	case index.Dir:
		h.Origin = f.Origin
	}
	for _, p := range s.acked {
		h.Utime = max(h.Utime, next(p.Utime))
	}
	return h
}

// register sets the registers of n as the disk tells them; is: the version that stands there,
// edited: it is new.
func (s *finding) register(n *index.Entry, is index.Head, edited bool) {
	n.Mode, n.Owner = moded(s.e, s.w, s.f.Former, s.a, edited), owned(s.e, s.w, is, s.a, edited)
	n.Attrs = attributed(s.e, s.f, s.w, is, s.a, edited)
}

// lags tells whether the disk shows other registers than n has, of permission bits among modes.
func (s *finding) lags(n *index.Entry, modes uint32) bool {
	return disowned(n.Owner, s.w, s.a) || s.a.Attrs && unlike(n.Attrs, s.w) || Lags(n.Mode, s.w, modes)
}

// leaveUntold makes unknown whose the new version of e is, and its attributes, where a run that
// did not look has found it, and nobody has told of its predecessor either: so the next one
// that looks tells it, and nobody else has to guess.
func leaveUntold(e *index.Entry, looked index.Witness) {
	if !looked.Owner.Known() && e.Owner.Value == "" {
		e.Witness.Owner = index.IDs{}
	}
	if !looked.Attrs.Known() && e.Attrs.Value == "" {
		e.Witness.Attrs = 0
	}
}

// differs tells whether the disk shows another version than the witness. An
// inode or a ctime alone does not: a restored backup changes them all.
func differs(was, is index.Witness, f Found, shown index.Head, a Authoring) bool {
	if f.Hash.Known() && is.Kind == index.File && shown.Kind == index.File && shown.Hash.Known() {
		// It was read: the content is as the acknowledged version has it, or not.
		return f.Hash != shown.Hash ||
			!near(is.Mtime, shown.Mtime, max(a.Clock, shown.Clock)) && a.touched(was, is)
	}
	if was.Kind != is.Kind || f.Replaced {
		return true
	}
	switch is.Kind {
	case index.File:
		return was.Size != is.Size || a.touched(was, is)
	case index.Link:
		return shown.Kind == index.Link && shown.Target != f.Target || a.touched(was, is)
	}
	return false
}

// touched tells whether two looks show two mtimes. Where seconds are shown whole, or were by
// one of the two, it is known in which second it was, and no more.
func (a Authoring) touched(was, is index.Witness) bool {
	if !a.Whole && near(was.Mtime, is.Mtime, a.Clock) {
		return false
	}
	return !index.SameTime(was, is, a.Whole, a.Inodes)
}

// stale tells whether a witness would mislead whoever looks at the file before
// replacing it. A ctime is kept in memory by the index, without being written.
func stale(was, is index.Witness, a Authoring) bool {
	switch {
	case was.Kind != is.Kind || was.Size != is.Size && is.Kind == index.File:
		return true
	case was.Inode != is.Inode && was.Inode != 0 && is.Inode != 0:
		return true
	case was.Btime != is.Btime && was.Btime != 0 && is.Btime != 0:
		return true
	}
	return is.Kind != index.Dir && !near(was.Mtime, is.Mtime, a.Clock)
}

// elsewhere is e as far as a look on another filesystem can be compared with it.
func elsewhere(e *index.Entry) *index.Entry {
	n := *e
	n.Witness.Owner, n.Witness.Attrs = index.IDs{}, 0
	return &n
}
