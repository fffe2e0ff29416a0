package replica_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"latus/index"
	"latus/index/mergelog"
	latussync "latus/sync"
	"latus/sync/peer"
	"latus/sync/replica"
	"latus/sync/trash"
)

// What only looks says of a directory that is no tree that it is none, and makes none of it.
func TestNoTree(t *testing.T) {
	u := newUser(t)
	u.write("dir/f", "text")
	u.write("file", "text")
	before := u.frozen(".")
	for what, look := range map[string]func(path string) error{
		"ReadStatus":    func(path string) error { _, err := replica.ReadStatus(context.Background(), path); return err },
		"ReadConflicts": func(path string) error { _, err := replica.ReadConflicts(path); return err },
		"ReadPeers":     func(path string) error { _, err := replica.ReadPeers(path); return err },
		"ReadAccess":    func(path string) error { _, err := replica.ReadAccess(path); return err },
		"ReadWitness":   func(path string) error { _, err := replica.ReadWitness(path, "f"); return err },
		"ReadLog":       func(path string) error { return replica.ReadLog(path, func(mergelog.Run) bool { return true }) },
		"OpenTrash":     func(path string) error { _, _, err := replica.OpenTrash(path); return err },
		"Allow":         func(path string) error { _, err := replica.Allow(path, nil, replica.Options{}); return err },
		"Forget":        func(path string) error { _, _, err := replica.Forget(path, "b", replica.Options{}); return err },
		"Purge": func(path string) error {
			_, err := replica.Purge(context.Background(), path, replica.Options{}, true, trash.PurgeOptions{})
			return err
		},
		"Resolve": func(path string) error {
			_, err := replica.Resolve(context.Background(), path, nil, 1, replica.Options{})
			return err
		},
		"Undo": func(path string) error {
			_, err := replica.Undo(context.Background(), path, replica.UndoOptions{}, replica.Options{}, &run{})
			return err
		},
	} {
		if err := look(u.at("dir")); !errors.Is(err, replica.ErrNoTree) {
			t.Errorf("%s of a directory: %v", what, err)
		}
		// Which a run would make is none either.
		err := look(u.at("missing"))
		if cause, no := causeOf(err); !no || cause != peer.NoTree {
			t.Errorf("%s of what is not there: %v", what, err)
		}
		if cause, _ := causeOf(look(u.at("file"))); cause != peer.NotDirectory {
			t.Errorf("%s of a file: %v", what, look(u.at("file")))
		}
	}
	if u.frozen(".") != before {
		t.Error("it has changed something")
	}
}

// Status counts what no other tree has been told of, whether or not a run has seen it, and the
// tree stays as it is.
func TestUnsynced(t *testing.T) {
	u := newUser(t)
	u.write("a/one", "text")
	u.write("a/two", "text")
	u.write("a/d/in", "text")
	u.sync("a", "b")
	unsynced := func(when string, want int) {
		t.Helper()
		before := u.frozen("a")
		s, err := replica.ReadStatus(context.Background(), u.at("a"))
		u.must(err)
		if s.Unsynced != want {
			t.Errorf("%s: %d changes, not %d", when, s.Unsynced, want)
		}
		if u.frozen("a") != before {
			t.Errorf("%s: a look has changed something", when)
		}
	}
	unsynced("nothing was done", 0)
	u.write("a/one", "edited")
	u.write("a/three", "new")
	u.remove("a/d")
	unsynced("an edit, a new file, a directory with a file that is gone", 4)
	u.copy("a", "backup")
	u.rename("backup/two", "a/two")
	unsynced("and a file that was put back from a backup as it was", 4)
	u.sync("b", "a")
	unsynced("after a run", 0)
}

// A directory that was deleted elsewhere and holds what nobody else knows of stays. The run
// that finds so names some of it, and status does.
func TestDirectoryThatStays(t *testing.T) {
	for _, c := range []struct {
		left []string
		want string
	}{
		{[]string{"x.o"}, ": x.o"},
		{[]string{"z.o", "x.o", "y.o"}, ": x.o, y.o, z.o"},
		{[]string{"x4.o", "x3.o", "x2.o", "x1.o", "x5.o"}, ": x1.o, x2.o, x3.o and 2 more"},
	} {
		u := newUser(t)
		u.write("a/.latusignore", "*.o\n")
		u.write("a/d/f", "text")
		u.sync("a", "b")
		for _, name := range c.left {
			u.write("b/d/"+name, "made here")
		}
		u.remove("a/d")
		want := "the directory still holds what is left alone here" + c.want
		r := u.run(latussync.Options{}, at("a", "b")...)
		if r.err != nil || !slices.Contains(r.notices, "b d: "+want) {
			t.Errorf("%v, %q, %q", r.err, r.problems, r.notices)
		}
		u.holds("b/d/f", "")
		s, err := replica.ReadStatus(context.Background(), u.at("b"))
		u.must(err)
		if len(s.Pending) != 1 || s.Pending[0].Path != "d" || s.Pending[0].Reason.String() != want {
			t.Errorf("pending are %v", s.Pending)
		}
		u.write("a/other", "text")
		if r := u.run(latussync.Options{}, at("a", "b")...); slices.Contains(r.notices, "b d: "+want) {
			t.Errorf("it is news once more: %q", r.notices)
		}
		for _, name := range c.left {
			u.remove("b/d/" + name)
		}
		u.sync("a", "b")
		if _, err := os.Stat(u.at("b/d")); err == nil {
			t.Error("nothing keeps it any more, and it is still there")
		}
	}
}

// status.txt is brought up to date by what changes the trash without a run, and says why what
// is pending is so.
func TestStatusTextAfterAPurge(t *testing.T) {
	u := newUser(t)
	u.write("a/.latusignore", "*.o\n")
	u.write("a/d/f", "text")
	u.write("a/g", "text")
	u.sync("a", "b")
	u.write("b/d/x.o", "made here")
	u.remove("a/d")
	u.write("a/g", "edited")
	u.run(latussync.Options{}, at("a", "b")...)
	text := func(s *replica.Status) []byte {
		return fmt.Appendf(nil, "%d in the trash, %v pending", s.Trash.Items, s.Pending)
	}
	o := replica.Options{StatusText: text}
	res, err := replica.Purge(context.Background(), u.at("b"), o, true, trash.PurgeOptions{MaxSize: 0})
	if err != nil || res.Items != 2 {
		t.Fatalf("%+v, %v", res, err)
	}
	got, err := os.ReadFile(u.at("b/.latus/status.txt"))
	u.must(err)
	if !bytes.HasPrefix(got, []byte("0 in the trash")) || !strings.Contains(string(got), ": x.o") {
		t.Errorf("%s", got)
	}
}

// What a run would do with a path depends on how it stood when it was looked at last.
func TestWitness(t *testing.T) {
	u := newUser(t)
	u.write("a/f", "text")
	u.sync("a", "b")
	u.write("a/f", "longer than it was")
	for p, want := range map[index.Path]index.Witness{"f": {Kind: index.File, Size: 4}, "g": {}} {
		if w, err := replica.ReadWitness(u.at("a"), p); err != nil || w.Kind != want.Kind || w.Size != want.Size {
			t.Errorf("%s: %+v, %v", p, w, err)
		}
	}
}
