package replica_test

import (
	"errors"
	"os"
	"testing"

	latussync "latus/sync"
	"latus/sync/peer"
	"latus/sync/replica"
	"latus/sync/site"
)

// What stands where a tree is to be is said of the tree as the user named it.
func TestARefusalNamesTheTree(t *testing.T) {
	u := newUser(t)
	u.write("file", "text")
	_, err := replica.Open(u.at("file"), replica.Options{Spec: "as named"})
	var said *peer.Refusal
	if !errors.As(err, &said) || said.Tree != "as named" || said.Cause != peer.NotDirectory {
		t.Errorf("it is said: %v", err)
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
				made.Site = site.Below(u.base, "z/new")
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
