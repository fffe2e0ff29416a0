package replica_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"latus/index"
	latussync "latus/sync"
	"latus/sync/peer"
	"latus/sync/replica"
	"latus/sync/tree"
)

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
		{"dangling", fine, peer.Unreadable},
		{"loop", peer.Unreadable, peer.Unreadable},
	} {
		u := newUser(t)
		u.mkdir("dir/in")
		u.write("file", "text")
		for name, target := range map[string]string{"link": "dir", "dangling": "nowhere", "loop": "loop"} {
			u.link(target, name)
		}
		_, err := replica.Open(u.at(c.name), replica.Options{Spec: "as named"})
		if cause, no := causeOf(err); no == (c.here == fine) || no && cause != c.here {
			t.Errorf("%s, on this machine: %v", c.name, err)
		}
		var said *peer.Refusal
		if errors.As(err, &said) && said.Tree != "as named" {
			t.Errorf("%s: it is said of %q", c.name, said.Tree)
		}
		err = replica.Below(u.base, index.Path(c.name)).Check()
		if cause, no := causeOf(err); no == (c.served == fine) || no && cause != c.served {
			t.Errorf("%s, served: %v", c.name, err)
		}
	}
	gone := replica.Below(filepath.Join(t.TempDir(), "gone"), "")
	if cause, _ := causeOf(gone.Check()); cause != peer.NoTree {
		t.Error("what is served is gone, and is no tree")
	}
	if err := gone.Make(); !errors.Is(err, fs.ErrExist) {
		t.Errorf("what is served is not made: %v", err)
	}
}

// No link leads out of what is served, not even one that comes to be after a look.
func TestServedPlacesStayBelow(t *testing.T) {
	u := newUser(t)
	u.mkdir("served/a", "outside/a")
	site := replica.Below(u.at("served"), "a/new")
	u.must(site.Check())
	u.remove("served/a")
	u.link(u.at("outside/a"), "served/a")
	if err := site.Make(); !errors.Is(err, tree.ErrIsLink) {
		t.Errorf("made through a link: %v", err)
	}
	u.mkdir("outside/a/new")
	if err := site.Unmake(); !errors.Is(err, tree.ErrIsLink) {
		t.Errorf("removed through a link: %v", err)
	}
	if x, err := site.Open(); !errors.Is(err, tree.ErrIsLink) {
		t.Errorf("opened through a link: %v, %v", x, err)
	}
	if _, err := os.Stat(u.at("outside/a/new")); err != nil {
		t.Error(err)
	}
}

// A refused run takes back a directory that it has made, and only that one, and only while
// nobody has put anything in it.
func TestDirectoryOfARefusedRun(t *testing.T) {
	for _, served := range []bool{false, true} {
		for _, c := range []struct {
			name          string
			before, later func(u *user)
			want, private bool // what there is then
		}{
			{"there was none", func(*user) {}, func(*user) {}, false, false},
			{"there was one", func(u *user) { u.mkdir("z/new") }, func(*user) {}, true, false},
			{"somebody put a file there", func(*user) {}, func(u *user) { u.write("z/new/f", "mine") }, true, false},
			{"and in its .latus", func(*user) {}, func(u *user) { u.write("z/new/.latus/f", "mine") }, true, true},
		} {
			u := newUser(t)
			u.mkdir("z")
			u.write("a/f", "text")
			c.before(u)
			made := place{name: "z/new"}
			if served {
				made.Site = replica.Below(u.base, "z/new")
			}
			no := &peer.Refusal{Cause: peer.MassDelete, Text: "no"}
			r := u.run(latussync.Options{Planned: func(*latussync.Outlook) error {
				if _, err := os.Stat(u.at("z/new/.latus")); err != nil {
					t.Errorf("%s (served %v): it is not made yet: %v", c.name, served, err)
				}
				c.later(u)
				return no
			}}, place{name: "a"}, made)
			if r.err != no {
				t.Errorf("%s (served %v): %v", c.name, served, r.err)
			}
			if _, err := os.Stat(u.at("z/new")); (err == nil) != c.want {
				t.Errorf("%s (served %v): then %v", c.name, served, err)
			}
			if _, err := os.Stat(u.at("z/new/.latus/lock")); (err == nil) != c.private {
				t.Errorf("%s (served %v): of its .latus: %v", c.name, served, err)
			}
		}
	}
}

// A tree is known by where it stands, by whatever way that is reached.
func TestPlaces(t *testing.T) {
	u := newUser(t)
	u.mkdir("dir")
	u.link("dir", "way")
	place := func(rel index.Path) peer.Place { return replica.Below(u.base, rel).Place("desk") }
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
