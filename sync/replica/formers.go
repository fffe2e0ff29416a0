package replica

import (
	"maps"
	"slices"

	"latus/index"
	"latus/sync/plan"
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
	gone, came := r.goneAndCome()
	formers := map[index.Path]plan.Former{}
	dirs := map[index.Path]map[index.Path]*index.Entry{} // that came, and from where
	for l, paths := range came.files {
		all := gone.files[l]
		if len(all) == 0 {
			continue
		}
		named := map[string][]*index.Entry{}
		for _, e := range all {
			named[e.Path.Base()] = append(named[e.Path.Base()], e)
		}
		anyOf, byName := former(all), map[string]plan.Former{}
		for name, es := range named {
			byName[name] = former(es)
		}
		for _, p := range paths {
			from, is := all, anyOf
			if es := named[p.Base()]; es != nil {
				from, is = es, byName[p.Base()]
			}
			if e := came.from[p]; e != nil { // its inode tells
				from = []*index.Entry{e}
				is = former(from)
			}
			formers[p] = is
			if len(from) != 1 {
				continue
			}
			for d, to := from[0].Path.Dir(), p.Dir(); gone.dirs[d] != nil && came.dirs[to]; d, to = d.Dir(), to.Dir() {
				if dirs[to] == nil {
					dirs[to] = map[index.Path]*index.Entry{}
				}
				dirs[to][d] = gone.dirs[d]
				if d.Base() != to.Base() {
					break
				}
			}
		}
	}
	for to, from := range dirs {
		formers[to] = former(slices.Collect(maps.Values(from)))
	}
	return formers
}

// former is what something had that was one of these, of one kind.
func former(es []*index.Entry) (is plan.Former) {
	first := true
	for _, e := range es {
		h, live := plan.Display(e.Acked())
		if !live || h.Kind != e.Witness.Kind {
			continue
		}
		mode := plan.UsualMode(h.Kind)
		if e.Mode.Set() {
			mode, is.Told = e.Mode.Value&^tree.Lent, true // the owner does not come along
			is.Stamp = max(is.Stamp, e.Mode.Stamp)
		}
		switch {
		case first:
			is.Mode, is.Mtime, is.Clock = mode, h.Mtime, h.Clock
		case is.Mtime != h.Mtime:
			is.Mode, is.Clock = is.Mode&mode, 0
		default:
			is.Mode &= mode
		}
		first = false
	}
	return is
}

// fileLook is what is known of a file by looking at it, where inodes tell nothing.
type fileLook struct{ size, mtime int64 }

type gonePaths struct {
	files map[fileLook][]*index.Entry
	dirs  map[index.Path]*index.Entry
}

type comePaths struct {
	files map[fileLook][]index.Path
	dirs  map[index.Path]bool
	from  map[index.Path]*index.Entry // files that are known to have been moved
}

// goneAndCome are the names that the scan missed, and those that it had not known.
func (r *Replica) goneAndCome() (gone gonePaths, came comePaths) {
	gone = gonePaths{map[fileLook][]*index.Entry{}, map[index.Path]*index.Entry{}}
	came = comePaths{map[fileLook][]index.Path{}, map[index.Path]bool{}, map[index.Path]*index.Entry{}}
	look := func(w index.Witness) fileLook { return fileLook{w.Size, w.Mtime} }
	for i := range r.found.Changed {
		f := &r.found.Changed[i]
		e := r.x.Get(f.Path)
		was := index.Absent
		if e != nil {
			was = e.Witness.Kind
		}
		switch {
		case f.Witness.Kind == index.Absent && was == index.File:
			gone.files[look(e.Witness)] = append(gone.files[look(e.Witness)], e)
		case f.Witness.Kind == index.Absent && was == index.Dir:
			gone.dirs[f.Path] = e
		case was != index.Absent:
		case f.Witness.Kind == index.File:
			came.files[look(f.Witness)] = append(came.files[look(f.Witness)], f.Path)
			if o := f.Origin; o != nil && !o.Linked {
				came.from[f.Path] = r.x.Get(o.Path)
			}
		case f.Witness.Kind == index.Dir:
			came.dirs[f.Path] = true
		}
	}
	return gone, came
}
