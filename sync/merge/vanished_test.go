package merge

import (
	"fmt"
	"testing"

	"latus/index"
	"latus/sync/tree"
)

// TestTargetVanishes kills a run that moves a file over another one, and then lets the
// user do away with what stands there. What had been displaced comes back under no
// other name, and that the source has gone is not taken for the user's doing.
func TestTargetVanishes(t *testing.T) {
	s := &story{
		was:   state{"from": dir(), "from/f": file("moved"), "from/x": file("x"), "to": dir(), "to/f": file("displaced")},
		shall: state{"from": dir(), "from/x": file("x"), "to": dir(), "to/f": file("moved")},
	}
	users := map[string]func(t *testing.T, root, to tree.Dir){
		"file": func(t *testing.T, _, to tree.Dir) { must(t, to.Remove("f")) },
		"directory": func(t *testing.T, root, to tree.Dir) {
			must(t, to.Remove("f"))
			must(t, root.Rmdir("to"))
		},
		"replaced": func(t *testing.T, _, to tree.Dir) {
			must(t, to.Remove("f"))
			write(t, to, "f", file("the user's"))
		},
	}
	for name, options := range variants() {
		for what, user := range users {
			t.Run(name+", "+what, func(t *testing.T) {
				base := started(t, s, options...)
				for n := 1; n <= changes(t, s, base); n++ {
					m := base.Clone()
					m.StopAt(n)
					attempt(t, s, m, "run")
					m.Restart()
					if files(t, m.User(), "")["to/f"].text != "moved" {
						continue
					}
					root, err := m.User().Open("")
					must(t, err)
					to, err := root.OpenDir("to")
					must(t, err)
					user(t, root, to)
					w := open(t, s, m, m.User())
					if len(w.x.Intents()) > 0 {
						must(t, w.recover())
					}
					now := files(t, m.User(), "")
					if got := now["from/f"].text; got != "" {
						t.Fatalf("stopped at call %d: %q came back as from/f", n, got)
					}
					if what == "replaced" && now["to/f"].text != "the user's" {
						t.Fatalf("stopped at call %d: %q is not what the user wrote", n, now["to/f"].text)
					}
					if e := w.x.Get("from/f"); e != nil && e.Witness.Kind != index.Absent {
						t.Fatalf("stopped at call %d: the index still shows from/f: %s", n, fmt.Sprint(e))
					}
					w.checkKeptBut(now, "moved")
					w.close()
				}
			})
		}
	}
}

// TestDirectoryVanishes kills a run that updates a file, and then lets the user do away
// with the directory that it is in. What the new version had displaced is kept.
func TestDirectoryVanishes(t *testing.T) {
	s := &story{
		was:   state{"to": dir(), "to/f": file("displaced"), "to/g": file("makes way for a link")},
		shall: state{"to": dir(), "to/f": file("new"), "to/g": link("x")},
	}
	for name, options := range variants() {
		t.Run(name, func(t *testing.T) {
			base := started(t, s, options...)
			for n := 1; n <= changes(t, s, base); n++ {
				m := base.Clone()
				m.StopAt(n)
				attempt(t, s, m, "run")
				m.Restart()
				kept := map[string]bool{}
				root, err := m.User().Open("")
				must(t, err)
				to, err := root.OpenDir("to")
				must(t, err)
				for p, f := range files(t, m.User(), "") {
					if p.Under("to") {
						kept[f.text] = true // until now: the user removes it
						must(t, to.Remove(p.Base()))
					}
				}
				must(t, root.Rmdir("to"))
				w := open(t, s, m, m.User())
				if len(w.x.Intents()) > 0 {
					must(t, w.recover())
				}
				trashed := map[string]bool{}
				for _, f := range files(t, m.User(), index.Private+"/trash") {
					trashed[f.text] = true
				}
				for p, was := range s.was {
					if was.kind != index.Dir && !kept[was.text] && !trashed[was.text] {
						t.Errorf("stopped at call %d: what stood at %s is lost", n, p)
					}
				}
				w.close()
			}
		})
	}
}
