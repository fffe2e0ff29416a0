package replica

import (
	"cmp"
	"context"
	"slices"

	"latus/index"
	"latus/sync/trash"
	"latus/sync/tree"
)

// RestoredBelow is what became of a directory that was to be put back.
type RestoredBelow struct {
	Put  []Restored // in path order
	Left int        // paths that are not missing: something stands there
}

// RestoreBelow puts copies of what lay below dir, "" being the root, into the tree: of each
// path the version that came to the trash last. They go where they were, if they are missing
// there by now, or unless to is "" below to in the same way. Nothing is put where something
// stands.
// It is one run of the log, as a Restore is. What cannot be done about one path is data;
// after an error the others were not tried.
func RestoreBelow(ctx context.Context, path string, o Options, dir, to index.Path) (below *RestoredBelow, err error) {
	r, err := holding(ctx, path, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = cmp.Or(err, r.Close()) }()
	if err := r.readTrash(); err != nil {
		return nil, err
	}
	to = cmp.Or(to, dir)
	below = &RestoredBelow{}
	its := r.missingBelow(dir, to, below)
	if len(its) == 0 {
		return below, nil
	}
	s, err := r.beginRestoring()
	if err != nil {
		return nil, err
	}
	defer s.log.Close()
	// What stands by now stays, and a directory is like that in whose place it comes.
	known := trash.Known{Keep: true, Dir: func(p index.Path) (trash.Dir, bool) {
		if p.Under(to) && to != dir {
			return s.hadDir(rebased(p, to, dir))
		}
		if p == to && dir != "" {
			return s.hadDir(dir)
		}
		return s.hadDir(p)
	}}
	var failed error
	for _, it := range its {
		if failed = ctx.Err(); failed != nil {
			break
		}
		put, err := s.put(ctx, it, rebased(it.Path, dir, to), known)
		if failed = ctx.Err(); failed != nil && err != nil {
			break
		}
		put.Err = err
		below.Put = append(below.Put, *put)
		// A killed run shall not have done more than it tells.
		if failed = s.log.Flush(false); failed != nil {
			break
		}
	}
	return below, s.end(ctx, failed)
}

// missingBelow picks the items to be put back of what lay below dir, in path order, and
// counts the paths that are left. Of two that cannot both be there, as one is a directory
// of the other, the one that was displaced last is picked.
func (r *Replica) missingBelow(dir, to index.Path, below *RestoredBelow) (its []trash.Item) {
	// By how the filesystem calls them: of two names that are one to it, one can be there.
	seen, picked, holds := map[string]bool{}, map[string]bool{}, map[string]bool{}
	key := func(p index.Path) string {
		if f := r.home.Tree.Traits().Fold(); f != nil {
			return f(string(p))
		}
		return string(p)
	}
	inside := func(p index.Path) bool {
		for p = p.Dir(); p.Under(dir); p = p.Dir() {
			if picked[key(p)] {
				return true
			}
		}
		return false
	}
	for _, it := range r.trash.Items() { // newest first
		p := it.Path
		k := key(p)
		if !p.Under(dir) || seen[k] || string(p) == it.ID { // nobody knows where that was
			continue
		}
		seen[k] = true
		if holds[k] || inside(p) || r.occupied(rebased(p, dir, to)) {
			below.Left++
			continue
		}
		its, picked[k] = append(its, it), true
		for up := p.Dir(); up.Under(dir); up = up.Dir() {
			holds[key(up)] = true
		}
	}
	slices.SortFunc(its, func(a, b trash.Item) int { return index.Compare(a.Path, b.Path) })
	return its
}

// rebased is where p, below dir, comes to be if dir is to be to.
func rebased(p, dir, to index.Path) index.Path {
	rest := p
	if dir != "" {
		rest = p[len(dir)+1:]
	}
	if to == "" {
		return rest
	}
	return to + "/" + rest
}

// occupied tells whether something stands at p, or nobody can tell.
func (r *Replica) occupied(p index.Path) bool {
	dir, name := p.Split()
	d, err := r.home.Tree.Open(dir)
	if err != nil {
		return false // putting it there shows what is wrong
	}
	defer d.Close()
	_, err = d.Stat(name)
	return !tree.IsNotExist(err)
}
