package trash

import (
	"errors"
	"slices"
	"testing"

	"latus/sync/tree"
	"latus/sync/tree/memory"
)

// What earlier sessions left is read when it is asked for, and not before.
func TestReadWhenAsked(t *testing.T) {
	both(t, func(t *testing.T, tr tree.Tree) {
		b := opened(t, tr)
		first := discard(t, tr, b, "first", 1, "1")
		must(t, b.Close())

		b = opened(t, tr)
		second := discardIn(t, tr, b, "later", "second", 2, "22")
		third := discardIn(t, tr, b, "later", "third", 3, "333")
		if got, ok := b.Get(second.ID); !ok || got != second {
			t.Fatalf("%+v, want %+v", got, second)
		}
		if items, bytes := b.Total(); items != 3 || bytes != 6 {
			t.Fatal(items, bytes)
		}
		must(t, b.Discard(third.ID))
		if items, bytes := b.Total(); items != 2 || bytes != 3 {
			t.Fatal(items, bytes)
		}
		if b.loaded {
			t.Fatal("the list was read for nothing")
		}
		if got, ok := b.Find("first", gen(1)); !ok || got != first {
			t.Fatalf("%+v, want %+v", got, first)
		}
		if !b.loaded {
			t.Fatal("found, but not read")
		}
		want := []Item{second, first}
		if got := b.Items(); !slices.Equal(got, want) {
			t.Fatalf("items\n%+v, want\n%+v", got, want)
		}
		must(t, b.Close())
		if got := opened(t, tr).Items(); !slices.Equal(got, want) {
			t.Fatalf("read again, items\n%+v, want\n%+v", got, want)
		}
	})
}

// A run that goes on with the folder of another one takes no number that is taken.
func TestFolderOfAnEarlierSession(t *testing.T) {
	m := memory.New()
	prepare(t, m)
	b := opened(t, m)
	one := discard(t, m, b, "one", 1, "1")
	must(t, b.Close())
	b = opened(t, m)
	if two := discard(t, m, b, "two", 2, "2"); two.ID == one.ID || len(b.Items()) != 2 {
		t.Fatal("one id twice:", two.ID)
	}
}

// The total is a note that is believed only beside the list that it was made of.
func TestTotal(t *testing.T) {
	both(t, func(t *testing.T, tr tree.Tree) {
		check := func(about string, b *Trash, items int, bytes int64, read bool) {
			t.Helper()
			if n, size := b.Total(); n != items || size != bytes {
				t.Fatalf("%s: %d items, %d bytes; want %d, %d", about, n, size, items, bytes)
			}
			if b.loaded != read {
				t.Fatalf("%s: the list was read: %v", about, b.loaded)
			}
		}
		b := opened(t, tr)
		discard(t, tr, b, "a", 1, "a")
		must(t, b.Close())
		check("closed", opened(t, tr), 1, 1, false)

		killed := opened(t, tr)
		id := discardIn(t, tr, killed, "killed", "b", 2, "bb").ID
		check("after a kill", opened(t, tr), 2, 3, true)

		b = opened(t, tr)
		root := hold2(t, tr, "")
		defer root.Close()
		must(t, b.Return(id, root, "back"))
		check("taken out unread", b, 1, 1, true)
		must(t, b.Close())
		b = opened(t, tr)
		check("closed again", b, 1, 1, false)
		must(t, b.Fill(id, root, "back"))
		check("filled unread", b, 2, 3, true)
		_, err := b.Purge(PurgeOptions{MaxSize: 0})
		must(t, err)
		must(t, b.Close())
		check("purged", opened(t, tr), 0, 0, false)
	})
}

// A list that cannot be read is not taken for an empty one: nothing is displaced
// by whoever asked for it.
func TestUnreadable(t *testing.T) {
	broken := errors.New("broken")
	failing := false
	m := memory.New(memory.WithHook(func(c memory.Call) error {
		if failing && c.Op == "read" && c.Name == listFile {
			return broken
		}
		return nil
	}))
	prepare(t, m)
	b := opened(t, m)
	discard(t, m, b, "a", 1, "a")
	must(t, b.Close())

	b = opened(t, m)
	failing = true
	if _, ok := b.Find("a", gen(1)); ok {
		t.Fatal("found")
	}
	if err := b.Err(); !errors.Is(err, broken) {
		t.Fatal(err)
	}
	if err := b.Commit(); !errors.Is(err, broken) {
		t.Fatal(err)
	}
}
