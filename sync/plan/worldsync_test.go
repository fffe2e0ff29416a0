package plan

import "latus/index"

// syncing rules one run in a world.
type syncing struct {
	merges, applies func(t int) bool
	fails           func(t, action int) bool // an action that fails
	unread          func(t int, p index.Path) bool
	stop            func(t int) int // after so many actions the run is killed; -1: never
	rule            MergeRule
	conflict        ConflictPolicy
	mirror          bool
	full            bool // digests differed last time
}

func always(int) bool { return true }

// outcome is what a run did.
type outcome struct {
	changes   int
	conflicts int
	held      int
	failed    int
}

// sync is one run over trees, the first is the hub.
func (w *world) sync(o syncing, trees ...int) outcome {
	if o.merges == nil {
		o.merges = always
	}
	if o.applies == nil {
		o.applies = always
	}
	for _, t := range trees[1:] {
		o.full = o.full || w.unequal[[2]int{min(t, trees[0]), max(t, trees[0])}]
	}
	for _, t := range trees {
		var unread func(index.Path) bool
		if o.unread != nil {
			unread = func(p index.Path) bool { return o.unread(t, p) }
		}
		w.scan(t, unread)
	}
	// The hub gathers all, then all take what the hub has.
	hub := w.sides[trees[0]]
	news := map[int]map[index.Path]bool{}
	before := make([]*side, len(trees))
	for i, t := range trees {
		news[t] = map[index.Path]bool{}
		before[i] = w.sides[t].told()
	}
	for i := range trees[1:] { // in the order of the command line
		w.merge(hub, before[i+1], o.merges(trees[0]), o, news[trees[0]])
	}
	full := hub.told()
	if !o.merges(trees[0]) { // one-way: what the others see is the hub alone
		full = before[0]
	}
	for _, t := range trees[1:] {
		w.merge(w.sides[t], full, o.merges(t), o, news[t])
	}
	if o.mirror {
		for _, t := range trees[1:] {
			w.mirror(t, before[0], o.rule)
		}
	}
	if o.conflict == KeepBoth {
		w.keepBoth(o, trees)
	}
	if o.mirror || o.conflict == KeepBoth {
		// A decision that names bytes before they are everywhere: should its user
		// change them first, they are gone.
		w.lossy = w.lossy || len(trees) < len(w.sides) || o.fails != nil || o.stop != nil || o.unread != nil || !o.applies(trees[0]) || !o.applies(trees[1])
	}
	var out outcome
	plans := map[int]*Plan{}
	for _, t := range trees {
		plans[t] = w.plan(o, t, trees)
		for _, c := range plans[t].Conflicts {
			if news[t][c.Path] {
				out.conflicts++
			}
		}
		out.held += len(plans[t].Held)
	}
	for _, t := range trees {
		w.checkHeads(t)
	}
	sources := make([]*side, len(trees))
	for i, t := range trees {
		sources[i] = w.sides[t].bytes()
	}
	for _, t := range trees {
		if !o.applies(t) {
			if w.rules.ahead {
				for _, e := range w.sides[t].entries {
					w.acknowledge(w.sides[t], plans[t], e, e.Witness)
				}
			}
			continue
		}
		a := applying{w: w, s: w.sides[t], t: t, plan: plans[t], sources: sources, o: o}
		a.run()
		out.changes += a.changes
		out.failed += a.failed
	}
	both := true
	for _, t := range trees {
		both = both && o.merges(t) && o.applies(t)
		for _, u := range trees {
			w.sides[t].met[u] = w.sides[u].known
		}
	}
	if both {
		all := out.failed == 0 && out.held == 0 && o.unread == nil
		for _, t := range trees[1:] {
			w.unequal[[2]int{min(t, trees[0]), max(t, trees[0])}] = !w.alike([]int{trees[0], t}, all)
		}
	}
	return out
}

// merge takes the metadata of from into s.
func (w *world) merge(s, from *side, merges bool, o syncing, news map[index.Path]bool) {
	mine, theirs := w.rules.known(w, s.known), w.rules.known(w, from.known)
	if merges {
		full := !w.delta || o.full || w.rules.listed(from.floor, s.known)
		paths := map[index.Path]bool{}
		for p := range from.entries {
			paths[p] = true
		}
		for p := range s.entries {
			paths[p] = true
		}
		for _, p := range sortedPaths(paths) {
			a, b := s.entries[p], from.entries[p]
			if !full && (b == nil || !heard(b, mine)) {
				continue
			}
			n, changed := w.rules.merge(a, b, mine, theirs, o.rule)
			if other, _ := w.rules.merge(b, a, theirs, mine, o.rule); n != nil && other != nil &&
				(!sameHashes(n.Heads, other.Heads) || n.Mode != other.Mode) {
				w.fail("symmetry: %s merges to %v on one side and to %v on the other", p, tagsOf(n.Heads), tagsOf(other.Heads))
			}
			if n != nil {
				if again, twice := w.rules.merge(n, n, mine, mine, o.rule); twice {
					w.fail("idempotence: %s merged again changes from %v to %v", p, tagsOf(n.Heads), tagsOf(again.Heads))
				}
			}
			if n != nil {
				w.noteDropped(p, n.Heads, a, b)
			}
			if changed {
				if a == nil || !sameGens(a.Heads, n.Heads) {
					news[p] = true
				}
				s.entries[p] = n
			}
		}
		for p, set := range from.merged {
			s.merged[p] = s.merged[p].or(set)
			if e := s.entries[p]; e != nil && !e.Pending {
				s.acked[p] = s.merged[p]
			}
		}
	}
	if merges && w.rules.listed(from.floor, s.known) {
		s.floor = s.floor.or(from.floor) // others are told by this one
	}
	s.known = w.rules.learn(s.known, from.known, merges)
}

func heard(e *index.Entry, k Known) bool {
	for _, h := range e.Heads {
		if !k.Has(h.Gen) {
			return true
		}
	}
	return e.Mode.Gen != index.GenID{} && !k.Has(e.Mode.Gen)
}

func tagsOf(heads []index.Head) (tags []uint64) {
	for _, h := range heads {
		tags = append(tags, h.Gen.Tag)
	}
	return tags
}
