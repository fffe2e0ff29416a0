package site_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"latus/index"
	"latus/sync/peer"
	"latus/sync/site"
	"latus/sync/tree"
)

// places are directories of this machine, below one.
type places struct {
	*testing.T
	base string
}

func newPlaces(t *testing.T) *places {
	t.Helper()
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return &places{T: t, base: base}
}

func (u *places) at(name string) string { return filepath.Join(u.base, filepath.FromSlash(name)) }

func (u *places) must(err error) {
	u.Helper()
	if err != nil {
		u.Fatal(err)
	}
}

func (u *places) mkdir(names ...string) {
	u.Helper()
	for _, name := range names {
		u.must(os.MkdirAll(u.at(name), 0o755))
	}
}

// link makes a symbolic link. Where nobody may, there is nothing to be tested.
func (u *places) link(target, name string) {
	u.Helper()
	if err := os.Symlink(target, u.at(name)); err != nil && runtime.GOOS == "windows" {
		u.Skip(err)
	} else {
		u.must(err)
	}
}

func causeOf(err error) (peer.Cause, bool) {
	var no *peer.Refusal
	if errors.As(err, &no) {
		return no.Cause, true
	}
	return 0, false
}

// Whatever stands where a tree is to be is said at once, before another tree is bothered. A
// server goes into no link; a user may name one.
func TestWhereATreeCanBe(t *testing.T) {
	const fine = peer.LastCause + 1
	for _, c := range []struct {
		name         string
		here, served peer.Cause
	}{
		{"dir", fine, fine},
		{"missing", fine, fine},
		{"dir/missing", fine, fine},
		{"missing/deeper", peer.NoTree, peer.NoTree},
		{"file", peer.NotDirectory, peer.NotDirectory},
		{"file/below", peer.Unreadable, peer.NotDirectory},
		{"link", fine, peer.Unreadable},
		{"link/in", fine, peer.Unreadable},
		{"link/missing", fine, peer.Unreadable},
		{"dangling", peer.NotMounted, peer.Unreadable},
		{"loop", peer.Unreadable, peer.Unreadable},
	} {
		u := newPlaces(t)
		u.mkdir("dir/in")
		u.must(os.WriteFile(u.at("file"), nil, 0o644))
		for name, target := range map[string]string{"link": "dir", "dangling": "nowhere", "loop": "loop"} {
			u.link(target, name)
		}
		err := site.Folder{Path: u.at(c.name)}.Check()
		if cause, no := causeOf(err); no == (c.here == fine) || no && cause != c.here {
			t.Errorf("%s, on this machine: %v", c.name, err)
		}
		err = site.Below(u.base, index.Path(c.name)).Check()
		if cause, no := causeOf(err); no == (c.served == fine) || no && cause != c.served {
			t.Errorf("%s, served: %v", c.name, err)
		}
	}
	gone := site.Below(filepath.Join(t.TempDir(), "gone"), "")
	if cause, _ := causeOf(gone.Check()); cause != peer.NoTree {
		t.Error("what is served is gone, and is no tree")
	}
	if err := gone.Make(); !errors.Is(err, fs.ErrExist) {
		t.Errorf("what is served is not made: %v", err)
	}
}

// No link leads out of what is served, not even one that comes to be after a look.
func TestServedPlacesStayBelow(t *testing.T) {
	u := newPlaces(t)
	u.mkdir("served/a", "outside/a")
	new := site.Below(u.at("served"), "a/new")
	u.must(new.Check())
	u.must(os.Remove(u.at("served/a")))
	u.link(u.at("outside/a"), "served/a")
	if err := new.Make(); !errors.Is(err, tree.ErrIsLink) {
		t.Errorf("made through a link: %v", err)
	}
	u.mkdir("outside/a/new")
	if err := new.Unmake(); !errors.Is(err, tree.ErrIsLink) {
		t.Errorf("removed through a link: %v", err)
	}
	if x, err := new.Open(); !errors.Is(err, tree.ErrIsLink) {
		t.Errorf("opened through a link: %v, %v", x, err)
	}
	if _, err := os.Stat(u.at("outside/a/new")); err != nil {
		t.Error(err)
	}
}

// A tree is known by where it stands, by whatever way that is reached.
func TestPlaces(t *testing.T) {
	u := newPlaces(t)
	u.mkdir("dir")
	u.link("dir", "way")
	place := func(rel index.Path) peer.Place { return site.Below(u.base, rel).Place("desk") }
	dir := place("dir")
	if dir.Path != u.at("dir") || dir.Host != "desk" || dir.Inode == 0 {
		t.Errorf("%+v", dir)
	}
	for rel, same := range map[index.Path]bool{"dir": true, "way": true, "": true, "way/new": true, "other": false} {
		if got := place(rel).Overlaps(dir); got != same {
			t.Errorf("%q, or what is above it, is the same: %v", rel, got)
		}
	}
	if p := place("way/new"); p.Path != u.at("dir/new") || p.Inode != 0 {
		t.Errorf("what is to be made behind a link is to stand at %+v", p)
	}
}
