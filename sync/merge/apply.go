package merge

import (
	"context"
	"errors"

	"latus/index"
	"latus/sync/plan"
	"latus/sync/stage"
	"latus/sync/tree"
)

// fate is what became of an action.
type fate uint8

const (
	untried fate = iota
	carried      // out
	left         // as it was
)

// applier carries one plan out. One goroutine does so; others bring content. Where many is
// more than 1 others take steps, too, while that one waits for them: what these change here
// is in dirs, ledger and namesAlike, which have locks of their own.
type applier struct {
	Job
	stage *stage.Stage
	dirs  *dirs
	paths map[index.Path]*path
	fates []fate
	many  int // calls to the tree that are worth being under way at a time; 1: it is near

	supply
	sources
	packing
	batch
	ledger
	namesAlike namesakes
	unlocker   unlocker

	told  int // actions that Applied need not be told of any more
	files int64
	res   Result
}

// path is what goes on at one path.
type path struct {
	main  int // the action that is no Keep, or -1
	keeps int // Keeps not carried out, and versions not known to need one
}

func newApplier(j Job) (*applier, error) {
	s, err := stage.Open(j.Tree)
	if err != nil {
		return nil, err
	}
	actions := j.Plan.Actions
	a := &applier{
		Job: j, stage: s, dirs: newDirs(j.Tree),
		paths:    make(map[index.Path]*path, len(actions)),
		fates:    make([]fate, len(actions)),
		many:     tree.Parallel(j.Tree, 1),
		supply:   newSupply(len(j.Wants)),
		sources:  sources{from: map[int]source{}, lifted: map[int]stage.Staged{}, asides: map[int]index.Path{}, leaving: map[index.Path]int{}},
		packing:  packing{open: map[index.Path]*bundle{}},
		ledger:   newLedger(),
		unlocker: unlocker{tree: j.Tree, index: j.Index, run: j.Run},
		res:      Result{Saved: map[string]int64{}, Failed: map[int]bool{}},
	}
	a.namesAlike.count = a.countNamesAlike
	for n := range actions {
		act := &actions[n]
		p := a.path(act.Path)
		if act.Op == plan.Keep {
			p.keeps++
		} else {
			p.main = n
		}
		if act.Want >= 0 && act.Want < len(a.users) {
			a.users[act.Want] = append(a.users[act.Want], n)
		}
		if act.From != "" {
			a.from[n] = a.source(act.From)
		}
	}
	for _, p := range j.Plan.Open() {
		a.path(p).keeps++ // of which none comes in this run
	}
	for _, i := range j.Index.Intents() {
		a.kept[i.Staged] = true
	}
	a.pack()
	a.vacating()
	return a, nil
}

func (a *applier) path(p index.Path) *path {
	at := a.paths[p]
	if at == nil {
		at = &path{main: -1}
		a.paths[p] = at
	}
	return at
}

// run carries out what needs nothing from elsewhere in the order of the plan,
// and the rest as its content arrives. A deletion waits for all that comes before
// it in the plan: nothing goes before what replaces it is there.
func (a *applier) run(ctx context.Context) error {
	a.fetch(ctx, 0)
	defer a.stopFetching()
	a.acknowledge()
	if err := a.putAside(ctx); err != nil {
		return err
	}
	for n := range a.Plan.Actions {
		act := &a.Plan.Actions[n]
		if b := a.bundle(n); ctx.Err() != nil && !a.mustGoOn(act) && (b == nil || !b.come) {
			continue
		}
		if err := a.pass(ctx, n, act); err != nil {
			return err
		}
	}
	if err := a.complete(ctx); err != nil {
		return err
	}
	if err := a.finish(ctx); err != nil {
		return err
	}
	a.stopFetching()
	return errors.Join(ctx.Err(), a.sweep())
}

// pass comes to action n in the order of the plan.
func (a *applier) pass(ctx context.Context, n int, act *plan.Action) error {
	if a.fates[n] != untried {
		return nil
	}
	b := a.bundle(n)
	if b != nil && b.n == n {
		return a.begin(ctx, b)
	}
	if act.Want >= 0 && (b == nil || !b.over) {
		if _, here := a.arrived[n]; !here && act.Want < len(a.users) {
			a.waiting[n] = true
			return nil
		}
	}
	if b != nil || a.held(n) {
		return nil // it comes with its bundle, or its content
	}
	if act.Op == plan.Delete || act.Op == plan.Rmdir || act.Op == plan.Touch && a.othersWait(act) {
		if err := a.complete(ctx); err != nil || ctx.Err() != nil {
			return err
		}
	}
	if act.Op == plan.Copy {
		if err := a.made(ctx, n); err != nil {
			return err
		}
	}
	return a.add(ctx, n)
}

// mustGoOn: once something was lifted out of the tree the moves are finished,
// cancelled or not, so that everything has a place again.
func (a *applier) mustGoOn(act *plan.Action) bool {
	return len(a.lifted) > 0 && (act.Op == plan.Move || act.Op == plan.Mkdir)
}

// made sees to it that what an earlier action makes is there to be copied.
func (a *applier) made(ctx context.Context, n int) error {
	from := a.paths[a.Plan.Actions[n].From]
	if from == nil || from.main < 0 || from.main > n {
		return nil
	}
	if a.fates[from.main] == untried {
		a.ready(ctx)
	}
	if a.waiting[from.main] {
		if err := a.install(ctx); err != nil {
			return err
		}
	}
	if a.fates[from.main] == untried {
		if err := a.flush(ctx); err != nil {
			return err
		}
	}
	a.from[n] = a.source(a.Plan.Actions[n].From)
	return nil
}

// meta is what a version gets besides its content. Of a conflict's loser nobody tells its own
// permission bits: they are no part of a version.
func (a *applier) meta(act *plan.Action) stage.Meta {
	m := metaOf(act)
	if act.Op != plan.Keep {
		return m
	}
	m.Mode = plan.LostMode(a.Index.Get(act.Path), *act.Head) & a.stage.Traits().ModeBits
	return m
}

func metaOf(act *plan.Action) stage.Meta {
	return stage.Meta{Mode: act.Mode, Mtime: act.Head.Mtime, Owner: act.Owner, Attrs: act.Attrs}
}

func (a *applier) progress() {
	if a.Progress != nil {
		a.Progress(a.files, a.received())
	}
}

// tell calls Applied for what is done, in the order of the plan; last: also for
// what comes after actions that were not come to.
func (a *applier) tell(last bool) {
	for ; a.told < len(a.fates) && (last || a.fates[a.told] != untried); a.told++ {
		if a.fates[a.told] == carried && a.Applied != nil {
			a.Applied(a.told)
		}
	}
}
