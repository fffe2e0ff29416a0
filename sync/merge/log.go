package merge

import (
	"latus/index"
	"latus/index/mergelog"
	"latus/sync/plan"
	"latus/sync/trash"
)

// What the merge log gets of an action is enough to put it back: what stood at
// its path, what a move took from where, and which item of the trash has the
// bytes that were displaced.

// record notes in the log that an action is carried out.
func (a *applier) record(s *step, w index.Witness, trashed bool) {
	if a.Log == nil {
		return
	}
	act, old := s.act, s.act.OldHead()
	r := mergelog.Record{
		Run: a.Run, Time: a.Now(), Op: act.Op.String(), Path: act.Path, From: act.From, Kind: act.Head.Kind,
		Size: w.Size, Mtime: w.Mtime, Mode: w.Mode, Owner: w.Owner, Hash: s.staged.Hash, Gen: act.Head.Gen,
		OldGen: old.Gen, Why: act.Why,
	}
	if act.Op != plan.Keep {
		r.Was = former(act.Old, old.Target)
		r.Was.Attrs = s.had
		switch {
		case s.room.none:
			r.Was, r.OldGen = mergelog.Former{}, index.GenID{}
		case s.room.bits != 0:
			r.Was.Mode = s.room.bits
		}
	}
	if w.Attrs.Known() {
		r.Attrs = act.Attrs
	}
	if w.Kind == index.Link {
		r.Target = act.Head.Target
	}
	if act.Op == plan.Move {
		src := a.from[s.n]
		r.Took = src.former()
	}
	if trashed {
		r.Trash = s.slot
	}
	if a.Author != nil && act.Head.Gen.Author != 0 {
		r.Author = a.Author(act.Path, *act.Head)
	}
	a.Log.Add(r)
}

// recordAlong notes that a directory's move took what stood at from, as e, to p.
func (a *applier) recordAlong(e *index.Entry, w index.Witness, p index.Path) {
	if a.Log == nil {
		return
	}
	if r, ok := alongRecord(a.Index, e, w, p); ok {
		r.Run, r.Time = a.Run, a.Now()
		a.Log.Add(r)
	}
}

func alongRecord(x *index.Index, e *index.Entry, w index.Witness, p index.Path) (mergelog.Record, bool) {
	r := mergelog.Record{
		Op: plan.Move.String(), Along: true, Path: p, From: e.Path,
		Kind: w.Kind, Size: w.Size, Mtime: w.Mtime, Mode: w.Mode, Owner: w.Owner, Took: former(w, ""),
	}
	if h, ok := plan.Display(e.Acked()); ok && h.Kind == w.Kind {
		r.Took.Gen, r.Took.Target, r.Target, r.Hash = h.Gen, h.Target, h.Target, h.Hash
	}
	to := x.Get(p)
	if to == nil {
		return r, w.Kind == index.Dir // else it is ignored
	}
	if h, ok := plan.Display(to.Heads); ok && h.Kind == w.Kind {
		r.Gen = h.Gen
	}
	return r, true
}

func former(w index.Witness, target string) mergelog.Former {
	f := mergelog.Former{Kind: w.Kind, Size: w.Size, Mtime: w.Mtime, Mode: w.Mode, Owner: w.Owner}
	if w.Kind == index.Link {
		f.Target = target
	}
	return f
}

func (s *source) former() mergelog.Former {
	f := former(s.w, s.target)
	f.Gen = s.gen
	return f
}

// log is record for what a killed run had carried out: whether it came to its log
// is for others to find out.
func (r *recovery) log(i index.Intent, w index.Witness) {
	rec := mergelog.Record{
		Run: i.Run, Op: i.Op, Path: i.Path, From: i.From, Kind: w.Kind,
		Size: w.Size, Mtime: w.Mtime, Mode: w.Mode, Owner: w.Owner, Hash: i.Hash, Gen: i.Gen,
	}
	if w.Kind == index.Absent {
		rec.Kind = index.Deleted
	}
	target := ""
	if e := r.index.Get(i.Path); e != nil {
		if h, ok := e.Head(i.Gen); ok {
			rec.Target = h.Target
		}
		if h, ok := plan.Display(e.Acked()); ok && h.Kind == i.Old.Kind {
			rec.OldGen, target = h.Gen, h.Target
		}
	}
	rec.Was = former(i.Old, target)
	if it, filled := r.trash.Get(trash.SlotID(i.Trash)); filled {
		rec.Trash, rec.OldGen, rec.Why = it.ID, it.Gen, it.Why
	}
	if i.Op == plan.Move.String() {
		if e := r.index.Get(i.From); e != nil {
			s := source{w: e.Witness}
			if h, ok := plan.Display(e.Acked()); ok && h.Kind == s.w.Kind {
				s.gen, s.target = h.Gen, h.Target
			}
			rec.Took = s.former()
		}
	}
	r.records = append(r.records, rec)
}
