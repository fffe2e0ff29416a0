package sync_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"latus/index"
	latussync "latus/sync"
	"latus/sync/filter"
	"latus/sync/peer"
	"latus/sync/plan"
	"latus/sync/reason"
)

// Random histories with ignore files: what is ignored in a tree nobody takes away, and nobody
// else gets, unless some user changed the rules. All that is not ignored becomes the same.
func TestRandomIgnores(t *testing.T) { eachSeed(t, 50, 150, playIgnores) }

// ignores is such a history.
type ignores struct {
	*world
	secrets map[string]*site    // contents that were never anything but ignored, in that tree
	touched bool                // a user changed rules since all trees were equal
	ruled   map[index.Path]bool // directories that had rules when they were deleted or renamed
}

func playIgnores(t *testing.T, seed uint64) {
	h := &ignores{world: newWorld(t, seed, 2+int(seed%2)), secrets: map[string]*site{}, ruled: map[index.Path]bool{}}
	h.sites[0].write(filter.File, h.patterns())
	for range 3 {
		for range 6 + h.rand.IntN(14) {
			h.hours += int64(h.rand.IntN(50))
			if h.rand.IntN(4) > 0 {
				h.change(h.sites[h.rand.IntN(len(h.sites))])
				continue
			}
			order := h.rand.Perm(len(h.sites))
			o := latussync.Options{MaxDelete: off, Join: true}
			switch h.rand.IntN(8) {
			case 0:
				o.Mode = peer.OneWay
			case 1:
				o.Mode = peer.Mirror
			case 2:
				o.Conflict = plan.KeepBoth
			case 3, 4:
				o.Filter = []string{[]string{"c", "a/", "/b"}[h.rand.IntN(3)]}
			}
			h.run(o, h.sites[order[0]], h.sites[order[1]])
		}
		h.converge()
	}
}

func (h *ignores) say(format string, args ...any) {
	if *seedFlag != 0 {
		h.t.Logf(format, args...)
	}
}

// patterns are those of an ignore file.
func (h *ignores) patterns() string {
	all := []string{"x", "y", "/x", "d/", "/a/x", "b/y", "!x", "**/c/x", "/c/d/"}
	var some []string
	for range 1 + h.rand.IntN(2) {
		some = append(some, all[h.rand.IntN(len(all))])
	}
	return strings.Join(some, "\n") + "\n"
}

// rulesIn are those of all ignore files of a tree, and of a run.
func rulesIn(look map[index.Path]thing, patterns ...string) *filter.Filter {
	f := filter.New(patterns)
	for p, t := range look {
		if p.Base() == filter.File && t.kind == index.File {
			f.Set(p.Dir(), []byte(t.text))
		}
	}
	return f
}

// change has a user do something.
func (h *ignores) change(s *site) {
	before := s.look()
	pick := func(ok func(index.Path, thing) bool) (index.Path, bool) {
		var ps []index.Path
		for _, p := range slices.SortedFunc(maps.Keys(before), index.Compare) {
			if ok(p, before[p]) {
				ps = append(ps, p)
			}
		}
		if len(ps) == 0 {
			return "", false
		}
		return ps[h.rand.IntN(len(ps))], true
	}
	isDir := func(_ index.Path, t thing) bool { return t.kind == index.Dir }
	isFile := func(p index.Path, t thing) bool { return t.kind == index.File && p.Base() != filter.File }
	dir, _ := pick(isDir)
	if h.rand.IntN(3) == 0 || strings.Count(string(dir), "/") > 1 {
		dir = ""
	}
	free := dir.Join([]string{"a", "b", "c", "d", "x", "y"}[h.rand.IntN(6)])
	_, taken := before[free]
	onlyDir := free.Base() == "d" // whether files of that name are ignored is another question
	text := func() string { h.made++; return fmt.Sprint("content ", h.made) }
	did := func(format string, args ...any) { h.say("%s: "+format, append([]any{s.name}, args...)...) }
	switch n := h.rand.IntN(20); {
	case n < 6 && !taken && !onlyDir:
		s.write(free, text())
		did("create %s", free)
	case n < 9 && !taken:
		s.mkdir(free)
		did("mkdir %s", free)
		h.touched = h.touched || h.ruled[free]
	case n < 12:
		if p, ok := pick(isFile); ok {
			s.write(p, text())
			did("edit %s", p)
		}
	case n < 13:
		if p, ok := pick(isFile); ok {
			s.remove(p)
			did("delete %s", p)
		}
	case n < 15:
		if p, ok := pick(isDir); ok {
			h.leaves(p, before)
			s.remove(p)
			did("rm -r %s", p)
		}
	case n < 18:
		p, ok := pick(func(p index.Path, t thing) bool { return isDir(p, t) || isFile(p, t) && !onlyDir })
		if ok && !taken && p != free && !free.Under(p) {
			h.leaves(p, before)
			s.rename(p, free)
			did("rename %s %s", p, free)
			h.touched = h.touched || h.ruled[free]
		}
	case n < 19:
		s.write(dir.Join(filter.File), h.patterns())
		did("write %s: %q", dir.Join(filter.File), s.look()[dir.Join(filter.File)].text)
		h.touched = true
	default:
		if p, ok := pick(func(p index.Path, t thing) bool { return t.kind == index.File && p.Base() == filter.File }); ok {
			s.remove(p)
			did("delete %s", p)
			h.touched = true
		}
	}
	after := s.look()
	f := rulesIn(after)
	for p, t := range after {
		if was, there := before[p]; t.kind == index.File && p.Base() != filter.File && f.Ignored(p, false) && (!there || was.text != t.text) && h.new(s, before, t.text) {
			h.secrets[t.text] = s
		}
	}
	for p, t := range after {
		if h.secrets[t.text] == s && !f.Ignored(p, false) {
			delete(h.secrets, t.text)
		}
	}
}

// new tells whether nobody else can have heard of a content.
func (h *ignores) new(s *site, before map[index.Path]thing, text string) bool {
	for _, t := range before {
		if t.text == text {
			return false
		}
	}
	return true
}

// leaves keeps in mind that a directory with rules goes.
func (h *ignores) leaves(dir index.Path, before map[index.Path]thing) {
	for p := range before {
		if p.Base() == filter.File && p.Under(dir) {
			for d := p.Dir(); d != ""; d = d.Dir() {
				h.ruled[d] = true
			}
		}
	}
}

func (h *ignores) run(o latussync.Options, sites ...*site) *run {
	h.t.Helper()
	befores := make([]map[index.Path]thing, len(sites))
	for i, s := range sites {
		befores[i] = s.look()
	}
	r := h.sync(o, sites...)
	h.say("run %s %s mode %d %q: %v, changes %q, problems %q", sites[0].name, sites[1].name, o.Mode, o.Filter, r.err, r.changes, r.problems)
	if r.err != nil {
		h.t.Fatal(r.err)
	}
	if o.Mode == peer.Mirror { // undoes what users did, to rules, too
		h.touched = h.touched || slices.ContainsFunc(r.changes, func(c string) bool { return strings.HasSuffix(c, filter.File) })
	}
	for i, s := range sites {
		h.left(s, befores[i], o.Filter)
	}
	for text, owner := range h.secrets {
		for _, s := range sites {
			for p, t := range s.look() {
				if s != owner && t.text == text {
					h.t.Fatalf("%q is ignored on %s, and got to %s of %s", text, owner.name, p, s.name)
				}
			}
		}
	}
	return r
}

// left holds what is ignored in s against what was.
func (h *ignores) left(s *site, before map[index.Path]thing, patterns []string) {
	h.t.Helper()
	was, after := rulesIn(before, patterns...), s.look()
	is, at, ignored := rulesIn(after, patterns...), map[string]index.Path{}, map[string]bool{}
	for p, t := range after {
		if t.kind == index.File {
			at[t.text] = p
			ignored[t.text] = ignored[t.text] || is.Ignored(p, false)
		}
	}
	for p, t := range before {
		if t.kind != index.File || !was.Ignored(p, false) {
			continue
		}
		now, there := at[t.text]
		switch {
		case ignored[t.text]:
		case h.touched:
			delete(h.secrets, t.text)
		case !there:
			h.t.Fatalf("%s: %s is ignored, and was taken away", s.name, p)
		default:
			h.t.Fatalf("%s: %s is ignored, and is not any more, as %s", s.name, p, now)
		}
	}
	if is = rulesIn(after); h.touched {
		maps.DeleteFunc(h.secrets, func(text string, owner *site) bool { return owner == s && !is.Ignored(at[text], false) })
	}
}

// converge runs until all is told. Then what is not ignored is the same.
func (h *ignores) converge() {
	h.t.Helper()
	plain := latussync.Options{MaxDelete: off, Join: true}
	for range 4 {
		for i, s := range h.sites {
			h.run(plain, s, h.sites[(i+1)%len(h.sites)])
		}
	}
	for i, a := range h.sites {
		b := h.sites[(i+1)%len(h.sites)]
		r := h.run(plain, a, b)
		if r.Changes+len(r.changes) > 0 {
			h.t.Fatalf("all was told, and yet a run changed %q", r.changes)
		}
		as, bs := a.look(), b.look()
		fa, fb := rulesIn(as), rulesIn(bs)
		waits := map[index.Path]bool{}
		for _, p := range r.problems {
			_, rest, _ := strings.Cut(p, " ")
			full, ok := strings.CutSuffix(rest, ": "+reason.NotEmpty.Error()) // and a file is to have that name
			if ok {
				waits[index.Path(full)] = true
				continue
			}
			if strings.Contains(rest, filter.File+": was to go before, and stays for what it ignores here") {
				continue // somebody has made its directory again
			}
			// Edited, or deleted, where it is ignored, after others had heard of it.
			edited, ok := strings.CutSuffix(rest, ": "+reason.NoBytes.Error())
			if q := index.Path(edited); !ok || !fa.Ignored(q, false) && !fb.Ignored(q, false) && !strings.Contains(edited, " (conflict ") {
				h.t.Fatalf("all was told, and yet a run has problems %q", r.problems)
			}
		}
		for p := range union(as, bs) {
			if as[p].kind == index.Dir || bs[p].kind == index.Dir || fa.Ignored(p, false) || fb.Ignored(p, false) || waits[p] {
				continue
			}
			if as[p].text != bs[p].text && !(p.Base() == filter.File && (as[p].text == "" || bs[p].text == "")) {
				h.t.Fatalf("%s: %v on %s, %v on %s", p, as[p], a.name, bs[p], b.name)
			}
		}
	}
	h.touched, h.ruled = false, map[index.Path]bool{}
}

func union(a, b map[index.Path]thing) map[index.Path]thing {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}
