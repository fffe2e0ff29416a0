package plan

import (
	"maps"

	"latus/index"
)

// applying carries one plan out on a simulated disk, to the letter: where
// nothing failed before, every action must find what the plan says.
type applying struct {
	w        *world
	s        *side
	t        int
	plan     *Plan
	sources  []*side // the trees of the run as they were before anything was applied
	o        syncing
	aside    map[index.Path]object
	before   map[index.Path]*index.Entry // of what was put aside
	broken   map[index.Path]bool         // paths that an action failed for
	injected bool                        // some action fails on purpose
	changes  int
	failed   int
}

func (a *applying) run() {
	a.broken = map[index.Path]bool{}
	a.aside, a.before = map[index.Path]object{}, map[index.Path]*index.Entry{}
	left := -1
	if a.o.stop != nil {
		left = a.o.stop(a.t)
	}
	before, disk := holdings(a.s), maps.Clone(a.s.disk)
	for _, p := range a.plan.Acks {
		e := a.s.entries[p]
		a.w.acknowledge(a.s, a.plan, e, e.Witness)
	}
	for _, p := range a.plan.Shown {
		e := a.s.entries[p]
		a.w.acknowledge(a.s, a.plan, e, e.Witness)
	}
	fails := map[int]bool{}
	for i := range a.plan.Actions {
		if a.o.fails != nil && a.o.fails(a.t, i) || left >= 0 && i >= left {
			fails[i], a.injected = true, true
		}
	}
	for i, act := range a.plan.Actions {
		if act.Aside && !fails[i] {
			a.before[act.From] = a.s.entries[act.From]
			a.aside[act.From] = a.take(act.From)
			a.gone(act.From)
		}
	}
	for i := range a.plan.Actions {
		act := &a.plan.Actions[i]
		if fails[i] {
			a.failed++
			a.broken[act.Path] = true
			continue
		}
		if !a.act(act) {
			a.broken[act.Path] = true
			if act.Aside {
				a.putBack(act.From)
			}
			a.failed++
			continue
		}
		if act.Op != Keep {
			a.changes++
		}
	}
	for p, o := range a.s.disk {
		if disk[p] != o {
			a.s.last[p] = o
		}
	}
	maps.DeleteFunc(a.s.last, func(p index.Path, _ object) bool {
		_, was := disk[p]
		_, is := a.s.disk[p]
		return was && !is
	})
	for p, o := range a.s.disk {
		if o.kind == index.File && a.w.fileMode != nil && !a.w.chmods && o.mode&^a.w.fileMode(o.content) != 0 {
			a.w.fail("private: tree %d: %s has mode %o", a.t, p, o.mode)
		}
	}
	after := holdings(a.s)
	for c := range before {
		if !after[c] {
			a.w.fail("lost bytes: applying a plan to tree %d destroyed content %d", a.t, c)
		}
	}
	if a.failed == 0 && a.o.unread == nil {
		a.w.checkDisk(a.t, a.plan)
	}
}

// holdings is every content that a tree has, on disk or in the trash.
func holdings(s *side) map[int]bool {
	has := map[int]bool{}
	for _, o := range s.disk {
		if o.kind == index.File {
			has[o.content] = true
		}
	}
	for _, t := range s.trash {
		has[t.content] = true
	}
	return has
}

// putBack puts back what was put aside, or into the trash where there is no room
// any more.
func (a *applying) putBack(p index.Path) {
	o, before := a.aside[p], a.before[p]
	delete(a.aside, p)
	if _, there := a.s.disk[p]; there || p.Dir() != "" && a.s.disk[p.Dir()].kind != index.Dir {
		d, _ := Display(before.Acked())
		a.s.trash = append(a.s.trash, thrown{p, d.Gen, o.content, o.size})
		return
	}
	a.s.disk[p], a.s.entries[p] = o, before
}

func (a *applying) take(p index.Path) object {
	o := a.s.disk[p]
	delete(a.s.disk, p)
	return o
}

// refuse is for an action that can't be carried out. That is a mistake in the
// plan, unless something else failed before.
func (a *applying) refuse(act *Action, why string) bool {
	if a.failed == 0 && !a.injected && a.o.unread == nil {
		a.w.fail("plan: tree %d: %v %s (from %q): %s\n%v", a.t, act.Op, act.Path, act.From, why, a.ops())
	}
	return false
}

func (a *applying) ops() (ops []string) {
	for _, act := range a.plan.Actions {
		ops = append(ops, act.Op.String()+" "+string(act.Path)+" < "+string(act.From))
	}
	return ops
}
