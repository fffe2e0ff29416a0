package sync_test

import (
	"io/fs"
	"testing"

	"latus/index"
	latussync "latus/sync"
	"latus/sync/plan"
	"latus/sync/tree"
	"latus/sync/tree/memory"
)

// blind is a tree whose file f cannot be read.
type blind struct{ *memory.Tree }

func (b blind) Open(p index.Path) (tree.Dir, error) {
	d, err := b.Tree.Open(p)
	if p == "" && err == nil {
		return blindDir{d}, nil
	}
	return d, err
}

type blindDir struct{ tree.Dir }

func (d blindDir) Read(name string) (tree.File, error) {
	if name == "f" {
		return nil, fs.ErrPermission
	}
	return d.Dir.Read(name)
}

// A version that the disk shows is acknowledged, even if nothing else is to be done and
// whether another one has lost to it cannot be told: a deletion of it stays one.
func TestDeletionWhileSomethingIsOpen(t *testing.T) {
	for seed := range uint64(3) {
		w := newWorld(t, seed, 3)
		a, b, c := w.sites[0], w.sites[1], w.sites[2]
		at := int64(1_600_000_000_000_000_000)
		for _, s := range []*site{a, b} {
			s.write("f", "aaaa")
			s.touch("f", at+5e9)
			s.write("g", "gggg")
			s.touch("g", at)
		}
		c.write("f", "bbbb")
		c.touch("f", at)
		c.tree = blind{c.mem}
		if r := w.sync(latussync.Options{MaxDelete: off}, b, c); len(r.problems) == 0 {
			t.Fatal("who is blind can compare")
		}
		w.two(a, b)
		for _, s := range []*site{a, b} {
			s.index(func(x *index.Index) {
				e := x.Get("f")
				d, _ := plan.Display(e.Heads)
				if _, shown := (&index.Entry{Heads: e.Acked()}).Head(d.Gen); !shown {
					t.Errorf("seed %d: %s shows the winner, and has not acknowledged it", seed, s.name)
				}
			})
		}
		b.remove("f")
		w.two(a, b)
		if _, there := b.look()["f"]; there {
			t.Errorf("seed %d: f came back", seed)
		}
	}
}

// What is copied from a file that the same run was to bring is not copied from what stands
// there if it did not come: nobody need have hashed that, and it may be as long.
func TestCopyOfWhatDidNotCome(t *testing.T) {
	for _, there := range []string{"YYYY", "of another length"} {
		w := newWorld(t, 1, 3)
		a, b, c := w.sites[0], w.sites[1], w.sites[2]
		a.write("f", "XXXX")
		a.write("g", "XXXX")
		w.two(a, c) // their hash is known now
		b.write("f", there)
		b.touch("f", 1_500_000_000_000_000_000)
		a.tree = blind{a.mem}
		r := w.sync(latussync.Options{MaxDelete: off}, b, a)
		if now := b.look(); now["f"].text != there || now["g"].text != "XXXX" || len(r.problems) != 1 {
			t.Errorf("%v, %v", now, r.problems)
		}
	}
}
