package replica_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"latus/index"
	"latus/index/mergelog"
	latussync "latus/sync"
	"latus/sync/peer"
	"latus/sync/plan"
	"latus/sync/replica"
)

// user works on directories of this machine, and runs latus on them.
type user struct {
	*testing.T
	base  string // where they lie
	saved int    // files so far
}

func newUser(t *testing.T) *user {
	t.Helper()
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return &user{T: t, base: base}
}

func (u *user) at(name string) string { return filepath.Join(u.base, filepath.FromSlash(name)) }

func (u *user) must(err error) {
	u.Helper()
	if err != nil {
		u.Fatal(err)
	}
}

func (u *user) mkdir(names ...string) {
	u.Helper()
	for _, name := range names {
		u.must(os.MkdirAll(u.at(name), 0o755))
	}
}

// write saves a file, and makes the directories above it. Each is a minute younger than the one
// before, and none is so young that it may still be written to.
func (u *user) write(name, text string) {
	u.Helper()
	u.mkdir(filepath.Dir(name))
	u.must(os.WriteFile(u.at(name), []byte(text), 0o644))
	u.saved++
	when := time.Date(2024, 1, 1, 0, u.saved, 0, 0, time.UTC)
	u.must(os.Chtimes(u.at(name), when, when))
}

// link makes a symbolic link. Where nobody may, there is nothing to be tested.
func (u *user) link(target, name string) {
	u.Helper()
	if err := os.Symlink(target, u.at(name)); err != nil && runtime.GOOS == "windows" {
		u.Skip(err)
	} else {
		u.must(err)
	}
}

func (u *user) remove(names ...string) {
	u.Helper()
	for _, name := range names {
		u.must(os.RemoveAll(u.at(name)))
	}
}

func (u *user) rename(old, name string) {
	u.Helper()
	u.must(os.Rename(u.at(old), u.at(name)))
}

// copy copies a directory with all that is in it, as `cp -a` does.
func (u *user) copy(from, to string) {
	u.Helper()
	u.must(os.CopyFS(u.at(to), os.DirFS(u.at(from))))
	u.must(filepath.WalkDir(u.at(from), func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(u.at(from), path)
		if err != nil {
			return err
		}
		return os.Chtimes(filepath.Join(u.at(to), rel), info.ModTime(), info.ModTime())
	}))
}

// holds sees that a file has that content; "": that there is nothing.
func (u *user) holds(name, want string) {
	u.Helper()
	got, err := os.ReadFile(u.at(name))
	if err != nil && !os.IsNotExist(err) {
		u.Fatal(err)
	}
	if string(got) != want {
		u.Errorf("%s holds %q, not %q", name, got, want)
	}
}

// frozen is all that stands in a directory, with its .latus and all times.
func (u *user) frozen(name string) string {
	u.Helper()
	var all strings.Builder
	u.must(filepath.WalkDir(u.at(name), func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil {
			fmt.Fprintln(&all, path, info.Mode(), info.Size(), info.ModTime())
		}
		return err
	}))
	return all.String()
}

// place is a directory, and how it takes part in a run.
type place struct {
	name string
	replica.Options
}

// run is what came of a run.
type run struct {
	places    []place
	report    *peer.Report
	err       error
	changes   []string // "b create a/b"
	problems  []string // "b a/b: why"
	notices   []string // the same; without a path "b: what"
	conflicts []index.Path
}

func (r *run) Phase(peer.Phase)            { /* not of interest */ }
func (r *run) Progress(peer.Progress)      { /* nor this */ }
func (r *run) Planned(int, *peer.Proposal) { /* nor this */ }
func (r *run) Conflict(c plan.Conflict)    { r.conflicts = append(r.conflicts, c.Path) }
func (r *run) Problem(n int, p peer.Problem) {
	r.problems = append(r.problems, r.line(n, p))
}
func (r *run) Notice(n int, p peer.Problem) { r.notices = append(r.notices, r.line(n, p)) }
func (r *run) Change(n int, c peer.Change) {
	r.changes = append(r.changes, fmt.Sprintf("%s %v %s", r.places[n].name, c.Op, c.Path))
}

// Undoing makes it a replica.UndoObserver.
func (r *run) Undoing(*mergelog.Start, int, int) { /* nor this */ }

func (r *run) line(n int, p peer.Problem) string {
	who := "all"
	if n >= 0 {
		who = r.places[n].name
	}
	if p.Path != "" {
		who += " " + string(p.Path)
	}
	return fmt.Sprintf("%s: %s", who, p.Reason)
}

// run has latus make directories equal.
func (u *user) run(o latussync.Options, places ...place) *run {
	u.Helper()
	o.Actions = true
	if o.MaxDelete == (peer.Limit{}) {
		o.MaxDelete = peer.Limit{Off: true}
	}
	r := &run{places: places}
	var members []peer.Member
	for _, p := range places {
		x, err := replica.Open(u.at(p.name), p.options())
		if err != nil {
			r.err = err
			return r
		}
		defer func() {
			if err := x.Close(); err != nil && r.err == nil {
				u.Errorf("%s: %v", p.name, err)
			}
		}()
		members = append(members, peer.Member{Spec: p.name, Replica: x})
	}
	r.report, r.err = latussync.Run(context.Background(), members, o, r)
	slices.Sort(r.changes)
	return r
}

func (p place) options() replica.Options {
	p.Options.Spec = p.name
	if p.Host == "" {
		p.Host = "desk"
	}
	return p.Options
}

// at names directories, with nothing to say about how they take part.
func at(names ...string) []place {
	places := make([]place, len(names))
	for i, name := range names {
		places[i].name = name
	}
	return places
}

// sync is a plain run that goes well.
func (u *user) sync(names ...string) *run {
	u.Helper()
	r := u.run(latussync.Options{}, at(names...)...)
	if r.err != nil || len(r.problems) > 0 {
		u.Fatalf("%v: %v, %q", names, r.err, r.problems)
	}
	return r
}
