package scan

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"latus/index"
	"latus/sync/filter"
	"latus/sync/tree"
)

// truth is what stands at a path, found in the simplest way.
type truth struct {
	index.Witness
	target string
}

// everything reads the whole tree, one path at a time.
func (p *place) everything(dir index.Path, into map[index.Path]truth) map[index.Path]truth {
	p.Helper()
	d, err := p.Tree.Open(dir)
	if err != nil {
		p.Fatal(err)
	}
	defer d.Close()
	names, err := d.List()
	if err != nil {
		p.Fatal(err)
	}
	for _, name := range names {
		i, err := d.Stat(name)
		if err != nil {
			p.Fatal(err)
		}
		path, found := dir.Join(name), truth{Witness: i.Witness}
		switch i.Kind {
		case index.Link:
			if found.target, err = d.Readlink(name); err != nil {
				p.Fatal(err)
			}
		case index.Dir:
			p.everything(path, into)
		}
		into[path] = found
	}
	return into
}

// expected is what a scan should find, path by path.
func (p *place) expected(f *filter.Filter) []string {
	p.Helper()
	here := p.everything("", map[index.Path]truth{})
	paths := map[index.Path]bool{}
	for path := range here {
		paths[path] = true
	}
	for e := range p.x.All() {
		if e.Witness.Kind != index.Absent {
			paths[e.Path] = true
		}
	}
	var r Result
	for path := range paths {
		now, was := here[path], index.Witness{}
		if e := p.x.Get(path); e != nil {
			was = e.Witness
		}
		isDir := now.Kind == index.Dir || now.Kind == index.Absent && was.Kind == index.Dir
		if f.Ignored(path, isDir) {
			continue
		}
		same := now.Kind == was.Kind && (now.Kind == index.Absent || now.Inode == was.Inode && now.Btime == was.Btime)
		switch now.Kind {
		case index.File:
			same = same && now.Size == was.Size && now.Mtime == was.Mtime && now.Mode == was.Mode
		case index.Link:
			same = same && now.Mtime == was.Mtime
		case index.Dir:
			same = same && now.Mode == was.Mode
		}
		if !same {
			r.Changed = append(r.Changed, Found{Path: path, Witness: now.Witness, Target: now.target})
		}
	}
	slices.SortFunc(r.Changed, func(a, b Found) int { return index.Compare(a.Path, b.Path) })
	return details(&r)
}

func details(r *Result) []string {
	var s []string
	for _, f := range r.Changed {
		if f.Witness.Kind == index.Dir {
			f.Witness.Mtime = 0
		}
		if f.Witness.Kind != index.File {
			f.Witness.Size = 0
		}
		s = append(s, fmt.Sprintf("%q %v %o %d %d %d %q", f.Path, f.Witness.Kind, f.Witness.Mode, f.Witness.Size,
			f.Witness.Mtime, f.Witness.Inode, f.Target))
	}
	return s
}

// mutate does something at random.
func (p *place) mutate(r *rand.Rand) {
	names := []string{"a", "b", "a.txt", "c.o", "d-e", "é", "\xff\xfe", "new\nline", " "}
	pick := func() index.Path {
		path := index.Path(names[r.IntN(len(names))])
		for range r.IntN(4) {
			path = path.Join(names[r.IntN(len(names))])
		}
		return path
	}
	here := p.everything("", map[index.Path]truth{})
	kind := func(path index.Path) index.Kind { return here[path].Kind }
	clear := func(path index.Path) { // makes room for path
		for dir := path.Dir(); dir != ""; dir = dir.Dir() {
			if k := kind(dir); k != index.Absent && k != index.Dir {
				p.remove(dir)
				return
			}
		}
		if kind(path) != index.Absent {
			p.remove(path)
		}
	}
	path, mtime := pick(), old+r.Int64N(5)
	switch op := r.IntN(10); {
	case op < 3:
		clear(path)
		p.file(path, "content"[:r.IntN(8)], mtime)
	case op == 3 && kind(path) == index.File:
		p.file(path, "content"[:r.IntN(8)], mtime)
	case op == 4:
		clear(path)
		p.dir(path)
	case op == 5:
		clear(path)
		p.link(path, string(pick()))
	case op == 6 && kind(path) != index.Absent:
		p.remove(path)
	case op == 7 && kind(path) != index.Absent && kind(path) != index.Link:
		p.in(path, func(d tree.Dir, name string) error { return d.Chmod(name, uint32(0o700|r.IntN(64))) })
	case op >= 8 && kind(path) != index.Absent:
		to := pick()
		if to == path || to.Under(path) || path.Under(to) {
			return
		}
		clear(to)
		if _, still := p.everything("", map[index.Path]truth{})[path]; !still {
			return
		}
		p.dir(to.Dir())
		p.rename(path, to)
	}
}

func TestRandomMutations(t *testing.T) {
	everywhere(t, func(p *place) {
		r := rand.New(rand.NewPCG(7, 11))
		found := 0
		for range 200 {
			for range 1 + r.IntN(9) {
				p.mutate(r)
			}
			f := filter.New([]string{"*.o", "/a/b/", "!/b/*.o"})
			result := p.scanWith(Options{Filter: f, Workers: 1 + r.IntN(6)}, systemClock{})
			if got, want := details(result), p.expected(f); !slices.Equal(got, want) {
				p.Fatalf("found\n\t%q\nwant\n\t%q", got, want)
			}
			if len(result.Problems) > 0 {
				p.Fatalf("problems: %q", show(result))
			}
			for _, m := range result.Changed {
				if m.Origin == nil {
					continue
				}
				if was := p.x.Get(m.Origin.Path).Witness; was.Inode != m.Witness.Inode || was.Size != m.Witness.Size {
					p.Fatalf("%s is said to come from %s", m.Path, m.Origin.Path)
				}
			}
			found += len(result.Changed)
			p.acknowledge(result)
		}
		if found < 1000 {
			p.Errorf("only %d changes: the test says little", found)
		}
	})
}
