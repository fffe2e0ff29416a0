package sync_test

import (
	"flag"
	"fmt"
	"iter"
	"math/rand/v2"
	"strings"
	"testing"

	"latus/index"
	"latus/internal/seeds"
	latussync "latus/sync"
	"latus/sync/peer"
	"latus/sync/plan"
	"latus/sync/tree"
	"latus/sync/tree/memory"
)

// thorough tries every call. Otherwise a test takes a sample.
var thorough = flag.Bool("thorough", false, "stop and fail at every call of the canned runs, and many more power losses")

// sample is the numbers from 1 to last, or about few of them.
func sample(last, few int) iter.Seq[int] {
	if testing.Short() {
		few = max(few/5, 2)
	}
	step := max(last/few, 1)
	if *thorough {
		step = 1
	}
	return seeds.Every(step, last)
}

// scene is a few trees just before a run that has everything to do.
type scene struct {
	*world
	o    latussync.Options
	want []map[index.Path]thing // what stands in the trees after a run that nothing disturbs
	late index.Path             // ends in another way if a tree cannot see it at first

	broken rules // by all trees of what follows
	forget bool
}

// scenes are runs that take every action, in every way.
func scenes() map[string]func(t testing.TB) *scene {
	both := latussync.Options{MaxDelete: off}
	keep, fail, mirror, oneWay := both, both, both, both
	keep.Conflict, fail.Conflict = plan.KeepBoth, plan.Fail
	mirror.Mode, oneWay.Mode = peer.Mirror, peer.OneWay
	owned := both
	owned.Owner = true
	attributed := both
	attributed.Xattrs = true
	return map[string]func(t testing.TB) *scene{
		"two-way":     func(t testing.TB) *scene { return changed(t, both, 2) },
		"three trees": func(t testing.TB) *scene { return changed(t, both, 3) },
		"keep-both":   func(t testing.TB) *scene { return changed(t, keep, 2) },
		"fail":        func(t testing.TB) *scene { return changed(t, fail, 2) },
		"one-way":     func(t testing.TB) *scene { return changed(t, oneWay, 2) },
		"mirror":      func(t testing.TB) *scene { return changed(t, mirror, 2) },
		"no exchange": func(t testing.TB) *scene { return changed(t, both, 2, memory.WithTraits(bare())) },
		"owners":      func(t testing.TB) *scene { return changed(t, owned, 2, memory.WithOwners(owners(1000, true))) },
		"attributes":  func(t testing.TB) *scene { return changed(t, attributed, 2, memory.WithAttrs()) },
		"not root":    func(t testing.TB) *scene { return changed(t, both, 2, memory.WithModes()) },
		"first": func(t testing.TB) *scene {
			w := newWorld(t, 11, 0)
			furnish(w.add("A"))
			b := w.add("B")
			b.write("upd", "by B before")
			b.write("only", "in B")
			// What a later scan finds is an edit, and wins over what a first one found.
			return (&scene{world: w, o: both, late: "upd"}).rehearsed()
		},
	}
}

// bare is a filesystem that can do little.
func bare() tree.Traits {
	t := memory.Capable()
	t.Exchange, t.SyncAll, t.Reflink, t.NoReplace, t.BirthTimes, t.LinkTimes = false, false, false, false, false, false
	return t
}

// furnish fills a tree.
func furnish(s *site) {
	for _, d := range []index.Path{"d", "d/deep", "e", "e/in", "gonedir", "ro", "dirfile", "ring"} {
		s.mkdir(d)
	}
	for _, f := range []index.Path{
		"d/one", "d/deep/two", "d/three", "e/a", "e/b", "e/in/c", "gonedir/f", "ro/f", "ro/g", "dirfile/f",
		"filedir", "upd", "updB", "touched", "chmod", "moved", "movedB", "swap1", "swap2", "gone", "goneB", "src",
		"undel", "conf1", "conf2", "confdir", "ring/1", "ring/2", "ring/3", "edited-or-gone",
	} {
		s.write(f, "the first content of "+string(f))
	}
	s.write("large", strings.Repeat("0123456789abcdef", 40<<10))
	s.link("link", "d/one")
	s.link("linkfile", "nowhere")
}

// changed furnishes A, brings all trees in step, and then has users change about
// everything on A, and something on the others.
func changed(t testing.TB, o latussync.Options, trees int, options ...memory.Option) *scene {
	w := newWorld(t, 11, 0)
	for i := range trees {
		w.add(string(rune('A'+i)), options...)
	}
	s := w.sites
	furnish(s[0])
	w.two(s...)
	text := s[1].look()["undel"].text
	s[1].remove("undel")
	s[0].chmod("ro", 0o555)
	if o.Owner {
		for p, who := range map[index.Path]string{"e": "u1:g1", "e/a": "u1:", "e/b": ":g3", "touched": "u2:g2", "src": "u3:g3", "link": "u1:g1", "chmod": "7:8", "upd": "u1:g1"} {
			s[0].chown(p, who)
		}
		if r := w.sync(latussync.Options{MaxDelete: off, Owner: true}, s...); r.err != nil {
			t.Fatal(r.err)
		}
	} else if o.Xattrs {
		for p, a := range map[index.Path]index.Attrs{"e": "a=AA;", "e/a": "a=AA;", "touched": "a=AA;b=AA;", "src": "a=AQ;", "chmod": "c=AA;", "upd": "a=AA;"} {
			s[0].attribute(p, a)
		}
		if r := w.sync(latussync.Options{MaxDelete: off, Xattrs: true}, s...); r.err != nil {
			t.Fatal(r.err)
		}
	} else {
		w.two(s...)
	}

	a := s[0]
	a.write("new", "new by A")
	a.mkdir("newdir")
	a.mkdir("newdir/empty")
	a.write("newdir/f", "inside")
	a.write("upd", "updated by A")
	a.write("large", strings.Repeat("fedcba9876543210", 40<<10))
	a.touch("touched", a.now())
	a.chmod("chmod", 0o700)
	a.chmod("d/deep", 0o711)
	a.rename("moved", "d/moved")
	a.rename("e", "e2")
	a.swap("swap1", "swap2")
	a.swap("ring/1", "ring/2")
	a.swap("ring/2", "ring/3")
	a.remove("gone")
	a.remove("gonedir")
	a.write("copy", a.look()["src"].text)
	a.write("undel", text)
	a.remove("link")
	a.link("link", "d/deep/two")
	a.link("newlink", "anywhere")
	a.remove("linkfile")
	a.write("linkfile", "a file now")
	a.chmod("ro", 0o755)
	a.write("ro/f", "changed in a directory that is read-only")
	a.remove("ro/g")
	a.chmod("ro", 0o555)
	a.remove("dirfile")
	a.write("dirfile", "a file instead of a directory")
	a.remove("filedir")
	a.mkdir("filedir")
	a.write("filedir/f", "in a directory instead of a file")
	a.write("conf1", "conf1 by A")
	a.write("conf2", "conf2 by A")
	a.write("confdir", "confdir by A")
	a.remove("edited-or-gone")

	if o.Owner {
		for _, p := range []index.Path{"new", "newdir", "newdir/f", "upd", "touched", "d/moved", "e2", "e2/in", "swap1", "ring/1", "copy", "newlink", "ro", "filedir", "dirfile", "conf1", "d/one", "large", "chmod"} {
			a.chown(p, []string{"u0:g1", "u1:", ":g2", "77:g0"}[len(p)%4])
		}
	}
	if o.Xattrs {
		for _, p := range []index.Path{"new", "newdir", "newdir/f", "upd", "touched", "d/moved", "e2", "e2/in", "swap1", "ring/1", "copy", "ro", "filedir", "dirfile", "conf1", "d/one", "large", "chmod"} {
			a.attribute(p, []index.Attrs{"a=AA;", "a=AQ;", index.NoAttrs, "b=AA;"}[len(p)%4])
		}
	}
	b := s[1]
	b.write("newB", "new by B")
	b.write("updB", "updated by B")
	b.rename("movedB", "d/movedB")
	b.remove("goneB")
	b.write("e/new", "in a directory that A renamed")
	b.write("conf1", "conf1 by B, later")
	b.remove("confdir")
	b.mkdir("confdir")
	b.write("confdir/f", "in a directory where A has a file")
	b.write("edited-or-gone", "edited by B")
	if o.Owner {
		b.chown("updB", "u2:g2")
		b.chown("newB", "u1:")
		b.chown("d/movedB", ":g1")
	}
	if o.Xattrs {
		b.attribute("updB", "a=AA;")
		b.attribute("newB", "b=AA;")
		b.attribute("d/movedB", "c=AA;")
	}
	if trees > 2 {
		s[2].write("conf2", "conf2 by C, and it is the last")
		s[2].write("newC", "new by C")
	}
	return (&scene{world: w, o: o}).rehearsed()
}

// swap exchanges two files by way of a third name.
func (s *site) swap(p, q index.Path) {
	s.rename(p, "between")
	s.rename(q, p)
	s.rename("between", q)
}

// rehearsed finds out what an undisturbed run makes of it.
func (c *scene) rehearsed() *scene {
	w, _ := c.again()
	w.run(c)
	for _, s := range w.sites {
		c.want = append(c.want, s.look())
	}
	return c
}

// again is the same scene once more.
func (c *scene) again() (*stage, []*site) {
	w := &stage{world: &world{t: c.t, rand: rand.New(rand.NewPCG(1, 1)), hours: c.hours, made: c.made}}
	for i, s := range c.sites {
		x := s.twin(byte(i + 1))
		x.w = w.world
		x.mem = s.mem.Clone(memory.WithName("/"+s.name), memory.WithClock(x.now), memory.WithHook(func(call memory.Call) error {
			w.hooking.Lock()
			defer w.hooking.Unlock()
			if w.hook == nil {
				return nil
			}
			return w.hook(x, call)
		}))
		if c.broken != (rules{}) {
			x.tree = &rogueTree{Tree: x.mem, broken: c.broken}
		}
		w.sites = append(w.sites, x)
		w.before = append(w.before, x.contents(true))
		w.stood = append(w.stood, x.look())
	}
	return w, w.sites
}

// below is what is in a directory; nothing if there is none.
func (s *site) below(dir index.Path) map[index.Path]thing {
	seen := map[index.Path]thing{}
	d, err := s.mem.User().Open(dir)
	if err != nil {
		return seen
	}
	d.Close()
	s.walk(dir, func(p index.Path, t thing) bool {
		seen[p] = t
		return true
	})
	return seen
}

func (s *site) String() string { return fmt.Sprint("tree ", s.name) }
