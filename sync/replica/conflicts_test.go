package replica_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"latus/index"
	latussync "latus/sync"
	"latus/sync/replica"
	"latus/sync/trash"
)

// conflict has a and b edit one file each, and meet: b wins, being later.
func (u *user) conflict() {
	u.Helper()
	u.write("a/f", "the first")
	u.sync("a", "b")
	u.write("a/f", "by a")
	u.write("b/f", "by b, later")
	if r := u.run(latussync.Options{}, at("a", "b")...); r.err != nil || len(r.conflicts) != 1 {
		u.Fatalf("%v, %v", r.err, r.conflicts)
	}
}

// conflicts are the open ones of a tree, in words. `latus status` must count the same.
func (u *user) conflicts(name string) string {
	u.Helper()
	cs, err := replica.ReadConflicts(u.at(name))
	u.must(err)
	s, err := replica.ReadStatus(context.Background(), u.at(name))
	u.must(err)
	if len(s.Conflicts) != len(cs) {
		u.Errorf("%s: status tells of %d conflicts, %d are listed", name, len(s.Conflicts), len(cs))
	}
	var said []string
	for _, c := range cs {
		for i, v := range c.Versions {
			if v.N != i+1 || v.Winner != (i == 0) {
				u.Errorf("%s: version %d of %s is called %d", name, i+1, c.Path, v.N)
			}
			here, _, trashed := strings.Cut(v.Here, ":")
			if !trashed {
				here = v.Here
			}
			said = append(said, fmt.Sprintf("%s: %s %v %s", c.Path, v.Author, v.Head.Kind, here))
		}
	}
	return strings.Join(said, "; ")
}

// A conflict is listed as the next run will find it: what a user has done about it meanwhile
// counts, and what only looks so does not.
func TestConflictsAreListedAsTheyStandNow(t *testing.T) {
	const open = "f: desk:b file in the tree; f: desk:a file trash"
	for _, c := range []struct {
		name string
		do   func(u *user)
		want string
	}{
		{"nothing was done", func(*user) {}, open},
		{"another file was edited", func(u *user) { u.write("b/g", "new") }, open},
		{"it was merged by hand", func(u *user) { u.write("b/f", "by a and b") }, ""},
		{"the loser was put back by hand", func(u *user) { u.write("b/f", "by a") }, ""},
		{"only its mode was changed", func(u *user) { u.must(os.Chmod(u.at("b/f"), 0o600)) }, open},
		{"it was replaced by a link", func(u *user) { u.remove("b/f"); u.link("g", "b/f") }, ""},
		{"it was replaced by a directory", func(u *user) { u.remove("b/f"); u.mkdir("b/f") }, open},
		{"the winner is missing", func(u *user) { u.remove("b/f") }, open},
		{"the loser was purged", func(u *user) {
			_, err := replica.Purge(context.Background(), u.at("b"), replica.Options{}, false, trash.PurgeOptions{MaxSize: 0})
			u.must(err)
		}, "f: desk:b file in the tree; f: desk:a file "},
	} {
		t.Run(c.name, func(t *testing.T) {
			u := newUser(t)
			u.conflict()
			c.do(u)
			before := u.frozen("b")
			if got := u.conflicts("b"); got != c.want {
				t.Errorf("%q, not %q", got, c.want)
			}
			if u.frozen("b") != before {
				t.Error("looking at it has changed something")
			}
		})
	}
}

// Where a directory stands in the way, a file of that name is a conflict, too, with a side that
// nobody made.
func TestConflictWithADirectory(t *testing.T) {
	u := newUser(t)
	u.write("a/x", "text")
	u.sync("a", "b")
	u.write("a/d", "a file")
	u.write("b/d/in", "needs the directory")
	u.run(latussync.Options{}, at("a", "b")...)
	if got := u.conflicts("b"); got != "d: desk:b dir in the tree; d: desk:a file trash" {
		t.Error(got)
	}
	settle := func(keep int) *replica.ResolveError {
		t.Helper()
		settled, err := replica.Resolve(context.Background(), u.at("a"), []index.Path{"d"}, keep, replica.Options{})
		u.must(err)
		wrong, _ := settled[0].Err.(*replica.ResolveError)
		return wrong
	}
	if wrong := settle(2); wrong == nil || !wrong.Holds || wrong.Trash == "" {
		t.Errorf("the file cannot take the place of the directory: %+v", wrong)
	}
	if wrong := settle(3); wrong == nil || wrong.Versions != 2 {
		t.Errorf("there are two versions: %+v", wrong)
	}
	if wrong := settle(1); wrong != nil {
		t.Errorf("%+v", wrong)
	}
	u.sync("a", "b")
	for _, name := range []string{"a", "b"} {
		u.holds(name+"/d/in", "needs the directory")
		if got := u.conflicts(name); got != "" {
			t.Errorf("%s: still %s", name, got)
		}
	}
}

// A directory that nobody wants any more, but for what somebody put in it, is nobody's version.
func TestConflictWithWhatNeedsADirectory(t *testing.T) {
	u := newUser(t)
	u.write("a/d/f", "text")
	u.sync("a", "b")
	u.remove("a/d")
	u.write("a/d", "a file")
	u.write("b/d/in", "needs the directory")
	u.run(latussync.Options{}, at("a", "b")...)
	const want = "d:  dir in the tree; d: desk:a file trash"
	for _, name := range []string{"a", "b"} {
		if got := u.conflicts(name); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
	settled, err := replica.Resolve(context.Background(), u.at("b"), []index.Path{"d"}, 1, replica.Options{})
	if err != nil || len(settled) != 1 || settled[0].Err != nil {
		t.Fatalf("%v, %v", settled, err)
	}
	u.sync("a", "b")
	for _, name := range []string{"a", "b"} {
		u.holds(name+"/d/in", "needs the directory")
		if got := u.conflicts(name); got != "" {
			t.Errorf("%s: still %s", name, got)
		}
	}
}

// A tree that was only told of a conflict has all of its versions, too, under what names it
// knows. For one whose bytes are gone it cannot decide.
func TestConflictHeardOf(t *testing.T) {
	u := newUser(t)
	u.conflict()
	u.sync("b", "c")
	loser := "f: desk:b file in the tree; f: " + u.idOf("a", "b")[:8] + " file "
	if got := u.conflicts("c"); got != loser+"trash" {
		t.Errorf("%q", got)
	}
	_, err := replica.Purge(context.Background(), u.at("c"), replica.Options{}, false, trash.PurgeOptions{MaxSize: 0})
	u.must(err)
	if got := u.conflicts("c"); got != loser {
		t.Errorf("once its trash is empty: %q", got)
	}
	settled, err := replica.Resolve(context.Background(), u.at("c"), []index.Path{"f"}, 2, replica.Options{})
	u.must(err)
	if wrong, _ := settled[0].Err.(*replica.ResolveError); wrong == nil || !wrong.Lacks {
		t.Errorf("%+v", settled)
	}
	u.holds("c/f", "by b, later")
}

// The trash of a conflict is no pile of old versions before that is settled.
func TestOldVersions(t *testing.T) {
	u := newUser(t)
	u.write("a/g", "text")
	u.conflict()
	old := func(when string, want bool) {
		t.Helper()
		items, done, err := replica.OpenTrash(u.at("a"))
		u.must(err)
		n := len(items.Items())
		u.must(done())
		if has, err := replica.HasOldVersions(u.at("a")); err != nil || has != want || n == 0 {
			t.Errorf("%s: %v, of %d items in the trash; %v", when, has, n, err)
		}
	}
	old("while the conflict is open", false)
	u.write("b/f", "by a and b")
	u.sync("a", "b")
	old("once it is settled", true)
	if has, err := replica.HasOldVersions(u.at("b/..")); !errors.Is(err, replica.ErrNoTree) {
		t.Errorf("of no tree: %v, %v", has, err)
	}
}
