package sync_test

import (
	"context"
	"errors"
	"io/fs"
	"testing"

	"latus/index"
	"latus/sync/tree/memory"
)

// A filesystem that folds case has one of two names: that of the version displaced last.
func TestRestoreBelowFolds(t *testing.T) {
	w := newWorld(t, 1, 0)
	folds := memory.Capable()
	folds.FoldsCase = true
	a, b := w.add("A"), w.add("B", memory.WithTraits(folds))
	a.mkdir("d")
	a.write("d/Readme", "first")
	w.two(a, b)
	a.write("d/Readme", "second, longer")
	w.two(a, b)
	a.rename("d/Readme", "d/README")
	w.two(a, b)
	a.write("d/README", "third, even longer")
	w.two(a, b)
	a.clear("d")
	w.two(a, b)
	done, err := b.restoreBelow(context.Background(), "d", "")
	if err != nil || len(done.Put) != 1 {
		t.Fatal(err, done)
	}
	if got := b.look()["d/README"].text; got != "third, even longer" {
		t.Errorf("d/README is %q", got)
	}
}

// What somebody puts there while it is under way stays.
func TestRestoreBelowAppears(t *testing.T) {
	_, b, _ := deletedAlbum(t)
	begun := false
	b.hooked(func(c memory.Call) error {
		if !begun && c.Op == "rename" && c.Dir == index.Private+"/staging" {
			begun = true
			b.write("d/one", "by the user, meanwhile")
		}
		return nil
	})
	done, err := b.restoreBelow(context.Background(), "d", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range done.Put {
		if (d.Path == "d/one") != errors.Is(d.Err, fs.ErrExist) {
			t.Errorf("%s: %v", d.Path, d.Err)
		}
	}
	if got := b.look()["d/one"].text; got != "by the user, meanwhile" {
		t.Errorf("d/one is %q", got)
	}
}

// Elsewhere a directory is as closed as it was.
func TestRestoreBelowElsewhereKeepsModes(t *testing.T) {
	_, b, _ := deletedAlbum(t)
	if _, err := b.restoreBelow(context.Background(), "d", "elsewhere"); err != nil {
		t.Fatal(err)
	}
	if got := b.look()["elsewhere/sub"].mode; got != 0o750 {
		t.Errorf("elsewhere/sub has mode %#o", got)
	}
}
