package plan

import (
	"testing"

	"latus/index"
)

// Where only the bits of writing stick, a directory has none: it is always writable, and
// that is neither an edit nor something to be set right.
func TestDirectoriesWithoutBits(t *testing.T) {
	s := shelf{}
	s.has("d", dirHead(old))
	e := s["d"]
	e.Mode = index.ModeReg{Value: 0o555, Stamp: 1, Gen: news}
	e.Witness.Mode = 0o777
	a := Authoring{Gen: ours, Now: 1000, Clock: 1, ModeBits: 0o200}
	if Lags(e.Mode, e.Witness, a.ModeBits) {
		t.Error("it lags behind a mode that it cannot have")
	}
	if m := moded(e, index.Witness{Kind: index.Dir, Mode: 0o555}, Former{}, a, false); m != e.Mode {
		t.Errorf("a bit that says nothing is taken for an edit: %v", m)
	}
	e.Pending, e.Have = true, e.Heads
	in := s.input()
	in.Disk.ModeBits = 0o200
	if p := Make(in); len(p.Actions) != 0 {
		t.Errorf("it gets a mode that it cannot have: %v", p.lines())
	}
	s["d"].Witness = index.Witness{}
	if p := Make(in); len(p.Actions) != 1 || p.Actions[0].Op != Mkdir || p.Actions[0].Mode != 0o200 {
		t.Errorf("a new one is made as %v, %+v", p.lines(), p.Actions)
	}
}
