package merge

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"latus/index"
	"latus/sync/plan"
	"latus/sync/stage"
	"latus/sync/trash"
	"latus/sync/tree"
)

// story is a tree as it is, as it shall be, and what it is to keep of conflicts.
type story struct {
	was, shall state
	losers     map[index.Path]string // contents that lost against what shall be
	trashed    []string              // contents in the trash before
	unhashed   map[index.Path]bool   // paths whose new hash nobody knows
}

// world is a tree with all that belongs to it, between two runs.
type world struct {
	t     testing.TB
	story *story
	tree  tree.Tree
	seen  tree.Tree // the same, out of reach of injected faults
	x     *index.Index
	trash *trash.Trash
	said  []string // what was told of Applied
}

// begin makes the tree of a story: on disk and in its index, with the news of what
// shall be merged.
func begin(t testing.TB, s *story, tr tree.Tree) {
	root, err := tr.Open("")
	must(t, err)
	defer root.Close()
	must(t, root.Mkdir(index.Private, 0o700))
	private, err := root.OpenDir(index.Private)
	must(t, err)
	defer private.Close()
	must(t, private.Mkdir("staging", 0o700))
	if d, ok := tr.(*tree.Disk); ok {
		traits, err := tree.Probe(tr)
		must(t, err)
		d.SetTraits(traits)
	}
	w := open(t, s, tr, tr)
	defer w.close()
	staged := openStageOf(t, tr)
	defer staged.Close()
	for _, text := range s.trashed {
		write(t, staged, "x", file(text))
		must(t, w.trash.Shelve(trash.Item{Path: "gone", Gen: index.GenID{Author: here, Tag: 7}, Hash: hash(text), Run: "before"}, staged, "x"))
	}
	old, news, lost := index.GenID{Author: here, Tag: 1}, index.GenID{Author: there, Tag: 2}, index.GenID{Author: other, Tag: 3}
	tx := w.x.Begin()
	for i, g := range []index.GenID{old, news, lost} {
		tx.Generation(index.Generation{GenID: g, Seq: 1, Time: int64(i)})
	}
	entries := map[index.Path]*index.Entry{}
	for _, p := range s.was.sorted() {
		put(t, tr, p, s.was[p])
		entries[p] = &index.Entry{Path: p, Heads: []index.Head{s.was[p].head(old)}, Mode: index.ModeReg{Value: s.was[p].mode, Stamp: 1, Gen: old}}
	}
	closeDirs(t, tr, s.was)
	for _, p := range s.was.sorted() {
		i := stat(t, tr, p)
		entries[p].Witness = i.Witness
	}
	for _, p := range s.shall.sorted() {
		e := entries[p]
		if e == nil {
			e = &index.Entry{Path: p}
			entries[p] = e
		} else if s.was[p] == s.shall[p] {
			continue
		}
		e.Have, e.Pending = e.Heads, true
		h := s.shall[p].head(news)
		if s.unhashed[p] {
			h.Hash = index.Hash{}
		}
		e.Heads = []index.Head{h}
		e.Mode = index.ModeReg{Value: s.shall[p].mode, Stamp: 2, Gen: news}
	}
	for p, e := range entries {
		if _, live := s.shall[p]; !live {
			e.Have, e.Pending = e.Heads, true
			e.Heads = []index.Head{{Gen: news, Kind: index.Deleted, Clock: 1, Utime: 2e9}}
		}
		if text, ok := s.losers[p]; ok {
			l := file(text).head(lost)
			l.Utime = 0
			e.Heads = append(e.Heads, l)
			if !e.Pending {
				e.Have, e.Pending = e.Heads[:1:1], true
			}
		}
	}
	for _, p := range slices.SortedFunc(maps.Keys(entries), index.Compare) {
		tx.Put(entries[p])
	}
	must(t, tx.Commit(true))
	if err := tr.Sync(); !errors.Is(err, tree.ErrUnsupported) {
		must(t, err)
		return
	}
	syncBelow(t, tr, "")
}

func syncBelow(t testing.TB, tr tree.Tree, p index.Path) {
	d, err := tr.Open(p)
	must(t, err)
	defer d.Close()
	names, err := d.List()
	must(t, err)
	for _, name := range names {
		switch i, err := d.Stat(name); {
		case err != nil:
			t.Fatal(err)
		case i.Kind == index.Dir:
			syncBelow(t, tr, p.Join(name))
		case i.Kind == index.File:
			f, err := d.Read(name)
			must(t, err)
			must(t, f.Sync())
			f.Close()
		}
	}
	must(t, d.Sync())
}

func openStageOf(t testing.TB, tr tree.Tree) tree.Dir {
	d, err := tr.Open(stage.Path)
	must(t, err)
	return d
}

// open opens the tree's files as a new run does.
func open(t testing.TB, s *story, tr, seen tree.Tree) *world {
	t.Helper()
	w, err := tryOpen(t, s, tr, seen)
	must(t, err)
	return w
}

func tryOpen(t testing.TB, s *story, tr, seen tree.Tree) (*world, error) {
	d, err := tr.Open(index.Private)
	if err != nil {
		return nil, err
	}
	// A power loss may tear the last commit; what was synced is checked elsewhere.
	x, _, err := index.Load(tree.Store(d), false)
	if err != nil {
		return nil, err
	}
	bin, err := trash.Open(tr, false)
	if err != nil {
		return nil, err
	}
	return &world{t: t, story: s, tree: tr, seen: seen, x: x, trash: bin}, nil
}

func (w *world) close() {
	w.trash.Close()
	w.x.Close()
}

// plan is what the planner makes of the index as it is.
func (w *world) plan() *plan.Plan {
	tr := w.tree.Traits()
	return plan.Make(plan.Input{
		Entries: w.x.All(), Get: w.x.Get,
		Disk: plan.Disk{Clock: tr.Clock, ModeBits: tr.ModeBits, Links: tr.Links, Times: tr.LinkTimes},
		InTrash: func(p index.Path, g index.GenID) (string, bool) {
			it, ok := w.trash.Find(p, g)
			return it.ID, ok
		},
		TrashByHash: func(h index.Hash) (string, bool) {
			it, ok := w.trash.ByHash(h)
			return it.ID, ok
		},
		TrashSize:  func(int64) bool { return false },
		Unanswered: func(index.Path, index.GenID) bool { return true },
	})
}

func (w *world) job(run string) Job {
	p := w.plan()
	return Job{
		Tree: w.tree, Index: w.x, Trash: w.trash, Run: run, Plan: p, Wants: stage.Resume(w.tree, p.Wants),
		Source: w.source(), Now: func() int64 { return worldTime },
		Applied: func(n int) {
			w.said = append(w.said, fmt.Sprint(p.Actions[n].Op, " ", p.Actions[n].Path))
		},
	}
}

func (w *world) apply(run string) (*Result, error) {
	return Apply(context.Background(), w.job(run))
}

// worldTime is the time in the tests; began is that of this machine.
const worldTime = 1_900_000_000_000_000_000

var began = time.Now().UnixNano()

func (w *world) recover() error {
	_, err := Recover(context.Background(), w.tree, w.x, w.trash, worldTime+1, nil)
	return err
}

// scan notes the change times of what is as the witnesses say.
func (w *world) scan() {
	for p, f := range files(w.t, w.seen, "") {
		if e := w.x.Get(p); e != nil && w.seen.Traits().Same(f.info, e.Witness, false) {
			for c := range w.x.Children(p.Dir()) {
				if string(c.Name) == p.Base() {
					w.x.Seen(c, f.info.Ctime)
				}
			}
		}
	}
}

func (w *world) source() texts {
	s := texts{}
	for p, th := range w.story.shall {
		s[p] = th.text
	}
	for p, text := range w.story.losers {
		s[p+"\x00lost"] = text
	}
	return s
}
