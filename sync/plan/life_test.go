package plan

import (
	"testing"

	"latus/index"
)

// Where all files are private and all directories are not, no file gets bits of a directory
// that stood under its name, in whatever order trees hear of what.
func TestPrivateFilesStayPrivate(t *testing.T) {
	p := []index.Path{"f"}
	steps := 4
	if *long {
		steps = 6
	}
	w := empty(p...)
	w.fileMode = func(int) uint32 { return 0o600 }
	x := explorer{moves: moves(3, p, "few mkdir")}
	x.explore(w, steps, 0)
	t.Logf("%d histories of up to %d steps, %d states", x.histories, steps, len(x.states))
	if x.found != "" {
		t.Fatal(x.found)
	}
}

// What somebody had under a name, and deleted, has left registers. They are not those of
// what another tree has there, although they are later.
func TestRegistersOfAnotherLife(t *testing.T) {
	then, deleted, made := gen(1, 1), gen(1, 2), gen(2, 1)
	kGone, kAnew := hasMerged{then: true, deleted: true}, hasMerged{made: true}
	gone := &index.Entry{Path: "a", Heads: []index.Head{{Gen: deleted, Kind: index.Deleted, Clock: 1, Utime: 99}},
		Mode:  index.ModeReg{Value: 0o755, Stamp: 9, Gen: then},
		Owner: index.OwnerReg{Value: "0:0", Stamp: 9, Gen: then},
		Attrs: index.AttrsReg{Value: "x=AA;", Stamp: 9, Gen: then},
	}
	dir := &index.Entry{Path: "a", Heads: []index.Head{dirHead(then)}, Mode: gone.Mode, Owner: gone.Owner, Attrs: gone.Attrs}
	merged := func(a, b *index.Entry, kA, kB Known) (n *index.Entry) {
		one, _ := MergeEntry(a, b, kA, kB, MergeRule{})
		two, _ := MergeEntry(b, a, kB, kA, MergeRule{})
		if one.Mode != two.Mode || one.Owner != two.Owner || one.Attrs != two.Attrs {
			t.Errorf("one tree has %+v, the other one %+v", one, two)
		}
		return one
	}
	for _, h := range []index.Head{fileHead(made, 1), dirHead(made)} {
		anew := &index.Entry{Path: "a", Heads: []index.Head{h},
			Mode:  index.ModeReg{Value: 0o600, Stamp: 5, Gen: made},
			Owner: index.OwnerReg{Value: "1:1", Stamp: 5, Gen: made},
			Attrs: index.AttrsReg{Value: index.NoAttrs, Stamp: 5, Gen: made},
		}
		both := hasMerged{then: true, deleted: true, made: true}
		n := merged(gone, anew, kGone, kAnew)
		if n.Mode != anew.Mode || n.Owner != anew.Owner || n.Attrs != anew.Attrs {
			t.Errorf("%v: came to %+v", h.Kind, n)
		}
		// So it is with who has not heard of the deletion, before and after it has.
		if m := merged(n, dir, both, hasMerged{then: true}); m.Mode != anew.Mode && h.Kind == index.File {
			t.Errorf("%v: came to %+v", h.Kind, m)
		}
		if h.Kind == index.Dir {
			continue // two directories: the later register counts
		}
		m := merged(dir, anew, hasMerged{then: true}, kAnew)
		if m.Mode != dir.Mode || m.Owner != dir.Owner || m.Attrs != dir.Attrs {
			t.Errorf("a directory has the name, and not its registers: %+v", m)
		}
		m = merged(m, gone, hasMerged{then: true, made: true}, kGone)
		if m.Mode.Value != 0o600 {
			t.Errorf("the file that lost comes back with the bits of the directory: %+v", m)
		}
		if last := merged(m, n, both, both); last.Mode.Value != 0o600 {
			t.Errorf("trees that heard of it in another order come to %+v", last)
		}
	}
	// Nobody has a version of a directory that stands for what is in it: what was set there
	// after the last one was deleted is about it.
	late := *gone
	late.Mode = index.ModeReg{Value: 0o700, Stamp: 100, Gen: gen(1, 3)}
	anew := &index.Entry{Path: "a", Heads: []index.Head{dirHead(made)}, Mode: index.ModeReg{Value: 0o755, Stamp: 5, Gen: made}}
	if n := merged(&late, anew, hasMerged{then: true, deleted: true, gen(1, 3): true}, kAnew); n.Mode != late.Mode {
		t.Errorf("came to %+v", n.Mode)
	}
}

// Only a loser's bytes come to other trees.
func TestModeOfLosers(t *testing.T) {
	lost, won, before := fileHead(gen(1, 1), 1), gen(2, 1), gen(3, 1)
	lost.Lineage = []index.Ancestor{{Hash: 7}}
	for _, c := range []struct {
		winner index.Head
		reg    index.ModeReg
		want   uint32
	}{
		{dirHead(won), index.ModeReg{}, 0o644},
		{dirHead(won), index.ModeReg{Value: 0o755, Gen: won}, 0o600},
		{dirHead(won), index.ModeReg{Value: 0o755, Gen: before}, 0o600},
		{dirHead(won), index.ModeReg{Value: 0o640, Gen: lost.Gen}, 0o640},
		{fileHead(won, 2), index.ModeReg{Value: 0o755, Gen: won}, 0o700},
		{fileHead(won, 2), index.ModeReg{Value: 0o755, Gen: before}, 0o755},
		{fileHead(won, 2), index.ModeReg{Value: 0o755, Gen: before, Stamp: lost.Utime + 1}, 0o700},
	} {
		e := &index.Entry{Path: "a", Heads: []index.Head{lost, c.winner}, Mode: c.reg}
		if m := LostMode(e, lost); m != c.want {
			t.Errorf("lost to a %v, registered %+v: %o, not %o", c.winner.Kind, c.reg, m, c.want)
		}
	}
}

// A loser that takes its name back has its own bits, as far as they are known, and is not more
// public than whoever set those of the path wants it to be.
func TestBitsOfLosersThatAreKept(t *testing.T) {
	lost, won := fileHead(gen(1, 1), 1), fileHead(gen(2, 1), 2)
	for _, c := range []struct {
		reg   index.ModeReg
		had   uint32 // 0: nobody knows
		stick uint32
		want  uint32
	}{
		{index.ModeReg{Value: 0o644, Gen: won.Gen}, 0o600, 0o777, 0o600},
		{index.ModeReg{Value: 0o644, Gen: won.Gen}, 0, 0o777, 0o600},
		{index.ModeReg{Value: 0o600, Gen: won.Gen}, 0o644, 0o777, 0o644},
		{index.ModeReg{Value: 0o644, Gen: won.Gen}, 0o777, 0, 0o600}, // no bits stick here
		{index.ModeReg{Value: 0o600, Gen: gen(3, 1)}, 0o755, 0o777, 0o711},
		{index.ModeReg{Value: 0o644, Gen: lost.Gen}, 0, 0o777, 0o644},
		{index.ModeReg{}, 0o600, 0o777, 0o600},
		{index.ModeReg{}, 0, 0o777, 0o644},
	} {
		e := &index.Entry{Path: "a", Heads: []index.Head{lost, won}, Mode: c.reg}
		bits := func(h index.Head) (uint32, bool) { return c.had, c.had != 0 && h.Gen == lost.Gen }
		a := Authoring{Gen: ours, Now: 1000, Clock: 1, ModeBits: c.stick}
		given := GiveUp(e, func(h index.Head) bool { return h.Gen == won.Gen }, bits, a)
		for _, n := range []*index.Entry{Resolve(e, lost, bits, a), given} {
			is := n.Mode.Value
			if !n.Mode.Set() {
				is = 0o644
			}
			if is != c.want || n.Mode != c.reg && (n.Mode.Gen != ours || n.Mode.Stamp <= c.reg.Stamp) {
				t.Errorf("%+v, had %o: %+v", c.reg, c.had, n.Mode)
			}
		}
		if n := Resolve(e, won, bits, a); n.Mode != c.reg {
			t.Errorf("the winner was %+v, is %+v", c.reg, n.Mode)
		}
	}
}

// nowhere knows the bits of no file.
func nowhere(index.Head) (uint32, bool) { return 0, false }

// A file made where there was one before has its own bits, even if they are the same: who has
// given others to what there was before has not given them to this one.
func TestWhatIsMadeAnewSetsItsBits(t *testing.T) {
	for _, c := range []struct {
		was  index.Kind
		is   uint32
		sets bool
	}{{index.Absent, 0o600, true}, {index.Dir, 0o600, true}, {index.File, 0o600, false}, {index.File, 0o644, true}} {
		e := &index.Entry{Path: "a", Heads: []index.Head{{Gen: old, Kind: index.Deleted, Clock: 1}}, Mode: index.ModeReg{Value: 0o600, Stamp: 5, Gen: old}}
		if c.was.Live() {
			e.Heads[0].Kind = c.was
			e.Witness = index.Witness{Kind: c.was, Mode: 0o600, Size: 1}
		}
		f := seen(7, 50)
		f.Witness.Mode = c.is
		n := Author(e, f, Authoring{Gen: ours, Now: 1000, Clock: 1, ModeBits: 0o777})
		if n.Mode.Value != c.is || (n.Mode.Gen == ours) != c.sets || c.sets && n.Mode.Stamp <= e.Mode.Stamp {
			t.Errorf("%v, now a file of %o: %+v", c.was, c.is, n.Mode)
		}
	}
}
