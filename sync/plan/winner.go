package plan

import (
	"cmp"
	"slices"

	"latus/index"
)

// mergeMode is what the mode registers of two trees come to, where heads are the versions of
// the path from now on and d is displayed. Of two files that exclude each other the one that
// wins keeps its bits, whenever those of the other one were set.
func mergeMode(mine, theirs index.ModeReg, m, t holder, heads []index.Head, d index.Head, r MergeRule) index.ModeReg {
	n := mergeReg(mine, theirs, m, t, d.Kind)
	if d.Kind != index.File || !m.shows(index.File) || !t.shows(index.File) ||
		!mine.Set() || !theirs.Set() || mine.Gen == theirs.Gen || !contended(heads, d, r) {
		return n
	}
	old, late := t.Has(mine.Gen), m.Has(theirs.Gen)
	if !old && !late && !differing(heads, d, r) {
		// They may be one file, which somebody has made private.
		switch c := cmp.Compare(public(theirs.Value), public(mine.Value)); {
		case c < 0:
			return theirs
		case c > 0:
			return mine
		}
		return n
	}
	if has := m.Has(d.Gen); has != t.Has(d.Gen) {
		if has {
			return ofWinner(mine, theirs, m, t)
		}
		return ofWinner(theirs, mine, t, m)
	}
	if old != late || old && m.tells(t) != t.tells(m) {
		return n
	}
	// Both trees know the winner, and neither register takes the place of the other one.
	c := cmp.Or(cmp.Compare(foreign(theirs, heads, d), foreign(mine, heads, d)), cmp.Compare(public(theirs.Value), public(mine.Value)))
	switch {
	case c < 0:
		return theirs
	case c > 0:
		return mine
	}
	return n
}

// ofWinner is the register of the tree that has the winner, of which the other one has never
// heard. Somebody there may have known that register and set another one, for the path or for
// what lost, which nobody can tell: so it counts if it does not make the winner more public.
func ofWinner(won, lost index.ModeReg, winner, loser holder) index.ModeReg {
	if loser.Has(won.Gen) && !winner.Has(lost.Gen) && public(lost.Value) <= public(won.Value) {
		return lost
	}
	return won
}

// contended tells whether files exclude each other among heads, of which d is displayed.
func contended(heads []index.Head, d index.Head, r MergeRule) bool {
	return len(heads) > 1 && slices.ContainsFunc(losers(heads, d, r), func(h index.Head) bool { return h.Kind == index.File })
}

// differing tells whether a file among heads is another one than d, as far as that can be told:
// if nobody has compared them, and their sizes agree, by mtime.
func differing(heads []index.Head, d index.Head, r MergeRule) bool {
	return slices.ContainsFunc(heads, func(h index.Head) bool {
		return h.Kind == index.File && (compareContent(h, d, r) == different || !Dated(h, d))
	})
}

// foreign is 1 for a register that came with a version other than d, which is displayed.
func foreign(r index.ModeReg, heads []index.Head, d index.Head) int {
	return btoi(r.Gen != d.Gen && hasGen(heads, r.Gen))
}

// afterChmod is mode register r after a disk that shows another version than e displays was looked
// at: bits that were given there to a file that has lost do not make the winner more public.
func afterChmod(r index.ModeReg, e *index.Entry, shown index.Head) index.ModeReg {
	d, _ := Display(e.Heads)
	if d.Kind == index.File && shown.Kind == index.File && d.Gen != shown.Gen && hasGen(e.Heads, shown.Gen) && public(r.Value) > public(e.Mode.Value) {
		return e.Mode
	}
	return r
}

// afterEdit is mode register r after an edit, w, of what was shown, where heads are the versions
// from now on. If it loses its bits do not make the winner more public. If it wins over what
// has not yet come to this disk, others may do no more with it than with what they find there.
func afterEdit(r index.ModeReg, e *index.Entry, heads []index.Head, w index.Witness, shown index.Head, a Authoring) index.ModeReg {
	if w.Kind != index.File || !e.Mode.Set() {
		return r
	}
	before, _ := Display(e.Heads)
	switch now, _ := Display(heads); {
	case now.Gen != a.Gen && now.Kind == index.File && public(r.Value) > public(e.Mode.Value):
		return e.Mode
	case now.Gen != a.Gen || r.Gen == a.Gen || before.Gen == shown.Gen || e.Witness.Kind != index.File:
		return r
	}
	bits := a.ModeBits &^ a.Unsure
	if is := r.Value&^bits | w.Mode&bits; public(is) < public(r.Value) {
		return set(r, is, a)
	}
	return r
}
