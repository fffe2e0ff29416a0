package merge

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"latus/index"
	"latus/sync/plan"
	"latus/sync/tree"
)

// note records l with the next commit.
func (a *applier) note(l line) {
	if l.path == "" {
		return // the root has no entry
	}
	l.w = a.stage.Lasting(l.w)
	a.noting.Lock()
	defer a.noting.Unlock()
	if l.what != settled {
		w := l.w
		a.path(l.path).shown = &w
	}
	a.done = append(a.done, l)
}

// witness is how the disk shows e by now.
func (a *applier) witness(e *index.Entry) index.Witness {
	if p := a.paths[e.Path]; p != nil && p.shown != nil {
		return *p.shown
	}
	return e.Witness
}

// flush carries out the batch.
func (a *applier) flush(ctx context.Context) error {
	a.ready(ctx)
	if len(a.batch) == 0 {
		return nil
	}
	batch := a.batch
	a.batch, a.bytes, a.ferried = nil, 0, nil
	for _, s := range batch {
		if err := a.reserve(s); err != nil {
			a.abandon(s, err)
		}
	}
	if err := a.separate(); err != nil {
		return err
	}
	// What the last batches did is only told once it is durable.
	if err := a.sync(batch); err != nil {
		return err
	}
	if err := a.Trash.Commit(); err != nil {
		return err
	}
	if err := a.commit(batch); err != nil {
		return err
	}
	if err := a.carryOutAll(batch); err != nil {
		return err
	}
	for _, d := range a.unlocker.unlocked {
		a.note(line{path: d.path, what: settled})
	}
	if err := a.unlocker.relock(); err != nil {
		return fmt.Errorf("closing a read-only directory again: %w", err)
	}
	if a.Log != nil {
		if err := a.Log.Flush(false); err != nil {
			return fmt.Errorf("writing the log: %w", err)
		}
	}
	a.progress()
	a.tell(false)
	return nil
}

// settle makes durable what was done, and records it.
func (a *applier) settle() error {
	if len(a.done) == 0 {
		return nil
	}
	if err := a.separate(); err != nil {
		return err
	}
	if err := a.sync(nil); err != nil {
		return err
	}
	return a.commit(nil)
}

// commit writes plan lines, and what became of earlier ones. It is durable on return.
func (a *applier) commit(batch []*step) error {
	tx := a.Index.Begin()
	for _, l := range a.done {
		l.record(tx, a.Index, a.Plan.Acknowledge, a.stranded[l.path])
	}
	for _, s := range batch {
		if !s.failed {
			tx.Intend(a.intent(s))
		}
	}
	if err := tx.Commit(true); err != nil {
		return fmt.Errorf("writing the index: %w", err)
	}
	for _, l := range a.done {
		a.path(l.path).shown = nil
	}
	a.done = a.done[:0]
	return nil
}

// errNotDurable ends a run: the system tells once that something could not be written,
// not what, and the next sync may find nothing wrong with it. See discard.
var errNotDurable = errors.New("what was written cannot be made durable")

// sync makes durable what the last batches did and what this one staged. A file that
// cannot be synced by itself is left alone.
func (a *applier) sync(batch []*step) error {
	all, err := a.stage.SyncAll()
	if err != nil {
		return fmt.Errorf("%w: %w", errNotDurable, err)
	}
	if all {
		return nil
	}
	a.syncFiles(batch)
	if err := a.syncDirs(); err != nil {
		return fmt.Errorf("%w: %w", errNotDurable, err)
	}
	return nil
}

// syncFiles syncs what a batch staged, file by file.
func (a *applier) syncFiles(batch []*step) {
	for _, s := range batch {
		kind := s.staged.Fresh.Kind
		if s.failed || s.act.Op == plan.Move || kind != index.File && (kind != index.Dir || s.bundle == nil) {
			continue
		}
		if err := a.stage.SyncStaged(s.staged); err != nil {
			a.abandon(s, err)
		}
	}
}

// syncDirs syncs the directories in which names have changed.
func (a *applier) syncDirs() error {
	if err := a.stage.Dir().Sync(); err != nil {
		return err
	}
	if err := a.Trash.SyncDirs(); err != nil {
		return err
	}
	if tree.IsDistant(a.Tree) {
		clear(a.touched) // there is no way to
	}
	for p := range a.touched {
		d, err := a.dirs.open(p)
		if err == nil {
			err = d.Sync()
		}
		if err != nil && !isGone(err) {
			return err
		}
	}
	clear(a.touched)
	return nil
}

// isGone tells whether a directory could not be opened because none is there.
func isGone(err error) bool {
	return tree.IsNotExist(err) || errors.Is(err, tree.ErrNotDir) || errors.Is(err, tree.ErrIsLink)
}

// carryOut does what a step says, and notes what came of it. The error is about
// the run.
func (a *applier) carryOut(s *step) error {
	w, err := s.w, s.err
	switch {
	case !s.tried:
		w, err = a.do(s)
	case classOf(s) == moves:
		w, err = a.noteMove(s, w, err)
	}
	if errors.Is(err, fs.ErrPermission) {
		opened, fatal := a.unlocker.unlock(a.surroundings(s.act)...)
		if fatal != nil {
			return fatal
		}
		if opened || s.tried && !s.moved { // the directory may be unlocked since then
			w, err = a.do(s)
		}
	}
	if errors.Is(err, errShared) {
		a.touched[s.act.Path.Dir()] = true
		a.part(s, w)
		return nil
	}
	if err != nil {
		a.abandon(s, err)
		return nil
	}
	if s.op == lifting {
		return nil
	}
	a.touched[s.act.Path.Dir()] = true
	if s.op == whole && a.shutsOut(s.act) {
		a.late = append(a.late, &step{n: s.n, act: s.act, op: closing, slot: s.slot})
		return nil
	}
	a.succeed(s, w)
	return nil
}

// surroundings are the directories that an action has to write in.
func (a *applier) surroundings(act *plan.Action) []index.Path {
	dirs := []index.Path{act.Path.Dir()}
	if act.Op == plan.Move {
		dirs = append(dirs, act.From.Dir())
		if act.Head.Kind == index.Dir {
			dirs = append(dirs, act.From) // its ".." changes
		}
	}
	return dirs
}
