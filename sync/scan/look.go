package scan

import (
	"context"
	"errors"
	"io/fs"

	"latus/index"
	"latus/sync/filter"
	"latus/sync/tree"
)

var errMount = errors.New("another filesystem is mounted here")

// look judges one name. e is nil where the index has none.
func (w *worker) look(ctx context.Context, l *listing, name string, e *index.Entry) {
	if filter.IsPrivate(name) {
		w.keeps(l.path)
		return
	}
	var p index.Path
	if e != nil {
		p = e.Path
	} else {
		p = l.path.Join(name)
	}
	if !index.ValidName(name) || len(p) > index.MaxPath {
		if !l.scope.Ignored(p, false) {
			w.problem(p, e, "no name that can be synchronized", true)
		}
		return
	}
	info, err := l.dir.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		w.absent(l, e)
	case err != nil:
		if !l.scope.Ignored(p, false) || !l.scope.Ignored(p, true) {
			w.problem(p, e, why(err), true)
		}
	case l.scope.Ignored(p, info.Kind == index.Dir):
		w.keeps(l.path)
	default:
		w.judge(ctx, l, p, e, info)
	}
}

// keeps notes that dir holds something that is left alone. A worker reads one
// directory at a time.
func (w *worker) keeps(dir index.Path) {
	if k := w.saw.Kept; dir != "" && (len(k) == 0 || k[len(k)-1] != dir) {
		w.saw.Kept = append(k, dir)
	}
}

// judge compares what stands at p, which is not ignored, with what was there.
func (w *worker) judge(ctx context.Context, l *listing, p index.Path, e *index.Entry, info tree.Info) {
	switch {
	case info.Device != w.device:
		w.problem(p, e, why(errMount), true)
		return
	case info.Kind == index.Special:
		if e != nil && e.Witness.Kind != index.Absent {
			w.problem(p, e, "replaced by a socket, FIFO or device", true)
		} else {
			w.saw.Specials = append(w.saw.Specials, Problem{p, "a socket, FIFO or device", true})
		}
		return
	case info.Kind == index.Dir:
		s := sub{len(l.found.list), &findings{}}
		l.found.subs = append(l.found.subs, s)
		l.subs = append(l.subs, task{p, e, l.view, s.findings})
		return // it is compared when it is read
	}
	w.known(e)
	w.saw.Files++
	if info.Kind == index.File {
		w.saw.Bytes += info.Size
	}
	w.compare(ctx, l, p, p.Base(), e, info)
	if e != nil && e.Witness.Kind == index.Dir {
		w.absentBelow(l, p)
	}
}

// compare notes what differs from the witness of p. name is p in l, "" for l itself.
func (w *worker) compare(ctx context.Context, l *listing, p index.Path, name string, e *index.Entry, info tree.Info) {
	var was index.Witness // Absent
	if e != nil {
		was = e.Witness
	}
	f := Found{Path: p, Witness: w.witness(info)}
	changed := differs(was, f.Witness, w.traits.ModeBits)
	if w.checksum && info.Kind == index.File {
		sum, seen, err := w.hasher.stable(ctx, l.dir, name, info)
		if err != nil {
			w.problem(p, nil, why(err), false)
			return
		}
		f.Hash, f.Witness = sum, w.witness(seen)
		changed = differs(was, f.Witness, w.traits.ModeBits)
		if !changed {
			w.verify(e, sum)
		}
	}
	if !changed {
		if was.Ctime != f.Witness.Ctime {
			w.index.Seen(e, f.Witness.Ctime)
		}
		return
	}
	if info.Kind == index.Link {
		target, err := l.dir.Readlink(name)
		if err != nil {
			w.problem(p, nil, why(err), false)
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
	return n
}

// differs compares two witnesses of one path. Change times do not count.
func differs(a, b index.Witness, modeBits uint32) bool {
	switch {
	case a.Kind != b.Kind,
		a.Kind == index.File && a.Size != b.Size,
		a.Kind != index.Dir && a.Mtime != b.Mtime,
		a.Kind != index.Link && (a.Mode^b.Mode)&modeBits != 0:
		return true
	}
	// An inode number may be given out again, but not with the birth time.
	return a.Inode != b.Inode && a.Inode != 0 && b.Inode != 0 ||
		a.Btime != b.Btime && a.Btime != 0 && b.Btime != 0
}

// absent notes that e, and all that the index has seen below it, is not there.
func (w *worker) absent(l *listing, e *index.Entry) {
	if e == nil || e.Witness.Kind == index.Absent || l.scope.Ignored(e.Path, e.Witness.Kind == index.Dir) {
		return
	}
	w.gone(l, e)
	w.absentBelow(l, e.Path)
}

func (w *worker) absentBelow(l *listing, dir index.Path) {
	for e := range w.index.Below(dir) {
		if e.Witness.Kind != index.Absent && !w.filter.Ignored(e.Path, e.Witness.Kind == index.Dir) {
			w.gone(l, e)
		}
	}
}

func (w *worker) gone(l *listing, e *index.Entry) {
	l.found.list = append(l.found.list, Found{Path: e.Path})
	if w.known(e) {
		w.saw.Lost++
	}
}

// known counts a file or link that was there before.
func (w *worker) known(e *index.Entry) bool {
	if e == nil || e.Witness.Kind != index.File && e.Witness.Kind != index.Link {
		return false
	}
	w.saw.Was++
	return true
}

// problem notes that nothing can be said about p, nor, with subtree, about what
// is below. e is nil where p is counted already, or not in the index.
func (w *worker) problem(p index.Path, e *index.Entry, reason string, subtree bool) {
	w.saw.Problems = append(w.saw.Problems, Problem{p, reason, subtree})
	w.known(e)
	if !subtree {
		return
	}
	for b := range w.index.Below(p) {
		if !w.filter.Ignored(b.Path, b.Witness.Kind == index.Dir) {
			w.known(b)
		}
	}
}

// why is an error in words, without the name that goes before it anyway.
func why(err error) string {
	var at *fs.PathError
	if errors.As(err, &at) && err == error(at) {
		return at.Err.Error()
	}
	return err.Error()
}
