package merge

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"latus/index"
	"latus/index/mergelog"
	"latus/sync/plan"
	"latus/sync/stage"
	"latus/sync/trash"
	"latus/sync/tree"
)

// Recover finishes what a killed run had begun, or puts it back: after it every
// name holds its old or its new version, and no plan line is left. It tells versions
// apart by what one look shows. Call it with the tree's lock held and before a scan,
// whenever there are unsettled intents. It may itself be killed, or fail for an
// error of the disk, and is then to be called again before anything else.
// What it cannot make sense of at one path is moved to the trash, or left with its
// plan line for the next call: that is no error, as nobody could use the tree else.
//
// Staging holds only fetched content afterwards, for Resume.
//
// log is told what the killed run had carried out of what it planned last, before
// that is settled: some or all of it may be in the merge log already. nil: nobody
// reads it. Records have no Time. What goes to the trash goes there now.
//
// placed is what of the plan only this call has brought to its place, also where it
// fails: the killed run can have told nobody of it.
func Recover(ctx context.Context, t tree.Tree, x *index.Index, tr *trash.Trash, now int64, log func([]mergelog.Record) error) (placed []plan.Action, err error) {
	s, err := stage.Open(t)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	r := &recovery{
		ctx: ctx, tree: t, index: x, trash: tr, stage: s, now: now, dirs: newDirs(t), touched: map[index.Path]bool{},
		unlocker: unlocker{tree: t, index: x}, stranded: map[index.Path]bool{}, kept: map[string]bool{},
	}
	err = r.run(x.Intents(), log)
	return r.placed, errors.Join(err, r.unlocker.relock(), r.dirs.close())
}

func (r *recovery) run(intents []index.Intent, log func([]mergelog.Record) error) error {
	var unlocks []index.Intent
	for _, i := range intents {
		if err := r.promise(i); err != nil {
			return fmt.Errorf("recovering %s: %w", i.Path, err)
		}
	}
	for _, i := range intents {
		if i.Op == opUnlock {
			unlocks = append(unlocks, i)
			continue
		}
		if err := r.ctx.Err(); err != nil {
			return err
		}
		err := r.one(i)
		if err != nil && isOfPath(err) {
			err = r.giveUp(i)
		}
		if err != nil {
			return fmt.Errorf("recovering %s: %w", i.Path, err)
		}
	}
	for _, d := range r.unlocker.unlocked {
		r.note(line{path: d.path, what: settled})
	}
	if err := r.unlocker.relock(); err != nil {
		return err
	}
	for _, i := range slices.Backward(unlocks) { // the last one knows the mode before it was opened last
		if err := r.relock(i); err != nil {
			return fmt.Errorf("recovering %s: %w", i.Path, err)
		}
	}
	for _, i := range intents {
		r.trash.Share(trash.SlotID(i.Trash))
	}
	if err := separate(r.trash, r.stage, "recovered", r.sync); err != nil {
		return err
	}
	if log != nil && len(r.records) > 0 {
		if err := log(r.records); err != nil {
			return fmt.Errorf("writing the log: %w", err)
		}
	}
	if err := r.finish(intents); err != nil {
		return err
	}
	return stage.Sweep(r.tree, func(name string) bool { return stage.IsContent(name) || r.kept[name] })
}

type recovery struct {
	ctx      context.Context // of the one call of Recover
	tree     tree.Tree
	index    *index.Index
	trash    *trash.Trash
	stage    *stage.Stage
	now      int64
	dirs     *dirs
	done     []line
	unlocker unlocker
	touched  map[index.Path]bool
	records  []mergelog.Record // for the merge log
	placed   []plan.Action

	stranded map[index.Path]bool // their plan lines stay
	kept     map[string]bool     // what of staging these need
}

func (r *recovery) note(l line) {
	if l.path != "" { // the root has no entry
		l.w = r.stage.Lasting(l.w)
		l.w.Owner, l.w.Attrs = index.IDs{}, 0 // the run may have set them, or not: what stands there is no edit
		r.done = append(r.done, l)
	}
}

// place notes that a plan line was carried out by this call.
func (r *recovery) place(i index.Intent) {
	a := plan.Action{Path: i.Path, From: i.From, Mode: i.New.Mode, Old: i.Old}
	for op := plan.Create; op < plan.Keep; op++ {
		if op.String() == i.Op {
			a.Op = op
		}
	}
	head := index.Head{Kind: i.New.Kind, Gen: i.Gen, Size: i.New.Size, Mtime: i.New.Mtime}
	if e := r.index.Get(i.Path); e != nil {
		if h, ok := e.Head(i.Gen); ok {
			head = h
		}
	}
	a.Head = &head
	r.placed = append(r.placed, a)
}

// sync makes durable what was recovered.
func (r *recovery) sync() error {
	err := r.tree.Sync()
	if errors.Is(err, tree.ErrUnsupported) {
		err = errors.Join(r.stage.Dir().Sync(), r.trash.SyncDirs())
		for p := range r.touched {
			if d, derr := r.dirs.open(p); derr == nil {
				err = errors.Join(err, d.Sync())
			}
		}
	}
	return err
}

// finish makes durable what was recovered, and records it.
func (r *recovery) finish(intents []index.Intent) error {
	if err := r.sync(); err != nil {
		return err
	}
	tx := r.index.Begin()
	for _, e := range r.unsure(intents) {
		tx.Put(e)
	}
	for _, l := range r.done {
		l.record(tx, r.index, r.acknowledge, r.stranded[l.path])
	}
	return tx.Commit(true)
}

// unsure is the entries of paths that keep their witness, and whose owner or extended
// attributes the killed run may have set: nobody knows then whose edit it is, and it is none.
func (r *recovery) unsure(intents []index.Intent) (entries []*index.Entry) {
	seen := map[index.Path]bool{"": true}
	for _, l := range r.done {
		seen[l.path] = seen[l.path] || l.what != settled
	}
	for _, i := range intents {
		for _, p := range []index.Path{i.Path, i.From} {
			if seen[p] || p == i.From && i.Op == plan.Copy.String() { // what is copied stays as it is, or is shared as it is
				continue
			}
			seen[p] = true
			if e := r.index.Get(p); e != nil && (e.Witness.Owner != (index.IDs{}) || e.Witness.Attrs.Known()) {
				n := *e
				n.Witness.Owner, n.Witness.Attrs = index.IDs{}, 0
				entries = append(entries, &n)
			}
		}
	}
	return entries
}

// acknowledge leaves out the losers whose bytes are not here: nobody remembers
// the Keep that was to bring them.
func (r *recovery) acknowledge(e *index.Entry, w index.Witness) *index.Entry {
	n := *e
	n.Witness, n.Pending, n.Have = w, false, nil
	missing := map[index.GenID]bool{}
	for _, h := range plan.Losers(e.Heads) {
		if _, here := r.trash.Find(e.Path, h.Gen); !here && h.Kind == index.File {
			missing[h.Gen] = true
		}
	}
	if len(missing) == 0 {
		return &n
	}
	n.Pending = true
	for _, h := range e.Heads {
		if !missing[h.Gen] {
			n.Have = append(n.Have, h)
		}
	}
	return &n
}
