package plan

import (
	"fmt"
	"slices"

	"latus/index"
)

func (a *applying) act(act *Action) bool {
	s := a.s
	if act.Op == Keep {
		return a.keep(act)
	}
	if dir := act.Path.Dir(); dir != "" && s.disk[dir].kind != index.Dir {
		return a.refuse(act, "its directory is not there")
	}
	is := s.disk[act.Path].witness()
	if is.Kind != act.Old.Kind || is != act.Old && act.Old.Kind != index.Absent {
		return a.refuse(act, "the disk shows something else")
	}
	if is.Kind == index.Dir && act.Op != Touch {
		for p := range s.disk {
			if p.Under(act.Path) {
				return a.refuse(act, "the directory is not empty")
			}
		}
	}
	o, ok := a.content(act)
	if !ok {
		return false
	}
	if act.Op == Move && act.Head.Kind == index.Dir {
		return a.cleared(act) && a.moveDir(act)
	}
	if old := s.disk[act.Path]; act.Op != Touch && (old.kind == index.File || old.kind == index.Link) {
		if act.OldHead().Gen == (index.GenID{}) {
			a.w.fail("plan: %v %s displaces a version without a name", act.Op, act.Path)
		}
		s.trash = append(s.trash, thrown{act.Path, act.OldHead().Gen, old.content, old.size})
	}
	if o == (object{}) {
		delete(s.disk, act.Path)
	} else {
		s.disk[act.Path] = o
	}
	a.done(act, o)
	return true
}

// content is what will stand at the path of an action.
func (a *applying) content(act *Action) (o object, ok bool) {
	s, h := a.s, act.Head
	o = object{kind: h.Kind, size: h.Size, mtime: h.Mtime, mode: act.Mode, inode: a.w.inode()}
	switch act.Op {
	case Delete, Rmdir:
		return object{}, true
	case Mkdir:
		return object{kind: index.Dir, mode: act.Mode, inode: o.inode}, true
	case Touch:
		o = s.disk[act.Path]
		o.mode = act.Mode
		if o.kind != index.Dir {
			o.mtime = h.Mtime
		}
		return o, true
	case MakeLink:
		for c := range a.w.contents + 1 {
			if h.Target == linkTarget(c) {
				o.content = c
			}
		}
		o.size = 0
		return o, true
	case Undelete:
		i := slices.IndexFunc(s.trash, func(t thrown) bool { return trashID(t) == act.Trash })
		if i < 0 {
			return o, a.refuse(act, "it is not in the trash")
		}
		o.content = s.trash[i].content
	case Copy:
		from := s.disk[act.From]
		if from.kind != index.File {
			return o, a.refuse(act, "its source is not there")
		}
		o.content = from.content
	case Move:
		from, aside := a.aside[act.From]
		if !aside {
			from = s.disk[act.From]
		}
		if from.kind != h.Kind {
			return o, a.refuse(act, "its source is not there")
		}
		if h.Kind == index.Dir {
			return object{}, true
		}
		o = from
		o.mtime, o.mode = h.Mtime, act.Mode
		if !aside {
			delete(s.disk, act.From)
			a.gone(act.From)
		}
	default:
		want := a.plan.Wants[act.Want]
		c, found := findContent(a.sources, want.Path, want.Gen, want.Hash)
		if !found {
			return o, false // no source
		}
		o.content = c
		a.learn(act, c)
	}
	if h.Hash.Known() && h.Hash != hashOf(o.content) {
		a.w.fail("plan: %v %s brings other content than its version has", act.Op, act.Path)
	}
	if v, ok := a.w.versions[version{act.Path, int(h.Gen.Tag)}]; ok && v.kind == index.File && v.content != o.content {
		a.w.fail("plan: %v %s from %q brings content %d, the version has %d", act.Op, act.Path, act.From, o.content, v.content)
	}
	return o, true
}

// learn notes the hash of transferred content on both sides.
func (a *applying) learn(act *Action, content int) {
	for _, s := range a.w.sides {
		e := s.entries[act.Path]
		if e == nil || s != a.s && !slices.ContainsFunc(a.sources, func(o *side) bool { return o.peer == s.peer }) {
			continue
		}
		n := *e
		n.Heads = hashed(e.Heads, act.Head.Gen, hashOf(content))
		n.Have = hashed(e.Have, act.Head.Gen, hashOf(content))
		s.entries[act.Path] = &n
	}
}

func (a *applying) keep(act *Action) bool {
	want := a.plan.Wants[act.Want]
	c, ok := findContent(a.sources, want.Path, want.Gen, want.Hash)
	if !ok {
		return false
	}
	a.s.trash = append(a.s.trash, thrown{act.Path, act.Head.Gen, c, act.Head.Size})
	a.learn(act, c)
	// Acknowledged, unless the display or another Keep is missing.
	e := a.s.entries[act.Path]
	n := *e
	have := e.Acked()
	if !hasGen(have, act.Head.Gen) {
		h, _ := e.Head(act.Head.Gen)
		have = append(slices.Clone(have), h)
		sortHeads(have)
	}
	if a.broken[act.Path] {
		return true
	}
	if d, _ := Display(e.Heads); !hasGen(have, d.Gen) && d.Kind != index.Dir {
		return true
	}
	n.Have = slices.DeleteFunc(slices.Clone(have), func(h index.Head) bool { return !hasGen(n.Heads, h.Gen) })
	if sameGens(n.Have, n.Heads) {
		n.Pending, n.Have = false, nil
	}
	a.s.entries[act.Path] = &n
	set := a.s.acked[act.Path]
	set.add(int(act.Head.Gen.Tag))
	a.s.acked[act.Path] = set
	return true
}

func (a *applying) done(act *Action, o object) {
	e := a.s.entries[act.Path]
	if e == nil {
		e = &index.Entry{Path: act.Path}
	}
	a.w.acknowledge(a.s, a.plan, e, o.witness())
}

// gone acknowledges a move's source, unless something else is to stand there.
func (a *applying) gone(p index.Path) {
	e := *a.s.entries[p]
	if _, live := Display(e.Heads); !live && !slices.ContainsFunc(a.plan.Actions, func(x Action) bool { return x.Path == p }) {
		a.w.acknowledge(a.s, a.plan, &e, index.Witness{})
		return
	}
	e.Have, e.Pending = e.Acked(), true
	e.Witness = index.Witness{}
	a.s.entries[p] = &e
}

// cleared tells whether nothing is left in a directory to be moved that is not to come
// along, as what it holds had to be deleted before, or put aside.
func (a *applying) cleared(act *Action) bool {
	for i := range a.plan.Actions {
		b := &a.plan.Actions[i]
		if b == act {
			break
		}
		if (b.Op == Delete || b.Op == Rmdir) && b.Path.Under(act.From) && a.broken[b.Path] {
			return a.refuse(act, "what is not to come along is still in it")
		}
	}
	for i := range a.plan.Actions {
		b := &a.plan.Actions[i]
		if _, up := a.aside[b.From]; b.Aside && !up && b.From.Under(act.From) {
			return a.refuse(act, "what is not to come along is still in it")
		}
	}
	return true
}

func (a *applying) moveDir(act *Action) bool {
	s := a.s
	o := s.disk[act.From]
	for _, p := range sortedPaths(s.disk) {
		if p != act.From && !p.Under(act.From) {
			continue
		}
		to := act.Path + p[len(act.From):]
		if _, there := s.disk[to]; there {
			return a.refuse(act, "something is there")
		}
		o := s.disk[p]
		delete(s.disk, p)
		if p == act.From {
			o.mode = act.Mode
		}
		s.disk[to] = o
		twin := s.entries[to]
		if twin == nil {
			twin = &index.Entry{Path: to}
		}
		s.entries[to] = a.carried(twin, o.witness())
		s.acked[to] = a.w.ackedBy(s, s.entries[to])
		if e := s.entries[p]; e != nil { // else a file that was never looked at
			a.w.acknowledge(s, a.plan, e, index.Witness{})
		}
	}
	_ = o
	return true
}

// carried is e, acknowledged as what a directory's move took along. Where the plan
// has still to touch it, it stays pending.
func (a *applying) carried(e *index.Entry, w index.Witness) *index.Entry {
	n := a.plan.Acknowledge(e, w)
	touched := slices.ContainsFunc(a.plan.Actions, func(b Action) bool { return b.Op == Touch && b.Path == e.Path })
	if touched && !n.Pending {
		n.Pending, n.Have = true, e.Heads
	}
	return n
}

func linkTarget(content int) string { return fmt.Sprint("to", content) }
