package replica

import (
	"slices"

	"latus/index"
	"latus/sync/plan"
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
		for _, p := range paths {
			from := gone.files[l]
			named := func(e *index.Entry) bool { return e.Path.Base() == p.Base() }
			if slices.ContainsFunc(from, named) {
				from = slices.DeleteFunc(slices.Clone(from), func(e *index.Entry) bool { return !named(e) })
			}
			for _, e := range from {
				former(formers, p, e)
			}
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
		for _, e := range from {
			former(formers, to, e)
		}
	}
	return formers
}

// former adds to what p may have had that it may have been e.
func former(formers map[index.Path]plan.Former, p index.Path, e *index.Entry) {
	h, live := plan.Display(e.Acked())
	if !live || h.Kind != e.Witness.Kind {
		return
	}
	is := plan.Former{Mode: e.Mode.Value, Told: e.Mode.Set()}
	if h.Kind == index.File {
		is.Mtime, is.Clock = h.Mtime, h.Clock
	}
	if was, another := formers[p]; another {
		if was.Told && is.Told {
			is.Mode &= was.Mode
		} else if was.Told {
			is.Mode, is.Told = was.Mode, true
		}
		if was.Mtime != is.Mtime {
			is.Clock = 0
		}
	}
	formers[p] = is
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
}

// goneAndCome are the names that the scan missed, and those that it had not known.
func (r *Replica) goneAndCome() (gone gonePaths, came comePaths) {
	gone = gonePaths{map[fileLook][]*index.Entry{}, map[index.Path]*index.Entry{}}
	came = comePaths{map[fileLook][]index.Path{}, map[index.Path]bool{}}
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
		case f.Witness.Kind == index.Dir:
			came.dirs[f.Path] = true
		}
	}
	return gone, came
}
