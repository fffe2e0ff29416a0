package replica

import (
	"context"
	"errors"
	"os"

	"latus/sync/config"
)

// A tree is opened in one of three ways. A run (Begin, Hello) locks it, reads it, and
// finishes what a killed run left. What changes it without a run does the same (holding):
// so it goes by what is there, and not by what another run is about to change. Who only
// wants to see (looking) does without the lock, and finds it as it is.

// holding opens a tree to change what its .latus holds.
func holding(ctx context.Context, path string, o Options) (*Replica, error) {
	return opened(path, o, func(r *Replica) error {
		if err := r.enter(); err != nil {
			return err
		}
		if r.fresh {
			return r.noTree()
		}
		return r.load(ctx)
	})
}

// looking opens a tree to look at it, and at its trash, without its lock and without a change.
func looking(path string, o Options) (*Replica, error) {
	return opened(path, o, func(r *Replica) error {
		r.hello.Dry = true
		err := r.locate()
		if errors.Is(err, os.ErrNotExist) {
			return r.noTree()
		}
		if err == nil {
			err = r.probe()
		}
		if err != nil {
			return err
		}
		if err := r.load(context.Background()); err != nil {
			return err
		}
		return r.readTrash()
	})
}

// reading is looking with nothing to say about how.
func reading(path string) (*Replica, error) { return looking(path, Options{}) }

// opened is the tree at path, once enter has gone well.
func opened(path string, o Options, enter func(*Replica) error) (*Replica, error) {
	r, err := Open(path, o)
	if err != nil {
		return nil, err
	}
	if err := enter(r); err != nil {
		r.Close()
		return nil, err
	}
	r.merged = newMerged(r.x)
	return r, nil
}

// locate opens the place of the tree, and reads who it is. os.ErrNotExist: it is no tree
// yet.
func (r *Replica) locate() (err error) {
	if r.home, err = r.openHome(); err != nil {
		return err
	}
	return r.identify()
}

// identify reads config.json.
func (r *Replica) identify() (err error) {
	var no *config.Error
	if r.cfg, err = r.home.ReadConfig(); errors.As(err, &no) {
		return r.refuse(no.Cause, "%s", no.Text)
	}
	return err
}

// readTrash reads what earlier runs left in the trash, which is only opened else.
func (r *Replica) readTrash() error {
	if err := r.trash.Load(); err != nil {
		return r.noTrash(err)
	}
	return nil
}
