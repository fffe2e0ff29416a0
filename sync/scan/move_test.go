package scan

import (
	"strings"
	"testing"

	"latus/index"
	"latus/sync/tree"
)

func TestMoves(t *testing.T) {
	everywhere(t, func(p *place) {
		p.file("a", "same", old)
		p.file("b", "same", old)
		p.file("d/x", "x", old)
		p.file("d/y", "y", old+5)
		p.link("l", "a")
		p.file("edited", "1", old)
		p.known()
		if p.x.Get("a").Witness.Btime == 0 {
			p.Skip("no birth times here")
		}
		tx := p.x.Begin()
		hash := index.Hash{1, 2, 3}
		tx.Annotate("a", p.x.Get("a").Heads[0].Gen, hash)
		if err := tx.Commit(false); err != nil {
			p.Fatal(err)
		}
		p.rename("a", "a2")
		p.rename("d", "e")
		p.rename("l", "l2")
		p.rename("edited", "edited2")
		p.file("edited2", "22", old)
		p.in("b", func(d tree.Dir, name string) error { return d.Hardlink(d, name, "b2") })
		r := p.scan()
		p.expect(r, "-a", "+a2 file from a", "+b2 file as b", "-d", "-d/x", "-d/y", "+e dir", "+e/x file from d/x", "+e/y file from d/y",
			"-edited", "+edited2 file", "-l", "+l2 link from l")
		if r.Changed[1].Hash != hash || r.Changed[1].Origin.Gen != p.x.Get("a").Heads[0].Gen {
			p.Errorf("moved: %+v", r.Changed[1])
		}
	})
}

func TestNoMovesWhereInodesSayLittle(t *testing.T) {
	for name, lack := range map[string]func(*tree.Traits){
		"inodes":      func(t *tree.Traits) { t.StableInodes = false },
		"birth times": func(t *tree.Traits) { t.BirthTimes = false },
	} {
		t.Run(name, func(t *testing.T) {
			everywhere(t, func(p *place) {
				lack(&p.traits)
				p.file("a", "1", old)
				p.known()
				p.rename("a", "b")
				p.expect(p.scan(), "-a", "+b file")
			})
		})
	}
}

// What replaced another file is an edit of that one.
func TestMoveOverAnotherFile(t *testing.T) {
	everywhere(t, func(p *place) {
		p.file("a", "1", old)
		p.file("b", "22", old)
		p.known()
		p.remove("b")
		p.rename("a", "b")
		p.expect(p.scan(), "-a", "+b file")
	})
}

// One name that went away is the origin of one new name.
func TestAMoveIsClaimedOnce(t *testing.T) {
	everywhere(t, func(p *place) {
		p.file("a", "1", old)
		p.known()
		if p.x.Get("a").Witness.Btime == 0 {
			p.Skip("no birth times here")
		}
		p.rename("a", "b")
		p.in("b", func(d tree.Dir, name string) error { return d.Hardlink(d, name, "c") })
		p.expect(p.scan(), "-a", "+b file from a", "+c file as b")
	})
}

func TestCaseRenameWhereNamesFold(t *testing.T) {
	everywhere(t, func(p *place) {
		p.file("Foo", "1", old)
		p.known()
		if p.x.Get("Foo").Witness.Btime == 0 {
			p.Skip("no birth times here")
		}
		p.rename("Foo", "foo")
		p.traits.FoldsCase = true
		p.Tree = folding{p.Tree}
		p.expect(p.scan(), "-Foo", "+foo file from Foo")
	})
}

// A name that comes while its directory is read is there, not another one's.
func TestNameThatComesBackWhereNamesFold(t *testing.T) {
	everywhere(t, func(p *place) {
		p.file("foo", "1", old)
		p.known()
		p.rename("foo", "elsewhere")
		p.traits.FoldsCase = true
		p.before = func(op string, at index.Path) error {
			if op == "Stat" && at == "foo" && p.everything("", map[index.Path]truth{})["foo"].Kind == index.Absent {
				p.in("elsewhere", func(d tree.Dir, name string) error { return d.Hardlink(d, name, "foo") })
			}
			return nil
		}
		p.expect(p.scan(), "+elsewhere file")
	})
}

// folding answers a Stat of Foo with foo.
type folding struct{ tree.Tree }

type foldingDir struct{ tree.Dir }

func (t folding) Open(p index.Path) (tree.Dir, error) {
	d, err := t.Tree.Open(p)
	return foldingDir{d}, err
}

func (d foldingDir) Stat(name string) (tree.Info, error) { return d.Dir.Stat(strings.ToLower(name)) }
