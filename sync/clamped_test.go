package sync_test

import "testing"

// An mtime that a filesystem cannot show is no edit there: neither when a file is given
// it, nor when it is moved as well. The other tree keeps the one it has.
func TestMtimeThatCannotBeShown(t *testing.T) {
	const long = -3_786_912_000_000000000 // 1850
	w, s := three(t, "AB")
	s[1].tree = &rogueTree{Tree: s[1].mem, broken: rules{clamps: true}}
	w.two(s...)
	step := func(what string, mtime int64) {
		t.Helper()
		for i := range 3 {
			r := w.two(s...)
			if len(r.problems) > 0 || i > 0 && len(r.changes) > 0 {
				t.Fatalf("%s, run %d: changes %q, problems %q", what, i, r.changes, r.problems)
			}
		}
		if got := s[0].look()["two"].mtime + s[0].look()["moved"].mtime; got != mtime {
			t.Fatalf("%s: the first tree shows %d", what, got)
		}
		if got := s[1].look()["two"].mtime + s[1].look()["moved"].mtime; got != oldest {
			t.Fatalf("%s: the other tree shows %d", what, got)
		}
	}
	s[0].touch("two", long)
	step("touched", long)
	s[0].rename("two", "moved")
	s[0].touch("moved", long+1e9)
	step("moved", long+1e9)
}
