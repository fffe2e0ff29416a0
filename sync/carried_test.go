package sync_test

import (
	"fmt"
	"testing"

	"latus/index"
	latussync "latus/sync"
	"latus/sync/tree"
	"latus/sync/tree/memory"
)

// exFAT as Linux shows it.
var exFAT = tree.Traits{Clock: 1e7, FoldsCase: true, DOSNames: true}

// What the filesystem that a tree was copied to cannot hold, or shows otherwise, is nobody's
// edit: it stays on the others as it is, and comes back where the tree goes back.
func TestCarriedToAStick(t *testing.T) {
	for _, hub := range []int{0, 1} {
		w := newWorld(t, 1, 2)
		a, b := w.sites[0], w.sites[1]
		a.write("key", "secret")
		a.chmod("key", 0o600)
		a.mkdir("d")
		a.write("d/f", "text")
		a.link("link", "key")
		a.write("a:b", "odd")
		a.write("README", "of one name")
		a.write("Readme", "of the other")
		w.two(a, b)
		before := a.look()

		b.mem.Carry(exFAT)
		for range 2 {
			r := w.two(w.sites[hub], w.sites[1-hub])
			if len(r.changes) > 0 {
				t.Fatalf("hub %d: %v", hub, r.changes)
			}
			a.mustLook("after its copy was on a stick", before)
		}
		if got := len(w.two(w.sites[hub], w.sites[1-hub]).problems); got != 3 {
			t.Errorf("hub %d: %d problems, not those of the link and two names", hub, got)
		}

		// What is deleted there is deleted.
		b.remove("Readme")
		b.remove("d")
		w.two(w.sites[hub], w.sites[1-hub])
		if l := a.look(); l["Readme"].kind.Live() || l["d"].kind.Live() || l["README"].text != "of one name" || l["link"].text != "key" {
			t.Errorf("hub %d: %v", hub, l)
		}
		b.mem.Carry(memory.Capable())
		for range 2 {
			w.two(w.sites[hub], w.sites[1-hub])
		}
		w.same(a, b)
		if l := b.look(); l["key"].mode != 0o600 || l["link"].text != "key" || l["a:b"].text != "odd" || len(l) != 4 {
			t.Errorf("hub %d, and back: %v", hub, l)
		}
		if c := b.config(); len(c.Before) > 0 {
			t.Errorf("hub %d: still unsure of what was before", hub)
		}
	}
}

// The scan that finds it all otherwise may be cut off before it is written down.
func TestCarriedAndDry(t *testing.T) {
	w := newWorld(t, 1, 2)
	a, b := w.sites[0], w.sites[1]
	a.write("key", "secret")
	a.chmod("key", 0o600)
	a.link("link", "key")
	w.two(a, b)
	before := a.look()
	b.mem.Carry(exFAT)
	if r := w.sync(latussync.Options{Dry: true, MaxDelete: off}, a, b); r.err != nil || len(r.changes) > 0 {
		t.Errorf("%v, %v", r.changes, r.err)
	}
	if r := w.sync(latussync.Options{}, a, b); r.err != nil || len(r.changes) > 0 {
		t.Errorf("%v, %v", r.changes, r.err)
	}
	a.mustLook("afterwards", before)
}

// Names that Windows refuses can be on a stick all the same. Whoever deletes one there has
// deleted it.
func TestDeletedOnAStick(t *testing.T) {
	w := newWorld(t, 1, 1)
	a, b := w.sites[0], w.add("B", memory.WithTraits(exFAT))
	b.write("aux.txt", "a user's")
	b.write("F", "another")
	w.two(a, b)
	b.remove("aux.txt")
	b.rename("F", "x")
	b.rename("x", "f")
	w.two(a, b)
	if l := a.look(); len(l) != 1 || l["f"].text != "another" {
		t.Errorf("%v", l)
	}
}

// What is left behind by a copy is not lost: nobody has to allow that.
func TestLinksLeftBehind(t *testing.T) {
	w := newWorld(t, 1, 2)
	a, b := w.sites[0], w.sites[1]
	for i := range 40 {
		a.link(index.Path(fmt.Sprint("link ", i)), "f")
	}
	a.write("f", "text")
	w.two(a, b)
	b.mem.Carry(exFAT)
	if r := w.sync(latussync.Options{}, a, b); r.err != nil || len(r.changes) > 0 {
		t.Errorf("%v, %v", r.err, r.changes)
	}
}

// However a tree goes from one filesystem to another, as long as it is looked at in between: nothing that
// nobody deleted is deleted, and permission bits stay as their user set them.
func TestCarriedAbout(t *testing.T) {
	ntfs := memory.Capable()
	ntfs.ModeBits, ntfs.FoldsCase, ntfs.DOSNames = 0, true, true
	plain := memory.Capable()
	plain.Links, plain.ModeBits = false, 0o200
	filesystems := []tree.Traits{exFAT, ntfs, plain, memory.Capable(), memory.Capable()}
	names := []index.Path{"f", "F", "a:b", "d/g", "d/G", "x:/h", "key"}
	for seed := range uint64(150) {
		w := newWorld(t, seed, 3)
		a, stick, c := w.sites[0], w.sites[1], w.sites[2]
		for _, dir := range []index.Path{"d", "x:"} {
			a.mkdir(dir)
		}
		want := map[index.Path]thing{}
		edit := func(s *site) {
			p := names[w.rand.IntN(len(names))]
			switch w.rand.IntN(4) {
			case 0:
				if want[p].kind.Live() {
					mode := []uint32{0o600, 0o644, 0o755, 0o700}[w.rand.IntN(4)]
					s.chmod(p, mode)
				}
			case 1:
				if p = p + " link"; !want[p].kind.Live() {
					s.link(p, "target")
				}
			default:
				s.write(p, fmt.Sprint("text ", w.rand.IntN(1000)))
			}
			if l, ok := s.look()[p]; ok {
				want[p] = l
			}
		}
		edit(a)
		w.two(a, stick, c)
		seen := true
		for range 12 {
			switch w.rand.IntN(4) {
			case 0:
				edit(a)
			case 1:
				if seen { // what was lost on the way nobody could tell from what was deleted
					stick.mem.Carry(filesystems[w.rand.IntN(len(filesystems))])
					seen = false
				}
			case 2:
				s := []*site{a, c}
				w.rand.Shuffle(2, func(i, j int) { s[i], s[j] = s[j], s[i] })
				w.two(s[0], stick)
				seen = true
			default:
				s := []*site{a, stick, c}
				w.rand.Shuffle(3, func(i, j int) { s[i], s[j] = s[j], s[i] })
				w.two(s...)
				seen = true
			}
		}
		w.two(a, stick, c)
		stick.mem.Carry(memory.Capable())
		for range 3 {
			w.two(a, stick, c)
		}
		for _, s := range w.sites { // mtimes stay as coarse as they were somewhere
			now := s.look()
			for p, l := range want {
				if got := now[p]; got.kind != l.kind || got.text != l.text || got.mode != l.mode {
					t.Fatalf("seed %d: %s: %s is %v, not %v", seed, s.name, p, got, l)
				}
			}
			if len(now) != len(want)+2 {
				t.Errorf("seed %d: %s: %v", seed, s.name, now)
			}
		}
	}
}
