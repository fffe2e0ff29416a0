package replica

import (
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
