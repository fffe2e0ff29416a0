package replica_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"latus/index/mergelog"
	latussync "latus/sync"
	"latus/sync/peer"
	"latus/sync/replica"
	"latus/sync/trash"
)

// undo undoes a run of a tree.
func (u *user) undo(name string, o replica.UndoOptions) *run {
	u.Helper()
	o.MaxDelete = peer.Limit{Off: true}
	r := &run{places: at(name)}
	r.report, r.err = replica.Undo(context.Background(), u.at(name), o, r.places[0].options(), r)
	slices.Sort(r.changes)
	return r
}

// log is the runs of a tree, newest first: what they were, with how many records, and how they ended.
func (u *user) log(name string) (lines, ids []string) {
	u.Helper()
	u.must(replica.ReadLog(u.at(name), func(l mergelog.Run) bool {
		exit := "killed"
		if l.End != nil {
			exit = fmt.Sprint("exit ", l.End.Exit)
		}
		lines = append(lines, fmt.Sprintf("%s with %s: %d, %s", l.Start.Command, strings.Join(l.Start.With, ", "), len(l.Records), exit))
		ids = append(ids, l.Start.Run)
		return true
	}))
	return lines, ids
}

// An undo puts back what is still to be had, and says of everything else why it stays.
func TestUndoWithLittleLeft(t *testing.T) {
	for _, c := range []struct {
		name     string
		do       func(u *user)
		problems []string
		file     string // what b/edited holds then
		link     string // where b/link leads
	}{
		{name: "all is as it was", do: func(*user) {}, file: "text", link: "old"},
		{name: "the trash was emptied", file: "longer than it was", link: "old", // the log knows where a link led
			do: func(u *user) {
				_, err := replica.Purge(context.Background(), u.at("b"), replica.Options{}, true, trash.PurgeOptions{MaxSize: 0})
				u.must(err)
			},
			problems: []string{"b edited: its old version is no longer in the trash", "b gone: its old version is no longer in the trash"}},
		{name: "edited since", file: "edited once more", link: "old",
			do:       func(u *user) { u.write("b/edited", "edited once more") },
			problems: []string{"b edited: changed since that run"}},
		{name: "written to in the trash", file: "longer than it was", link: "old",
			do: func(u *user) {
				items, done, err := replica.OpenTrash(u.at("b"))
				u.must(err)
				for _, it := range items.Items() {
					if it.Path == "edited" { // as whoever had it open writes to it
						u.must(os.WriteFile(u.at("b/"+string(it.Place())), []byte("writ"), 0o644))
					}
				}
				u.must(done())
			},
			problems: []string{"b edited: its old version was changed in the trash, through another hard link"}},
	} {
		u := newUser(t)
		u.write("a/edited", "text")
		u.write("a/gone", "text, too")
		u.link("old", "a/link")
		u.sync("a", "b")
		u.write("a/edited", "longer than it was")
		u.remove("a/gone", "a/link")
		u.link("new", "a/link")
		u.sync("a", "b")
		c.do(u)
		r := u.undo("b", replica.UndoOptions{})
		if r.err != nil || !slices.Equal(r.problems, c.problems) {
			t.Errorf("%s: %v, %q", c.name, r.err, r.problems)
		}
		u.holds("b/edited", c.file)
		if to, _ := os.Readlink(u.at("b/link")); to != c.link {
			t.Errorf("%s: the link leads to %q, not %q", c.name, to, c.link)
		}
	}
}

// A run to be undone is named by how its id begins, if no other begins so.
func TestUndoByName(t *testing.T) {
	u := newUser(t)
	u.mkdir("a")
	for _, name := range []string{"b/1", "b/2"} {
		u.write(name, "text")
		u.sync("b", "a")
	}
	_, ids := u.log("a")
	for _, c := range []struct {
		named string
		like  int // how many runs may be meant, if that is the question; -1: it is not
	}{
		{ids[1][:2], 2},
		{"19991231", 0},
		{ids[1] + "0", 0},
		{ids[1], -1},
		{ids[0][:len(ids[0])-1], -1},
	} {
		r := u.undo("a", replica.UndoOptions{Run: c.named, Dry: true})
		var wrong *replica.UndoError
		if errors.As(r.err, &wrong) != (c.like >= 0) || wrong == nil && r.err != nil || wrong != nil && (wrong.Like == nil || len(wrong.Like) != c.like) {
			t.Errorf("%s: %v", c.named, r.err)
		}
		if c.like < 0 && len(r.changes) != 1 {
			t.Errorf("%s: %q", c.named, r.changes)
		}
	}
}

// The log tells of each run what it was, and how it ended: also that of paths that it had to
// leave as it was planned.
func TestLogOfRuns(t *testing.T) {
	u := newUser(t)
	u.write("a/1", "text")
	u.sync("a", "b")
	u.sync("a", "b") // which has nothing to do, and is not logged
	u.write("a/2", "text")
	u.write("a/3", "text")
	u.remove("a/1")
	r := u.run(latussync.Options{}, place{name: "a"}, place{name: "b", Options: replica.Options{NoDelete: true}})
	if len(r.problems) != 1 {
		t.Errorf("%q", r.problems)
	}
	u.write("b/2", "edited since")
	if r := u.undo("b", replica.UndoOptions{}); r.err != nil || len(r.problems) != 1 {
		t.Errorf("%v, %q", r.err, r.problems)
	}
	got, _ := u.log("b")
	want := []string{"undo with : 1, exit 3", "sync with desk:a: 2, exit 3", "sync with desk:a: 1, exit 0"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
