package replica_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	latussync "latus/sync"
	"latus/sync/config"
)

// A directory that is a copy of the tree whose place it knows takes an id of its own, even if
// it meets neither that one nor anybody who knows more. One that was moved stays who it is, and
// nothing is put into the one that stands where it was.
func TestCopyThatMeetsNeither(t *testing.T) {
	for _, c := range []struct {
		name  string
		do    func(u *user) // to a, and its copy
		dry   bool
		stays bool
	}{
		{name: "beside its original", do: func(*user) {}},
		{name: "in a dry run", do: func(*user) {}, dry: true, stays: true},
		{name: "its original is gone", do: func(u *user) { u.remove("a") }, stays: true},
		{name: "its original is no tree any more", do: func(u *user) { u.remove("a/.latus") }, stays: true},
		{name: "another tree took that place", do: func(u *user) {
			u.remove("a")
			u.write("a/f", "text")
			u.mkdir("z")
			u.sync("a", "z")
		}, stays: true},
		{name: "what stands there cannot be understood", do: func(u *user) { u.write("a/.latus/config.json", "{") }, stays: true},
		{name: "a file stands there", do: func(u *user) { u.remove("a"); u.write("a", "text") }, stays: true},
		{name: "a link to it stands there", do: func(u *user) { u.remove("a"); u.link("copy", "a") }, stays: true},
		{name: "the original was at work on another machine", do: func(u *user) {
			u.reconfigure("copy", func(c *config.Config) { c.Home.Machine = "laptop/0123456789abcdef0123456789abcdef" })
		}, stays: true},
		{name: "an older latus did not say where", do: func(u *user) {
			u.reconfigure("copy", func(c *config.Config) { c.Home = nil })
		}, stays: true},
	} {
		u := newUser(t)
		u.write("a/f", "text")
		u.sync("a", "b")
		u.copy("a", "copy")
		c.do(u)
		id := u.config("copy").Peer
		u.write("copy/g", "by the copy")
		u.mkdir("new")
		var before string
		if _, err := os.Lstat(u.at("a")); err == nil {
			before = u.frozen("a")
		}
		r := u.run(latussync.Options{Dry: c.dry}, at("copy", "new")...)
		if r.err != nil {
			t.Fatalf("%s: %v", c.name, r.err)
		}
		if before != "" && u.frozen("a") != before {
			t.Errorf("%s: something was changed there", c.name)
		}
		now := u.config("copy")
		told := len(r.notices) > 0 && strings.Contains(r.notices[0], "is a copy")
		if (now.Peer == id) != c.stays || told != (c.dry || !c.stays) {
			t.Errorf("%s: its id was %s and is %s; %q", c.name, id, now.Peer, r.notices)
		}
		if !c.stays && (len(now.Former) != 1 || now.Former[0].Peer != id || now.Name != "desk:copy") {
			t.Errorf("%s: it goes by %q, and was %v", c.name, now.Name, now.Former)
		}
		if left, _ := filepath.Glob(u.at("copy/.latus/here-*")); len(left) > 0 {
			t.Errorf("%s: left behind: %v", c.name, left)
		}
		if c.dry {
			continue
		}
		// All of them go on, as whoever they are now.
		u.sync("copy", "b")
		u.holds("b/g", "by the copy")
		if r := u.sync("copy", "new"); r.report.Changes > 0 || len(r.notices) > 0 {
			t.Errorf("%s: and then %q, %q", c.name, r.changes, r.notices)
		}
	}
}
