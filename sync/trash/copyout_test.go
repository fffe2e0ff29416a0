package trash

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/zeebo/blake3"

	"latus/index"
	"latus/sync/tree"
	"latus/sync/tree/memory"
)

// copiers are filesystems that share blocks, and that copy.
func copiers() map[string]tree.Traits {
	copies := memory.Capable()
	copies.Reflink = false
	return map[string]tree.Traits{"shared": memory.Capable(), "copied": copies}
}

// large is an item whose text is read in several blocks, in a tree whose calls go to hook.
func large(t *testing.T, hook *func(memory.Call) error, options ...memory.Option) (m *memory.Tree, b *Trash, it Item) {
	t.Helper()
	m = memory.New(append(options, memory.WithHook(func(c memory.Call) error {
		if *hook == nil {
			return nil
		}
		return (*hook)(c)
	}))...)
	prepare(t, m)
	b = opened(t, m)
	return m, b, discard(t, m, b, "p", 1, strings.Repeat("large ", 400_000))
}

// unstaged fails where something of a restore is left.
func unstaged(t *testing.T, m *memory.Tree) {
	t.Helper()
	stage := hold2(t, m, staging)
	defer stage.Close()
	if names, _ := stage.List(); len(names) > 0 {
		t.Errorf("in staging: %q", names)
	}
}

// Who stops a restore need not wait for the copy of a large file.
func TestRestoreStopsWhileItCopies(t *testing.T) {
	for name, traits := range copiers() {
		t.Run(name, func(t *testing.T) {
			var hook func(memory.Call) error
			m, b, it := large(t, &hook, memory.WithTraits(traits))
			ctx, stop := context.WithCancel(context.Background())
			copying := false
			hook = func(c memory.Call) error {
				copying = copying || c.Dir == staging && (c.Op == "clone" || c.Op == "create") && strings.HasPrefix(c.Name, copyPrefix)
				if copying && c.Op == "read" {
					stop()
				}
				return nil
			}
			if _, err := b.Restore(ctx, it.ID, "p", 2, "again", Known{}); !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
			if got := read(t, m, "p"); got != "(none)" {
				t.Errorf("%d bytes are in place", len(got))
			}
			unstaged(t, m)
		})
	}
}

// What comes out of the copying is what the hash says, whatever a look at the item found.
func TestRestoreOfWhatChangesMeanwhile(t *testing.T) {
	for name, traits := range copiers() {
		t.Run(name, func(t *testing.T) {
			var hook func(memory.Call) error
			m, b, it := large(t, &hook, memory.WithTraits(traits))
			hook = func(c memory.Call) error {
				if c.Dir == staging && (c.Op == "clone" || c.Op == "create") {
					spoil(t, m, it)
				}
				return nil
			}
			if err := restore(b, it.ID, "new/p", 2, "again"); !errors.Is(err, ErrDamaged) {
				t.Error(err)
			}
			if got := read(t, m, "new/p"); got != "(none)" {
				t.Errorf("%d bytes are in place", len(got))
			}
			unstaged(t, m)
		})
	}
}

// spoil changes bytes of an item without a trace in its size and times.
func spoil(t *testing.T, m *memory.Tree, it Item) {
	dir, name := it.Place().Split()
	d := hold2(t, m.User(), dir)
	defer d.Close()
	f, err := d.Write(name)
	must(t, err)
	defer f.Close()
	_, err = f.Write([]byte("other"))
	must(t, err)
	must(t, f.Chtime(it.Mtime))
}

// Attributes that cannot be set, or an owner, do not keep the bytes from coming back.
func TestRestoreWithoutAllThatGoesWithIt(t *testing.T) {
	for op, what := range map[string]string{"setattrs": "extended attributes", "chown": "owner"} {
		t.Run(op, func(t *testing.T) {
			var hook func(memory.Call) error
			m, b, it := large(t, &hook, memory.WithAttrs(), memory.WithOwners(&tree.Owners{Any: true}))
			given(t, m, b, it)
			hook = func(c memory.Call) error {
				if c.Op == op {
					return fs.ErrPermission
				}
				return nil
			}
			done, err := b.Restore(context.Background(), it.ID, "p", 2, "again", Known{})
			must(t, err)
			if text := read(t, m, "p"); blake3.Sum256([]byte(text)) != it.Hash {
				t.Errorf("%d bytes are in place", len(text))
			}
			if len(done.Lacks) != 1 || done.Lacks[0] != "its "+what+" cannot be set: permission denied" {
				t.Error(done.Lacks)
			}
			if lends := done.Now.Mode&tree.Lent != 0; lends != (op != "chown") {
				t.Errorf("mode %o", done.Now.Mode)
			}
			unstaged(t, m)
		})
	}
}

// given has an item belong to somebody, with an attribute and a bit that lends him.
func given(t *testing.T, m *memory.Tree, b *Trash, it Item) {
	dir, name := it.Place().Split()
	d := hold2(t, m.User(), dir)
	defer d.Close()
	attrs, err := index.MakeAttrs([]index.Attr{{Name: "user.tag", Value: "x"}})
	must(t, err)
	must(t, d.SetAttrs(name, attrs))
	must(t, d.Chown(name, index.NewIDs(1000, 1000)))
	b.items[it.ID].Mode |= 0o4000
}
