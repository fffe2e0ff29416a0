package merge

import (
	"fmt"
	"strings"
	"testing"

	"latus/index"
	"latus/sync/stage"
	"latus/sync/tree"
	"latus/sync/tree/memory"
)

// folders is a story of new directories with new files.
func folders() *story {
	s := &story{was: state{"old": file("old")}, shall: state{"old": file("old")}}
	for _, d := range []index.Path{"d", "d/e", "d/f"} {
		s.shall[d] = dir()
		for n := range 20 {
			s.shall[d.Join(fmt.Sprint(n))] = file(fmt.Sprint(d, n))
		}
	}
	s.shall["d/e/link"] = link("0")
	s.shall["d/e/big"] = file(strings.Repeat("not small ", 50_000))
	return s
}

// The files of a new directory get their names with it.
func TestFilesComeWithTheirDirectory(t *testing.T) {
	renames := 0
	s := folders()
	base := started(t, s)
	m := base.Clone(memory.WithHook(func(c memory.Call) error {
		if c.Op == "rename" && c.Dir == stage.Path {
			renames++
		}
		return nil
	}))
	res, err := attempt(t, s, m, "run")
	must(t, err)
	w := open(t, s, m, m.User())
	defer w.close()
	w.checkDone()
	if want := 3 + 2; renames != want || len(res.Problems) > 0 {
		t.Errorf("%d renames for 3 directories, a link and a large file, not %d; %v", renames, want, res.Problems)
	}
}

// TestDirectoryMadeMeanwhile: somebody makes the directory, with a file of the same
// name in it, right before any change. His file stays, and the others come.
func TestDirectoryMadeMeanwhile(t *testing.T) {
	s := folders()
	base := started(t, s)
	total := changes(t, s, base)
	for n := 1; n <= total; n++ {
		made := false
		var m *memory.Tree
		m = base.Clone(memory.WithHook(func(c memory.Call) error {
			if c.Change != n {
				return nil
			}
			root, err := m.User().Open("")
			must(t, err)
			defer root.Close()
			if made = root.Mkdir("d", 0o755) == nil; made {
				put(t, m.User(), "d/7", file("mine"))
			}
			return nil
		}))
		res, err := attempt(t, s, m, "run")
		must(t, err)
		if !made {
			continue
		}
		m.Restart()
		now := files(t, m, "")
		if now["d/7"].text != "mine" {
			t.Fatalf("made before call %d: %+v", n, now["d/7"])
		}
		if len(res.Problems) != 1 || res.Problems[0].Path != "d/7" {
			t.Fatalf("made before call %d: problems %v", n, res.Problems)
		}
		for p, th := range s.shall {
			if p != "d/7" && now[p].text != th.text {
				t.Fatalf("made before call %d: %s is %q", n, p, now[p].text)
			}
		}
	}
}

// Something that cannot be written leaves the others as they are.
func TestBundleWithAHole(t *testing.T) {
	s := folders()
	base := started(t, s)
	m := base.Clone(memory.WithHook(func(c memory.Call) error {
		if c.Op == "create" && c.Name == "7" {
			return tree.ErrNoSpace
		}
		return nil
	}))
	res, err := attempt(t, s, m, "run")
	must(t, err)
	if len(res.Problems) != 3 {
		t.Fatal(res.Problems)
	}
	now := files(t, m.User(), "")
	for p, th := range s.shall {
		if left := p.Base() == "7"; left == (now[p].text == th.text && now[p].kind == th.kind) {
			t.Errorf("%s: %+v", p, now[p])
		}
	}
}

// Where the filesystem takes two names for one, which nobody could know beforehand, the
// second file does not take the place of the first, in staging as little as in the tree.
func TestBundleOfNamesThatAreOne(t *testing.T) {
	folds := memory.Capable()
	folds.FoldsCase = true
	s := folders()
	s.shall["d/NAME"], s.shall["d/name"] = file("the one"), file("the other")
	m := started(t, s, memory.WithTraits(folds))
	res, err := attempt(t, s, m, "run")
	must(t, err)
	if len(res.Problems) != 1 || index.Path(strings.ToLower(string(res.Problems[0].Path))) != "d/name" {
		t.Errorf("problems %v", res.Problems)
	}
	w := open(t, s, m, m.User())
	defer w.close()
	w.checkWhole()
	now := files(t, m.User(), "")
	for _, p := range []index.Path{"d/NAME", "d/name"} {
		e := w.x.Get(p)
		if there := e.Witness.Kind == index.File; there != (now[p].kind == index.File) || e.Pending == there {
			t.Errorf("the index has %s as %+v, and on disk is %+v", p, e, now[p])
		}
	}
}
