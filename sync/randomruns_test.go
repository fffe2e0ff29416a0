package sync_test

import (
	"context"
	"maps"
	"slices"
	"strings"

	"latus/index"
	latussync "latus/sync"
	"latus/sync/peer"
	"latus/sync/plan"
	"latus/sync/reason"
)

// someRun runs over a few trees, in one way or another.
func (h *history) someRun() {
	order := h.rand.Perm(len(h.sites))
	sites := []*site{h.sites[order[0]], h.sites[order[1]]}
	if h.rand.IntN(4) == 0 {
		sites = append(sites, h.sites[order[2]])
		if len(order) > 3 && h.rand.IntN(2) == 0 {
			sites = append(sites, h.sites[order[3]])
		}
	}
	o := latussync.Options{MaxDelete: off, Join: true}
	o.HardLinks = h.kinds.links && h.rand.IntN(4) > 0
	o.Owner = h.kinds.owners && h.rand.IntN(3) > 0
	o.Xattrs = h.kinds.attrs && h.rand.IntN(3) > 0
	if h.kinds.modes {
		switch h.rand.IntN(8) {
		case 0, 1:
			o.Mode = peer.OneWay
		case 2:
			o.Mode = peer.Mirror
		case 3, 4:
			o.Conflict = plan.KeepBoth
		case 5:
			o.Conflict = plan.Fail
		case 6:
			o.Checksum = true
		}
		if o.Mode != peer.TwoWay || o.Conflict != plan.Newest {
			h.equal = false
		}
	}
	fault := 0
	if h.kinds.faults && h.rand.IntN(2) == 0 {
		fault = 1 + h.rand.IntN(3)
	}
	if fault == 0 && len(sites) == 2 && h.rand.IntN(6) == 0 {
		h.symmetric(o, sites[0], sites[1])
	}
	h.run(o, fault, sites...)
}

// symmetric runs over copies of two trees, either of them first: it is the same.
func (h *history) symmetric(o latussync.Options, a, b *site) {
	h.t.Helper()
	if o.Mode != peer.TwoWay || a.config().Peer != "" && a.config().Peer == b.config().Peer {
		return // which of two copies gets an id, and with it a name, of its own is a matter of order
	}
	hours := h.hours
	lacking := map[index.Path]bool{}
	var after [2][2]map[index.Path]thing
	for i := range after {
		h.hours = hours
		x, y := a.twin(1), b.twin(2)
		var r *run
		if i == 0 {
			r = h.sync(o, x, y)
		} else {
			r = h.sync(o, y, x)
		}
		if r.err != nil {
			h.t.Fatalf("a copy of %s and %s: %v", a.name, b.name, r.err)
		}
		after[i] = [2]map[index.Path]thing{x.look(), y.look()}
		if !o.Xattrs { // whether a file is touched or made anew, then without them, may be a matter of order
			after[i][0], after[i][1] = plain(after[i][0]), plain(after[i][1])
		}
		for _, p := range r.problems {
			// Bytes that go by a name which is given up meanwhile may be had or not,
			// whoever comes first: then the path waits.
			if path, found := strings.CutSuffix(p, ": no tree of this run has these bytes"); found {
				_, path, _ = strings.Cut(path, " ")
				lacking[index.Path(path)] = true
			}
		}
	}
	h.hours = hours
	for i := range after { // whose a file is that was kept under another name is a matter of who named it
		for _, look := range after[i] {
			for p, t := range look {
				if strings.Contains(string(p), " (conflict ") {
					t.owner = ""
					look[p] = t
				}
			}
		}
	}
	for p := range lacking {
		for i := range after {
			delete(after[i][0], p)
			delete(after[i][1], p)
		}
	}
	for i, s := range []*site{a, b} {
		if x, y := after[0][i], after[1][i]; !maps.Equal(x, y) {
			h.t.Fatalf("%s, in a run with %s or the other way round:\n%s", s.name, []*site{b, a}[i].name, difference(x, y))
		}
	}
}

// run runs and holds what came of it against the promises. Faults: 1 a
// cancellation, 2 a kill, 3 a loss of power.
func (h *history) run(o latussync.Options, fault int, sites ...*site) *run {
	h.t.Helper()
	var names []string
	before := map[*site]map[string]bool{}
	for _, s := range sites {
		names = append(names, s.name)
		before[s] = s.contents(false)
		maps.Copy(before[s], h.owed[s])
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var told func()
	victim := sites[h.rand.IntN(len(sites))]
	if fault == 3 && victim.far {
		fault = 2 // names are not made durable there
	}
	switch left := 1 + h.rand.IntN(5); fault {
	case 1:
		told = func() {
			if left--; left == 0 {
				cancel()
			}
		}
	case 2, 3:
		n := 1 + h.rand.IntN(70)
		victim.mem.Restart()
		victim.mem.StopAt(n)
		h.say("%s stops at its %dth change", victim.name, n)
	}
	h.troubled = h.troubled || fault > 0
	// A mirror that was cut off has decided on bytes that the first tree's user may do
	// away with before they were sent.
	h.lacking = h.lacking || o.Conflict == plan.Fail || o.Mode == peer.Mirror && fault > 0
	h.oneWay = h.oneWay || o.Mode != peer.TwoWay
	r := h.syncWith(ctx, o, told, sites...)
	if h.torn == nil {
		h.torn = map[*site]bool{}
	}
	for _, s := range sites {
		h.torn[s] = fault > 1 && s == victim || fault > 0 && h.torn[s]
	}
	switch fault {
	case 2:
		victim.mem.Restart()
	case 3:
		victim.mem.PowerLoss(h.rand)
	}
	h.say("run %v own %v attrs %v mode %d conflict %d fault %d: %v, changes %q, %d conflicts, problems %q",
		names, o.Owner, o.Xattrs, o.Mode, o.Conflict, fault, r.err, r.changes, len(r.conflicts), r.problems)
	h.conflicts(r)
	for _, s := range sites {
		after, staged := s.contents(false), map[string]bool{}
		if h.troubled {
			staged = s.contents(true)
		}
		h.owed[s] = map[string]bool{}
		for text := range before[s] {
			switch {
			case after[text]:
			case staged[text]:
				h.owed[s][text] = true
			default:
				h.t.Fatalf("run %v: %s has lost %.60q", names, s.name, text)
			}
		}
	}
	if o.Mode == peer.Mirror && r.err == nil && r.Problems == 0 {
		h.mirrored(o, sites...)
	}
	if fault > 0 {
		return r
	}
	if r.err != nil {
		h.t.Fatalf("run %v: %v", names, r.err)
	}
	if r.Unequal {
		// A first scan's version that was dropped for an equal one long ago: others
		// cannot know, and the next run lists everything, unless somebody has something
		// new to say in it.
		h.unequal++
		h.say("%s", unlikeMemories(sites...))
		if *alarms || h.alarmed {
			h.t.Fatalf("run %v: digests differ: %q\n%s", names, r.problems, unlikeMemories(sites...))
		}
		if h.unequal > 2 {
			h.t.Fatalf("run %v: digests differ, again: %q", names, r.problems)
		}
		return h.run(o, 0, sites...)
	}
	h.unequal = 0
	ps := slices.DeleteFunc(slices.Clone(r.problems), func(p string) bool {
		return h.oneWay && (strings.HasSuffix(p, reason.Undecided.Error()) || strings.HasSuffix(p, reason.NoBytes.Error()))
	})
	if !h.troubled && !h.lacking && len(ps)+max(r.Problems-len(r.problems), 0) > 0 {
		h.t.Fatalf("run %v: problems %q", names, r.problems)
	}
	return r
}

// conflicts holds those that a run reported against the edits: what was done in
// one tree alone is in conflict with nothing.
func (h *history) conflicts(r *run) {
	h.t.Helper()
	if !h.equal || h.troubled {
		return
	}
	for _, c := range r.conflicts {
		if slices.ContainsFunc(h.open, func(q index.Path) bool { return q == c.Path || q.Under(c.Path) }) {
			continue
		}
		by := map[*site]bool{}
		for p, es := range h.edits {
			if p == c.Path || p.Under(c.Path) || c.Path.Under(p) {
				for _, e := range es {
					by[e.site] = true
				}
			}
		}
		if len(by) < 2 {
			h.t.Fatalf("a conflict about %s, which was changed in %d trees: %v", c.Path, len(by), h.edits[c.Path])
		}
	}
}

// giveUp has users let go of bytes that were on a tree that was replaced, or of a
// version that was left alone, or decided on, until its user did away with it, and
// that are nowhere now. It tells whether there was anything.
func (h *history) giveUp() bool {
	h.t.Helper()
	done := map[index.Path]bool{}
	for i, s := range h.sites {
		r := h.run(h.plain(), 0, s, h.sites[(i+1)%len(h.sites)])
		for _, p := range r.lacks[s] {
			if done[p] {
				continue
			}
			h.hours++
			d, err := s.giveUp(p)
			if d.Err != nil {
				continue // it waits for nothing: the other one does
			}
			done[p] = true
			h.equal = false
			if err != nil {
				h.t.Fatalf("%s: cannot give up %s: %v", s.name, p, err)
			}
			h.say("%s: gives up %s; left is %v of %v", s.name, p, d.Live, d.Left.Gen)
		}
	}
	return len(done) > 0
}

// plain is how trees are made equal.
func (h *history) plain() latussync.Options {
	return latussync.Options{MaxDelete: off, Join: true, Owner: h.kinds.owners, Xattrs: h.kinds.attrs}
}

// ring runs over each two neighbours.
func (h *history) ring() {
	h.t.Helper()
	for i, s := range h.sites {
		h.run(h.plain(), 0, s, h.sites[(i+1)%len(h.sites)])
	}
}
