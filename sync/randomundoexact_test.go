package sync_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"latus/index"
	latussync "latus/sync"
	"latus/sync/peer"
	"latus/sync/plan"
	"latus/sync/replica"
)

// Whatever came before it, with whatever patterns: while nobody touches anything, the undo of
// a run shows in advance what it does, and the tree is then just as it was before the run, with
// its empty directories and their permission bits. The undo of that is the run again.
func TestRandomRunsAreUndoneExactly(t *testing.T) {
	eachSeed(t, 60, 200, func(t *testing.T, seed uint64) {
		h := newHistory(t, seed, 3)
		for range 12 + h.rand.IntN(20) {
			h.hours += int64(h.rand.IntN(50))
			switch n := h.rand.IntN(10); {
			case n < 5:
				h.change(h.any())
			case n < 7:
				h.changeDirs(h.any())
			default:
				h.runAndUndo(seed%2 == 1)
			}
		}
		for range 3 {
			h.two(h.sites...)
		}
		h.same(h.sites...)
	})
}

// runAndUndo runs over some trees, and undoes that in a copy of each of them.
func (h *history) runAndUndo(patterns bool) {
	h.t.Helper()
	var sites []*site
	var names []string
	for _, i := range h.rand.Perm(len(h.sites))[:2+h.rand.IntN(2)] {
		sites, names = append(sites, h.sites[i]), append(names, h.sites[i].name)
	}
	o := latussync.Options{MaxDelete: off, Join: true}
	if patterns && h.rand.IntN(2) == 0 {
		o.Filter = []string{[]string{"c", "a/", "/b", "d"}[h.rand.IntN(4)]}
	}
	switch h.rand.IntN(8) {
	case 0:
		o.Mode = peer.OneWay
	case 1:
		o.Mode = peer.Mirror
	case 2:
		o.Conflict = plan.KeepBoth
	}
	before := map[*site]map[index.Path]thing{}
	for _, s := range sites {
		before[s] = s.look()
	}
	r := h.sync(o, sites...)
	h.say("run of %v mode %d %q: %v, %q, problems %q", names, o.Mode, o.Filter, r.err, r.changes, r.problems)
	if r.err != nil {
		h.t.Fatal(r.err)
	}
	for _, s := range sites {
		for _, c := range r.changes {
			if strings.HasPrefix(c, s.name+" ") {
				h.undoEdited(s.twin(byte(1 + h.rand.IntN(200))))
				h.undoExactly(s.twin(byte(1+h.rand.IntN(200))), before[s], o.Filter)
				break
			}
		}
	}
	h.hours += 3 // the copies had their clocks
	if s := sites[0]; h.rand.IntN(4) == 0 {
		u := s.undo(replica.UndoOptions{})
		h.say("undo for good in %s: %v, %q, left %q", s.name, u.err, u.changes, u.problems)
	}
}

// beyond tells whether a problem comes of what only the run had left out: an undo has no
// patterns. A directory's move took it along, or another version of it waits.
func beyond(problem string) bool {
	for _, why := range []string{"the directory holds what stays", "changed since that run", "another version waits to be put in place"} {
		if strings.HasSuffix(problem, why) {
			return true
		}
	}
	return false
}

// undoExactly undoes the last run of a tree, which ran with patterns.
func (h *history) undoExactly(s *site, before map[index.Path]thing, patterns []string) {
	h.t.Helper()
	after := s.look()
	u := h.undoAsShown(s)
	if len(patterns) > 0 && u.err == nil && slices.ContainsFunc(u.problems, beyond) {
		return
	}
	if u.err != nil || len(u.problems) > 0 {
		h.t.Fatalf("%s: %v, left %q", s.name, u.err, u.problems)
	}
	s.mustLook("undo", before)
	u = s.undo(replica.UndoOptions{})
	h.say("undo of that: %q, left %q", u.changes, u.problems)
	if u.err != nil || len(u.problems) > 0 {
		h.t.Fatalf("%s: %v, left of the undo %q", s.name, u.err, u.problems)
	}
	s.mustLook("undo of the undo", after)
}

// undoEdited undoes the last run of a tree that somebody has worked in since.
func (h *history) undoEdited(s *site) {
	h.t.Helper()
	for range 1 + h.rand.IntN(3) {
		if h.rand.IntN(2) == 0 {
			h.change(s)
		} else {
			h.changeDirs(s)
		}
	}
	h.undoAsShown(s)
}

// undoAsShown undoes the last run, which a dry run shows before, and counts what is there.
func (h *history) undoAsShown(s *site) *undone {
	h.t.Helper()
	before := s.look()
	dry := s.undo(replica.UndoOptions{Dry: true})
	s.mustLook("a dry run", before)
	u := s.undo(replica.UndoOptions{})
	h.say("undo in %s: %q, left %q", s.name, u.changes, u.problems)
	told := func(u *undone) string { return fmt.Sprint(u.paths, u.deletions, u.changes, u.problems, u.err) }
	if told(u) != told(dry) {
		h.t.Fatalf("%s: a dry run told of %s, the real one of %s", s.name, told(dry), told(u))
	}
	for _, c := range []struct {
		what  string
		of    *undone
		there map[index.Path]thing
	}{{"a dry run", dry, before}, {"the undo", u, s.look()}} {
		files, bytes := sized(c.there)
		if c.of.err == nil && (c.of.Files != files || c.of.Bytes != bytes) {
			h.t.Fatalf("%s: %s counted %d files of %d B, not %d of %d B", s.name, c.what, c.of.Files, c.of.Bytes, files, bytes)
		}
	}
	return u
}

// sized is how many files and links there are, and how many bytes the files have.
func sized(there map[index.Path]thing) (files, bytes int64) {
	for _, t := range there {
		if t.kind == index.File || t.kind == index.Link {
			files++
		}
		if t.kind == index.File {
			bytes += int64(len(t.text))
		}
	}
	return files, bytes
}

// changeDirs has a user do something with directories.
func (h *history) changeDirs(s *site) {
	before := s.look()
	paths := slices.SortedFunc(maps.Keys(before), index.Compare)
	dirs := slices.DeleteFunc(slices.Clone(paths), func(p index.Path) bool { return before[p].kind != index.Dir })
	if len(dirs) == 0 {
		return
	}
	p := dirs[h.rand.IntN(len(dirs))]
	switch h.rand.IntN(5) {
	case 0:
		mode := []uint32{0o700, 0o711, 0o750, 0o755}[h.rand.IntN(4)]
		s.chmod(p, mode)
		h.say("%s: chmod %o %s", s.name, mode, p)
	case 1:
		s.remove(p)
		h.say("%s: rm -r %s", s.name, p)
	case 2: // all that is in it
		for _, q := range paths {
			if q.Dir() == p {
				s.remove(q)
			}
		}
		h.say("%s: rm -r %s/*", s.name, p)
	case 3:
		q := p.Join(string(rune('a' + h.rand.IntN(5))))
		if _, there := before[q]; !there && strings.Count(string(q), "/") < 4 {
			s.mkdir(q)
			h.say("%s: mkdir %s", s.name, q)
		}
	case 4:
		q := p.Join(string(rune('a' + h.rand.IntN(5))))
		if _, there := before[q]; !there {
			text := h.text()
			s.write(q, text)
			h.say("%s: create %s %q", s.name, q, text)
		}
	}
}
