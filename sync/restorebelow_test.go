package sync_test

import (
	"context"
	"errors"
	"testing"

	"latus/index"
	"latus/index/mergelog"
	"latus/sync/replica"
	"latus/sync/trash"
	"latus/sync/tree"
	"latus/sync/tree/memory"
)

// restoreBelow puts back what is missing below dir.
func (s *site) restoreBelow(ctx context.Context, dir, to index.Path) (*replica.RestoredBelow, error) {
	s.w.hours++
	return replica.RestoreBelow(ctx, "/"+s.name, s.options(s.random()), dir, to)
}

// deletedAlbum are two trees that had a directory, which is in the trash of the second.
func deletedAlbum(t *testing.T) (w *world, b *site, before map[index.Path]thing) {
	w = newWorld(t, 1, 2)
	a, b := w.sites[0], w.sites[1]
	a.mkdir("d")
	a.mkdir("d/sub")
	for _, p := range []index.Path{"d/one", "d/sub/two", "d/sub/three"} {
		a.write(p, "this is "+string(p))
	}
	a.link("d/link", "one")
	a.chmod("d/sub", 0o750)
	w.two(a, b)
	before = b.look()
	a.clear("d")
	w.two(a, b)
	if len(b.below("d")) > 0 {
		t.Fatal("d is still there")
	}
	return w, b, before
}

// Wherever it is stopped, what was put back is in the log and can be undone; and the same
// command again brings the rest.
func TestRestoreBelowStopped(t *testing.T) {
	for n := range 5 {
		w, b, before := deletedAlbum(t)
		ctx, stop := context.WithCancel(context.Background())
		if n == 0 {
			stop()
		}
		put := 0
		b.hooked(func(c memory.Call) error {
			if c.Op == "rename" && c.Dir == index.Private+"/staging" {
				if put++; put == n {
					stop()
				}
			}
			return nil
		})
		done, err := b.restoreBelow(ctx, "d", "")
		b.hooked(nil)
		stop()
		switch {
		case n < 4 && !errors.Is(err, context.Canceled), n == 4 && err != nil:
			t.Fatal(n, err)
		case n > 0 && len(done.Put) != n:
			t.Fatalf("%d: %d were put back", n, len(done.Put))
		}
		if n > 0 && n < 4 {
			if l := b.lastRun(); l.Start.Command != mergelog.CommandRestore || l.End.Exit != mergelog.ExitInterrupted || l.End.Changes < n {
				t.Fatalf("%d: the log says %+v %+v", n, l.Start, l.End)
			}
			b.mustUndo("")
			if left := b.below("d"); len(left) > 0 {
				t.Fatalf("%d: an undo leaves %v", n, left)
			}
		}
		done, err = b.restoreBelow(context.Background(), "d", "")
		if err != nil || n < 4 && len(done.Put) != 4 || n == 4 && (len(done.Put) > 0 || done.Left != 4) {
			t.Fatal(n, err, done)
		}
		b.mustLook("restored", before)
		w.two(w.sites...)
		w.same(w.sites...)
	}
}

// What fails for one path is told of it, and the others are put back.
func TestRestoreBelowInPart(t *testing.T) {
	_, b, _ := deletedAlbum(t)
	b.hooked(func(c memory.Call) error {
		if c.Op == "mkdir" && c.Name == "sub" {
			return tree.ErrNoSpace
		}
		return nil
	})
	done, err := b.restoreBelow(context.Background(), "d", "")
	b.hooked(nil)
	if err != nil || len(done.Put) != 4 {
		t.Fatal(err, done)
	}
	for _, d := range done.Put {
		if below := d.Path.Under("d/sub"); below != errors.Is(d.Err, tree.ErrNoSpace) {
			t.Errorf("%s: %v", d.Path, d.Err)
		}
	}
	if l := b.lastRun(); l.End.Exit != mergelog.ExitLeft || l.End.Problems != 2 || l.End.Changes != 3 {
		t.Errorf("the log says %+v", l.End)
	}
	if b.look()["d/one"].text != "this is d/one" {
		t.Error("d/one is not there")
	}
}

// A version that is not what it was is not put back as one that is.
func TestRestoreBelowDamaged(t *testing.T) {
	_, b, _ := deletedAlbum(t)
	tr, err := trash.Open(b.mem, true)
	if err != nil {
		t.Fatal(err)
	}
	if err := tr.Load(); err != nil {
		t.Fatal(err)
	}
	for _, it := range tr.Items() {
		if it.Path == "d/one" {
			dir, name := it.Place().Split()
			b.in(dir, func(d tree.Dir) error {
				f, err := d.Write(name)
				if err != nil {
					return err
				}
				_, err = f.Write([]byte("T"))
				return errors.Join(err, f.Chtime(it.Mtime), f.Close())
			})
		}
	}
	tr.Close()
	done, err := b.restoreBelow(context.Background(), "d", "elsewhere")
	if err != nil || len(done.Put) != 4 {
		t.Fatal(err, done)
	}
	for _, d := range done.Put {
		if (d.Item.Path == "d/one") != errors.Is(d.Err, trash.ErrDamaged) {
			t.Errorf("%s: %v", d.Path, d.Err)
		}
	}
	if len(b.below("d")) > 0 || b.look()["elsewhere/sub/two"].text != "this is d/sub/two" || b.look()["elsewhere/one"].kind != index.Absent {
		t.Errorf("%v", b.look())
	}
}
