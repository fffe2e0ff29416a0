package plan

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"latus/index"
)

var (
	seed      = flag.Uint64("seed", 0, "replay this one random history")
	histories = flag.Int("histories", 2000, "how many random histories to check")
	firstSeed = flag.Uint64("first-seed", 1, "the seed of the first of them; 0: any")
)

var somePaths = []index.Path{"a", "b", "a/x", "d", "d/a", "d/b", "d/e", "d/e/c", "g", "g/a"}

// history plays one random history and returns what a check found, and how it
// came about.
type history struct {
	r     *rand.Rand
	w     *world
	saved map[int]*side // backups
	calm  bool          // no restored backups and lost indexes
}

func play(seed uint64, r *rules, calm, talk bool) (found string, notes []string) {
	h := &history{r: rand.New(rand.NewPCG(seed, 1)), saved: map[int]*side{}, calm: calm}
	h.w = newWorld(2+h.r.IntN(2), somePaths...)
	h.w.rules, h.w.talk = r, talk
	h.w.delta = h.r.IntN(2) == 0
	switch h.r.IntN(3) {
	case 0:
		h.w.sizes = func(c int) int64 { return int64(100 + c) }
	case 1:
		h.w.sizes = func(c int) int64 { return int64(100 + c%3) }
	}
	found = caught(func() {
		if h.r.IntN(2) == 0 {
			h.begin()
		}
		for range 4 + h.r.IntN(16) {
			h.step()
		}
		h.w.note("settle")
		h.w.settle(func(int) bool { return false })
	})
	if found != "" && talk {
		for i, s := range h.w.sides {
			for _, p := range sortedPaths(s.entries) {
				e := s.entries[p]
				h.w.note("  %d %s heads=%v pending=%v have=%v disk=%+v witness=%v", i, p, tagsOf(e.Heads), e.Pending, tagsOf(e.Have), s.disk[p], e.Witness.Kind)
				for _, x := range e.Heads {
					h.w.note("        head %d: %v size %d mtime %d hashed %v first %v lineage %v origin %v", x.Gen.Tag, x.Kind, x.Size, x.Mtime, x.Hash.Known(), x.First, x.Lineage, x.Origin)
				}
				for _, m := range s.merged[p].all() {
					v := h.w.versions[version{p, m}]
					h.w.note("        version %d: %v %d from %v first=%v", m, v.kind, v.content, v.before.all(), v.first)
				}
			}
		}
	}
	return found, h.w.notes
}

func (h *history) chance(one int) bool { return h.r.IntN(one) == 0 }

// begin fills the trees by hand, alike.
func (h *history) begin() {
	for range 1 + h.r.IntN(4) {
		p := h.path()
		h.w.clock += 10
		h.w.contents++
		for t := range h.w.sides {
			h.w.write(t, p, h.w.file(t, h.w.contents))
		}
	}
	if h.chance(2) {
		h.w.sync(syncing{}, h.all()...)
	}
}

func (h *history) path() index.Path { return somePaths[h.r.IntN(len(somePaths))] }
func (h *history) side() int        { return h.r.IntN(len(h.w.sides)) }
func (h *history) all() []int       { return h.r.Perm(len(h.w.sides)) }

// there is something that stands on the disk of tree t.
func (h *history) there(t int) (index.Path, bool) {
	ps := sortedPaths(h.w.sides[t].disk)
	if len(ps) == 0 {
		return "", false
	}
	return ps[h.r.IntN(len(ps))], true
}

func (h *history) step() {
	w, t := h.w, h.side()
	p, some := h.there(t)
	is := w.sides[t].disk[p].kind
	switch n := h.r.IntN(40); {
	case n < 6:
		w.edit(t, h.path())
	case n < 8 && is == index.File:
		w.edit(t, p)
	case n < 10 && is == index.File:
		w.touch(t, p)
	case n < 11 && some && is != index.Link:
		w.chmod(t, p, 0o022)
	case n < 14 && some:
		w.remove(t, p)
	case n < 15:
		w.mkdir(t, h.path())
	case n < 16:
		w.clock += 10
		w.contents++
		q := h.path()
		w.note("tree %d: link %d at %s", t, w.contents, q)
		w.write(t, q, object{kind: index.Link, content: w.contents, mtime: w.clock, mode: 0o777, inode: w.inode()})
	case n < 20 && some:
		h.rename(t, p)
	case n < 21:
		w.clock += 10 // the same file, put at two places by hand
		w.contents++
		q := h.path()
		w.note("tree %d and another: write %d to %s", t, w.contents, q)
		w.write(t, q, w.file(t, w.contents))
		w.write(h.side(), q, w.file(t, w.contents))
	case n < 22:
		w.skews++ // no two skews make the same mtime
		w.sides[t].skew = 10*int64(h.r.IntN(200)-100) + 1 + w.skews%9
		w.note("tree %d: clock off by %d", t, w.sides[t].skew)
	case n < 24:
		h.mishap(t)
	default:
		h.sync()
	}
}

func (h *history) rename(t int, from index.Path) {
	s := h.w.sides[t]
	to := h.path()
	o, there := s.disk[to]
	switch {
	case to == from || to.Under(from) || from.Under(to):
	case there && (o.kind == index.Dir || s.disk[from].kind == index.Dir):
	default:
		h.w.rename(t, from, to)
	}
}

// mishap is what happens to trees now and then.
func (h *history) mishap(t int) {
	w := h.w
	s := w.sides[t]
	switch h.r.IntN(5) {
	case 0:
		if len(w.sides) < 4 {
			w.note("tree %d: a copy of tree %d, with its metadata", len(w.sides), t)
			c := s.clone()
			for p, o := range c.disk {
				o.inode = w.inode()
				c.disk[p] = o
			}
			w.sides = append(w.sides, c)
		}
	case 1:
		w.note("tree %d: drop what is dead", t)
		h.collect(s)
	case 2:
		w.note("tree %d: backup", t)
		h.saved[t] = s.clone()
	case 3:
		if b := h.saved[t]; b != nil && !h.calm {
			w.note("tree %d: restored", t)
			w.lossy = true
			w.sides[t] = b.clone()
			for p, o := range w.sides[t].disk {
				o.inode = w.inode()
				w.sides[t].disk[p] = o
			}
		}
	case 4:
		if !h.calm {
			w.note("tree %d: its index is lost", t)
			w.lossy = true
			fresh := newSide(s.peer)
			fresh.disk, fresh.trash, fresh.skew = s.disk, s.trash, s.skew
			w.sides[t] = fresh
		}
	}
}

func (h *history) collect(s *side) {
	var peers []Known
	for _, k := range s.met {
		if k != (bits{}) {
			peers = append(peers, h.w.rules.known(h.w, k))
		}
	}
	for p, e := range s.entries {
		if h.w.rules.collect(e, peers...) {
			for _, head := range e.Heads {
				s.floor.add(int(head.Gen.Tag))
			}
			delete(s.entries, p)
		}
	}
}

func (h *history) sync() {
	w := h.w
	trees := h.all()
	if len(trees) > 2 && h.chance(2) {
		trees = trees[:2]
	}
	o := syncing{rule: MergeRule{Checksum: h.chance(6)}}
	text := ""
	if h.chance(5) {
		hub := trees[0]
		o.merges = func(t int) bool { return t != hub }
		o.applies = o.merges
		text += " one-way"
		if h.chance(2) {
			o.mirror = true
			text += " mirror"
		}
	}
	if o.merges == nil && h.chance(6) {
		lazy := h.side()
		o.applies = func(t int) bool { return t != lazy }
		text += fmt.Sprint(" not applied at ", lazy)
	}
	if h.chance(5) {
		bad, n := h.side(), h.r.IntN(3)
		o.fails = func(t, action int) bool { return t == bad && action%3 == n }
		text += fmt.Sprint(" failing at ", bad)
	}
	if h.chance(6) {
		bad, n := h.side(), h.r.IntN(4)
		o.stop = func(t int) int {
			if t == bad {
				return n
			}
			return -1
		}
		text += fmt.Sprint(" killed at ", bad)
	}
	if h.chance(6) {
		bad, below := h.side(), h.path()
		o.unread = func(t int, p index.Path) bool { return t == bad && (p == below || p.Under(below)) }
		text += fmt.Sprint(" cannot read ", below, " at ", bad)
	}
	switch h.r.IntN(8) {
	case 0:
		o.conflict = Fail
		text += " conflict=fail"
	case 1:
		o.conflict = KeepBoth
		text += " conflict=keep-both"
	}
	w.note("sync %v%s", trees, text)
	out := w.sync(o, trees...)
	w.note("     %+v", out)
}

// named names what a check found by its first word or two.
func named(what string) string {
	name, _, _ := strings.Cut(what, ":")
	return name
}

// onceFailed are histories that found something: directories that were moved in this
// world with a file in them that nobody could look at, or that had to go before.
var onceFailed = []uint64{183830415084955, 137279192810620}

func TestRandom(t *testing.T) {
	if *seed != 0 {
		found, notes := play(*seed, sound(), *seed%2 == 0, true)
		for _, n := range notes {
			t.Log(n)
		}
		if found != "" {
			t.Fatal(found)
		}
		return
	}
	start := *firstSeed
	if start == 0 {
		start = rand.Uint64() >> 16
	}
	t.Logf("%d random histories, seeds from %d", *histories, start)
	failures := map[string]int{}
	one := func(n uint64) {
		if found, _ := play(n, sound(), n%2 == 0, false); found != "" {
			failures[named(found)]++
			if failures[named(found)] == 1 {
				t.Errorf("-seed %d: %s", n, found)
			}
		}
	}
	for i := range uint64(*histories) {
		one(start + i)
	}
	for _, n := range onceFailed {
		one(n)
	}
	names := make([]string, 0, len(failures))
	for name, n := range failures {
		names = append(names, fmt.Sprint(name, " ×", n))
	}
	slices.Sort(names)
	if len(names) > 0 {
		t.Log(names)
	}
}
