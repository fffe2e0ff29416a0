package trash

import (
	"testing"

	"latus/sync/tree/memory"
)

// TestRestoreStoppedInBetween kills a restore where nothing can be exchanged, after the
// version that is there was taken away and before the other one is there. The path is
// not left empty: that would be taken for a deletion.
func TestRestoreStoppedInBetween(t *testing.T) {
	base, id := overwritten(t, false)
	between := 0
	for n, over := 1, false; !over; n++ {
		var m *memory.Tree
		m, over = restoreStoppedAt(base, id, n)
		if read(t, m, "p") != "(none)" {
			continue
		}
		between++
		b := opened(t, m)
		if got := read(t, m, "p"); got != "restored" {
			t.Errorf("stopped at call %d: p is %q", n, got)
		}
		kept := 0
		for _, it := range b.Items() {
			if read(t, m, it.Place()) == "in the way" {
				kept++
			}
		}
		if kept != 1 {
			t.Errorf("stopped at call %d: %d items hold what was there", n, kept)
		}
	}
	if between == 0 {
		t.Fatal("the path was never empty")
	}
}
