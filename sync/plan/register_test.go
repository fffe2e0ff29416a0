package plan

import (
	"testing"

	"latus/index"
)

// A tree forgot a deletion with what was registered, and then heard of an edit, with an older
// register, from a tree that had not known of it. Whoever remembers the later one is told of
// the edit, and has nothing to tell in turn: both come to what the edit came with.
func TestRegistersComeWithWhatIsTold(t *testing.T) {
	before, later, edit := gen(1, 1), gen(2, 1), gen(3, 1)
	told := &index.Entry{Path: "a", Heads: []index.Head{fileHead(edit, 2)},
		Mode:  index.ModeReg{Value: 0o644, Stamp: 5, Gen: before},
		Owner: index.OwnerReg{Value: "0:0", Stamp: 5, Gen: before},
		Attrs: index.AttrsReg{Value: "x=AA;", Stamp: 5, Gen: before},
	}
	remembers := &index.Entry{Path: "a", Heads: []index.Head{{Gen: gen(2, 2), Kind: index.Deleted, Clock: 1}},
		Mode:  index.ModeReg{Value: 0o755, Stamp: 9, Gen: later},
		Owner: index.OwnerReg{Value: "1:1", Stamp: 9, Gen: later},
		Attrs: index.AttrsReg{Value: index.NoAttrs, Stamp: 9, Gen: later},
	}
	kRemembers := hasMerged{before: true, later: true, gen(2, 2): true}
	kTold := hasMerged{before: true, later: true, gen(2, 2): true, edit: true}
	a, _ := MergeEntry(remembers, told, kRemembers, kTold, MergeRule{})
	b, _ := MergeEntry(told, remembers, kTold, kRemembers, MergeRule{})
	for _, n := range []*index.Entry{a, b} {
		if n.Mode != told.Mode || n.Owner != told.Owner || n.Attrs != told.Attrs || len(n.Heads) != 1 {
			t.Errorf("came to %+v", n)
		}
	}

	// Where both have something to tell, or neither has, the later one counts.
	remembers.Heads = []index.Head{fileHead(gen(2, 3), 3)}
	kRemembers[gen(2, 3)] = true
	for _, k := range []hasMerged{kRemembers, {before: true, later: true, edit: true, gen(2, 3): true}} {
		other := kTold
		if k[edit] {
			other = k
		}
		a, _ := MergeEntry(remembers, told, k, other, MergeRule{})
		b, _ := MergeEntry(told, remembers, other, k, MergeRule{})
		for _, n := range []*index.Entry{a, b} {
			if n.Mode != remembers.Mode || n.Owner != remembers.Owner || n.Attrs != remembers.Attrs {
				t.Errorf("came to %+v", n)
			}
		}
	}
}

// Whose an edit is that a run found which does not look, and which attributes it has, the
// next run tells that looks, if nobody has told of the file before: the witness does not
// say any more that it is as it was.
func TestWhatNobodyLookedAtIsTold(t *testing.T) {
	for _, told := range []bool{false, true} {
		s := shelf{}
		s.has("a", fileHead(old, 1))
		e := s["a"]
		e.Witness.Owner, e.Witness.Attrs = index.NewIDs(1, 1), index.NoAttrs.Sum()
		if told {
			e.Owner = index.OwnerReg{Value: "1:1", Stamp: 5, Gen: old}
			e.Attrs = index.AttrsReg{Value: index.NoAttrs, Stamp: 5, Gen: old}
		}
		n := Author(e, seen(e.Witness.Size+1, e.Witness.Mtime+1), Authoring{Gen: ours, Now: 1000, Clock: 1, ModeBits: 0o777})
		if w := n.Witness; w.Owner.Known() != told || w.Attrs.Known() != told {
			t.Errorf("told before %v: %+v", told, w)
		}
	}
}
