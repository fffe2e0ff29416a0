package merge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/zeebo/blake3"

	"latus/index"
	"latus/sync/fetch"
	"latus/sync/plan"
	"latus/sync/trash"
	"latus/sync/tree"
)

const (
	here  = index.PeerID(1)
	there = index.PeerID(2)
	other = index.PeerID(3)
)

// thing is what stands at a path.
type thing struct {
	kind index.Kind
	text string // content, or target
	mode uint32
	age  int64 // of the mtime, in seconds
}

func file(text string) thing        { return thing{kind: index.File, text: text, mode: 0o644} }
func dir() thing                    { return thing{kind: index.Dir, mode: 0o755} }
func link(target string) thing      { return thing{kind: index.Link, text: target, mode: 0o777} }
func (t thing) with(m uint32) thing { t.mode = m; return t }
func (t thing) aged(s int64) thing  { t.age = s; return t }
func (t thing) mtime() int64        { return 1_600_000_000_000_000_000 + t.age*1e9 }
func (t thing) head(g index.GenID) index.Head {
	h := index.Head{Gen: g, Kind: t.kind, Clock: 1, Utime: int64(g.Author) * 1e9}
	switch t.kind {
	case index.File:
		h.Size, h.Mtime, h.Hash = int64(len(t.text)), t.mtime(), hash(t.text)
	case index.Link:
		h.Mtime, h.Target = t.mtime(), t.text
	}
	return h
}

func hash(text string) index.Hash { return blake3.Sum256([]byte(text)) }

// state is what a tree holds.
type state map[index.Path]thing

func (s state) sorted() []index.Path { return slices.SortedFunc(maps.Keys(s), index.Compare) }

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
	stage := openStageOf(t, tr)
	defer stage.Close()
	for _, text := range s.trashed {
		write(t, stage, "x", file(text))
		must(t, w.trash.Shelve(trash.Item{Path: "gone", Gen: index.GenID{Author: here, Tag: 7}, Hash: hash(text), Run: "before"}, stage, "x"))
	}
	old, news, lost := index.GenID{Author: here, Tag: 1}, index.GenID{Author: there, Tag: 2}, index.GenID{Author: other, Tag: 3}
	tx := w.x.Begin()
	for i, g := range []index.GenID{old, news, lost} {
		tx.Generation(index.Generation{GenID: g, Seq: 1, Time: int64(i)})
	}
	entries := map[index.Path]*index.Entry{}
	for _, p := range s.was.sorted() {
		put(t, tr, p, s.was[p])
		entries[p] = &index.Entry{Path: p, Heads: []index.Head{s.was[p].head(old)}, Mode: index.ModeReg{Mode: s.was[p].mode, Stamp: 1, Gen: old}}
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
		e.Mode = index.ModeReg{Mode: s.shall[p].mode, Stamp: 2, Gen: news}
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
	d, err := tr.Open(staging)
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
		Tree: w.tree, Index: w.x, Trash: w.trash, Run: run, Plan: p, Wants: Resume(w.tree, p.Wants),
		Source: w.source(), Now: func() int64 { return 1_800_000_000_000_000_000 },
		Applied: func(n int) {
			w.said = append(w.said, fmt.Sprint(p.Actions[n].Op, " ", p.Actions[n].Path))
		},
	}
}

func (w *world) apply(run string) (*Result, error) {
	return Apply(context.Background(), w.job(run))
}

func (w *world) recover() error {
	return Recover(context.Background(), w.tree, w.x, w.trash, nil)
}

// scan notes the change times of what is as the witnesses say.
func (w *world) scan() {
	for p, f := range files(w.t, w.seen, "") {
		if e := w.x.Get(p); e != nil && trash.Same(f.info, e.Witness, w.seen.Traits(), false) {
			for c := range w.x.Children(p.Dir()) {
				if string(c.Name) == p.Base() {
					w.x.Seen(c, f.info.Ctime)
				}
			}
		}
	}
}

// texts hands out what a story says.
type texts map[index.Path]string

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

func (s texts) of(w fetch.Want) (string, bool) {
	p := w.Path
	if w.Gen.Author == other {
		p += "\x00lost"
	}
	text, ok := s[p]
	return text, ok
}

func (s texts) Send(ctx context.Context, wants []fetch.Want, sink fetch.Sink) error {
	for n, w := range wants {
		if err := ctx.Err(); err != nil {
			return err
		}
		text, ok := s.of(w)
		if !ok {
			if err := sink.Missing(n, fetch.ErrNoSource); err != nil {
				return err
			}
			continue
		}
		for rest := text[w.Offset:]; rest != ""; {
			cut := min(len(rest), 100_000)
			if err := sink.Data(n, []byte(rest[:cut])); err != nil {
				return err
			}
			rest = rest[cut:]
		}
		if err := sink.Done(n, hash(text)); err != nil {
			return err
		}
	}
	return nil
}

// must ends the test for an error that the test did not ask for.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func put(t testing.TB, tr tree.Tree, p index.Path, th thing) {
	t.Helper()
	parent, name := p.Split()
	d, err := tr.Open(parent)
	must(t, err)
	defer d.Close()
	write(t, d, name, th)
}

func write(t testing.TB, d tree.Dir, name string, th thing) {
	t.Helper()
	switch th.kind {
	case index.Dir:
		must(t, d.Mkdir(name, 0o755))
	case index.Link:
		must(t, d.Symlink(th.text, name))
		if err := d.Chtime(name, th.mtime()); !errors.Is(err, tree.ErrUnsupported) {
			must(t, err)
		}
	default:
		f, err := d.Create(name, 0o600)
		must(t, err)
		_, err = io.WriteString(f, th.text)
		must(t, err)
		must(t, f.Chmod(th.mode))
		must(t, f.Chtime(th.mtime()))
		must(t, f.Close())
	}
}

// closeDirs gives directories their modes, once there is something in them.
func closeDirs(t testing.TB, tr tree.Tree, s state) {
	for _, p := range slices.Backward(s.sorted()) {
		if s[p].kind == index.Dir {
			d, err := tr.Open(p.Dir())
			must(t, err)
			must(t, d.Chmod(p.Base(), s[p].mode))
			d.Close()
		}
	}
}

func stat(t testing.TB, tr tree.Tree, p index.Path) tree.Info {
	t.Helper()
	d, err := tr.Open(p.Dir())
	must(t, err)
	defer d.Close()
	i, err := d.Stat(p.Base())
	must(t, err)
	return i
}

func everything() *story {
	big := strings.Repeat("large content ", 20_000)
	return &story{
		was: state{
			"touched": file("touched"), "updated": file("old"), "same": file("same"),
			"gone": file("deleted"), "moved-from": file("moved"), "copied": file("copied"),
			"dir": dir(), "dir/a": file("in dir a"), "dir/sub": dir(), "dir/sub/b": file("in dir b"), "dir/sub/l": link("there"),
			"dir/gone": file("deleted in dir"), "dir/edit": file("old in dir"), "dir/off": file("renamed in dir"),
			"dir/nosub": dir(), "dir/nosub/z": file("deleted below dir"),
			"leaving": dir(), "leaving/x": file("leaving x"),
			"ring1": file("one"), "ring2": file("two"), "ring3": file("three"),
			"over": file("displaced by a move"), "onto-from": file("moved over another"),
			"was-file": file("makes way for a directory"), "was-dir": dir(), "was-dir/in": file("in what was a directory"),
			"link": link("old target"), "link-of": file("makes way for a link"), "unlinked": link("makes way for a file"),
			"fought": file("old, fought over"), "mode": file("mode"), "dirmode": dir(),
			"self":   file("makes way for its own directory"),
			"locked": dir().with(0o555), "locked/in": file("in a locked directory"), "locked/gone": file("goes from a locked directory"),
		},
		shall: state{
			"touched": file("touched").aged(5), "updated": file("new"), "same": file("same"),
			"new": file("new file"), "empty": file(""), "big": file(big), "exec": file("exec").with(0o755),
			"moved-to": file("moved"), "copied": file("copied"), "copy": file("copied"), "made": file(big).aged(3),
			"moved": dir(), "moved/a": file("in dir a"), "moved/sub": dir(), "moved/sub/b": file("in dir b").aged(9), "moved/sub/l": link("there"),
			"moved/edit": file("new in dir"), "moved/off2": file("renamed in dir"),
			"ring1": file("two"), "ring2": file("three"), "ring3": file("one"),
			"over":     file("moved over another"),
			"was-file": dir(), "was-file/in": file("in what was a file"), "was-dir": file("was a directory"),
			"link": link("new target"), "link-of": link("x"), "unlinked": file("was a link"), "new-link": link("../y"),
			"fought": file("won"), "mode": file("mode").with(0o600), "dirmode": dir().with(0o700),
			"self": dir(), "self/self": file("makes way for its own directory"),
			"newdir": dir(), "newdir/deep": dir(), "newdir/deep/f": file("deep"), "undeleted": file("out of the trash"),
			"locked": dir().with(0o555), "locked/in": file("new in a locked directory"), "locked/new": file("added to a locked directory"),
			"shut": dir().with(0o500), "shut/in": file("in a shut directory").with(0o400),
		},
		losers:  map[index.Path]string{"fought": "lost"},
		trashed: []string{"out of the trash"},
	}
}
