package replica

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"latus/index"
	"latus/sync/config"
	"latus/sync/filter"
	"latus/sync/peer"
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
	if err := r.guardPlace(here, h.Others); err != nil {
		return nil, err
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
	if err := r.guardHello(); err != nil {
		return nil, err
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

// guardPlace refuses a place inside a private folder, or one that another tree of the run has.
func (r *Replica) guardPlace(here peer.Place, others []peer.Tree) error {
	if slices.ContainsFunc(strings.Split(filepath.ToSlash(here.Path), "/"), filter.IsPrivate) {
		return r.refuse(peer.SameTree, "lies in a folder named %s, which is a tree's own: name the directory that the folder is in", index.Private)
	}
	for _, o := range others {
		if here.Overlaps(o.Place) {
			return r.refuse(peer.SameTree, "is, or lies inside, another tree of this run (%s)", o.Place.Path)
		}
	}
	return nil
}

// guardHello refuses a run that this tree may not, or must not, take part in, as far as that is
// known before it is looked at.
func (r *Replica) guardHello() error {
	h := &r.hello
	if len(h.Others) > 0 || r.o.Peer != "" {
		if err := r.admit(h.Others); err != nil {
			return err
		}
	}
	if r.home.Missing && r.o.ReadOnly {
		return r.refuse(peer.Forbidden, "no such directory, and none may be made here")
	}
	if r.home.Missing && h.First && h.Mode != peer.TwoWay {
		// Else a slip of the pen would empty the others.
		return r.refuse(peer.NoTree, "no such directory: the others are to be made like it")
	}
	if !h.Dry && len(h.Others) > 0 && h.Others[0].Group != 0 {
		// Others are about to write down what they have found. See Look.
		if err := r.guardOuter(h.Others[0].Group); err != nil {
			return err
		}
	}
	return nil
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
