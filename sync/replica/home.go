package replica

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"

	"latus/index"
	"latus/sync/peer"
	"latus/sync/site"
	"latus/sync/tree"
)

// openHome opens the tree that is there.
func (r *Replica) openHome() (*site.Home, error) {
	h, err := site.Open(r.site, r.hello.Owner)
	return h, r.said(err)
}

func (r *Replica) lock() error {
	switch err := r.home.Lock(!r.hello.Dry); {
	case errors.Is(err, tree.ErrBusy):
		return &peer.Refusal{
			Cause: peer.Busy, Tree: r.o.Spec, Text: fmt.Sprintf("another latus is at work here: %v", err), Place: r.site.Place(r.o.Host),
		}
	case err != nil:
		return r.refuse(peer.CannotUse(err), "cannot be locked: %v", tree.Reason(err))
	}
	return nil
}

// make creates the private folder, and the tree's own directory if need be.
func (r *Replica) make() error {
	switch err := r.site.Make(); {
	case err == nil:
		r.made.directory = true
		// The stand-in of a missing directory gives way to the real one.
		r.home.Close()
		if r.home, err = r.openHome(); err != nil {
			return err
		}
	case !tree.IsExist(err):
		return r.refuse(peer.CannotUse(err), "cannot be made: %v", tree.Reason(err))
	}
	made, err := r.home.MakePrivate()
	r.made.private = r.made.private || made
	if err != nil {
		return r.said(err)
	}
	if err := r.lock(); err != nil {
		return err
	}
	if _, err := r.home.ReadConfig(); !errors.Is(err, os.ErrNotExist) {
		// It was none when this run began, and nobody locks what is none.
		r.made.private = false
		return r.refuse(peer.Busy, "another latus has made a tree of it since this run began")
	}
	if err := r.home.MakeStaging(); err != nil {
		return r.cannotStage(err)
	}
	r.noteHome()
	*r.cfg.SeenFrom(r.distant()) = tree.Traits{}
	return r.probe()
}

func (r *Replica) cannotStage(err error) error {
	return fmt.Errorf("%s: %s/%s cannot be made: %w", r.o.Spec, index.Private, tree.Staging, err)
}

// distant tells whether the tree is reached over SFTP.
func (r *Replica) distant() bool {
	_, yes := r.site.(peer.DistantSite)
	return yes
}

// makeFresh gives a fresh tree its private folder, now that nothing speaks
// against the run. What was scanned is scanned again if the tree was not there,
// or if its filesystem turned out to be other than it looked.
func (r *Replica) makeFresh(ctx context.Context) error {
	before := r.home
	looked := scanTraits(r.home.Tree.Traits())
	if err := r.make(); err != nil {
		return err
	}
	if err := cmp.Or(r.x.Close(), r.trash.Close()); err != nil {
		return err
	}
	if err := r.load(ctx); err != nil {
		return err
	}
	if r.home == before && scanTraits(r.home.Tree.Traits()) == looked {
		return nil
	}
	r.beginScan()
	return r.waitScan(ctx)
}

// lease tells those who cannot see the kernel's lock that this tree is being
// written. A run that writes nothing never takes it.
func (r *Replica) lease() error {
	if r.taken || r.hello.Dry {
		return nil
	}
	r.taken = true
	host := r.o.Host
	if r.distant() {
		host, _ = os.Hostname()
	}
	err := r.home.Lease(fmt.Sprintf("%s, process %d, since %s", host, os.Getpid(), stamp(r.now())))
	if errors.Is(err, tree.ErrBusy) {
		return r.refuse(peer.Busy, "another latus is at work here: %v", err)
	}
	if err != nil {
		return fmt.Errorf("%s: cannot be written: %w", r.o.Spec, err)
	}
	return nil
}
