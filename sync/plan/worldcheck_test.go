package plan

import (
	"slices"

	"latus/index"
)

// checkHeads compares what a tree holds with the truth: just the versions that
// nothing it has merged was made from, less those of equal content.
func (w *world) checkHeads(t int) {
	s := w.sides[t]
	for p, set := range s.merged {
		e := s.entries[p]
		if e == nil {
			continue // collected
		}
		max := w.maximal(p, set)
		for _, h := range e.Heads {
			if !slices.Contains(max, int(h.Gen.Tag)) && !w.forgiven(p, int(h.Gen.Tag), set) {
				w.fail("superseded: tree %d holds version %d of %s, what is current is %v", t, h.Gen.Tag, p, max)
			}
		}
		for _, m := range max {
			v := version{p, m}
			if w.versions[v].kind == index.Deleted || w.dropped[v] || hasTag(e.Heads, m) {
				continue // a deletion needs no head where anything is
			}
			w.fail("forgotten: tree %d merged version %d of %s and holds only %v", t, m, p, tagsOf(e.Heads))
		}
	}
}

// forgiven tells whether only a version that was dropped for an equal one tells
// that tag is superseded. A delta may leave that out; the digests differ then,
// and the next run lists in full.
func (w *world) forgiven(p index.Path, tag int, merged bits) bool {
	return w.delta && !slices.ContainsFunc(merged.all(), func(m int) bool {
		v := version{p, m}
		return w.versions[v].before.has(tag) && !w.dropped[v]
	})
}

// noteDropped notes which heads were dropped for others of equal content. They
// share the fate of those that stand for them from now on.
func (w *world) noteDropped(p index.Path, merged []index.Head, sides ...*index.Entry) {
	for _, e := range sides {
		if e == nil {
			continue
		}
		for _, h := range e.Heads {
			v := version{p, int(h.Gen.Tag)}
			if h.Kind.Live() && !hasGen(merged, h.Gen) && slices.ContainsFunc(merged, func(g index.Head) bool {
				by := version{p, int(g.Gen.Tag)}
				return w.stands(by, v) && !w.versions[by].before.has(v.tag)
			}) {
				w.dropped[v] = true
			}
		}
	}
}

func hasTag(heads []index.Head, tag int) bool {
	return slices.ContainsFunc(heads, func(h index.Head) bool { return int(h.Gen.Tag) == tag })
}

// stands tells whether h may stand for m: of equal content one version is
// enough, and a first scan's find is none where something was made from it.
func (w *world) stands(h, m version) bool {
	a, b := w.versions[h], w.versions[m]
	switch {
	case !a.kind.Live():
		return false
	case a.kind == b.kind && (a.kind == index.Dir || a.content == b.content):
		return true
	}
	return b.first && b.kind == index.File && a.older.has(b.content)
}

// checkConflicts sees that no conflict is reported where there is none.
func (w *world) checkConflicts(plan *Plan, r MergeRule) {
	for _, c := range plan.Conflicts {
		var real []index.Head
		for _, h := range append([]index.Head{c.Winner}, c.Losers...) {
			stands := func(a, b index.Head) bool {
				x, y := version{c.Path, int(a.Gen.Tag)}, version{c.Path, int(b.Gen.Tag)}
				return w.stands(x, y) && (w.versions[x].content == w.versions[y].content || traces(a, b, w.versions[y].content, r))
			}
			if !slices.ContainsFunc(real, func(o index.Head) bool { return stands(o, h) }) {
				real = append(slices.DeleteFunc(real, func(o index.Head) bool { return stands(h, o) }), h)
			}
		}
		if len(real) < 2 && c.Winner.Gen != (index.GenID{}) {
			w.fail("false conflict: one is reported at %s, current is %v", c.Path, tagsOf(real))
		}
	}
}

// traces tells whether h's lineage shows that f's content is its ancestor. Where
// a file was touched before it was ever hashed, nothing can show it.
func traces(h, f index.Head, content int, r MergeRule) bool {
	return slices.ContainsFunc(h.Lineage, func(a index.Ancestor) bool {
		return a.Hash == hashOf(content).Short() || a.Hash == 0 && !r.Checksum && a.Size == f.Size && a.Mtime == f.Mtime
	})
}

// shall is what the metadata of a tree says its disk shall be.
func shall(s *side) map[index.Path]index.Head {
	want := map[index.Path]index.Head{}
	for p, e := range s.entries {
		if d, ok := Display(e.Heads); ok {
			want[p] = d
		}
	}
	for p := range want {
		for dir := p.Dir(); dir != ""; dir = dir.Dir() {
			if want[dir].Kind != index.Dir {
				want[dir] = index.Head{Kind: index.Dir}
			}
		}
	}
	return want
}

// checkDisk compares a disk with what it shall be, after a plan was carried out
// without a failure.
func (w *world) checkDisk(t int, plan *Plan) {
	if len(plan.Held) > 0 {
		return
	}
	s := w.sides[t]
	want := shall(s)
	for p, h := range want {
		o, ok := s.disk[p]
		switch {
		case !ok || o.kind != h.Kind:
			w.fail("plan: tree %d shall have %v %s and has %v", t, h.Kind, p, o.kind)
		case o.kind == index.File && o.mtime != h.Mtime:
			w.fail("plan: tree %d: %s has another mtime than its version", t, p)
		case o.kind == index.File && w.versions[version{p, int(h.Gen.Tag)}].content != o.content:
			w.fail("plan: tree %d: %s has content %d, its version %d has %d", t, p, o.content,
				h.Gen.Tag, w.versions[version{p, int(h.Gen.Tag)}].content)
		}
		if e := s.entries[p]; e != nil && h.Gen != (index.GenID{}) && e.Mode.Gen != (index.GenID{}) && o.kind != index.Link && o.mode|0o111 != e.Mode.Value|0o111 {
			w.fail("plan: tree %d: %s has mode %o, not %o", t, p, o.mode, e.Mode.Value)
		}
	}
	for p := range s.disk {
		if _, ok := want[p]; !ok {
			w.fail("plan: tree %d still has %s", t, p)
		}
	}
	for p, e := range s.entries {
		if e.Pending {
			w.fail("plan: %s is still pending on tree %d after all was done", p, t)
		}
	}
}

// settle syncs all pairs until nothing can be left to do, then checks that all is
// as it must be. It stops where known says that it came this way before.
func (w *world) settle(known func(step int) bool) {
	var pairs [][2]int
	for a := range w.sides {
		for b := a + 1; b < len(w.sides); b++ {
			pairs = append(pairs, [2]int{a, b})
		}
	}
	step := 0
	rounds := 2
	if w.lossy || len(pairs) > 3 {
		rounds = 4
	}
	for range rounds {
		for _, p := range pairs {
			w.sync(syncing{}, p[0], p[1])
			if step++; known(step) {
				return
			}
		}
	}
	if w.unobtainable() {
		return
	}
	for _, p := range pairs {
		o := w.sync(syncing{}, p[1], p[0])
		if o.failed+o.held > 0 && w.lossy {
			return // bytes that nobody can name any more
		}
		if o != (outcome{}) {
			w.fail("unsettled: after %d rounds a sync still has something to do: %+v", rounds, o)
		}
	}
	w.checkSettled()
}

// unobtainable tells whether bytes of a current version are nowhere any more.
// Nothing but a restored backup or a lost index may bring that about.
func (w *world) unobtainable() bool {
	has := map[int]bool{}
	for _, s := range w.sides {
		for c := range holdings(s) {
			has[c] = true
		}
	}
	for _, s := range w.sides {
		for p, e := range s.entries {
			for _, h := range e.Heads {
				if v := w.versions[version{p, int(h.Gen.Tag)}]; h.Kind == index.File && !has[v.content] {
					if !w.lossy {
						w.fail("lost: the bytes of the current version %d of %s are nowhere", h.Gen.Tag, p)
					}
					return true
				}
			}
		}
	}
	return false
}

func (w *world) checkSettled() {
	first := w.sides[0]
	union := map[index.Path]bits{}
	for i, s := range w.sides {
		for p, set := range s.merged {
			union[p] = union[p].or(set)
		}
		if len(s.disk) != len(first.disk) {
			w.fail("diverged: trees 0 and %d hold %v and %v", i, sortedPaths(first.disk), sortedPaths(s.disk))
		}
		for p, o := range s.disk {
			f := first.disk[p]
			if o.kind != f.kind || o.content != f.content || o.kind == index.File && o.mtime != f.mtime || s.authored(p) && o.mode != f.mode {
				w.fail("diverged: %s is %+v in tree 0 and %+v in tree %d", p, f, o, i)
			}
		}
	}
	for p, set := range union {
		shown := w.sides[0].disk[p]
		w.checkPath(p, slices.DeleteFunc(w.maximal(p, set), func(tag int) bool {
			v := version{p, tag}
			return w.dropped[v] && (w.versions[v].content != shown.content || w.versions[v].kind != shown.kind)
		}))
	}
}

// authored tells whether what stands at p is a version, and one that has a mode.
func (s *side) authored(p index.Path) bool {
	d, ok := Display(s.entries[p].Heads)
	return ok && d.Kind == s.disk[p].kind && d.Kind != index.Link
}

// checkPath compares what the trees came to agree on with the truth.
func (w *world) checkPath(p index.Path, current []int) {
	type shown struct {
		kind    index.Kind
		content int
	}
	o := w.sides[0].disk[p]
	live, history := map[shown]bool{}, map[shown]bool{}
	for _, tag := range current {
		v := w.versions[version{p, tag}]
		if !v.kind.Live() {
			continue
		}
		is := shown{v.kind, v.content}
		live[is] = true
		if !v.first {
			history[is] = true
		}
		if v.kind != index.File || v.first && slices.ContainsFunc(current, func(t int) bool {
			return t != tag && w.stands(version{p, t}, version{p, tag})
		}) {
			continue
		}
		for i, s := range w.sides {
			if !holdings(s)[v.content] {
				w.fail("lost: tree %d has the current version %d of %s neither on disk nor in its trash", i, tag, p)
			}
		}
	}
	is := shown{o.kind, o.content}
	below := slices.ContainsFunc(sortedPaths(w.sides[0].disk), func(q index.Path) bool { return q.Under(p) })
	switch {
	case live[shown{kind: index.Dir}] || below:
		if o.kind != index.Dir {
			w.fail("display: %s shall be a directory and is %v", p, o.kind)
		}
	case len(live) == 0:
		if o.kind != index.Absent {
			w.fail("resurrected: %s was deleted and stands there", p)
		}
	case o.kind == index.Absent:
		w.fail("deleted: %s has current versions %v and is gone", p, live)
	case !live[is]:
		w.fail("superseded: %s shows %v, current is %v", p, is, live)
	case len(history) > 0 && !history[is]:
		w.fail("superseded: %s shows what a first scan found, %v, over %v", p, is, history)
	}
}
