package merge

import (
	"context"
	"errors"
	"sync"
	"time"

	"latus/index"
	"latus/sync/plan"
	"latus/sync/stage"
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

// fate is what became of an action.
type fate uint8

const (
	untried fate = iota
	carried      // out
	left         // as it was
)

// applier carries one plan out. One goroutine does so; others bring content.
type applier struct {
	Job
	stage *stage.Stage
	dirs  *dirs
	paths map[index.Path]*path
	fates []fate

	// Where content comes from.
	fetches []*fetching
	bell    chan struct{}          // rings when something ended
	users   [][]int                // actions by the want they need
	arrived map[int]stage.Staged   // actions whose content is ready
	waiting map[int]bool           // actions passed over because theirs is not
	from    map[int]source         // of moves and copies
	vacate  map[int]int            // the want that a move waits for
	movers  map[int][]int          // the same, by the want
	filled  map[int]error          // how these wants ended, as far as they have
	renamed []int                  // moves of directories that were carried out
	bundles []*bundle              // by the actions that belong to them; nil: there are none
	open    map[index.Path]*bundle // that the plan has come to and that are not complete
	lifted  map[int]stage.Staged   // moves whose source is in staging
	asides  map[int]index.Path     // of all moves that put something aside, where from
	many    int                    // calls to the tree that are worth being under way at a time; 1: it is near

	// What is under way.
	batch      []*step
	unready    int // steps of it that are still to be made ready
	bytes      int64
	ferried    []index.Path         // the directories that the batch moves, where they go
	oldest     time.Time            // when the batch was begun
	late       []*step              // directories that get a mode without rights for the owner, and what part brings
	lacks      map[index.Path]error // guarded by noting: why they will not have their extended attributes
	namesAlike map[inodeMeta]uint32 // how many names of a file the plan gives the same
	unlocker   unlocker

	// What is to be recorded with the next commit.
	noting  sync.Mutex // guards done, namesAlike, and what paths show, while steps go together
	done    []line
	touched map[index.Path]bool // directories to be synced
	kept    map[string]bool     // names in staging that must stay

	stranded map[index.Path]bool // something of their plan line lies in staging, and is Recover's

	told  int // actions that Applied need not be told of any more
	files int64
	res   Result
}

// path is what goes on at one path.
type path struct {
	main  int            // the action that is no Keep, or -1
	keeps int            // Keeps not carried out, and versions not known to need one
	shown *index.Witness // what the disk shows since the last commit; nil: as the index says
}

func newApplier(j Job) (*applier, error) {
	s, err := stage.Open(j.Tree)
	if err != nil {
		return nil, err
	}
	actions := j.Plan.Actions
	a := &applier{
		Job: j, stage: s, dirs: newDirs(j.Tree),
		paths: make(map[index.Path]*path, len(actions)),
		fates: make([]fate, len(actions)),
		users: make([][]int, len(j.Wants)), bell: make(chan struct{}, 1), arrived: map[int]stage.Staged{}, waiting: map[int]bool{},
		from: map[int]source{}, lifted: map[int]stage.Staged{}, lacks: map[index.Path]error{}, asides: map[int]index.Path{},
		open: map[index.Path]*bundle{}, touched: map[index.Path]bool{}, kept: map[string]bool{}, stranded: map[index.Path]bool{},
		many:     tree.Parallel(j.Tree, 1),
		unlocker: unlocker{tree: j.Tree, index: j.Index, run: j.Run},
		res:      Result{Saved: map[string]int64{}, Failed: map[int]bool{}},
	}
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

// meta is what a version gets besides its content. A conflict's loser has the
// permission bits of its path, as far as they are known: they are no part of a version.
func (a *applier) meta(act *plan.Action) stage.Meta {
	m := metaOf(act)
	if act.Op != plan.Keep {
		return m
	}
	m.Mode = 0o644 & a.stage.Traits().ModeBits
	if e := a.Index.Get(act.Path); e != nil && e.Mode.Set() {
		m.Mode = e.Mode.Value & a.stage.Traits().ModeBits
	}
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
