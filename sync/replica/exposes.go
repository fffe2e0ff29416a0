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
	found := false
	err := r.ignoredIn(dir, func(p index.Path, isDir bool) {
		found = found || !r.rules.IgnoredMoved(to+p[len(from):], from, to, isDir)
	})
	return found || err != nil
}

// ignoredIn passes to f what lies right in dir and is ignored by the rules of this run.
func (r *Replica) ignoredIn(dir index.Path, f func(p index.Path, isDir bool)) error {
	d, err := r.home.Tree.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	names, err := d.List()
	if err != nil {
		return err
	}
	for _, name := range names {
		i, err := d.Stat(name)
		if err != nil {
			return err
		}
		if p, isDir := dir.Join(name), i.Kind == index.Dir; r.rules.Ignored(p, isDir) {
			f(p, isDir)
		}
	}
	return nil
}

// there tells whether anything is at p, whoever knows of it.
func (r *Replica) there(p index.Path) bool {
	dir, name := p.Split()
	d, err := r.home.Tree.Open(dir)
	if err != nil {
		return false
	}
	defer d.Close()
	_, err = d.Stat(name)
	return err == nil
}
