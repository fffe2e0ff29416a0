package replica

import (
	"context"
	"slices"

	"latus/index"
	"latus/sync/fetch"
	"latus/sync/merge"
	"latus/sync/peer"
	"latus/sync/plan"
	"latus/sync/trash"
	"latus/sync/tree"
)

// OverWire tells whether reading this tree, and writing to it, crosses a wire, though the replica
// is here. Content from there is not fetch.Far: it cannot be looked through where it is.
func (r *Replica) OverWire() bool { return r.home != nil && tree.IsDistant(r.home.Tree) }

// Send implements fetch.Source: it hands out content of this tree, named by
// index entry or hash, from where the tree has it now.
func (r *Replica) Send(ctx context.Context, wants []fetch.Want, sink fetch.Sink) error {
	return r.files().Send(ctx, wants, sink)
}

// Probe implements fetch.Prober. Over SFTP nothing is asked: that would take a round trip
// for each content.
func (r *Replica) Probe(ctx context.Context, wants []fetch.Want) ([]error, error) {
	if r.distant() {
		return make([]error, len(wants)), nil
	}
	return r.files().Probe(ctx, wants)
}

func (r *Replica) files() *fetch.Files {
	return &fetch.Files{Tree: r.home.Tree, Find: r.find, Arrived: r.trash.Arrived, Early: r.early.read, Learned: r.learn}
}

// find says where this tree has the bytes of w at this moment: on its disk, or
// in its trash.
func (r *Replica) find(w fetch.Want) (fetch.Content, bool) {
	// A name that its content has left while the plan is carried out leads astray, and so
	// does that of a version of which this tree has other bytes than who wants it: what has
	// another size or hash is not it, where these are told.
	fits := func(c fetch.Content) bool {
		return (w.Size == 0 || c.Witness.Size == w.Size) && (!w.Hash.Known() || !c.Hash.Known() || c.Hash == w.Hash)
	}
	if c, ok := r.version(w.Path, w.Gen); ok && fits(c) {
		return c, true
	}
	if c, ok := r.underway(w); ok && fits(c) {
		return c, true
	}
	if w.Origin != nil {
		if c, ok := r.version(w.Origin.Path, w.Origin.Gen); ok && fits(c) {
			return c, true
		}
	}
	if w.Hash.Known() {
		if it, ok := r.trash.ByHash(w.Hash); ok {
			if c, ok := r.trashed(it); ok {
				return c, true
			}
		}
		return r.elsewhere(w)
	}
	return fetch.Content{}, false
}

// elsewhere finds content by its hash: at another path, or at that path as another version.
// The paths are gathered once, when they are first asked for; each is looked up again.
func (r *Replica) elsewhere(w fetch.Want) (fetch.Content, bool) {
	r.byHash.Do(func() {
		r.paths = map[index.Hash][]index.Path{}
		for e := range r.x.Survey() {
			if h, ok := plan.Display(e.Acked()); ok && h.Kind == index.File && e.Witness.Kind == index.File && h.Hash.Known() {
				r.paths[h.Hash] = append(r.paths[h.Hash], e.Path)
			}
		}
	})
	for _, p := range r.paths[w.Hash] {
		if p == w.Path && w.Gen == anywhere {
			continue
		}
		if e := r.x.Get(p); e != nil && e.Witness.Kind == index.File && !r.stale(p) {
			if h, ok := plan.Display(e.Acked()); ok && h.Hash == w.Hash {
				return fetch.Content{At: p, Witness: e.Witness, Hash: h.Hash}, true
			}
		}
	}
	return fetch.Content{}, false
}

// stale tells whether the file at p is not as its witness says, where the scan has not looked
// at it: it is ignored, or could not be looked at.
func (r *Replica) stale(p index.Path) bool {
	unseen := r.found == nil || r.rules.Ignored(p, false) // nothing was looked at, or not that
	if !unseen {
		_, unseen = r.found.Blocked(p)
	}
	if !unseen {
		return false
	}
	e := r.x.Get(p)
	return e == nil || !r.stands(p, e.Witness)
}

// passedOver tells whether the scan has passed over p, which is ignored, and the file there is
// not what it was when somebody last looked: a deletion or an edit that nobody is to hear of.
func (r *Replica) passedOver(p index.Path, was index.Witness) bool {
	return r.found != nil && r.rules.Ignored(p, false) && !r.stands(p, was)
}

// moving is a file that this run's own plan moves.
type moving struct {
	n    int // the action in the plan
	gen  index.GenID
	hash index.Hash
	from index.Path
	was  index.Witness // how it looked there, before anything was done
}

// movedBy is what action n, a move, takes along.
func (r *Replica) movedBy(n int) moving {
	a := &r.plan.Actions[n]
	m := moving{n: n, gen: a.Head.Gen, hash: a.Head.Hash, from: a.From}
	if e := r.x.Get(a.From); e != nil {
		m.was = e.Witness
	}
	return m
}

// underway finds the bytes of a file that this run's own plan moves: still where
// it was, in staging on its way, or already where it goes, before the index says so.
func (r *Replica) underway(w fetch.Want) (fetch.Content, bool) {
	r.mu.Lock()
	m, moves := r.moves[w.Path]
	run := r.carrying
	r.mu.Unlock()
	if !moves || m.gen != w.Gen || m.was.Kind != index.File {
		return fetch.Content{}, false
	}
	places := []index.Path{w.Path}
	if run != "" {
		places = append(places, merge.Lifted(run, m.n))
	}
	for _, p := range places {
		if r.stands(p, m.was) {
			return fetch.Content{At: p, Witness: m.was, Hash: m.hash}, true
		}
	}
	return fetch.Content{At: m.from, Witness: m.was, Hash: m.hash}, true
}

// stands tells whether the file that looked like was stands at p.
func (r *Replica) stands(p index.Path, was index.Witness) bool {
	dir, name := p.Split()
	d, err := r.home.Tree.Open(dir)
	if err != nil {
		return false
	}
	defer d.Close()
	i, err := d.Stat(name)
	return err == nil && r.home.Tree.Traits().SameIdentity(i.Witness, was) && i.Size == was.Size && i.Mtime == was.Mtime
}

// version finds the bytes of one head.
func (r *Replica) version(p index.Path, gen index.GenID) (fetch.Content, bool) {
	return r.bytesOf(r.asMerged(p), p, gen)
}

// bytesOf finds the bytes of one head of e, the entry of p; nil: there is none.
func (r *Replica) bytesOf(e *index.Entry, p index.Path, gen index.GenID) (fetch.Content, bool) {
	alike := []index.GenID{gen}
	if e != nil {
		alike = plan.Alike(e, gen)
	}
	for _, g := range alike {
		if it, ok := r.trash.Find(p, g); ok && it.Kind == index.File {
			if c, ok := r.trashed(it); ok {
				return c, true
			}
		}
	}
	if e == nil || e.Witness.Kind != index.File {
		return fetch.Content{}, false
	}
	here, ok := plan.Display(e.Acked())
	if !ok || here.Gen != gen && !plan.Shows(e, gen) || r.passedOver(p, e.Witness) {
		return fetch.Content{}, false
	}
	return fetch.Content{At: p, Witness: e.Witness, Hash: here.Hash}, true
}

// asMerged is the entry of p as it is once the run's merge is committed: another
// tree, which has merged the same, may ask for bytes by a version's new name before
// that.
func (r *Replica) asMerged(p index.Path) *index.Entry {
	r.deciding.RLock()
	defer r.deciding.RUnlock()
	if r.merged == nil {
		return r.x.Get(p)
	}
	return r.merged.get(p)
}

// trashed is the content of an item in the trash.
func (r *Replica) trashed(it trash.Item) (fetch.Content, bool) {
	return fetch.Content{At: it.Place(), Witness: it.Witness(), Hash: it.Hash}, r.trash.Intact(it)
}

// learn notes a hash that was computed while content was sent.
func (r *Replica) learn(w fetch.Want, h index.Hash) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.learned = append(r.learned, peer.Answer{Path: w.Path, Gen: w.Gen, Hash: h})
}

// atOnce is how many hashes are written down together.
const atOnce = 1 << 14

// keepHashes writes down what sending taught.
func (r *Replica) keepHashes() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.learned) == 0 || r.home.Dir == nil {
		return nil
	}
	if err := r.lease(); err != nil {
		return err
	}
	for some := range slices.Chunk(r.learned, atOnce) {
		tx := r.x.Begin()
		for _, a := range some {
			tx.Annotate(a.Path, a.Gen, a.Hash)
			if !r.trash.Empty() && !nothingToLearn(r.x.Get(a.Path), a.Gen) {
				r.trash.Learn(a.Path, a.Gen, a.Hash)
			}
		}
		if err := tx.Commit(false); err != nil {
			return err
		}
	}
	r.learned = nil
	if err := r.trash.Commit(); err != nil {
		return err
	}
	return r.x.Compact() // else whoever has sent a whole tree would load each file twice from now on
}
