package sync_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"latus/index"
	"latus/sync/tree"
	"latus/sync/tree/memory"
)

// owners is a machine that numbers people in its own way, from base on: base is who
// is called u0. Not everybody has a name. Without any it is not root who runs latus,
// and it is in the groups g0 and g1.
func owners(base uint32, any bool) *tree.Owners {
	name := func(letter string) func(id uint32) (string, bool) {
		return func(id uint32) (string, bool) {
			switch {
			case id == 0:
				return "root", true
			case id >= base && id < base+4:
				return fmt.Sprint(letter, id-base), true
			}
			return "", false
		}
	}
	id := func(letter string) func(name string) (uint32, bool) {
		return func(name string) (uint32, bool) {
			var n uint32
			if name == "root" {
				return 0, true
			}
			_, err := fmt.Sscanf(name, letter+"%d", &n)
			return base + n, err == nil && n < 4
		}
	}
	return &tree.Owners{
		Any:    any,
		Member: func(group uint32) bool { return group == 0 || group == base || group == base+1 },
		Lookup: tree.Lookup{UserName: name("u"), GroupName: name("g"), UserID: id("u"), GroupID: id("g")},
	}
}

// ownerOf is what the owner of something is called everywhere; "" where there are
// none, or not all can be set.
func (s *site) ownerOf(i index.IDs) string {
	o := s.mem.Owners()
	if o == nil || !o.Any || !i.Known() {
		return ""
	}
	name := o.Name(i)
	call := func(n index.Name) string {
		if n.Name != "" {
			return n.Name
		}
		return fmt.Sprint(n.ID)
	}
	return call(name.User()) + ":" + call(name.Group())
}

// chown gives what is at p to user and group: "u1" or "77"; "" leaves it.
func (s *site) chown(p index.Path, owner string) {
	user, group, _ := strings.Cut(owner, ":")
	o := s.mem.Owners()
	id := func(name string, find func(string) (uint32, bool)) uint32 {
		var n uint32
		if name == "" {
			return 0
		}
		if n, ok := find(name); ok {
			return n + 1
		}
		fmt.Sscan(name, &n)
		return n + 1
	}
	ids := index.IDs{User: id(user, o.Lookup.UserID), Group: id(group, o.Lookup.GroupID)}
	s.at(p, func(d tree.Dir, name string) error { return d.Chown(name, ids) })
}

// owns tells whether everybody's things are kept here.
func (s *site) owns() bool { o := s.mem.Owners(); return o != nil && o.Any }

// unowned is a look without owners.
func unowned(look map[index.Path]thing) map[index.Path]thing {
	seen := maps.Clone(look)
	for p, t := range seen {
		t.owner = ""
		seen[p] = t
	}
	return seen
}

// told is look without the owners and attributes that nobody has told: what comes from a tree that
// has none belongs to whoever brings it.
func (s *site) told() map[index.Path]thing {
	seen := s.look()
	s.index(func(x *index.Index) {
		for p, t := range seen {
			e := x.Get(p)
			if e == nil || e.Owner.Value == "" {
				t.owner = ""
			}
			if e == nil || e.Attrs.Value == "" && e.Attrs.Set() {
				t.attrs = ""
			}
			seen[p] = t
		}
	})
	return seen
}

// Somebody renames a directory while on another tree what is in it is given to others.
// A run that does not look at owners moves it there as it is, and the next one that looks
// finds whose it became: neither is lost.
func TestWhatIsGivenAndRenamedElsewhere(t *testing.T) {
	for _, kind := range []string{"file", "link"} {
		t.Run(kind, func(t *testing.T) {
			w := newWorld(t, 1, 2)
			a, b := w.sites[0], w.sites[1]
			for i, s := range w.sites {
				memory.WithOwners(owners(1000+100*uint32(i), true))(s.mem)
			}
			a.mkdir("d")
			if kind == "file" {
				a.write("d/f", "content")
			} else {
				a.link("d/f", "target")
			}
			a.chown("d/f", "root:g1")
			w.owner = true
			w.two(a, b)
			if o := b.look()["d/f"].owner; o != "root:g1" {
				t.Fatalf("d/f is %s", o)
			}
			b.chown("d/f", "u2:g3")
			a.rename("d", "e")
			w.owner = false
			w.two(a, b)
			w.owner = true
			w.two(a, b)
			for _, s := range w.sites {
				if o := s.look()["e/f"].owner; o != "u2:g3" {
					t.Errorf("%s: e/f is %s, and was given to u2:g3", s.name, o)
				}
			}
		})
	}
}

// manned has several people at work on each tree.
func (h *history) manned() {
	h.kinds.owners, h.owner = true, true
	for i, s := range h.sites {
		memory.WithOwners(owners(1000+100*uint32(i), true))(s.mem)
	}
}
