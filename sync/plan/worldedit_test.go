package plan

import (
	"slices"

	"latus/index"
)

func hashOf(content int) index.Hash {
	return index.Hash{1, byte(content >> 8), byte(content), 7: 1}
}

// What users do.

func (w *world) write(t int, p index.Path, o object) {
	s := w.sides[t]
	for q := range s.disk {
		if q.Under(p) {
			delete(s.disk, q)
		}
	}
	for dir := p.Dir(); dir != ""; dir = dir.Dir() {
		if s.disk[dir].kind != index.Dir {
			s.disk[dir] = object{kind: index.Dir, mode: 0o755, inode: w.inode()}
		}
	}
	s.disk[p] = o
}

func (w *world) inode() uint64 { w.inodes++; return w.inodes }

func (w *world) file(t int, content int) object {
	mode := uint32(0o644)
	if w.fileMode != nil {
		mode = w.fileMode(content)
	}
	return object{
		kind: index.File, content: content, size: w.sizes(content),
		mtime: w.clock + w.sides[t].skew, mode: mode, inode: w.inode(),
	}
}

func (w *world) edit(t int, p index.Path) {
	w.clock += 10
	w.contents++
	w.note("tree %d: write %d to %s", t, w.contents, p)
	w.write(t, p, w.file(t, w.contents))
}

func (w *world) touch(t int, p index.Path) {
	o := w.sides[t].disk[p]
	w.clock += 10
	o.mtime = w.clock + w.sides[t].skew
	w.note("tree %d: touch %s", t, p)
	w.sides[t].disk[p] = o
}

func (w *world) chmod(t int, p index.Path, bits uint32) {
	o := w.sides[t].disk[p]
	w.clock += 10
	o.mode ^= bits
	w.note("tree %d: chmod %o %s", t, o.mode, p)
	w.sides[t].disk[p] = o
}

func (w *world) mkdir(t int, p index.Path) {
	w.clock += 10
	w.note("tree %d: mkdir %s", t, p)
	w.write(t, p, object{kind: index.Dir, mode: 0o755, inode: w.inode()})
}

func (w *world) remove(t int, p index.Path) {
	w.clock += 10
	w.note("tree %d: rm -r %s", t, p)
	for q := range w.sides[t].disk {
		if q == p || q.Under(p) {
			delete(w.sides[t].disk, q)
		}
	}
}

// rename moves from, with all below it, to where nothing is, or onto a file.
func (w *world) rename(t int, from, to index.Path) {
	s := w.sides[t]
	w.note("tree %d: mv %s %s", t, from, to)
	moved := map[index.Path]object{}
	for q, o := range s.disk {
		if q == from || q.Under(from) {
			moved[to+q[len(from):]] = o
			delete(s.disk, q)
		}
	}
	for _, q := range sortedPaths(moved) {
		w.write(t, q, moved[q])
	}
}

func sortedPaths[T any](m map[index.Path]T) []index.Path {
	ps := make([]index.Path, 0, len(m))
	for p := range m {
		ps = append(ps, p)
	}
	slices.SortFunc(ps, index.Compare)
	return ps
}

func (o object) witness() index.Witness {
	w := index.Witness{Kind: o.kind, Mode: o.mode, Inode: o.inode}
	switch o.kind {
	case index.File:
		w.Size, w.Mtime = o.size, o.mtime
	case index.Link:
		w.Mtime = o.mtime
	}
	return w
}

// draw makes the tag of a new generation.
func (w *world) draw(s *side) index.GenID {
	s.seq++
	w.tags = append(w.tags, tagged{s.peer, s.seq})
	return index.GenID{Author: s.peer, Tag: uint64(len(w.tags) - 1)}
}
