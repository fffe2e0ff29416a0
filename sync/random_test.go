package sync_test

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"latus/index"
	latussync "latus/sync"
	"latus/sync/peer"
	"latus/sync/plan"
)

var (
	seedFlag  = flag.Uint64("seed", 0, "replay this one random history")
	histories = flag.Int("histories", 0, "how many random histories; 0: 300, or 150 with -short")
	firstSeed = flag.Uint64("first-seed", 1, "the seed of the first of them")
)

// Random histories through the whole engine: whatever users, runs and accidents
// do, no bytes are lost, the trees become equal, and edits made in one place
// only arrive everywhere.
func TestRandomHistories(t *testing.T) {
	if *seedFlag != 0 {
		play(t, *seedFlag, true)
		return
	}
	n := *histories
	switch {
	case n == 0 && testing.Short():
		n = 150
	case n == 0:
		n = 300
	}
	for seed := *firstSeed; seed < *firstSeed+uint64(n); seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			play(t, seed, false)
		})
	}
}

// history is one of them.
type history struct {
	*world
	loud     bool
	kinds    struct{ modes, faults, accidents bool }
	texts    []string
	backups  map[*site]*site
	owed     map[*site]map[string]bool // what an interrupted run left in staging
	edits    map[index.Path][]edit     // since all trees were equal
	unequal  int                       // runs in a row that ended with differing digests
	equal    bool                      // all were, and nothing that edits may suffer from was done since
	troubled bool                      // something went wrong on purpose
	replaced bool                      // whole trees were: what was on them only is lost
	lacking  bool                      // conflicts were left alone: trees know of bytes that they have not
}

// edit is what a user did to a path.
type edit struct {
	site *site
	dir  bool  // a directory was there before, or is now
	now  thing // Kind Absent: nothing
}

// play plays one history. Failing it names the seed.
func play(t testing.TB, seed uint64, loud bool) {
	h := &history{
		world: newWorld(t, seed, 3+int(seed%2)), loud: loud,
		backups: map[*site]*site{}, owed: map[*site]map[string]bool{}, edits: map[index.Path][]edit{},
	}
	defer func() {
		if t.Failed() {
			t.Logf("replay with: go test ./sync -run TestRandomHistories -seed %d", seed)
		}
	}()
	h.kinds.modes = seed%5 == 1 || seed%5 == 4
	h.kinds.faults = seed%5 == 2 || seed%5 == 4
	h.kinds.accidents = seed%5 == 3 || seed%5 == 4
	if seed%4 == 2 && !h.kinds.accidents {
		h.tidy = 1
	}
	h.begin()
	for range 2 {
		for range 8 + h.rand.IntN(20) {
			h.hours += int64(h.rand.IntN(50))
			switch n := h.rand.IntN(20); {
			case n < 12:
				h.change(h.any())
			case n < 18:
				h.someRun()
			case h.kinds.accidents:
				h.accident()
			}
		}
		h.converge()
	}
}

func (h *history) say(format string, args ...any) {
	if h.loud {
		h.t.Logf(format, args...)
	}
}

func (h *history) any() *site { return h.sites[h.rand.IntN(len(h.sites))] }

// begin puts something into the trees, here and there the same.
func (h *history) begin() {
	for range h.rand.IntN(6) {
		p := index.Path(string(rune('a' + h.rand.IntN(5))))
		text, when := h.text(), h.sites[0].now()
		for _, s := range h.sites {
			if _, there := s.look()[p]; !there && h.rand.IntN(2) == 0 {
				s.write(p, text)
				s.touch(p, when)
				h.say("%s has %s %q from the start", s.name, p, text)
			}
		}
	}
}

// text is a new content, or sometimes an old one; some have the size of another.
func (h *history) text() string {
	if len(h.texts) > 0 && h.rand.IntN(8) == 0 {
		return h.texts[h.rand.IntN(len(h.texts))]
	}
	h.made++
	s := fmt.Sprintf("content %05d", h.made) + strings.Repeat(".", h.rand.IntN(3))
	h.texts = append(h.texts, s)
	return s
}

// someRun runs over a few trees, in one way or another.
func (h *history) someRun() {
	order := h.rand.Perm(len(h.sites))
	sites := []*site{h.sites[order[0]], h.sites[order[1]]}
	if h.rand.IntN(4) == 0 {
		sites = append(sites, h.sites[order[2]])
		if len(order) > 3 && h.rand.IntN(2) == 0 {
			sites = append(sites, h.sites[order[3]])
		}
	}
	o := latussync.Options{MaxDelete: off, Join: true}
	if h.kinds.modes {
		switch h.rand.IntN(8) {
		case 0, 1:
			o.Mode = peer.OneWay
		case 2:
			o.Mode = peer.Mirror
		case 3, 4:
			o.Conflict = plan.KeepBoth
		case 5:
			o.Conflict = plan.Fail
		case 6:
			o.Checksum = true
		}
		if o.Mode != peer.TwoWay || o.Conflict != plan.Newest {
			h.equal = false
		}
	}
	fault := 0
	if h.kinds.faults && h.rand.IntN(2) == 0 {
		fault = 1 + h.rand.IntN(3)
	}
	if fault == 0 && len(sites) == 2 && h.rand.IntN(6) == 0 {
		h.symmetric(o, sites[0], sites[1])
	}
	h.run(o, fault, sites...)
}

// symmetric runs over copies of two trees, either of them first: it is the same.
func (h *history) symmetric(o latussync.Options, a, b *site) {
	h.t.Helper()
	if o.Mode != peer.TwoWay {
		return
	}
	hours := h.hours
	var after [2][2]map[index.Path]thing
	for i := range after {
		h.hours = hours
		x, y := a.twin(1), b.twin(2)
		var r *run
		if i == 0 {
			r = h.sync(o, x, y)
		} else {
			r = h.sync(o, y, x)
		}
		if r.err != nil {
			h.t.Fatalf("a copy of %s and %s: %v", a.name, b.name, r.err)
		}
		after[i] = [2]map[index.Path]thing{x.look(), y.look()}
	}
	h.hours = hours
	for i, s := range []*site{a, b} {
		if x, y := after[0][i], after[1][i]; !maps.Equal(x, y) {
			h.t.Fatalf("%s, in a run with %s or the other way round:\n%s", s.name, []*site{b, a}[i].name, difference(x, y))
		}
	}
}

// run runs and holds what came of it against the promises. Faults: 1 a
// cancellation, 2 a kill, 3 a loss of power.
func (h *history) run(o latussync.Options, fault int, sites ...*site) *run {
	h.t.Helper()
	var names []string
	before := map[*site]map[string]bool{}
	for _, s := range sites {
		names = append(names, s.name)
		before[s] = s.contents(false)
		maps.Copy(before[s], h.owed[s])
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var told func()
	victim := sites[h.rand.IntN(len(sites))]
	switch left := 1 + h.rand.IntN(5); fault {
	case 1:
		told = func() {
			if left--; left == 0 {
				cancel()
			}
		}
	case 2, 3:
		n := 1 + h.rand.IntN(70)
		victim.mem.Restart()
		victim.mem.StopAt(n)
		h.say("%s stops at its %dth change", victim.name, n)
	}
	h.troubled = h.troubled || fault > 0
	h.lacking = h.lacking || o.Conflict == plan.Fail
	r := h.syncWith(ctx, o, told, sites...)
	switch fault {
	case 2:
		victim.mem.Restart()
	case 3:
		victim.mem.PowerLoss(h.rand)
	}
	h.say("run %v mode %d conflict %d fault %d: %v, changes %q, %d conflicts, problems %q",
		names, o.Mode, o.Conflict, fault, r.err, r.changes, len(r.conflicts), r.problems)
	h.conflicts(r)
	for _, s := range sites {
		after, staged := s.contents(false), map[string]bool{}
		if h.troubled {
			staged = s.contents(true)
		}
		h.owed[s] = map[string]bool{}
		for text := range before[s] {
			switch {
			case after[text]:
			case staged[text]:
				h.owed[s][text] = true
			default:
				h.t.Fatalf("run %v: %s has lost %.60q", names, s.name, text)
			}
		}
	}
	if fault > 0 {
		return r
	}
	if r.err != nil {
		h.t.Fatalf("run %v: %v", names, r.err)
	}
	if r.Unequal {
		// A first scan's version that was dropped for an equal one long ago: others
		// cannot know, and the next run lists everything.
		h.unequal++
		if h.unequal > 1 {
			h.t.Fatalf("run %v: digests differ, again: %q", names, r.problems)
		}
		return h.run(o, 0, sites...)
	}
	h.unequal = 0
	if !h.troubled && !h.lacking && len(r.problems)+r.Problems > 0 {
		h.t.Fatalf("run %v: problems %q", names, r.problems)
	}
	return r
}

// conflicts holds those that a run reported against the edits: what was done in
// one tree alone is in conflict with nothing.
func (h *history) conflicts(r *run) {
	h.t.Helper()
	if !h.equal || h.troubled {
		return
	}
	for _, c := range r.conflicts {
		by := map[*site]bool{}
		for p, es := range h.edits {
			if p == c.Path || p.Under(c.Path) || c.Path.Under(p) {
				for _, e := range es {
					by[e.site] = true
				}
			}
		}
		if len(by) < 2 {
			h.t.Fatalf("a conflict about %s, which was changed in %d trees: %v", c.Path, len(by), h.edits[c.Path])
		}
	}
}

// converge runs in pairs around the ring. Then all must be equal, and stay so.
func (h *history) converge() {
	h.t.Helper()
	for range 2 {
		h.ring()
	}
	for range 3 {
		if (h.replaced || h.lacking) && h.giveUp() {
			h.ring()
			h.ring()
		}
	}
	want := h.sites[0].look()
	for _, s := range h.sites[1:] {
		if got := s.look(); !maps.Equal(got, want) {
			h.t.Fatalf("%s and %s differ:\n%s", h.sites[0].name, s.name, difference(want, got))
		}
	}
	for i, s := range h.sites {
		h.still(s, h.sites[(i+1)%len(h.sites)])
	}
	i := h.rand.IntN(len(h.sites))
	a, b := h.sites[i], h.sites[(i+1)%len(h.sites)]
	h.still(a, b)
	written := a.mem.Changes() + b.mem.Changes()
	h.still(a, b)
	if n := a.mem.Changes() + b.mem.Changes() - written; n > 0 {
		h.t.Fatalf("%s and %s are equal, and yet were written %d times", a.name, b.name, n)
	}
	if h.equal {
		h.arrived(want)
	}
	if h.tidy == 1 {
		h.nothingIsRemembered()
	}
	h.equal, h.troubled, h.lacking, h.replaced = true, false, false, false
	h.edits = map[index.Path][]edit{}
	for _, p := range slices.Sorted(maps.Keys(want)) {
		h.say("all have %s: %v", p, want[p])
	}
}

// nothingIsRemembered has all meet all. Then nobody needs to remember what was
// deleted. Copies and restored trees are others' peers that nobody meets.
func (h *history) nothingIsRemembered() {
	h.t.Helper()
	for range 2 {
		for i, a := range h.sites {
			for _, b := range h.sites[:i] {
				h.still(a, b)
			}
		}
	}
	for _, s := range h.sites {
		if n := s.dead(); n > 0 {
			h.t.Fatalf("all have met all, and %s remembers %d deletions", s.name, n)
		}
	}
}

// giveUp has users let go of bytes that were on a tree that was replaced, or of a
// version that was left alone until its user did away with it, and that are
// nowhere now. It tells whether there was anything.
func (h *history) giveUp() bool {
	h.t.Helper()
	done := map[index.Path]bool{}
	for i, s := range h.sites {
		r := h.run(latussync.Options{MaxDelete: off, Join: true}, 0, s, h.sites[(i+1)%len(h.sites)])
		for _, p := range r.lacks[s] {
			if done[p] {
				continue
			}
			done[p] = true
			h.equal = false
			h.hours++
			left, live, err := latussync.GiveUp(context.Background(), "/"+s.name, p, s.options(s.random()))
			if err != nil {
				h.t.Fatalf("%s: cannot give up %s: %v", s.name, p, err)
			}
			h.say("%s: gives up %s; left is %v of %v", s.name, p, live, left.Gen)
		}
	}
	return len(done) > 0
}

// ring runs over each two neighbours.
func (h *history) ring() {
	h.t.Helper()
	for i, s := range h.sites {
		h.run(latussync.Options{MaxDelete: off, Join: true}, 0, s, h.sites[(i+1)%len(h.sites)])
	}
}

// still is a run that has nothing to change. The second of two in a row does not
// write at all: by then trees know where the other stands, even if one of them
// is a copy of a third.
func (h *history) still(a, b *site) {
	h.t.Helper()
	r := h.run(latussync.Options{MaxDelete: off, Join: true}, 0, a, b)
	if r.Changes+len(r.changes)+len(r.conflicts)+r.Problems > 0 {
		h.t.Fatalf("all are equal, and yet a run changed %q, conflicts %v, problems %q", r.changes, r.conflicts, r.problems)
	}
}

// arrived holds the outcome against the edits of paths that one user alone
// changed.
func (h *history) arrived(got map[index.Path]thing) {
	h.t.Helper()
	for p, es := range h.edits {
		last := es[len(es)-1]
		alone := !slices.ContainsFunc(es, func(e edit) bool { return e.site != last.site || e.dir })
		for q, others := range h.edits {
			// What somebody puts below p keeps a directory there.
			alone = alone && !(q.Under(p) && slices.ContainsFunc(others, func(e edit) bool { return e.site != last.site }))
		}
		if alone && got[p] != last.now {
			h.t.Fatalf("%s was changed on %s alone to %v, and is %v", p, last.site.name, last.now, got[p])
		}
	}
}

func difference(a, b map[index.Path]thing) string {
	var s strings.Builder
	paths := maps.Clone(a)
	maps.Copy(paths, b)
	for _, p := range slices.SortedFunc(maps.Keys(paths), index.Compare) {
		if a[p] != b[p] {
			fmt.Fprintf(&s, "%s: %v, %v\n", p, a[p], b[p])
		}
	}
	return s.String()
}
