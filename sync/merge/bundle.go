package merge

import (
	"context"
	"errors"
	"io/fs"
	"slices"

	"latus/index"
	"latus/sync/plan"
	"latus/sync/stage"
	"latus/sync/tree"
)

// Limits of a bundle: it has to fit into a batch.
const (
	bundleFiles = 4096
	bundleBytes = 32 << 20
)

// bundle is a new directory with small new files right inside it. They are staged in
// a directory of staging, under the names that they are to have, and get their place by
// one rename, where each would need one of its own. Until then whatever else is to
// be done inside the directory waits.
type bundle struct {
	n      int   // the action that makes the directory
	files  []int // actions, in the order of the plan
	bytes  int64
	left   int   // files whose content is neither here nor known not to come
	come   bool  // the plan has come to n
	over   bool  // all of it is in a batch: from now on it is a directory like others
	after  []int // actions that wait for it
	placed bool  // by one rename

	staged *stage.Bundle // the same for who writes to it
}

// packing is the bundles of a plan.
type packing struct {
	bundles []*bundle              // by the actions that belong to them; nil: there are none
	open    map[index.Path]*bundle // that the plan has come to and that are not complete
}

// pack finds the bundles of the plan. Directories that the order of moves or copies
// has to do with are none, and neither are those that would inherit something from
// where they are made: what is moved there does not. To a distant tree calls go
// together, and one directory after the other would be slower.
func (a *applier) pack() {
	if tree.IsDistant(a.Tree) {
		return
	}
	made := map[index.Path]*bundle{}
	for n := range a.Plan.Actions {
		if act := &a.Plan.Actions[n]; act.Op == plan.Mkdir && act.Old.Kind == index.Absent {
			made[act.Path] = &bundle{n: n}
		}
	}
	if len(made) == 0 {
		return
	}
	kept := map[index.Path]bool{}
	for n := range a.Plan.Actions {
		for _, p := range bound(&a.Plan.Actions[n]) {
			for p = p.Dir(); p != ""; p = p.Dir() {
				kept[p] = true
			}
		}
	}
	for w, users := range a.users {
		if len(users) == 0 || a.Wants[w].Offset > 0 || a.Wants[w].Size > stage.SmallFile {
			continue
		}
		act := &a.Plan.Actions[users[0]]
		b := made[act.Path.Dir()]
		if b == nil || act.Op != plan.Create || act.Old.Kind != index.Absent || act.Head.Kind != index.File {
			continue
		}
		if len(b.files) < bundleFiles && b.bytes+a.Wants[w].Size <= bundleBytes {
			b.files = append(b.files, users[0])
			b.bytes += a.Wants[w].Size
		}
	}
	inherits := map[index.Path]bool{}
	for p, b := range made {
		act := &a.Plan.Actions[b.n]
		if len(b.files) < 2 || kept[p] || act.Mode&0o2000 != 0 || a.shutsOut(act) {
			continue
		}
		top := p.Dir()
		for made[top] != nil {
			top = top.Dir()
		}
		if _, known := inherits[top]; !known {
			inherits[top] = a.inherits(top)
		}
		if !inherits[top] {
			a.load(b)
		}
	}
}

// bound are the paths that have to be where the plan's order says.
func bound(act *plan.Action) []index.Path {
	switch act.Op {
	case plan.Move:
		return []index.Path{act.Path, act.From}
	case plan.Copy:
		return []index.Path{act.From}
	}
	return nil
}

func (a *applier) inherits(p index.Path) bool {
	d, err := a.dirs.open(p)
	return err != nil || tree.Inherits(d)
}

func (a *applier) load(b *bundle) {
	if a.bundles == nil {
		a.bundles = make([]*bundle, len(a.Plan.Actions))
	}
	slices.Sort(b.files)
	b.left = len(b.files)
	b.staged = stage.NewBundle(stage.LocalName(a.Run, "", b.n), a.openMeta(&a.Plan.Actions[b.n]), len(b.files))
	a.bundles[b.n] = b
	for _, n := range b.files {
		a.bundles[n] = b
	}
}

// bundle is the one that action n belongs to, or nil.
func (k *packing) bundle(n int) *bundle {
	if k.bundles == nil {
		return nil
	}
	return k.bundles[n]
}

// inside is the open bundle that p lies in, however deep, or nil.
func (k *packing) inside(p index.Path) *bundle {
	if len(k.open) == 0 {
		return nil
	}
	for p = p.Dir(); p != ""; p = p.Dir() {
		if b := k.open[p]; b != nil {
			return b
		}
	}
	return nil
}

// arrive notes that the content of action n has come, or will not. It returns the
// bundle that is complete by that.
func (k *packing) arrive(n int) *bundle {
	b := k.bundle(n)
	if b == nil {
		return nil
	}
	if b.left--; b.left > 0 || !b.come {
		return nil
	}
	return b
}

// begin opens a bundle: the plan has come to its directory.
func (a *applier) begin(ctx context.Context, b *bundle) error {
	if b.come {
		return nil
	}
	b.come = true
	a.open[a.Plan.Actions[b.n].Path] = b
	if b.left > 0 {
		return nil
	}
	return a.add(ctx, b.n)
}

// board puts a complete bundle into the batch, and then what waited for it.
func (a *applier) board(ctx context.Context, b *bundle) error {
	act := &a.Plan.Actions[b.n]
	b.over = true
	delete(a.open, act.Path)
	if !a.hasRoom(1+len(b.files), b.bytes) {
		if err := a.flush(ctx); err != nil {
			return err
		}
	}
	s := &step{n: b.n, act: act, bundle: b}
	if made, whole := b.staged.Close(); whole {
		s.staged = made
	}
	if err := a.enter(ctx, s); err != nil {
		return err
	}
	for _, n := range b.files {
		if err := a.add(ctx, n); err != nil {
			return err
		}
	}
	for _, n := range b.after {
		if err := a.add(ctx, n); err != nil {
			return err
		}
	}
	b.after = nil
	return nil
}

// unload gives a bundle its place. Where somebody made the directory meanwhile, or
// it can't be moved as a whole, the directory is made and each file goes by itself.
func (a *applier) unload(s *step) (index.Witness, error) {
	dir, name, err := a.dirs.of(s.act.Path)
	if err != nil {
		return index.Witness{}, err
	}
	err = a.stage.Dir().Rename(s.staged.Name, dir, name)
	switch {
	case err == nil:
		s.bundle.placed = true
		a.lack(s.act.Path, s.staged.Lacks)
		return s.staged.Fresh, nil
	case errors.Is(err, fs.ErrPermission):
		return index.Witness{}, err // which may be mended
	}
	return a.mkdir(s.act)
}
