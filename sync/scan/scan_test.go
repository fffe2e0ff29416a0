package scan

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"latus/index"
)

func TestNewUnchangedAndGone(t *testing.T) {
	everywhere(t, func(p *place) {
		p.expect(p.scan())
		p.file("a/b", "12345", old)
		p.file("a/b.txt", "", old)
		p.file("a.c/d", "x", old)
		p.dir("a/empty")
		p.link("l", "no/where")
		r := p.scan()
		p.expect(r, "+a dir", "+a/b file", "+a/b.txt file", "+a/empty dir", "+a.c dir", "+a.c/d file", "+l link")
		if r.Files != 4 || r.Bytes != 6 || r.Was != 0 || r.Lost != 0 {
			p.Errorf("counts: %+v", r)
		}
		if w := r.Changed[1].Witness; w.Size != 5 || w.Mtime != old || w.Mode != 0o644 || w.Inode == 0 {
			p.Errorf("witness of a/b: %+v", w)
		}
		if f := r.Changed[6]; f.Target != "no/where" || f.Witness.Size != 0 {
			p.Errorf("link: %+v", f)
		}
		p.acknowledge(r)
		p.expect(p.scan())

		p.remove("a")
		p.remove("l")
		r = p.scan()
		p.expect(r, "-a", "-a/b", "-a/b.txt", "-a/empty", "-l")
		if r.Lost != 3 || r.Was != 4 || r.Files != 1 {
			p.Errorf("counts: %+v", r)
		}
		p.acknowledge(r)
		p.expect(p.scan())
	})
}

func TestWhatCountsAsAChange(t *testing.T) {
	change := map[string]struct {
		do   func(p *place)
		want []string
	}{
		"size":              {func(p *place) { p.file("f", "longer", old) }, []string{"+f file"}},
		"mtime":             {func(p *place) { p.file("f", "1", old+1) }, []string{"+f file"}},
		"mtime goes back":   {func(p *place) { p.file("f", "1", old-1e9) }, []string{"+f file"}},
		"mode":              {func(p *place) { p.chmod("f", 0o600) }, []string{"+f file"}},
		"mode of a dir":     {func(p *place) { p.chmod("d", 0o700) }, []string{"+d dir"}},
		"mtime of a dir":    {func(p *place) { p.file("d/new", "", old); p.remove("d/new") }, nil},
		"ctime alone":       {func(p *place) { p.chmod("f", 0o600); p.chmod("f", 0o644) }, nil},
		"inode alone":       {func(p *place) { p.file("g", "1", old); p.remove("f"); p.rename("g", "f") }, []string{"+f file"}},
		"a bit lost anyway": {func(p *place) { p.traits.ModeBits = 0o700; p.chmod("f", 0o640) }, nil},
		"unstable inode": {func(p *place) {
			p.traits.StableInodes = false
			p.file("g", "1", old)
			p.remove("f")
			p.rename("g", "f")
		}, nil},
		"link": {func(p *place) {
			p.link("l2", "other")
			p.remove("l")
			p.rename("l2", "l")
		}, []string{"+l link"}},
		"file to dir":    {func(p *place) { p.remove("f"); p.file("f/x", "", old) }, []string{"+f dir", "+f/x file"}},
		"dir to file":    {func(p *place) { p.remove("d"); p.file("d", "", old) }, []string{"+d file", "-d/e", "-d/e/x"}},
		"dir to link":    {func(p *place) { p.remove("d"); p.link("d", "f") }, []string{"+d link", "-d/e", "-d/e/x"}},
		"nothing at all": {func(p *place) {}, nil},
	}
	for name, c := range change {
		t.Run(name, func(t *testing.T) {
			everywhere(t, func(p *place) {
				p.file("f", "1", old)
				p.file("d/e/x", "1", old)
				p.link("l", "f")
				p.known()
				c.do(p)
				r := p.scan()
				p.expect(r, c.want...)
				if r.Was != 3 {
					p.Errorf("%d files and links are said to have been here", r.Was)
				}
			})
		})
	}
}

func TestCtimeIsNoted(t *testing.T) {
	p := onDisk(t)
	p.file("f", "1", old)
	p.known()
	before := p.x.Get("f").Witness.Ctime
	if before == 0 {
		p.Skip("no change times here")
	}
	p.chmod("f", 0o600)
	p.chmod("f", 0o644)
	p.expect(p.scan())
	if p.x.Get("f").Witness.Ctime == before {
		p.Error("the new ctime is not in the index")
	}
}

// Whoever wrote a witness may have kept what means nothing for its kind.
func TestSizeAndMtimeOfDirectoriesMeanNothing(t *testing.T) {
	p := onDisk(t)
	p.dir("d")
	p.link("l", "d")
	r := p.scan()
	for i := range r.Changed {
		r.Changed[i].Witness.Size = 4096
	}
	r.Changed[0].Witness.Mtime = 1
	p.acknowledge(r)
	p.expect(p.scan())
}

// Entries that the disk never showed say nothing about it.
func TestPendingCreationsAreNoAbsences(t *testing.T) {
	everywhere(t, func(p *place) {
		p.acknowledge(&Result{Changed: []Found{{Path: "pending"}, {Path: "pending/x"}}})
		p.file("z", "", old)
		p.expect(p.scan(), "+z file")
		p.file("pending/x", "", old)
		p.expect(p.scan(), "+pending dir", "+pending/x file", "+z file")
	})
}

func TestPrivateFoldersAreNeverSeen(t *testing.T) {
	everywhere(t, func(p *place) {
		p.file(".latus/index.jsonl", "x", old)
		p.file("nested/.LATUS/trash/y", "y", old)
		p.file("nested/z", "z", old)
		r := p.scanWith(ignoring("!.latus", "!*"), systemClock{})
		p.expect(r, "+nested dir", "+nested/z file", "~nested/.LATUS")
	})
}

func TestCancelled(t *testing.T) {
	p := onDisk(t)
	for i := range 50 {
		p.file(index.Path(fmt.Sprintf("d%d/e/f", i)), "", old)
	}
	ctx, cancel := context.WithCancel(context.Background())
	n := 0
	p.before = func(op string, at index.Path) error {
		if n++; n == 60 {
			cancel()
		}
		return nil
	}
	if _, err := Scan(ctx, p, p.x, Options{Workers: 1}); !errors.Is(err, context.Canceled) {
		p.Errorf("cancelled: %v", err)
	}
	if n > 62 {
		p.Errorf("%d operations after the cancellation", n-60)
	}
}

func TestDeepAndWide(t *testing.T) {
	everywhere(t, func(p *place) {
		deep := index.Path("deep")
		for range 200 {
			p.file(deep.Join("a/f"), "", old)
			deep = deep.Join("d")
		}
		for i := range 500 {
			p.file(index.Path(fmt.Sprintf("wide/d%03d/f", i)), "", old)
		}
		r := p.scan()
		if r.Files != 700 || len(r.Changed) != 1601 {
			p.Errorf("%d files, %d changed", r.Files, len(r.Changed))
		}
		if n := p.most.Load(); n > maxHeld+2*defaultWorkers {
			p.Errorf("%d directories held at a time", n)
		}
		p.acknowledge(r)
		p.expect(p.scan())
	})
}

// A run that was about to remove a directory finds it gone, with what could not be moved
// out of it before: its user was quicker. What is not there any more must not be waited for.
func TestBelowWhatIsKnownToBeGone(t *testing.T) {
	everywhere(t, func(p *place) {
		p.file("d/in/f", "1", old)
		p.file("d/g", "2", old)
		p.file("e/f", "3", old)
		p.acknowledge(p.scan())
		p.acknowledge(&Result{Changed: []Found{{Path: "d"}, {Path: "e"}}})
		if r := p.scan(); r.Lost != 0 || len(r.Problems) > 0 {
			p.Errorf("it is all there: %+v", r)
		}

		p.remove("d")
		p.remove("e")
		p.file("e", "a file now", old)
		r := p.scan()
		p.expect(r, "-d/g", "-d/in", "-d/in/f", "+e file", "-e/f")
		if r.Lost != 3 {
			p.Errorf("counts: %+v", r)
		}
		p.acknowledge(r)
		p.expect(p.scan())
	})
}

// The same of a directory that has no entry any more.
func TestBelowWhatIsForgotten(t *testing.T) {
	everywhere(t, func(p *place) {
		p.file("d/g", "2", old)
		p.acknowledge(p.scan())
		tx := p.x.Begin()
		tx.Drop("d")
		if err := tx.Commit(false); err != nil {
			p.Fatal(err)
		}
		p.expect(p.scan(), "+d dir")
		p.remove("d")
		p.expect(p.scan(), "-d/g")
	})
}
