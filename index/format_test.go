package index

import (
	"math"
	"os"
	"strings"
	"testing"
)

// TestSpecification loads the examples of the specification, which come to the
// same, as it says.
func TestSpecification(t *testing.T) {
	text, err := os.ReadFile("../docs/index-format.md")
	if err != nil {
		t.Fatal(err)
	}
	var blocks []string
	for _, part := range strings.Split(string(text), "```jsonl\n")[1:] {
		block, _, _ := strings.Cut(part, "```")
		blocks = append(blocks, block)
	}
	if len(blocks) != 4 { // the last two are those of the merge log and of the trash
		t.Fatalf("%d blocks of lines", len(blocks))
	}
	grown, compacted := newMemory(), newMemory()
	grown.files[FileName] = []byte(blocks[0])
	compacted.files[FileName] = []byte(blocks[1])
	a, b := tell(mustLoad(t, grown)), tell(mustLoad(t, compacted))
	if len(a.Gens) != 2 || len(b.Gens) != 6 {
		t.Errorf("%d and %d generations", len(a.Gens), len(b.Gens))
	}
	a.Gens, b.Gens = nil, nil
	wantTold(t, b, a)
	if got := a.Entries[1]; got.Path != "letters/ann.txt" || got.Pending || got.Witness.Inode != 7340102 || !got.Heads[0].Hash.Known() {
		t.Errorf("%+v", got)
	}
	if hash := a.Entries[1].Heads[0].Hash.String(); !strings.Contains(blocks[2], hash) {
		t.Errorf("the log does not tell of %s", hash)
	}
}

// An index may hold later times than there are: an older latus counted on from whatever a
// peer said. They are read as the last one, so that every tree takes what this one tells.
func TestTimesBeyondTheLastAreRead(t *testing.T) {
	for _, late := range []int64{MaxTime, MaxTime + 1, math.MaxInt64} {
		s := newMemory()
		x := mustLoad(t, s)
		g := Generation{GenID: GenID{1, 1}, Seq: 1, Time: late}
		gen := g.GenID
		tx := x.Begin()
		tx.Generation(g)
		tx.Put(&Entry{Path: "a", Heads: []Head{{Gen: gen, Kind: File, Clock: 1, Mtime: late, Utime: late}},
			Mode: ModeReg{Value: 0o644, Stamp: late, Gen: gen}, Owner: OwnerReg{Value: "0:0", Stamp: late, Gen: gen}})
		tx.Put(&Entry{Path: "b", Heads: []Head{{Gen: gen, Kind: Deleted, Clock: 1, Utime: late}}, Attrs: AttrsReg{Stamp: late - 1, Gen: gen}})
		tx.Put(&Entry{Path: "c", Mode: ModeReg{Value: 0o755, Stamp: late, Gen: gen}})
		commit(t, tx)
		x = mustLoad(t, s)
		for _, p := range []Path{"a", "b", "c"} {
			e := x.Get(p)
			for _, h := range e.Heads {
				if h.Utime != MaxTime || h.Kind == File && h.Mtime != late {
					t.Errorf("%d of %s is read as %+v", late, p, h)
				}
			}
			for _, stamp := range []int64{e.Mode.Stamp, e.Owner.Stamp, e.Attrs.Stamp} {
				if stamp > MaxTime {
					t.Errorf("%d of %s is read as %d", late, p, stamp)
				}
			}
		}
	}
}
