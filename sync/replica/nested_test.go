package replica_test

import (
	"encoding/json"
	"os"
	"path"
	"testing"

	"latus/index"
	latussync "latus/sync"
	"latus/sync/config"
	"latus/sync/peer"
	"latus/sync/site"
)

// reconfigure changes the config.json of a tree behind its back.
func (u *user) reconfigure(name string, do func(c *config.Config)) {
	u.Helper()
	file := u.at(path.Join(name, index.Private, config.File))
	text, err := os.ReadFile(file)
	u.must(err)
	c, err := config.Parse(text)
	u.must(err)
	do(&c)
	text, err = json.Marshal(c)
	u.must(err)
	u.must(os.WriteFile(file, text, 0o600))
}

// config is the config.json of a tree.
func (u *user) config(name string) (c config.Config) {
	u.Helper()
	text, err := os.ReadFile(u.at(path.Join(name, index.Private, config.File)))
	u.must(err)
	c, err = config.Parse(text)
	u.must(err)
	return c
}

// A part of a tree cannot be synced with one that has the whole; what the whole leaves out is
// no part of it, nor is what lies in a folder that only looks like a tree.
func TestPartOfATree(t *testing.T) {
	for _, c := range []struct {
		name    string
		part    string // of a
		do      func(u *user)
		refused bool
	}{
		{name: "a directory of it", part: "sub", refused: true},
		{name: "deep in it", part: "sub/in/deep", refused: true},
		{name: "what is to be made in it", part: "sub/new", refused: true},
		{name: "left out at the root", part: "sub", do: func(u *user) { u.write("a/.latusignore", "/sub/\n") }},
		{name: "left out further down", part: "sub/in/deep", do: func(u *user) { u.write("a/sub/.latusignore", "deep\n") }},
		{name: "below what is left out", part: "sub/in/deep", do: func(u *user) { u.write("a/.latusignore", "in\n") }},
		{name: "taken in again", part: "sub/in", refused: true, do: func(u *user) {
			u.write("a/.latusignore", "in\n")
			u.write("a/sub/.latusignore", "!in\n")
		}},
		{name: "another is left out", part: "sub", refused: true, do: func(u *user) { u.write("a/.latusignore", "/subs/\n*.o\n") }},
		{name: "left out by what cannot be read", part: "sub", refused: true, do: func(u *user) { u.mkdir("a/.latusignore") }},
		{name: "of another group", part: "sub", do: func(u *user) {
			u.reconfigure("a", func(c *config.Config) { c.Group = index.GroupID(7).String() })
		}},
		{name: "of what has lost its config.json", part: "sub", do: func(u *user) { u.remove("a/.latus/config.json") }},
		{name: "of what was a tree", part: "sub", do: func(u *user) { u.remove("a/.latus") }},
		{name: "of what has a file of that name", part: "sub", do: func(u *user) { u.remove("a/.latus"); u.write("a/.latus", "mine") }},
	} {
		for _, below := range []bool{false, true} {
			for _, dry := range []bool{false, true} {
				u := newUser(t)
				u.write("a/sub/in/deep/f", "text")
				u.write("a/top", "text")
				u.sync("a", "b")
				if c.do != nil {
					c.do(u)
				}
				part := place{name: path.Join("a", c.part)}
				if below { // as a server has it
					part.Site = site.Below(u.base, index.Path(part.name))
				}
				before := u.frozen(".")
				for _, places := range [][]place{{part, {name: "b"}}, {{name: "b"}, part}} {
					r := u.run(latussync.Options{Dry: dry}, places...)
					if cause, no := causeOf(r.err); no != c.refused || no && cause != peer.NestedTree || !no && r.err != nil {
						t.Errorf("%s (below %v, dry %v): %v", c.name, below, dry, r.err)
					}
					if c.refused && u.frozen(".") != before {
						t.Errorf("%s (below %v, dry %v): it has changed something", c.name, below, dry)
					}
				}
			}
		}
	}
}

// Where a part was a tree first, the whole cannot be synced with its peer. A tree that only
// came to lie there takes part in nothing.
func TestTreeInsideATree(t *testing.T) {
	for _, c := range []struct {
		name    string
		do      func(u *user)
		refused bool
	}{
		{"it is at work there", func(*user) {}, true},
		{"it is left out", func(u *user) { u.write("a/.latusignore", "part\n") }, false},
		{"it was moved there", func(u *user) { u.rename("a/part", "a/moved") }, false},
		{"it is of another group", func(u *user) {
			u.reconfigure("a/part", func(c *config.Config) { c.Group = index.GroupID(7).String() })
		}, false},
		{"it was last at work on another machine", func(u *user) {
			u.reconfigure("a/part", func(c *config.Config) { c.Home.Machine = "laptop/0123456789abcdef0123456789abcdef" })
		}, false},
		{"an older latus did not say where it was", func(u *user) {
			u.reconfigure("a/part", func(c *config.Config) { c.Home = nil })
		}, false},
		{"nobody knows who it is", func(u *user) { u.write("a/part/.latus/config.json", "{") }, false},
	} {
		for _, order := range [][]string{{"a", "b"}, {"b", "a"}} {
			u := newUser(t)
			u.write("a/part/f", "text")
			u.sync("a/part", "b")
			u.write("a/top", "text")
			c.do(u)
			r := u.run(latussync.Options{}, at(order...)...)
			if cause, no := causeOf(r.err); no != c.refused || no && cause != peer.NestedTree || !no && r.err != nil {
				t.Errorf("%s, %v: %v", c.name, order, r.err)
			}
			if _, err := os.Lstat(u.at("a/.latus")); (err == nil) == c.refused {
				t.Errorf("%s, %v: a was made a tree: %v", c.name, order, err == nil)
			}
			if c.refused {
				u.holds("b/top", "")
			} else {
				u.holds("b/top", "text")
			}
		}
	}
}
