package merge

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"latus/index"
	"latus/sync/plan"
	"latus/sync/tree"
)

// Limits of a batch. A batch costs a few syncs, so it should be large; what a
// kill leaves half done is a batch, so it should not be too large.
const (
	batchBytes = 128 << 20
	batchSteps = 16384
	batchWait  = 2 * time.Second // how long a step waits for others
	tick       = 50 * time.Millisecond
)

// batch is the steps that are to be carried out next.
type batch struct {
	steps   []*step
	unready int          // steps that are still to be made ready
	bytes   int64        // that are staged for it, or will be
	ferried []index.Path // the directories that it moves, where they go
	oldest  time.Time    // when it was begun
	late    []*step      // of the last one: directories that shut their owner out, and what part brings
}

// put puts a step into the batch.
func (b *batch) put(s *step) {
	if len(b.steps) == 0 {
		b.oldest = time.Now()
	}
	b.steps = append(b.steps, s)
	if s.raw {
		b.unready++
	}
	if s.act.Op == plan.Move && s.act.Head.Kind == index.Dir {
		b.ferried = append(b.ferried, s.act.Path)
	}
	b.bytes += s.staged.Fresh.Size
}

func (b *batch) full() bool { return len(b.steps) >= batchSteps || b.bytes >= batchBytes }

// hasRoom tells whether so much can be put into it together.
func (b *batch) hasRoom(steps int, bytes int64) bool {
	return len(b.steps)+steps <= batchSteps && b.bytes+bytes < batchBytes
}

// comesAlong tells whether p is below a directory that the batch moves.
func (b *batch) comesAlong(p index.Path) bool {
	return slices.ContainsFunc(b.ferried, p.Under)
}

// take returns the steps and begins the next batch.
func (b *batch) take() []*step {
	steps := b.steps
	b.steps, b.bytes, b.ferried = nil, 0, nil
	return steps
}

// note records l with the next commit.
func (a *applier) note(l line) {
	if l.path == "" {
		return // the root has no entry
	}
	l.w = a.stage.Lasting(l.w)
	a.ledger.add(l)
}

// flush carries out the batch.
func (a *applier) flush(ctx context.Context) error {
	a.ready(ctx)
	if len(a.steps) == 0 {
		return nil
	}
	steps := a.batch.take()
	for _, s := range steps {
		if err := a.reserve(s); err != nil {
			a.abandon(s, err)
		}
	}
	if err := a.separate(); err != nil {
		return err
	}
	// What the last batches did is only told once it is durable.
	if err := a.sync(steps); err != nil {
		return err
	}
	if err := a.Trash.Commit(); err != nil {
		return err
	}
	if err := a.commit(steps); err != nil {
		return err
	}
	if err := a.carryOutAll(steps); err != nil {
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

// secure makes durable what was done, and records it.
func (a *applier) secure() error {
	if len(a.lines()) == 0 {
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
	for _, l := range a.lines() {
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
	a.recorded()
	return nil
}

// errNotDurable ends a run: the system tells once that something could not be written,
// not what, and the next sync may find nothing wrong with it. See discard.
var errNotDurable = errors.New("what was written cannot be made durable")

// sync makes durable what the last batches did and what this one staged. A file that
// cannot be synced by itself is left alone.
func (a *applier) sync(batch []*step) error {
	all, err := a.stage.SyncAll()
	if err == nil && !all {
		a.syncFiles(batch)
		err = a.syncDirs()
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errNotDurable, err)
	}
	return a.Trash.LetGo()
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
