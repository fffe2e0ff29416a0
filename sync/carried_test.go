package sync_test

import (
	"testing"

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
		if c := b.config(); c.Before != nil {
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
