package sync_test

import (
	"testing"

	"latus/index"
	latussync "latus/sync"
	"latus/sync/peer"
	"latus/sync/tree/memory"
)

// What the first tree of a mirror cannot read is no reason to delete anything in the
// others, whether it knew of it or not.
func TestMirrorOfWhatCannotBeRead(t *testing.T) {
	for _, fault := range []string{"opendir", "list", "stat"} {
		for _, met := range []string{"never", "before", "and then it came"} {
			t.Run(fault+" "+met, func(t *testing.T) {
				w := newWorld(t, 5, 3)
				a, b, c := w.sites[0], w.sites[1], w.sites[2]
				for _, s := range w.sites {
					s.mkdir("d")
					s.mkdir("d/deep")
				}
				if met != "never" {
					w.two(a, b, c)
				}
				for _, s := range w.sites {
					if met != "and then it came" || s != a {
						s.write("d/5", "five")
						s.write("d/deep/6", "six")
					}
				}
				if met == "before" {
					w.two(a, b, c)
				}
				b.write("d/deep/6", "another six")
				c.write("e", "is to go")
				story := &scene{world: w, o: latussync.Options{MaxDelete: off, Mode: peer.Mirror}}
				again, sites := story.again()
				again.t = t
				a, b, c = sites[0], sites[1], sites[2]
				again.hook = func(s *site, call memory.Call) error {
					if s == a && call.Op == fault && (call.Dir.Under("d") || call.Dir == "d" || call.Name == "d") {
						return errIO
					}
					return nil
				}
				r := again.run(story)
				again.hook = nil
				if r.err != nil {
					t.Fatal(r.err)
				}
				if len(r.problems) == 0 {
					t.Error("nothing is said of it")
				}
				if c.look()["e"].kind != index.Absent {
					t.Error("what is to go does not")
				}
				for _, s := range []*site{b, c} {
					if s.look()["d/5"].text != "five" || s.look()["d/deep/6"].text == "" {
						t.Errorf("%s: %v", s.name, s.look())
					}
				}
				again.run(story)
				again.same(a, b, c)
			})
		}
	}
}
