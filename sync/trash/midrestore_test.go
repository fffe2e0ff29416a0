package trash

import (
	"testing"

	"latus/sync/tree/memory"
)

// TestRestoreStoppedInBetween kills a restore where nothing can be exchanged, after the
// version that is there was taken away and before the other one is there. The path is
// not left empty: that would be taken for a deletion.
func TestRestoreStoppedInBetween(t *testing.T) {
	traits := memory.Capable()
	traits.Exchange = false
	base := memory.New(memory.WithTraits(traits))
	prepare(t, base)
	b := opened(t, base)
	it := discard(t, base, b, "p", 1, "restored")
	write(t, base, "p", "in the way")
	b.Close()
	between := 0
	for n, over := 1, false; !over; n++ {
		m := base.Clone()
		m.StopAt(n)
		if b, err := Open(m, false); err == nil {
			over = restore(b, it.ID, "p", 1, "restore-run") == nil
		}
		m.Restart()
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
