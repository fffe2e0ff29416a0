package replica

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"latus/index"
	"latus/sync/config"
	"latus/sync/filter"
	"latus/sync/merge"
	"latus/sync/peer"
	"latus/sync/scan"
	"latus/sync/trash"
	"latus/sync/tree"
)

// Begin opens, locks and loads the tree in the background, for a run that will say
// h: the other trees, and the way to them, can be seen to meanwhile. What goes
// wrong Hello tells. Called before Hello, or not at all.
func (r *Replica) Begin(h peer.Hello) { r.begin(h, func() {}) }

func (r *Replica) begin(h peer.Hello, then func()) {
	if r.begun != nil {
		return
	}
	r.hello = h
	r.begun = make(chan struct{})
	// The lock is taken at once: of one tree that is named twice, the first has it.
	if r.beginErr = r.enter(); r.beginErr != nil {
		close(r.begun)
		return
	}
	// Loading outlives this call; Hello and Close wait for it, or end it.
	ctx, stop := context.WithCancel(context.Background())
	r.stopBegin = stop
	go func() {
		defer close(r.begun)
		defer stop()
		if r.beginErr = r.load(ctx); r.beginErr == nil {
			then()
		}
	}()
}

// Hello implements peer.Replica.
func (r *Replica) Hello(ctx context.Context, h peer.Hello) (*peer.Welcome, error) {
	here := r.site.Place(r.o.Host)
	if slices.ContainsFunc(strings.Split(filepath.ToSlash(here.Path), "/"), filter.IsPrivate) {
		return nil, r.refuse(peer.SameTree, "lies in a folder named %s, which is a tree's own: name the directory that the folder is in", index.Private)
	}
	for _, o := range h.Others {
		if here.Overlaps(o.Place) {
			return nil, r.refuse(peer.SameTree, "is, or lies inside, another tree of this run (%s)", o.Place.Path)
		}
	}
	r.Begin(h)
	if r.stopBegin != nil {
		defer context.AfterFunc(ctx, r.stopBegin)()
	}
	<-r.begun
	r.hello = h
	if r.beginErr != nil {
		return nil, r.beginErr
	}
	scanned := r.early.claim(h, r.now())
	if !scanned {
		r.endScan()
	}
	r.seeOwners()
	if len(h.Others) > 0 || r.o.Peer != "" {
		if err := r.admit(h.Others); err != nil {
			return nil, err
		}
	}
	if r.home.Missing && r.o.ReadOnly {
		return nil, r.refuse(peer.Forbidden, "no such directory, and none may be made here")
	}
	if r.home.Missing && h.First && h.Mode != peer.TwoWay {
		// Else a slip of the pen would empty the others.
		return nil, r.refuse(peer.NoTree, "no such directory: the others are to be made like it")
	}
	if !h.Dry && len(h.Others) > 0 && h.Others[0].Group != 0 {
		// Others are about to write down what they have found. See Look.
		if err := r.guardOuter(h.Others[0].Group); err != nil {
			return nil, err
		}
	}
	r.counts = r.x.Knowledge().Counts()
	if !r.fresh {
		if err := r.recognise(here); err != nil {
			return nil, err
		}
	}
	if !scanned {
		r.beginScan()
	}
	return &peer.Welcome{
		Tree: peer.Tree{
			Group: r.cfg.GroupID(), Peer: r.cfg.PeerID(), Name: r.cfg.Name, Place: here, Fresh: r.fresh,
		},
		Counts:    r.counts,
		Forked:    r.x.Knowledge().Forked(h.Counts),
		Remembers: r.cfg.Remembers(),
		Version:   r.o.Version,
		Missing:   r.home.Missing,
		Recovered: r.recovered,
	}, nil
}

// enter opens the tree that is there, and locks it.
func (r *Replica) enter() error {
	switch err := r.locate(); {
	case errors.Is(err, os.ErrNotExist):
		r.fresh = true
		r.cfg = config.Config{
			Format: 1, Group: index.GroupID(0).String(), Peer: index.PeerID(r.random()).String(),
			Name: treeName(r.o.Host, r.site.Place(r.o.Host).Path), Created: stamp(r.now()),
		}
		expected := tree.Expect(r.home.Tree)
		*r.cfg.SeenFrom(r.distant()) = expected
		r.home.SetTraits(expected)
		return nil
	case err != nil:
		return err
	}
	if err := r.lock(); err != nil {
		return err
	}
	if !r.distant() { // to which that is a long way
		if err := r.identify(); err != nil { // a run may have ended in between
			return err
		}
	}
	return r.probe()
}

// load reads the index, opens the trash, and finishes what a killed run left.
func (r *Replica) load(ctx context.Context) error {
	dry := r.hello.Dry
	var (
		x      *index.Index
		damage *index.Damage
		err    error
		terr   error
	)
	store := r.keep(r.home.Store())
	tree.Together(r.home.Tree,
		func() { x, damage, err = index.Load(store, dry) },
		func() { r.trash, terr = trash.Open(r.home.Tree, dry || r.home.Dir == nil) },
	)
	if err != nil {
		return r.refuse(peer.CannotUse(err), "its index cannot be used: %v", err)
	}
	r.x, r.damage = x, damage
	if damage != nil {
		r.o.Log.Warn("the index was damaged", "tree", r.o.Spec, "damage", damaged(damage))
	}
	if terr != nil {
		return r.noTrash(terr)
	}
	if r.amnesic() && !dry {
		found, err := merge.Salvage(r.home.Tree, x, r.trash, r.now())
		if err != nil {
			return r.refuse(peer.Fatal, "what an interrupted run left cannot be put into the trash: %v", err)
		}
		if found > 0 {
			r.o.Log.Warn("what lay in staging is in the trash", "tree", r.o.Spec, "files", found)
		}
	}
	if len(x.Intents()) > 0 && !dry {
		placed, err := merge.Recover(ctx, r.home.Tree, x, r.trash, r.now(), r.logRecovered)
		for i := range placed {
			r.recovered = append(r.recovered, change(&placed[i]))
		}
		if err != nil {
			return r.refuse(peer.Fatal, "what an interrupted run left cannot be finished: %v", err)
		}
	}
	return nil
}

// amnesic tells whether the index has lost lines that it had, or all of them.
func (r *Replica) amnesic() bool {
	if r.damage != nil {
		return r.damage.Middle
	}
	return r.x.Len() == 0 && r.x.Knowledge().Len() == 0 && r.hasMet()
}

// hasMet tells whether the tree has known something of others' versions.
func (r *Replica) hasMet() bool {
	return slices.ContainsFunc(r.cfg.Peers, func(m config.Met) bool { return m.Seq > 0 || len(m.Knows) > 0 })
}

// damaged says in a line what of an index could not be read.
func damaged(d *index.Damage) string {
	s := fmt.Sprintf("line %d: %s", d.Line, d.Reason)
	if d.Saved != "" {
		s += "; the file as it was is " + d.Saved
	}
	return s
}

// seeOwners has owners looked at if the run does.
func (r *Replica) seeOwners() {
	if r.hello.Owner {
		r.home.LookAtOwners()
	}
}

// endScan ends a scan that goes on, or is done.
func (r *Replica) endScan() {
	if r.stopScan != nil {
		r.stopScan()
		<-r.scanning
	}
}

// beginScan walks the tree in the background: the answer to Hello need not wait.
func (r *Replica) beginScan() {
	// The scan outlives the call that began it; Close ends it.
	ctx, stop := context.WithCancel(context.Background())
	r.stopScan = stop
	r.scanning = make(chan struct{})
	r.rules = filter.New(r.hello.Filter)
	t, x, o, done := r.home.Tree, r.x, r.looking(), r.scanning
	go func() {
		defer close(done)
		r.found, r.scanErr = scan.Scan(ctx, t, x, o)
		r.early.scanned(r.found, x, r.now())
	}()
}

// looking is how the tree is scanned.
func (r *Replica) looking() scan.Options {
	o := scan.Options{Filter: r.rules, Checksum: r.hello.Checksum}
	if r.home.Tree.Traits().Owners {
		o.Owner = r.home.Owners.Want
	}
	o.Attrs = r.looksAtAttrs()
	return o
}

// looksAtAttrs tells whether this run looks at extended attributes, and there can be any.
func (r *Replica) looksAtAttrs() bool {
	if r.hello.Xattrs && r.attrsOf != r.home {
		r.attrsOf, r.keepsAttrs = r.home, tree.KeepsAttrs(r.home.Tree)
	}
	return r.hello.Xattrs && r.keepsAttrs
}
