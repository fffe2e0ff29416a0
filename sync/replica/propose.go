package replica

import (
	"slices"

	"latus/index"
	"latus/sync/filter"
	"latus/sync/peer"
	"latus/sync/plan"
	"latus/sync/reason"
	"latus/sync/stage"
)

func (r *Replica) makePlan() {
	m, t := r.merged, r.home.Tree.Traits()
	in := plan.Input{
		Entries: m.survey(), Get: m.get,
		Disk:     disk(t),
		Rule:     r.rule(),
		Conflict: r.merging.Conflict,
		NoDelete: r.o.NoDelete,
		Mirrored: r.merging.Mirror,
		Distant:  r.distant(),
		Ignored:  r.rules.Ignored,
		Blocked:  r.found.Blocked,
		Taken:    r.found.Taken,
		Keeps:    r.found.Keeps,
		There:    r.there(),
		Rules:    func(p index.Path) bool { return p.Base() == filter.File },
		Stayed:   r.wasToGo,
		Exposes:  r.exposes,
		Hides:    r.found.Hides,
		Holds:    r.found.Holds,
		Stale:    r.stale,
		Lost:     func(p index.Path, g index.GenID) bool { return r.nowhere[plan.Question{Path: p, Gen: g}] },
		InTrash: func(p index.Path, g index.GenID) (string, bool) {
			it, ok := r.trash.Find(p, g)
			return it.ID, ok && r.trash.Intact(it)
		},
		TrashByHash: func(h index.Hash) (string, bool) {
			it, ok := r.trash.ByHash(h)
			return it.ID, ok && r.trash.Intact(it)
		},
		TrashSize:  r.inTrash(),
		Unanswered: func(p index.Path, g index.GenID) bool { return r.asked[plan.Question{Path: p, Gen: g}] },
	}
	in.Disk.HardLinks = r.hello.HardLinks && t.HardLinks && t.StableInodes
	if t.Owners {
		in.Disk.Owners = r.home.Owners
	}
	in.Disk.Attrs = r.looksAtAttrs()
	if r.narrowed != nil {
		r.narrowed.narrow(&in, r.x)
	}
	r.plan = plan.Make(in)
	lags := make([]*index.Entry, len(r.plan.Lags))
	for i, p := range r.plan.Lags {
		e := *m.get(p)
		e.Have, e.Pending = e.Acked(), true
		lags[i] = &e
	}
	m.update(lags)
	if r.o.ReadOnly {
		r.plan = r.withheld(r.plan)
	}
}

// withheld is p for a tree in which nothing is changed: every path that would be
// is a problem. Questions stay where what others merge depends on them.
func (r *Replica) withheld(p *plan.Plan) *plan.Plan {
	n := &plan.Plan{Held: p.Held, Conflicts: p.Conflicts, Files: p.Files}
	why := reason.ReadOnly.Why()
	if r.onlyReads {
		why = reason.OnlyReads.Why()
	}
	for i := range p.Actions {
		if a := &p.Actions[i]; a.Op != plan.Keep {
			n.Held = append(n.Held, plan.Held{Path: a.Path, Reason: why, Problem: true})
		}
	}
	slices.SortStableFunc(n.Held, func(a, b plan.Held) int { return index.Compare(a.Path, b.Path) })
	for _, q := range p.Questions {
		if r.decides(q) {
			n.Questions = append(n.Questions, q)
		}
	}
	return n
}

// decides tells whether an answer to q settles which version is displayed.
func (r *Replica) decides(q plan.Question) bool {
	e := r.merged.get(q.Path)
	return e != nil && slices.Contains(plan.Undecided(e.Heads, r.rule()), q.Gen)
}

// inTrash tells which sizes the files in the trash have. It looks at them only
// when it is asked.
func (r *Replica) inTrash() func(size int64) bool {
	var sizes map[int64]bool
	return func(size int64) bool {
		if sizes == nil {
			sizes = map[int64]bool{}
			for _, it := range r.trash.Items() {
				sizes[it.Size] = true
			}
		}
		return sizes[size]
	}
}

// rules tells whether a changes which paths are ignored, so that some may not be any
// more, in a way that is not known yet. New rules make that no less.
func rules(a *plan.Action) bool { return a.Path.Base() == filter.File && a.Op == plan.Update }

// noTrash is the refusal of a tree whose trash cannot be read.
func (r *Replica) noTrash(err error) error {
	return r.refuse(peer.CannotUse(err), "its trash cannot be read: %v", err)
}

// propose plans, and says what came of it.
func (r *Replica) propose() (*peer.Proposal, error) {
	r.makePlan()
	if err := r.trash.Err(); err != nil {
		return nil, r.noTrash(err)
	}
	if err := r.mayBring(); err != nil {
		return nil, err
	}
	p := r.plan
	out := &peer.Proposal{
		Counts: map[string]int{}, Questions: p.Questions, Held: withUnlike(r.heldNow(p.Held), r.knownUnlike()), Second: r.after,
		Losses: p.Losses, Files: p.Files, Digest: r.merged.digest(),
	}
	if r.hello.Dry {
		out.Held = append(out.Held, r.willBeUnignored()...)
	}
	out.Held = r.toldRefusal(out.Held)
	r.after = nil
	r.left = len(r.found.Problems) + len(r.found.Bare) + len(peer.ProblemsAmong(out.Held))
	for _, q := range p.Questions {
		out.Undecided = out.Undecided || r.decides(q)
	}
	r.undecided = out.Undecided
	moves := map[index.Path]moving{}
	for i := range p.Actions {
		a := &p.Actions[i]
		if a.Op == plan.Move && a.Head.Kind == index.File {
			moves[a.Path] = r.movedBy(i)
		}
		if a.Op == plan.Keep {
			continue
		}
		out.Counts[a.Op.String()]++
		out.Rules = out.Rules || rules(a)
		if r.merging.Actions {
			out.Actions = append(out.Actions, change(a))
		}
	}
	r.mu.Lock()
	r.moves = moves
	r.mu.Unlock()
	for _, c := range append(p.Conflicts, r.settled...) {
		if c.Costs || r.isNew(c) {
			out.Conflicts = append(out.Conflicts, c)
		}
	}
	if r.home.Dir != nil && !r.hello.Dry {
		r.wants = stage.Resume(r.home.Tree, p.Wants)
	} else {
		r.wants = stage.Resume(nil, p.Wants)
	}
	p.Wants = nil // they would be there twice
	r.bases = r.findBases(p, r.wants)
	for _, w := range r.wants {
		out.Bytes += w.Size - w.Offset
	}
	out.Wants = r.wants
	if err := plan.Guard(p.Files, p.Losses, r.hello.MaxDelete); err != nil {
		out.Refused = err.Error()
	}
	return out, nil
}

// heldNow is held, with news of the directories that were to stay before this run and are held
// by now for what is left alone in them: of each of these one that has none below it.
func (r *Replica) heldNow(held []plan.Held) []plan.Held {
	cloned := false
	for i, last := len(held)-1, index.Path(""); i >= 0; i-- {
		h := &held[i]
		if h.Problem || h.Reason.Code != reason.NotEmpty || last.Under(h.Path) || r.wasToGo(h.Path) {
			continue
		}
		if !cloned {
			held, cloned = slices.Clone(held), true
			h = &held[i]
		}
		last = h.Path
		h.News = true
		h.Reason = h.Reason.Then(r.leftIn(h.Path))
	}
	return held
}

// wasToGo tells whether what is at p was to go before this run, and did not.
func (r *Replica) wasToGo(p index.Path) bool {
	e := r.x.Get(p)
	if e == nil || !e.Pending {
		return false
	}
	_, live := plan.Display(e.Heads)
	return !live
}

// conflictsOf is the conflict at e, if there is one.
func conflictsOf(e *index.Entry) []plan.Conflict {
	losers := plan.Losers(e.Heads)
	if len(losers) == 0 {
		return nil
	}
	winner, _ := plan.Display(e.Heads)
	return []plan.Conflict{{Path: e.Path, Winner: winner, Losers: losers}}
}

// isNew tells whether this tree did not know of a conflict before the run.
func (r *Replica) isNew(c plan.Conflict) bool {
	e := r.x.Get(c.Path)
	if e == nil {
		return true
	}
	if (c.Winner.Gen == index.GenID{}) {
		return e.Witness.Kind != index.Dir
	}
	for _, h := range append([]index.Head{c.Winner}, c.Losers...) {
		if _, ok := e.Head(h.Gen); !ok || slices.Contains(r.drawn, h.Gen) {
			return true
		}
	}
	return false
}
