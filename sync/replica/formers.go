package replica

import (
	"maps"
	"slices"

	"latus/index"
	"latus/sync/plan"
	"latus/sync/scan"
	"latus/sync/tree"
)

// formers are what files and directories that came had under names that are gone, where this
// filesystem keeps neither their permission bits nor all of their mtimes: others must not take
// what it shows for them. A file goes by size and mtime, which is too little to move it by, and
// by its name if there are several; of several all the same, what any of them forbids is
// forbidden. A directory is where its files went.
func (r *Replica) formers() map[index.Path]plan.Former {
	t := r.home.Tree.Traits()
	if t.ModeBits&0o777 == 0o777 && t.Clock <= 1 && !t.Whole {
		return nil
	}
	gone := r.gone()
	if len(gone.files) == 0 {
		return nil
	}
	formers, known := map[index.Path]plan.Former{}, map[fileLook]plan.Former{}
	files, came := r.came()
	dirs := map[index.Path]map[index.Path]*index.Entry{} // that came, and from where
	for _, f := range files {
		look := fileLook{f.Witness.Size, f.Witness.Mtime, f.Path.Base()}
		if gone.files[look] == nil {
			look.name = ""
		}
		from := gone.files[look]
		if e := r.movedFrom(f); e != nil {
			from = []*index.Entry{e}
			formers[f.Path] = former(from)
		} else {
			if _, done := known[look]; !done {
				known[look] = former(from)
			}
			formers[f.Path] = known[look]
		}
		if len(from) == 1 {
			gone.moved(dirs, came, from[0].Path.Dir(), f.Path.Dir())
		}
	}
	for to, from := range dirs {
		formers[to] = former(slices.Collect(maps.Values(from)))
	}
	return formers
}

// movedFrom is what had the file that came as f, if its inode tells; else nil.
func (r *Replica) movedFrom(f *scan.Found) *index.Entry {
	if f.Origin == nil || f.Origin.Linked {
		return nil
	}
	return r.x.Get(f.Origin.Path)
}

// moved notes that what was in the directory from is in to, and in as many above as have the
// same names.
func (g *gonePaths) moved(dirs map[index.Path]map[index.Path]*index.Entry, came map[index.Path]bool, from, to index.Path) {
	for ; g.dirs[from] != nil && came[to]; from, to = from.Dir(), to.Dir() {
		if dirs[to] == nil {
			dirs[to] = map[index.Path]*index.Entry{}
		}
		dirs[to][from] = g.dirs[from]
		if from.Base() != to.Base() {
			return
		}
	}
}

// former is what something had that was one of these. Bits that nobody told are the usual ones;
// those that lend an owner to others stay behind, as the owner does.
func former(es []*index.Entry) (f plan.Former) {
	known := 0
	f.Mode = 0o7777 &^ tree.Lent
	for _, e := range es {
		h, live := plan.Display(e.Acked())
		if !live || h.Kind != e.Witness.Kind {
			continue
		}
		if e.Mode.Set() {
			f.Mode, f.Told, f.Stamp = f.Mode&e.Mode.Value, true, max(f.Stamp, e.Mode.Stamp)
		} else {
			f.Mode &= plan.UsualMode(h.Kind)
		}
		switch known++; {
		case h.Kind != index.File:
		case known == 1:
			f.Mtime, f.Clock = h.Mtime, h.Clock
		case f.Mtime != h.Mtime:
			f.Clock = 0
		}
	}
	return f
}

// fileLook is what is known of a file by looking at it, where inodes tell nothing.
type fileLook struct {
	size, mtime int64
	name        string // "": whatever it is called
}

type gonePaths struct {
	files map[fileLook][]*index.Entry
	dirs  map[index.Path]*index.Entry
}

// gone is what the scan missed.
func (r *Replica) gone() *gonePaths {
	g := &gonePaths{map[fileLook][]*index.Entry{}, map[index.Path]*index.Entry{}}
	for i := range r.found.Changed {
		f := &r.found.Changed[i]
		if f.Witness.Kind != index.Absent {
			continue
		}
		switch e := r.x.Get(f.Path); {
		case e == nil:
		case e.Witness.Kind == index.Dir:
			g.dirs[f.Path] = e
		case e.Witness.Kind == index.File:
			for _, name := range []string{"", f.Path.Base()} {
				look := fileLook{e.Witness.Size, e.Witness.Mtime, name}
				g.files[look] = append(g.files[look], e)
			}
		}
	}
	return g
}

// came is what it had not known.
func (r *Replica) came() (files []*scan.Found, dirs map[index.Path]bool) {
	dirs = map[index.Path]bool{}
	for i := range r.found.Changed {
		f := &r.found.Changed[i]
		if e := r.x.Get(f.Path); e != nil && e.Witness.Kind != index.Absent {
			continue
		}
		switch f.Witness.Kind {
		case index.File:
			files = append(files, f)
		case index.Dir:
			dirs[f.Path] = true
		}
	}
	return files, dirs
}
