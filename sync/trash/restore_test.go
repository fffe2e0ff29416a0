package trash

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"latus/index"
	"latus/sync/tree"
	"latus/sync/tree/memory"
)

func TestRestore(t *testing.T) {
	both(t, func(t *testing.T, tr tree.Tree) {
		b := opened(t, tr)
		it := discard(t, tr, b, "p", 1, "restored")
		check := func(p index.Path) {
			t.Helper()
			if got := read(t, tr, p); got != "restored" {
				t.Fatalf("%s is %q", p, got)
			}
			d := hold2(t, tr, p.Dir())
			defer d.Close()
			i, err := d.Stat(p.Base())
			must(t, err)
			if i.Mtime != it.Mtime || i.Mode != it.Mode {
				t.Fatalf("%s is %+v, want %+v", p, i, it)
			}
			if _, ok := b.Get(it.ID); !ok {
				t.Fatal("the item is gone")
			}
			stage := hold2(t, tr, staging)
			defer stage.Close()
			if names, _ := stage.List(); len(names) > 0 {
				t.Fatalf("in staging: %q", names)
			}
		}
		must(t, restore(b, it.ID, "p", 5, "restore-run"))
		check("p")
		must(t, restore(b, it.ID, "new/dir/q", 5, "restore-run"))
		check("new/dir/q")

		write(t, tr, "r", "in the way")
		done, err := b.Restore(context.Background(), it.ID, "r", 6, "restore-run", Known{})
		must(t, err)
		if was, ok := b.Get(done.Displaced); !ok || was.Path != "r" || done.Was.Size != 10 || done.Now.Mtime != it.Mtime {
			t.Fatalf("%+v", done)
		}
		check("r")
		var displaced []Item
		for _, it := range b.Items() {
			if it.Run == "restore-run" {
				displaced = append(displaced, it)
			}
		}
		if len(displaced) != 1 || displaced[0].Path != "r" || displaced[0].At != 6 || read(t, tr, displaced[0].Place()) != "in the way" {
			t.Fatalf("displaced %+v", displaced)
		}

		if err := restore(b, it.ID, "new/dir", 7, "run"); !errors.Is(err, fs.ErrExist) {
			t.Fatal("over a directory:", err)
		}
		if err := restore(b, "run.99", "x", 7, "run"); !errors.Is(err, ErrUnknown) {
			t.Fatal(err)
		}
	})
}

func restore(b *Trash, id string, to index.Path, now int64, run string) error {
	_, err := b.Restore(context.Background(), id, to, now, run, Known{})
	return err
}

func TestRestoreLink(t *testing.T) {
	both(t, func(t *testing.T, tr tree.Tree) {
		b := opened(t, tr)
		d := hold2(t, tr, "")
		defer d.Close()
		must(t, d.Symlink("target", "l"))
		i, err := d.Stat("l")
		must(t, err)
		must(t, b.Shelve(Item{Path: "l", Run: "run"}, d, "l"))
		must(t, restore(b, "run.1", "back", 1, "again"))
		back, err := d.Stat("back")
		must(t, err)
		if errors.Is(d.Chtime("back", i.Mtime), tree.ErrUnsupported) {
			back.Mtime = i.Mtime // links are given no times here
		}
		if target, err := d.Readlink("back"); err != nil || target != "target" || back.Mtime != i.Mtime {
			t.Fatal(target, err, back)
		}
	})
}

// TestRestoreStopped kills a restore at every call: the path holds its old or
// its new version, and the old one is not lost.
func TestRestoreStopped(t *testing.T) {
	for name, exchange := range map[string]bool{"exchange": true, "steps": false} {
		base, id := overwritten(t, exchange)
		for n, over := 1, false; !over; n++ {
			var m *memory.Tree
			m, over = restoreStoppedAt(base, id, n)
			t.Run(fmt.Sprint(name, " ", n), func(t *testing.T) {
				b := opened(t, m)
				now := read(t, m, "p")
				kept := 0
				for _, it := range b.Items() {
					switch text := read(t, m, it.Place()); {
					case it.Size != int64(len(text)):
						t.Fatalf("%+v holds %q", it, text)
					case text == "in the way":
						kept++
					}
				}
				if now == "in the way" && kept > 0 || now != "in the way" && kept != 1 {
					t.Fatalf("p is %q, and %d items hold what was there", now, kept)
				}
				if now == "(none)" && exchange {
					t.Fatal("nothing at p")
				}
				must(t, restore(b, id, "p", 2, "second-run"))
				if got := read(t, m, "p"); got != "restored" {
					t.Fatal(got)
				}
				stage := hold2(t, m, staging)
				defer stage.Close()
				if names, _ := stage.List(); len(names) > 0 {
					t.Fatalf("in staging: %q", names)
				}
			})
		}
	}
}

// overwritten is a tree in which something else stands where an item of its trash was.
func overwritten(t *testing.T, exchange bool) (base *memory.Tree, id string) {
	traits := memory.Capable()
	traits.Exchange = exchange
	base = memory.New(memory.WithTraits(traits))
	prepare(t, base)
	b := opened(t, base)
	it := discard(t, base, b, "p", 1, "restored")
	write(t, base, "p", "in the way")
	b.Close()
	return base, it.ID
}

// restoreStoppedAt restores an item in a copy of base, and is killed at call n, unless
// it is over by then.
func restoreStoppedAt(base *memory.Tree, id string, n int) (m *memory.Tree, over bool) {
	m = base.Clone()
	m.StopAt(n)
	if b, err := Open(m, false); err == nil {
		over = restore(b, id, "p", 1, "restore-run") == nil
	}
	m.Restart()
	return m, over
}
