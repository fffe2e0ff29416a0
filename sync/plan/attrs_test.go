package plan

import (
	"testing"

	"latus/index"
)

// What becomes of the register of extended attributes when a scan has found some, or
// has not looked.
func TestAuthorOfAttrs(t *testing.T) {
	const x, y, none index.Attrs = "x=AA;", "y=AA;", index.NoAttrs
	theirs := gen(2, 1)
	reg := func(v index.Attrs, stamp int64, g index.GenID) index.AttrsReg {
		return index.AttrsReg{Value: v, Stamp: stamp, Gen: g}
	}
	for _, c := range []struct {
		name    string
		was     index.Attrs // the witness; "": unknown
		is      index.Attrs // what is found; "": nobody looked
		reg     index.AttrsReg
		change  func(*index.Entry, *Found)
		want    index.AttrsReg
		pending bool
	}{
		{"none of what was there first", "", none, index.AttrsReg{}, func(e *index.Entry, f *Found) { e.Heads[0].First = true }, index.AttrsReg{}, false},
		{"none of another tree's version", "", none, index.AttrsReg{}, func(e *index.Entry, f *Found) { e.Heads[0].Gen = theirs }, index.AttrsReg{}, false},
		{"none of an own version since", "", none, index.AttrsReg{}, nil, reg(none, 10, ours), false},
		{"none as before, of an edit", none, none, index.AttrsReg{}, func(e *index.Entry, f *Found) { f.Witness.Size++ }, reg(none, kept, ours), false},
		{"some as before, of an edit that nobody looked at", x, x, index.AttrsReg{}, nil, reg(x, kept, ours), false},
		{"some as before, of another tree's edit", x, x, index.AttrsReg{}, func(e *index.Entry, f *Found) { e.Heads[0].Gen = theirs }, index.AttrsReg{}, false},
		{"some of an own version", "", x, index.AttrsReg{}, nil, reg(x, 10, ours), false},
		{"some of another tree's version", "", x, index.AttrsReg{}, func(e *index.Entry, f *Found) { e.Heads[0].Gen = theirs }, reg(x, guess, ours), false},
		{"others", x, y, reg(x, 5, old), nil, reg(y, 1000, ours), false},
		{"others, told later than now", x, y, reg(x, 2000, old), nil, reg(y, 2001, ours), false},
		{"none any more", x, none, reg(x, 5, old), nil, reg(none, 1000, ours), false},
		{"none after a run that did not look", "", none, reg(x, 5, old), nil, reg(x, 5, old), true},
		{"what others have set by now", x, y, reg(y, 5, theirs), nil, reg(y, 5, theirs), false},
		{"the former ones", x, x, reg(y, 5, theirs), nil, reg(y, 5, theirs), true},
		{"nobody looks", x, "", reg(x, 5, old), nil, reg(x, 5, old), false},
		{"an edit, and nobody looks", x, "", reg(x, 5, old), func(e *index.Entry, f *Found) { f.Witness.Size++ }, reg(x, 5, old), false},
		{"an edit with them", x, x, reg(x, 5, old), func(e *index.Entry, f *Found) { f.Witness.Size++ }, reg(x, 5, old), false},
		{"an edit without them", x, none, reg(x, 5, old), func(e *index.Entry, f *Found) { f.Witness.Size++ }, reg(none, 1000, ours), false},
		{"something new, and nobody looks", "", "", reg(x, 5, old), func(e *index.Entry, f *Found) {
			e.Heads[0] = index.Head{Gen: old, Kind: index.Deleted, Utime: 10}
			e.Witness = index.Witness{}
		}, reg("", 1000, ours), false},
		{"something new that has none", "", none, reg(x, 5, old), func(e *index.Entry, f *Found) {
			e.Heads[0] = index.Head{Gen: old, Kind: index.Deleted, Utime: 10}
			e.Witness = index.Witness{}
		}, reg(none, 1000, ours), false},
		{"what was moved has none", "", none, index.AttrsReg{}, func(e *index.Entry, f *Found) {
			e.Heads, e.Witness, f.Origin = nil, index.Witness{}, &index.Origin{Path: "from", Gen: theirs}
		}, reg(none, 10, ours), false},
		{"what was told of what is there now by nobody", "", x, reg("", 5, theirs), func(e *index.Entry, f *Found) { e.Heads[0].Gen = theirs }, reg(x, guess, ours), false},
		{"the author of a version knows better than a guess", "", none, reg(x, guess, theirs), nil, reg(none, 10, ours), false},
		{"so it does where it had left them", x, x, reg(y, guess, theirs), nil, reg(x, kept, ours), false},
		{"so it does where it left them in an edit", x, x, reg(y, guess, theirs), func(e *index.Entry, f *Found) { f.Witness.Size++ }, reg(x, kept, ours), false},
		{"a guess that it took over", x, x, reg(x, guess, theirs), nil, reg(x, guess, theirs), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := Authoring{Gen: ours, Now: 1000, Clock: 1, ModeBits: 0o777, Attrs: c.is != ""}
			s := shelf{}
			s.has("a", fileHead(old, 1))
			e := s["a"]
			e.Mode, e.Attrs = index.ModeReg{Value: 0o644, Stamp: 5, Gen: old}, c.reg
			e.Witness.Attrs, e.Witness.Ctime = c.was.Sum(), 50
			f := seen(e.Witness.Size, e.Witness.Mtime)
			if f.Attrs, f.Witness.Attrs, f.Witness.Ctime = c.is, c.is.Sum(), 51; c.change != nil {
				c.change(e, &f)
			}
			n := Author(e, f, a)
			if n == nil {
				n = e
			}
			if n.Attrs != c.want || n.Pending != c.pending {
				t.Errorf("came to %+v, pending %v, not %+v, %v", n.Attrs, n.Pending, c.want, c.pending)
			}
			if c.is == "" && n.Witness.Attrs.Known() && n.Witness.Ctime == 51 {
				t.Error("what nobody has looked at is said to have been there at the new ctime")
			}
			if c.is != "" && (n.Witness.Attrs != c.is.Sum() || n.Witness.Ctime != 51) {
				t.Errorf("the witness is %+v", n.Witness)
			}
		})
	}
}

// A tree that has dropped a deletion, and with it what was registered, and then made
// something new there does not get that from one that remembers.
func TestRegistersOfWhatIsGoneStayGone(t *testing.T) {
	then, deleted, made := gen(2, 1), gen(1, 5), gen(1, 6)
	remembers := &index.Entry{Path: "a", Heads: []index.Head{{Gen: deleted, Kind: index.Deleted, Clock: 1}}, Attrs: index.AttrsReg{Value: "x=AA;", Stamp: 99, Gen: then}}
	anew := &index.Entry{Path: "a", Heads: []index.Head{fileHead(made, 1)}}
	k := index.NewKnowledge()
	k.Add(index.Generation{GenID: then, Seq: 1})
	k.Add(index.Generation{GenID: deleted, Seq: 1})
	more := k.Clone()
	more.Add(index.Generation{GenID: made, Seq: 2})
	for _, n := range merged2(remembers, anew, k, more) {
		if n.Attrs.Set() || len(n.Heads) != 1 || n.Heads[0].Gen != made {
			t.Errorf("came to %+v", n)
		}
	}
	// Nor does who has never heard of it.
	fresh := index.NewKnowledge()
	fresh.Add(index.Generation{GenID: made, Seq: 1})
	for _, n := range merged2(remembers, anew, k, fresh) {
		if n.Attrs.Set() {
			t.Errorf("came to %+v", n)
		}
	}
	// Nor does a directory lose it that stands for what is in it alone.
	implied := &index.Entry{Path: "a", Witness: index.Witness{Kind: index.Dir}}
	for _, n := range merged2(remembers, implied, k, more) {
		if n.Attrs != remembers.Attrs {
			t.Errorf("came to %+v", n)
		}
	}
}

// merged2 is what either tree makes of two entries.
func merged2(a, b *index.Entry, kA, kB *index.Knowledge) []*index.Entry {
	one, _ := MergeEntry(a, b, kA, kB, MergeRule{})
	two, _ := MergeEntry(b, a, kB, kA, MergeRule{})
	return []*index.Entry{one, two}
}

// Attributes alone are a touch; what comes anew gets them, and what is moved keeps them
// where nobody has told.
func TestPlanOfAttrs(t *testing.T) {
	const x index.Attrs = "x=AA;"
	reg := index.AttrsReg{Value: x, Stamp: 9, Gen: news}
	plan := func(change func(s shelf), looks bool) *Plan {
		s := shelf{}
		s.has("a", fileHead(old, 1))
		change(s)
		in := s.input()
		in.Disk.Attrs = looks
		return Make(in)
	}
	touch := func(s shelf) {
		s["a"].Attrs, s["a"].Witness.Attrs = reg, index.NoAttrs.Sum()
		s["a"].Pending, s["a"].Have = true, s["a"].Heads
	}
	if p := plan(touch, true); len(p.Actions) != 1 || p.Actions[0].Op != Touch || p.Actions[0].Attrs != x {
		t.Errorf("%+v", p.Actions)
	}
	if p := plan(touch, false); len(p.Actions) != 0 || len(p.Acks) != 1 {
		t.Errorf("nobody looks, and %+v", p)
	}
	create := func(s shelf) {
		s.gets("b", fileHead(news, 2))
		s["b"].Attrs = reg
	}
	if p := plan(create, true); len(p.Actions) != 1 || p.Actions[0].Attrs != x {
		t.Errorf("%+v", p.Actions)
	}
	if p := plan(create, false); len(p.Actions) != 1 || p.Actions[0].Attrs != "" {
		t.Errorf("%+v", p.Actions)
	}
	if p := plan(func(s shelf) { s.gets("b", fileHead(news, 2)) }, true); p.Actions[0].Attrs != index.NoAttrs {
		t.Errorf("%+v", p.Actions)
	}
}

// hasMerged are generations that somebody has merged.
type hasMerged map[index.GenID]bool

func (h hasMerged) Has(g index.GenID) bool { return h[g] }

// A file that was there all the while, of which the other tree has another version, and
// attributes that it dropped with what was deleted: if it looks at attributes, it has none,
// and both trees come to that.
func TestMergeOfDroppedAttrs(t *testing.T) {
	first := func(g index.GenID) index.Head {
		h := fileHead(g, 1)
		h.First = true
		return h
	}
	theirs, set := gen(2, 1), gen(3, 1)
	mine := &index.Entry{Path: "a", Heads: []index.Head{first(old)}, Attrs: index.AttrsReg{Value: "x=AA;", Stamp: 7, Gen: set}}
	other := &index.Entry{Path: "a", Heads: []index.Head{first(theirs)}}
	kMine, kOther := hasMerged{old: true, set: true}, hasMerged{old: true, set: true, theirs: true}
	for _, looks := range []bool{true, false} {
		want := index.AttrsReg{}
		if looks {
			want = index.AttrsReg{Value: index.NoAttrs, Stamp: 8, Gen: set}
		}
		a, _ := MergeEntry(mine, other, kMine, kOther, MergeRule{Theirs: Sees{Attrs: looks}})
		b, _ := MergeEntry(other, mine, kOther, kMine, MergeRule{Mine: Sees{Attrs: looks}})
		if a.Attrs != want || b.Attrs != want {
			t.Errorf("looks %v: %+v and %+v", looks, a.Attrs, b.Attrs)
		}
		again, changed := MergeEntry(a, b, kOther, kOther, MergeRule{Mine: Sees{Attrs: looks}, Theirs: Sees{Attrs: looks}})
		if changed && again.Attrs != want {
			t.Errorf("looks %v: %+v the second time", looks, again.Attrs)
		}
	}
}

// Permission bits of an old file that one tree dropped for something new, while the other
// edited it: they are the edit's, and both trees keep them. Those of what nobody edited go,
// unless it is a link that is new: that has none, and others may need them for a directory.
func TestMergeOfBitsOfAnEdit(t *testing.T) {
	new, edit, set := gen(1, 2), gen(2, 2), gen(3, 1)
	bits := index.ModeReg{Value: 0o755, Stamp: 7, Gen: set}
	for _, c := range []struct {
		mine, other index.Head
		kept        bool
	}{
		{linkHead(new, "b"), fileHead(edit, 1), true},
		{fileHead(new, 2), fileHead(edit, 1), true},
		{fileHead(new, 2), fileHead(old, 1), false},
		{linkHead(new, "b"), dirHead(old), true},
	} {
		want := index.ModeReg{}
		if c.kept {
			want = bits
		}
		mine := &index.Entry{Path: "a", Heads: []index.Head{c.mine}}
		other := &index.Entry{Path: "a", Heads: []index.Head{c.other}, Mode: bits}
		kMine, kOther := hasMerged{old: true, set: true, new: true}, hasMerged{old: true, set: true, edit: true}
		a, _ := MergeEntry(mine, other, kMine, kOther, MergeRule{})
		b, _ := MergeEntry(other, mine, kOther, kMine, MergeRule{})
		if a.Mode != want || b.Mode != want {
			t.Errorf("%v and %v: %+v and %+v", c.mine.Kind, c.other.Kind, a.Mode, b.Mode)
		}
	}
}
