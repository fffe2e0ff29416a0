package scan

import (
	"context"
	"errors"
	"io/fs"

	"latus/index"
	"latus/sync/filter"
	"latus/sync/reason"
	"latus/sync/tree"
)

// look judges one name. c is nil where the index has none.
func (w *worker) look(ctx context.Context, l *listing, name string, c *index.Child) {
	if filter.IsPrivate(name) {
		w.keeps(l.path)
		w.nests(l, name)
		return
	}
	if !index.ValidName(name) || len(l.path)+1+len(name) > index.MaxPath {
		if !l.ignores(name, false) {
			w.problem(l.path.Join(name), c, reason.Words("no name that can be synchronized"), true)
		}
		return
	}
	info, err := l.stat(name)
	switch {
	case err == nil && l.ignores(name, info.Kind == index.Dir):
		w.keeps(l.path)
		w.absent(l, name, c) // what was not ignored, as a file, has given way
	case err == nil:
		w.judge(ctx, l, name, c, info)
	case errors.Is(err, fs.ErrNotExist):
		w.absent(l, name, c)
	case !l.ignores(name, false) || !l.ignores(name, true):
		w.problem(l.path.Join(name), c, tree.Why(err), true)
	}
}

// ignores judges a name, which is not that of a private folder, by the patterns.
// Where there are none the path is not made.
func (l *listing) ignores(name string, isDir bool) bool {
	return !l.scope.Empty() && l.scope.Ignored(l.path.Join(name), isDir)
}

// keeps notes that dir holds something that is left alone. A worker reads one
// directory at a time.
func (w *worker) keeps(dir index.Path) {
	if k := w.saw.Kept; dir != "" && (len(k) == 0 || k[len(k)-1] != dir) {
		w.saw.Kept = append(k, dir)
	}
}

// nests notes that another tree's private folder lies in l, or something of a user's that has
// such a name and stays here for that.
func (w *worker) nests(l *listing, name string) {
	own := name == index.Private || w.traits.FoldsCase
	if own && l.path == "" {
		return
	}
	info, err := l.stat(name)
	switch {
	case err != nil:
	case own && info.Kind == index.Dir:
		w.saw.Nested = append(w.saw.Nested, Nested{l.path, l.fresh})
	default:
		w.saw.Specials = append(w.saw.Specials, Problem{l.path.Join(name), reason.Words(whyPrivate), true})
	}
}

// whyPrivate is said of what a user has named like a private folder.
const whyPrivate = "named like the folder that latus keeps its own files in, which is never synchronized: give it another name"

// judge compares what stands at name, which is not ignored, with what was there.
func (w *worker) judge(ctx context.Context, l *listing, name string, c *index.Child, info tree.Info) {
	switch {
	case info.Device != w.device:
		w.problem(l.path.Join(name), c, reason.Mount.Why(), true)
		return
	case info.Kind == index.Special:
		p := l.path.Join(name)
		if c != nil && c.Witness.Kind != index.Absent {
			w.problem(p, c, reason.Special.Why().After("replaced by "), true)
		} else {
			w.saw.Specials = append(w.saw.Specials, Problem{p, reason.Special.Why(), true})
		}
		return
	case info.Kind == index.Dir:
		s := sub{len(l.found.list), &findings{}}
		l.found.subs = append(l.found.subs, s)
		t := task{path: l.path.Join(name), parent: l.view, found: s.findings}
		if c != nil {
			kept := *c
			t.child = &kept
		}
		l.subs = append(l.subs, t)
		return // it is compared when it is read
	}
	w.known(c)
	w.saw.Files++
	if info.Kind == index.File {
		w.saw.Bytes += info.Size
	}
	w.compare(ctx, l, name, c, info)
	if c != nil && (c.Witness.Kind == index.Dir || c.Below) {
		w.absentBelow(l, l.path.Join(name))
	}
}

// compare notes what differs from the witness of name in l, or of l itself if
// that is "".
func (w *worker) compare(ctx context.Context, l *listing, name string, c *index.Child, info tree.Info) {
	var was index.Witness // Absent
	if c != nil {
		was = c.Witness
	}
	is := w.witness(info)
	if was.Kind == index.File && is.Kind == index.File && sameFile(was, is) {
		w.saw.stayed++
	}
	attrs, err := w.attributes(l, name, was, &is)
	if err != nil {
		w.problem(l.at(name), nil, reason.Of(err), false)
		return
	}
	lags := c != nil && (w.owner != nil && c.Owner != "" && is.Owner.Known() && w.owner(c.Owner, is.Owner) != is.Owner ||
		w.attrs && c.Attrs != "" && is.Attrs.Known() && c.Attrs.Sum() != is.Attrs)
	lags = lags || attrs != "" && was.Ctime != is.Ctime // else they would be looked at each time
	if !differs(was, is, w.traits) && !(w.checksum && info.Kind == index.File) {
		w.seen(c, was, is.Ctime)
		if !lags {
			return
		}
	}
	f := Found{Path: l.at(name), Witness: is, Attrs: attrs}
	if is.Kind == index.File {
		f.Links = info.Links
	}
	if w.checksum && info.Kind == index.File {
		sum, seen, err := stable(ctx, l.dir, name, info)
		if err != nil {
			w.problem(f.Path, nil, tree.Why(err), false)
			return
		}
		f.Hash, f.Witness = sum, w.with(seen, is)
		if !differs(was, f.Witness, w.traits) {
			w.verify(f.Path, sum)
			w.seen(c, was, f.Witness.Ctime)
			if !lags {
				return
			}
		}
	}
	if info.Kind == index.Link {
		target, known := l.targets[name]
		var err error
		if !known {
			target, err = l.dir.Readlink(name)
		}
		if err != nil {
			w.problem(f.Path, nil, tree.Why(err), false)
			return
		}
		f.Target = target
	}
	l.found.list = append(l.found.list, f)
}

// witness is what of a look goes into the index on this filesystem.
func (w *walk) witness(i tree.Info) index.Witness {
	n := i.Witness
	if n.Kind != index.File {
		n.Size = 0
	}
	if n.Kind == index.Dir {
		n.Mtime = 0
	}
	if !w.traits.StableInodes {
		n.Inode = 0
	}
	if !w.traits.BirthTimes || !w.traits.StableInodes {
		n.Btime = 0
	}
	n.Mode = w.traits.Bits(n.Mode)
	return n
}

// differs compares two witnesses of one path, the former first. Change times do not
// count.
func differs(a, b index.Witness, tr tree.Traits) bool {
	switch {
	case a.Kind != b.Kind,
		a.Kind == index.File && a.Size != b.Size,
		a.Kind != index.Dir && !tr.SameTime(a, b),
		a.Kind != index.Link && (a.Mode^b.Mode)&tr.ModeBits != 0,
		b.Owner.Known() && a.Owner != b.Owner,
		b.Attrs.Known() && a.Attrs != b.Attrs:
		return true
	}
	// An inode number may be given out again, but not with the birth time.
	return a.Inode != b.Inode && a.Inode != 0 && b.Inode != 0 ||
		a.Btime != b.Btime && a.Btime != 0 && b.Btime != 0
}

// absent notes that name, and all that the index has seen below it, is not there.
func (w *worker) absent(l *listing, name string, c *index.Child) {
	if c == nil || c.Witness.Kind == index.Absent || l.ignores(name, c.Witness.Kind == index.Dir) {
		return
	}
	p := l.path.Join(name)
	w.gone(l, p, &c.Witness)
	w.absentBelow(l, p)
}

func (w *worker) absentBelow(l *listing, dir index.Path) {
	for e := range w.index.Below(dir) {
		if e.Witness.Kind != index.Absent && !w.filter.Ignored(e.Path, e.Witness.Kind == index.Dir) {
			w.gone(l, e.Path, &e.Witness)
		}
	}
}

func (w *worker) gone(l *listing, p index.Path, was *index.Witness) {
	l.found.list = append(l.found.list, Found{Path: p})
	if w.count(was) {
		w.saw.Lost++
	}
}

// known counts a file or link that was there before.
func (w *worker) known(c *index.Child) {
	if c != nil {
		w.count(&c.Witness)
	}
}

func (w *worker) count(was *index.Witness) bool {
	if was.Kind != index.File && was.Kind != index.Link {
		return false
	}
	w.saw.Was++
	return true
}

// problem notes that nothing can be said about p, nor, with subtree, about what
// is below. c is nil where p is counted already, or not in the index.
func (w *worker) problem(p index.Path, c *index.Child, why reason.Reason, subtree bool) {
	w.saw.Problems = append(w.saw.Problems, Problem{p, why, subtree})
	w.known(c)
	if !subtree {
		return
	}
	for b := range w.index.Below(p) {
		if !w.filter.Ignored(b.Path, b.Witness.Kind == index.Dir) {
			w.count(&b.Witness)
		}
	}
}

func unnamed(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) && err == error(at) {
		return at.Err
	}
	return err
}
