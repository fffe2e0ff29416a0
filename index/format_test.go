package index

import (
	"os"
	"strings"
	"testing"
)

// TestSpecification loads the examples of the specification, which come to the
// same, as it says, and reads those of the merge log.
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
	if len(blocks) != 4 { // the last is that of the trash
		t.Fatalf("%d blocks of lines", len(blocks))
	}
	grown, compacted, log := newMemory(), newMemory(), newMemory()
	grown.files[FileName] = []byte(blocks[0])
	compacted.files[FileName] = []byte(blocks[1])
	log.files[LogName] = []byte(blocks[2])
	a, b := tell(mustLoad(t, grown)), tell(mustLoad(t, compacted))
	if len(a.Gens) != 2 || len(b.Gens) != 6 {
		t.Errorf("%d and %d generations", len(a.Gens), len(b.Gens))
	}
	a.Gens, b.Gens = nil, nil
	wantTold(t, b, a)
	if got := a.Entries[1]; got.Path != "letters/ann.txt" || got.Pending || got.Witness.Inode != 7340102 || !got.Heads[0].Hash.Known() {
		t.Errorf("%+v", got)
	}
	all := runs(t, log)
	if len(all) != 1 || len(all[0].Records) != 1 || all[0].End == nil || all[0].Records[0].Hash != a.Entries[1].Heads[0].Hash {
		t.Errorf("%+v", all)
	}
}
