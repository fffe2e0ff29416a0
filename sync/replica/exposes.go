package replica

import "latus/index"

// exposes tells whether something below the directory from is ignored, and would not be
// any more if from were moved to to: it would be published by the next run. Ignore files in from
// go along. What cannot be looked at would be, for all that is known.
func (r *Replica) exposes(from, to index.Path) bool {
	for _, dir := range r.found.KeptIn(from) {
		if r.exposesIn(dir, from, to) {
			return true
		}
	}
	return false
}

// exposesIn is exposes for what is right in dir.
func (r *Replica) exposesIn(dir, from, to index.Path) bool {
	free, err := r.freeIn(dir, func(p index.Path, isDir bool) bool {
		return r.rules.IgnoredMoved(to+p[len(from):], from, to, isDir)
	})
	return len(free) > 0 || err != nil
}

// freeIn is what lies right in dir and is ignored by the rules of this run, and not as still has it.
func (r *Replica) freeIn(dir index.Path, still func(p index.Path, isDir bool) bool) (free []index.Path, err error) {
	d, err := r.home.Tree.Open(dir)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	names, err := d.List()
	if err != nil {
		return nil, err
	}
	freed := func(p index.Path, isDir bool) bool { return r.rules.Ignored(p, isDir) && !still(p, isDir) }
	for _, name := range names {
		p := dir.Join(name)
		is := freed(p, false)
		if asDir := freed(p, true); is != asDir { // else what it is makes no difference
			i, err := d.Stat(name)
			if err != nil {
				return nil, err
			}
			if i.Kind == index.Dir {
				is = asDir
			}
		}
		if is {
			free = append(free, p)
		}
	}
	return free, nil
}

// there tells whether anything is at p that is left alone, whoever knows of it. A directory is
// listed once.
func (r *Replica) there() func(p index.Path) bool {
	fold := r.home.Tree.Traits().Fold()
	if fold == nil {
		fold = func(name string) string { return name }
	}
	names := map[index.Path]map[string]bool{}
	return func(p index.Path) bool {
		dir, name := p.Split()
		if dir != "" && !r.found.KeepsIn(dir) {
			return false
		}
		in, listed := names[dir]
		if !listed {
			in = map[string]bool{}
			for _, other := range r.list(dir) {
				in[fold(other)] = true
			}
			names[dir] = in
		}
		return in[fold(name)]
	}
}

// list is the names in dir; none if it cannot be listed.
func (r *Replica) list(dir index.Path) []string {
	d, err := r.home.Tree.Open(dir)
	if err != nil {
		return nil
	}
	defer d.Close()
	names, err := d.List()
	if err != nil {
		return nil
	}
	return names
}
