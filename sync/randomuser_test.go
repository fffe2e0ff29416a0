package sync_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"latus/index"
)

// change has a user do something to a tree.
func (h *history) change(s *site) {
	before := s.look()
	paths := slices.SortedFunc(maps.Keys(before), index.Compare)
	pick := func(ok func(thing) bool) (index.Path, bool) {
		var ps []index.Path
		for _, p := range paths {
			if ok(before[p]) {
				ps = append(ps, p)
			}
		}
		if len(ps) == 0 {
			return "", false
		}
		return ps[h.rand.IntN(len(ps))], true
	}
	isFile := func(t thing) bool { return t.kind == index.File }
	isDir := func(t thing) bool { return t.kind == index.Dir }
	all := func(thing) bool { return true }
	// free is a path where nothing is, in a directory that is there.
	free := func() (index.Path, bool) {
		dir, _ := pick(isDir)
		if h.rand.IntN(3) == 0 || strings.Count(string(dir), "/") > 1 {
			dir = ""
		}
		p := dir.Join(string(rune('a' + h.rand.IntN(5))))
		_, there := before[p]
		return p, !there
	}
	did := func(format string, args ...any) { h.say("%s: "+format, append([]any{s.name}, args...)...) }
	trash := s.trashed()
	defer func() {
		h.t.Helper()
		// What a run displaced when it was stopped may share its bytes with another name
		// until the next one sees to it.
		if now := s.trashed(); !maps.Equal(trash, now) && !(h.torn[s] && h.kinds.links) {
			h.t.Fatalf("%s: what a user did changed the trash:\n%s", s.name, difference(trash, now))
		}
	}()
	many := 12
	if h.kinds.links {
		many += 4
	}
	what := h.rand.IntN(many)
	if h.kinds.owners && h.rand.IntN(4) == 0 {
		what = 100
	}
	if h.kinds.attrs && h.rand.IntN(4) == 0 {
		what = 101
	}
	switch what {
	case 100:
		o := s.mem.Owners()
		p, ok := pick(all)
		if !ok || o == nil {
			break
		}
		who := []string{"u0:g0", "u1:", ":g1", "u2:g3", "77:", "root:root", "u3:78"}[h.rand.IntN(7)]
		if !o.Any {
			who = []string{":g0", ":g1", ":root"}[h.rand.IntN(3)]
			h.edits[p] = append(h.edits[p], edit{s, before[p].kind == index.Dir, before[p], true, true}) // which look does not show
		}
		s.chown(p, who)
		did("chown %s %s", who, p)
	case 101:
		if p, ok := pick(func(t thing) bool { return t.kind != index.Link }); ok && s.mem.KeepsAttrs() {
			a := []index.Attrs{index.NoAttrs, "a=AA;", "a=AQ;", "a=AA;b=AA;"}[h.rand.IntN(4)]
			s.attribute(p, a)
			did("attributes %s of %s", a, p)
		}
	case 12, 13, 14:
		if p, ok := pick(isFile); ok {
			if to, ok := free(); ok {
				s.hardlink(p, to)
				did("hard link %s %s", p, to)
			}
		}
	case 15:
		if p, ok := pick(isFile); ok {
			text := h.text()
			s.remove(p)
			s.write(p, text)
			did("replace %s %q", p, text)
		}
	case 0, 1:
		if p, ok := free(); ok {
			text := h.text()
			s.write(p, text)
			did("create %s %q", p, text)
		}
	case 2, 3:
		if p, ok := pick(isFile); ok {
			text := h.text()
			s.write(p, text)
			did("edit %s %q", p, text)
		}
	case 4:
		if p, ok := pick(func(t thing) bool { return t.kind != index.Dir }); ok {
			s.remove(p)
			did("delete %s", p)
		}
	case 5:
		if p, ok := free(); ok {
			s.mkdir(p)
			did("mkdir %s", p)
		}
	case 6:
		if p, ok := pick(isDir); ok && h.rand.IntN(2) == 0 {
			s.remove(p)
			did("rm -r %s", p)
		}
	case 7, 8:
		p, ok := pick(all)
		to, fine := free()
		if ok && fine && p != to && !to.Under(p) {
			s.rename(p, to)
			h.movedAlong(before, p, to)
			did("rename %s %s", p, to)
		}
	case 9:
		p, ok := pick(all)
		switch {
		case !ok:
		case before[p].kind == index.Dir:
			s.remove(p)
			s.write(p, h.text())
			did("a file instead of the directory %s", p)
		default:
			s.remove(p)
			s.mkdir(p)
			if h.rand.IntN(2) == 0 {
				s.write(p.Join("a"), h.text())
			}
			did("a directory instead of %s", p)
		}
	case 10:
		p, ok := pick(func(t thing) bool { return t.kind != index.Link })
		switch {
		case !ok:
		case h.rand.IntN(2) == 0 && before[p].kind == index.File:
			s.touch(p, s.now())
			did("touch %s", p)
		default:
			mode := []uint32{0o700, 0o711, 0o750, 0o755, 0o777}[h.rand.IntN(5)]
			s.chmod(p, mode)
			did("chmod %o %s", mode, p)
		}
	case 11:
		if p, ok := free(); ok {
			target := fmt.Sprint("to", h.rand.IntN(9))
			s.link(p, target)
			did("link %s %s", p, target)
		}
	}
	h.note(s, before)
}

// note keeps in mind what a user did.
func (h *history) note(s *site, before map[index.Path]thing) {
	after := s.look()
	paths := maps.Clone(before)
	maps.Copy(paths, after)
	for p := range paths {
		if was, is := before[p], after[p]; was != is {
			e := edit{site: s, dir: was.kind == index.Dir || is.kind == index.Dir, now: is, gave: was.owner != is.owner}
			was.mode, was.attrs = is.mode, is.attrs
			e.told = was != is
			h.edits[p] = append(h.edits[p], e)
			if before[p].kind.Live() && before[p].kind != is.kind {
				delete(h.moved, p)
			}
		}
	}
}

// movedAlong keeps in mind where what a user renames comes from.
func (h *history) movedAlong(before map[index.Path]thing, from, to index.Path) {
	if h.moved == nil {
		h.moved = map[index.Path][]index.Path{}
	}
	for p := range before {
		if p == from || p.Under(from) {
			q := to + p[len(from):]
			h.moved[q] = append(append(h.moved[q], h.moved[p]...), p)
		}
	}
}

// accident is what happens to whole trees.
func (h *history) accident() {
	s := h.any()
	i := slices.Index(h.sites, s)
	switch h.rand.IntN(9) {
	case 0, 1:
		h.backups[s] = s.clone(s.name)
		h.say("%s: a backup", s.name)
	case 2:
		if old := h.backups[s]; old != nil {
			h.sites[i], h.equal, h.replaced = old.clone(s.name), false, true
			h.say("%s: put back from the backup", s.name)
		}
	case 3:
		from := h.any()
		if from != s {
			h.sites[i], h.equal, h.replaced = from.clone(s.name), false, true
			h.say("%s: replaced by a copy of %s", s.name, from.name)
		}
	case 4:
		if h.rand.IntN(2) == 0 && s.mem.User() != nil {
			if d, err := s.mem.User().Open(index.Private); err == nil {
				defer d.Close()
				if d.Remove("index.jsonl") == nil {
					// Versions that were known by it alone are given up by nobody else.
					h.equal, h.replaced = false, true
					h.say("%s: the index is gone", s.name)
				}
			}
		}
	case 5:
		hours := int64(h.rand.IntN(200)) - 100
		if h.rand.IntN(4) == 0 {
			hours *= 876 // ten years at most
		}
		s.skew += hours * 3600_000_000_007
		h.say("%s: the clock jumps", s.name)
	case 6:
		s.skew += int64(h.rand.IntN(3)-1) * 10 * 365 * 86400_000_000_011
		h.say("%s: the clock jumps by years", s.name)
	case 7, 8:
		peers := s.config().Peers
		if len(peers) == 0 {
			return
		}
		p := peers[h.rand.IntN(len(peers))]
		n, err := s.forget(p.Peer)
		if err != nil {
			h.t.Fatal(err)
		}
		h.say("%s: forgets %s, and %d deleted paths", s.name, p.Name, n)
		for text := range s.contents(false) { // that has finished what an interrupted run left
			delete(h.owed[s], text)
		}
	}
}
