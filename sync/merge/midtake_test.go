package merge

import (
	"io"
	"strings"
	"testing"

	"latus/index"
	"latus/sync/tree"
	"latus/sync/tree/memory"
)

// TestEditedWhileItIsTaken lets a user write into a file right before it is taken to
// the trash, and kills the run before it can look at what it took. What lies in the
// slot is not what was to go there: it goes back.
func TestEditedWhileItIsTaken(t *testing.T) {
	s := &story{
		was:   state{"d": dir(), "d/gone": file("gone"), "d/updated": file("old")},
		shall: state{"d": dir(), "d/updated": file("new")},
	}
	for name, options := range variants() {
		for _, p := range []index.Path{"d/gone", "d/updated"} {
			t.Run(name+" "+p.Base(), func(t *testing.T) {
				base := started(t, s, options...)
				var m *memory.Tree
				var last memory.Call
				written := false
				m = base.Clone(memory.WithHook(func(c memory.Call) error {
					if written {
						return tree.ErrStopped
					}
					if c.Op == "rename" && c.Dir == p.Dir() && last.Name == p.Base() {
						written = true
						writeInto(t, m.User(), p, edited)
					}
					last = c
					return nil
				}))
				attempt(t, s, m, "run")
				if !written {
					t.Skip("nothing is taken by a rename here")
				}
				m = m.Clone()
				w := open(t, s, m, m.User())
				defer w.close()
				must(t, w.recover())
				if now := files(t, m.User(), "")[p].text; now != edited {
					t.Errorf("%s is %q", p, now)
				}
				for _, it := range w.trash.Items() {
					if !w.trash.Intact(it) {
						t.Errorf("%+v is not what it is said to be", it)
					}
				}
				if e := w.x.Get(p); e == nil || !e.Pending || e.Witness.Kind != index.File {
					t.Errorf("%s is taken for done: %+v", p, e)
				}
			})
		}
	}
}

// writeInto writes a file anew in its place.
func writeInto(t *testing.T, tr tree.Tree, p index.Path, text string) {
	d, err := tr.Open(p.Dir())
	must(t, err)
	defer d.Close()
	f, err := d.Write(p.Base())
	must(t, err)
	defer f.Close()
	must(t, f.Truncate(0))
	_, err = io.Copy(f, strings.NewReader(text))
	must(t, err)
}
