package merge

import (
	"fmt"
	"testing"

	"latus/sync/tree/memory"
)

// TestStoppedInDirectoryThatIsOpened kills a run that works in a read-only directory
// which is to have other permission bits from now on, also where these are the ones it
// has for the moment.
func TestStoppedInDirectoryThatIsOpened(t *testing.T) {
	for _, modes := range [][2]uint32{{0o555, 0o755}, {0o555, 0o750}, {0o555, 0o700}, {0o575, 0o775}, {0o555, 0o575}} {
		was, mode := modes[0], modes[1]
		s := &story{
			was:   state{"d": dir().with(was), "d/e": dir().with(was), "d/e/f": file("old"), "d/e/gone": file("x"), "d/m": file("moves")},
			shall: state{"d": dir().with(mode), "d/e": dir().with(mode), "d/e/f": file("new"), "m": file("moves")},
		}
		base := started(t, s, memory.WithModes())
		for n := 1; n <= changes(t, s, base); n++ {
			m := base.Clone()
			m.StopAt(n)
			attempt(t, s, m, "run")
			m.Restart()
			t.Run(fmt.Sprintf("%o %d", modes, n), func(t *testing.T) { afterwards(t, s, m) })
		}
	}
}

// TestReopenedByTheUser kills a run while a read-only directory is open, and lets the
// user give that another mode: it is not taken back.
func TestReopenedByTheUser(t *testing.T) {
	s := &story{
		was:   state{"d": dir().with(0o555), "d/f": file("old")},
		shall: state{"d": dir().with(0o555), "d/f": file("new")},
	}
	base := started(t, s, memory.WithModes())
	opened := 0
	for n := 1; n <= changes(t, s, base); n++ {
		m := base.Clone()
		m.StopAt(n)
		attempt(t, s, m, "run")
		m.Restart()
		if files(t, m.User(), "")["d"].info.Mode != 0o755 {
			continue
		}
		opened++
		root, err := m.User().Open("")
		must(t, err)
		must(t, root.Chmod("d", 0o770))
		w := open(t, s, m, m.User())
		must(t, w.recover())
		if got := files(t, m.User(), "")["d"].info.Mode; got != 0o770 {
			t.Errorf("stopped at call %d: %o", n, got)
		}
		w.close()
	}
	if opened == 0 {
		t.Fatal("the directory was never open")
	}
}
