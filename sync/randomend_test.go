package sync_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"latus/index"
	"latus/sync/plan"
)

// converge runs in pairs around the ring. Then all must be equal, and stay so.
func (h *history) converge() {
	h.t.Helper()
	for range 2 {
		h.ring()
	}
	for range 3 {
		if (h.replaced || h.lacking) && h.giveUp() {
			h.ring()
			h.ring()
		}
	}
	want := h.sites[0].told()
	for _, s := range h.sites[1:] {
		want, got := want, s.told()
		if !s.owns() || !h.sites[0].owns() {
			want, got = unowned(want), unowned(got)
		}
		if !s.mem.KeepsAttrs() || !h.sites[0].mem.KeepsAttrs() {
			want, got = plain(want), plain(got)
		}
		if !maps.Equal(got, want) {
			h.t.Fatalf("%s and %s differ:\n%s", h.sites[0].name, s.name, difference(want, got))
		}
	}
	for i, s := range h.sites {
		h.still(s, h.sites[(i+1)%len(h.sites)])
	}
	i := h.rand.IntN(len(h.sites))
	a, b := h.sites[i], h.sites[(i+1)%len(h.sites)]
	h.still(a, b)
	written := a.mem.Changes() + b.mem.Changes()
	h.still(a, b)
	if n := a.mem.Changes() + b.mem.Changes() - written; n > 0 {
		h.t.Fatalf("%s and %s are equal, and yet were written %d times", a.name, b.name, n)
	}
	if h.equal {
		h.arrived(want)
	}
	if h.tidy == 1 {
		h.nothingIsRemembered()
	}
	h.equal, h.troubled, h.lacking, h.replaced, h.oneWay = true, false, false, false, false
	h.edits, h.moved, h.nobodys = map[index.Path][]edit{}, map[index.Path][]index.Path{}, map[index.Path]bool{}
	h.open, h.were = h.sites[0].displaced(), want
	for _, p := range slices.Sorted(maps.Keys(want)) {
		h.nobodys[p] = want[p].owner == ""
		h.say("all have %s: %v", p, want[p])
	}
}

// nothingIsRemembered has all meet all. Then nobody needs to remember what was
// deleted. Copies and restored trees are others' peers that nobody meets.
func (h *history) nothingIsRemembered() {
	h.t.Helper()
	for range 2 {
		for i, a := range h.sites {
			for _, b := range h.sites[:i] {
				h.still(a, b)
			}
		}
	}
	for _, s := range h.sites {
		if n := s.dead(); n > 0 {
			h.t.Fatalf("all have met all, and %s remembers %d deletions", s.name, n)
		}
	}
}

// still is a run that has nothing to change. The second of two in a row does not
// write at all: by then trees know where the other stands, even if one of them
// is a copy of a third.
func (h *history) still(a, b *site) {
	h.t.Helper()
	r := h.run(h.plain(), 0, a, b)
	if r.Changes+len(r.changes)+len(r.conflicts)+r.Problems > 0 {
		h.t.Fatalf("all are equal, and yet a run changed %q, conflicts %v, problems %q", r.changes, r.conflicts, r.problems)
	}
}

// arrived holds the outcome against the edits of paths that one user alone
// changed.
func (h *history) arrived(got map[index.Path]thing) {
	h.t.Helper()
	for p, es := range h.edits {
		last := es[len(es)-1]
		alone := !slices.ContainsFunc(es, func(e edit) bool { return e.site != last.site || e.dir })
		// What a directory kept from its name comes back when the directory goes.
		alone = alone && !slices.ContainsFunc(h.open, func(q index.Path) bool { return q == p || q.Under(p) })
		for q, others := range h.edits {
			// What somebody puts below p keeps a directory there.
			alone = alone && !(q.Under(p) && slices.ContainsFunc(others, func(e edit) bool { return e.site != last.site }))
		}
		is := got[p]
		if !last.site.owns() {
			is.owner = ""
		}
		told := slices.ContainsFunc(es, func(e edit) bool { return e.told })
		if is.owner == "" || h.nobodys[p] && !told || h.givenBefore(p, last, is.owner) {
			last.now.owner = is.owner
		}
		if !last.site.mem.KeepsAttrs() {
			is.attrs = ""
		}
		if is.attrs == "" || h.attrsOfAnother(p, last, is) {
			last.now.attrs = is.attrs
		}
		if alone && is != last.now {
			h.t.Fatalf("%s was changed on %s alone to %v, and is %v", p, last.site.name, last.now, got[p])
		}
	}
}

// attrsOfAnother tells whether is has the attributes that a file of the same content had, or
// got from another user. A run that does not look at them may move that there, and the next
// one that looks finds them.
func (h *history) attrsOfAnother(p index.Path, last edit, is thing) bool {
	for q, t := range h.were {
		if q != p && t.kind == is.kind && t.text == is.text && t.attrs == is.attrs {
			return true
		}
	}
	for _, es := range h.edits {
		for _, e := range es {
			if e.site != last.site && e.now.kind == is.kind && e.now.text == is.text && e.now.attrs == is.attrs {
				return true
			}
		}
	}
	return false
}

// givenBefore tells whether owner is what last left at p but for what another user gave
// to somebody where the last one took it from. A run that does not look at owners moves
// that along, and the next one that looks finds it given where it is by then: neither
// the rename is lost, nor whom it was given to.
func (h *history) givenBefore(p index.Path, last edit, owner string) bool {
	var users, groups []string
	may := func(owner string) {
		user, group, _ := strings.Cut(owner, ":")
		users, groups = append(users, user), append(groups, group)
	}
	may(last.now.owner)
	for _, q := range h.moved[p] {
		for _, e := range h.edits[q] {
			switch {
			case e.site == last.site || !e.gave || e.now.kind == index.Absent:
			case !e.site.owns():
				return true // its groups are not looked at here
			default:
				may(e.now.owner)
			}
		}
	}
	user, group, _ := strings.Cut(owner, ":")
	return slices.Contains(users, user) && slices.Contains(groups, group)
}

func difference(a, b map[index.Path]thing) string {
	var s strings.Builder
	paths := maps.Clone(a)
	maps.Copy(paths, b)
	for _, p := range slices.SortedFunc(maps.Keys(paths), index.Compare) {
		if a[p] != b[p] {
			fmt.Fprintf(&s, "%s: %v, %v\n", p, a[p], b[p])
		}
	}
	return s.String()
}

// displaced are the paths where files or links have lost their names to directories.
func (s *site) displaced() (ps []index.Path) {
	s.w.t.Helper()
	s.index(func(x *index.Index) {
		for e := range x.All() {
			if e.Witness.Kind == index.Dir && len(plan.Displaced(e.Heads)) > 0 {
				ps = append(ps, e.Path)
			}
		}
	})
	return ps
}
