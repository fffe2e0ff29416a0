package plan

import (
	"slices"

	"latus/index"
)

// Found is what a scan saw at one path.
type Found struct {
	Witness index.Witness // Kind Absent: a verified absence
	Target  string        // of a link
	Hash    index.Hash    // zero: not read
	Origin  *index.Origin // the head whose file this one seems to be, moved
	Attrs   index.Attrs   // as they were at the ctime of Witness, which has their sum; "": nobody has looked anew

	Replaced bool // it is another file, even if size and mtime are the same
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
	w := f.Witness
	if w.Kind == index.Special {
		return nil // reported, never synchronized: neither an edit nor an absence
	}
	if a.Moved {
		e = elsewhere(e)
	}
	acked := e.Acked()
	shown, live := Display(acked)
	looked := index.Witness{Owner: w.Owner, Attrs: w.Attrs}
	if !w.Owner.Known() && w.Kind == e.Witness.Kind {
		w.Owner = e.Witness.Owner // nobody looked
	}
	if !w.Attrs.Known() && w.Kind == e.Witness.Kind && e.Witness.Attrs.Known() {
		w.Attrs = e.Witness.Attrs
		if w.Ctime != e.Witness.Ctime {
			w.Ctime = 0 // they may be others by now
		}
	}
	implied := e.Witness.Kind == index.Dir && !(live && shown.Kind == index.Dir)

	n := *e
	n.Witness = w
	if live && w.Kind == index.Absent && e.Witness.Kind.Live() && a.Holds != nil && !a.Holds(e.Path, e.Witness.Kind) {
		// The tree came to a filesystem that cannot have it. This disk shows none of its versions now.
		n.Pending, n.Have = true, nil
		return &n
	}
	edited := differs(e.Witness, w, f, shown, a)
	switch {
	case implied && w.Kind == index.Absent:
		// Nobody authored this directory, so nobody can delete it. A file that gave
		// its name to it is shown again, if not by this run then by the next.
		if live && !e.Pending {
			n.Pending, n.Have = true, acked
		}
		return &n
	case !edited:
		given := moded(e, w, a, false)
		n.Mode, n.Owner, n.Attrs = afterChmod(given, e, shown), owned(e, w, shown, a, false), attributed(e, f, w, shown, a, false)
		late := !e.Pending && (disowned(n.Owner, w, a) || a.Attrs && unlike(n.Attrs, w) || Lags(n.Mode, w, a.Unsure&a.ModeBits))
		read := f.Attrs != "" && w.Ctime != e.Witness.Ctime // and need not be once more
		if late {
			n.Pending, n.Have = true, acked
		}
		if i := annotated(acked, shown, f); i != nil {
			n.Heads, n.Have = ReplaceHash(e.Heads, *i), ReplaceHash(n.Have, *i)
		} else if given == e.Mode && n.Owner == e.Owner && n.Attrs == e.Attrs && w.Owner == e.Witness.Owner && w.Attrs == e.Witness.Attrs &&
			!late && !read && !stale(e.Witness, w, a) {
			return nil
		}
		return &n
	}

	now := min(a.Now, index.MaxTime)
	h := index.Head{
		Gen:     a.Gen,
		Kind:    w.Kind,
		First:   a.First && len(acked) == 0,
		Clock:   max(a.Clock, 1),
		Utime:   now,
		Lineage: lineage(acked),
	}
	switch w.Kind {
	case index.Absent:
		h.Kind = index.Deleted
	case index.File:
		h.Size, h.Mtime, h.Hash, h.Origin = w.Size, w.Mtime, f.Hash, f.Origin
		h.Utime = min(w.Mtime, now)
		if live && shown.Kind == index.File && shown.Size == w.Size && near(shown.Mtime, w.Mtime, max(a.Clock, shown.Clock)) {
			h.Lineage = insteadOf(h.Lineage, shown)
		}
	case index.Link:
		h.Mtime, h.Target, h.Origin = w.Mtime, f.Target, f.Origin
		h.Utime = min(w.Mtime, now)
	case index.Dir:
		h.Origin = f.Origin
	}
	for _, p := range acked {
		h.Utime = max(h.Utime, next(p.Utime))
	}
	n.Mode, n.Owner, n.Attrs = moded(e, w, a, true), owned(e, w, h, a, true), attributed(e, f, w, h, a, true)
	leaveUntold(&n, looked)
	supersede(&n, acked, h)
	n.Mode = afterEdit(n.Mode, e, n.Heads, w, shown, a)
	if now, _ := Display(n.Heads); now.Gen != a.Gen {
		uncover(&n, e.Heads, a)
	}
	n.Pending, n.Have = len(n.Heads) > 1 || Lags(n.Mode, w, a.ModeBits) || disowned(n.Owner, w, a) || a.Attrs && unlike(n.Attrs, w), nil
	if n.Pending {
		n.Have = []index.Head{h}
	}
	return &n
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

// supersede puts h in the place of parents.
func supersede(e *index.Entry, parents []index.Head, h index.Head) {
	heads := make([]index.Head, 0, len(e.Heads)+1)
	for _, o := range e.Heads {
		if !hasGen(parents, o.Gen) {
			heads = append(heads, o)
		}
	}
	e.Heads = append(heads, h)
	sortHeads(e.Heads)
}

// lineage lists what a successor of parents descends from, newest first.
func lineage(parents []index.Head) []index.Ancestor {
	var line []index.Ancestor
	add := func(a index.Ancestor) {
		if len(line) < index.MaxLineage && !slices.Contains(line, a) {
			line = append(line, a)
		}
	}
	parents = slices.Clone(parents)
	slices.SortFunc(parents, func(a, b index.Head) int { return Compare(b, a) })
	for _, p := range parents {
		switch {
		case p.Kind != index.File:
		case p.Hash.Known():
			add(index.Ancestor{Hash: p.Hash.Short()})
		default:
			add(index.Ancestor{Size: p.Size, Mtime: p.Mtime})
		}
	}
	for _, p := range parents {
		for _, a := range p.Lineage {
			add(a)
		}
	}
	return line
}

// insteadOf notes in a lineage that the new version looks as its parent did and is
// not the same: nobody is to take one for the other by size and mtime.
func insteadOf(line []index.Ancestor, parent index.Head) []index.Ancestor {
	look := index.Ancestor{Size: parent.Size, Mtime: parent.Mtime}
	if slices.Contains(line, look) {
		return line
	}
	line = slices.Insert(line, min(1, len(line)), look)
	return line[:min(len(line), index.MaxLineage)]
}

// annotated is the head whose hash was learnt by reading the unchanged file.
func annotated(acked []index.Head, shown index.Head, f Found) *index.Head {
	if !f.Hash.Known() || shown.Kind != index.File || shown.Hash.Known() || f.Witness.Kind != index.File {
		return nil
	}
	if !hasGen(acked, shown.Gen) {
		return nil
	}
	shown.Hash = f.Hash
	return &shown
}

// ReplaceHash is heads where the version of h, if it is among them, has the hash of h.
func ReplaceHash(heads []index.Head, h index.Head) []index.Head {
	i := slices.IndexFunc(heads, func(o index.Head) bool { return o.Gen == h.Gen })
	if i < 0 {
		return heads
	}
	heads = slices.Clone(heads)
	heads[i].Hash = h.Hash
	return heads
}
