package replica

import (
	"slices"

	"latus/index"
	"latus/sync/plan"
)

// merged is the index as it will be once a run commits: the entries that
// change, over those that stay.
type merged struct {
	x       *index.Index
	known   *index.Knowledge
	floor   index.Floor
	changed []*index.Entry // in path order
	thinned []index.Path   // of these, where equal versions were dropped that others may still have; in path order
	gens    []index.Generation
}

func newMerged(x *index.Index) *merged {
	return &merged{x: x, known: x.Knowledge(), floor: x.Floor()}
}

// learn takes over what others have merged.
func (m *merged) learn(k *index.Knowledge) {
	own := m.known == m.x.Knowledge()
	for g := range k.All() {
		if m.known.Has(g.GenID) {
			continue
		}
		if own {
			m.known, own = m.known.Clone(), false
		}
		m.known.Add(g)
		m.gens = append(m.gens, g)
	}
}

func (m *merged) add(g index.Generation) {
	k := index.NewKnowledge()
	k.Add(g)
	m.learn(k)
}

// update replaces entries; they are in path order, one for a path.
func (m *merged) update(es []*index.Entry) {
	if len(es) == 0 {
		return
	}
	old := m.changed
	if n := len(old); n == 0 || index.Compare(old[n-1].Path, es[0].Path) < 0 {
		m.changed = append(old, es...)
		return
	}
	both := make([]*index.Entry, 0, len(old)+len(es))
	for len(old) > 0 && len(es) > 0 {
		switch c := index.Compare(old[0].Path, es[0].Path); {
		case c < 0:
			both, old = append(both, old[0]), old[1:]
		case c > 0:
			both, es = append(both, es[0]), es[1:]
		default:
			old = old[1:]
		}
	}
	m.changed = append(append(both, old...), es...)
}

// thin notes where equal versions were dropped. These paths may come in any order.
func (m *merged) thin(ps []index.Path) {
	if len(ps) == 0 {
		return
	}
	m.thinned = append(m.thinned, ps...)
	if !slices.IsSortedFunc(m.thinned, index.Compare) {
		slices.SortFunc(m.thinned, index.Compare)
	}
	m.thinned = slices.Compact(m.thinned)
}

// sorted brings entries into the order that update wants. Of several for one
// path the last one counts.
func sorted(es []*index.Entry) []*index.Entry {
	byPath := func(a, b *index.Entry) int { return index.Compare(a.Path, b.Path) }
	if !slices.IsSortedFunc(es, byPath) {
		slices.SortStableFunc(es, byPath)
	}
	kept := es[:0]
	for i, e := range es {
		if i+1 == len(es) || es[i+1].Path != e.Path {
			kept = append(kept, e)
		}
	}
	return kept
}

// get returns the entry at p as it will be; nil if there is none.
func (m *merged) get(p index.Path) *index.Entry {
	if i, ok := m.find(p); ok {
		return m.changed[i]
	}
	return m.x.Get(p)
}

// head returns the version that gen made of p, if it is still one of p's.
func (m *merged) head(p index.Path, gen index.GenID) (index.Head, bool) {
	if e := m.get(p); e != nil {
		return e.Head(gen)
	}
	return index.Head{}, false
}

func (m *merged) find(p index.Path) (int, bool) {
	return slices.BinarySearchFunc(m.changed, p, func(e *index.Entry, p index.Path) int { return index.Compare(e.Path, p) })
}

// needed is the directories above entries that may stand for what is in them alone at
// the other tree, which may have forgotten what their registers say. Of those
// that live here only what is not usual is worth a word.
func (m *merged) needed(entries []*index.Entry) (dirs []*index.Entry) {
	var last index.Path
	seen := map[index.Path]bool{}
	for _, e := range entries {
		dir := e.Path.Dir()
		if dir == last {
			continue
		}
		last = dir
		for ; dir != "" && !seen[dir]; dir = dir.Dir() {
			seen[dir] = true
			up := m.get(dir)
			if up == nil || !up.Set() {
				continue
			}
			if _, live := plan.Display(up.Heads); !live || up.Mode.Value != plan.UsualDir || up.Owner.Set() || up.Attrs.Set() {
				dirs = append(dirs, bare(up))
			}
		}
	}
	return dirs
}

// forgotten tells whether nothing is to be said of a path any more: others have
// dropped its deletion, and nothing stands there.
func forgotten(e *index.Entry) bool {
	return len(e.Heads) == 0 && !e.Pending && e.Witness.Kind == index.Absent && !e.Set()
}

// pending tells whether the disk lags anywhere, or did so before the merge.
func (m *merged) pending() bool {
	return m.x.Pending() > 0 || slices.ContainsFunc(m.changed, func(e *index.Entry) bool { return e.Pending })
}

// commit writes everything that was merged, as one transaction.
func (m *merged) commit() error {
	if len(m.gens) == 0 && len(m.changed) == 0 && slices.Equal(m.floor, m.x.Floor()) {
		return nil
	}
	tx := m.x.Begin()
	for _, g := range m.gens {
		tx.Generation(g)
	}
	tx.Forget(m.floor...)
	for _, e := range m.changed {
		if forgotten(e) {
			tx.Drop(e.Path)
		} else {
			tx.Put(e)
		}
	}
	if err := tx.Commit(true); err != nil {
		return err
	}
	m.gens, m.changed, m.thinned, m.known = nil, nil, nil, m.x.Knowledge()
	return nil
}

// acknowledge takes what changes, and of which p says that the disk shows it already,
// for acknowledged. What has been pending for longer is left to those who carry out p.
func (m *merged) acknowledge(p *plan.Plan) {
	left := p.Acks[:0]
	rest := m.changed
	for _, path := range p.Acks { // in path order
		for len(rest) > 0 && index.Compare(rest[0].Path, path) < 0 {
			rest = rest[1:]
		}
		if len(rest) > 0 && rest[0].Path == path {
			rest[0] = p.Acknowledge(rest[0], rest[0].Witness)
		} else {
			left = append(left, path)
		}
	}
	p.Acks = left
}

// digest is what Index.Digest will be.
func (m *merged) digest() uint64 {
	d := m.x.Digest()
	for old, e := range newMerged(m.x).beside(m.changed) {
		if old != nil {
			d -= old.Digest()
		}
		d += e.Digest()
	}
	return d
}
