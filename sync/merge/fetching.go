package merge

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"latus/index"
	"latus/sync/fetch"
	"latus/sync/plan"
	"latus/sync/stage"
	"latus/sync/tree"
)

// fetching is a part of the wants on its way. There is one for all that the plan
// wants, and others for what could not be made from this tree's own files.
type fetching struct {
	from, to int // its wants
	sink     *stage.Sink
	stop     context.CancelFunc
	over     chan struct{} // closed when all has ended
}

// supply is the wants, and the actions that wait for them.
type supply struct {
	fetches []*fetching
	bell    chan struct{}        // rings when something ended
	users   [][]int              // actions by the want they need
	arrived map[int]stage.Staged // actions whose content is ready
	waiting map[int]bool         // actions passed over because theirs is not
	vacate  map[int]int          // the want that a move waits for
	movers  map[int][]int        // the same, by the want
	filled  map[int]error        // how these wants ended, as far as they have
}

func newSupply(wants int) supply {
	return supply{
		bell: make(chan struct{}, 1), users: make([][]int, wants), arrived: map[int]stage.Staged{}, waiting: map[int]bool{},
	}
}

// fetch asks the source for all wants from one on, until stopFetching is called.
func (a *applier) fetch(ctx context.Context, from int) {
	ctx, cancel := context.WithCancel(ctx)
	wants, taken := a.untaken(from)
	users, bases := a.users[from:], a.Bases[min(from, len(a.Bases)):]
	order := func(n int) stage.Order {
		o := stage.Order{Name: taken[n]}
		if o.Name == "" {
			o.Name = stage.ContentName(wants[n].Path, wants[n].Gen)
		}
		if n < len(bases) {
			o.Bases = bases[n]
		}
		if len(users[n]) > 0 {
			first := users[n][0]
			o.Meta = a.meta(&a.Plan.Actions[first])
			if b := a.bundle(first); b != nil {
				o.Bundle = b.staged
			}
		}
		return o
	}
	f := &fetching{
		from: from, to: from + len(wants), sink: stage.NewSink(ctx, a.stage, wants, order, a.bell),
		stop: cancel, over: make(chan struct{}),
	}
	a.fetches = append(a.fetches, f)
	go func() {
		defer close(f.over)
		if len(wants) > 0 && a.Source != nil {
			f.sink.Fetch(a.Source)
		} else {
			f.sink.Give(fetch.ErrNoSource)
		}
	}()
}

// untaken is the wants from one on, and other names for those of which something
// stranded has the name.
func (a *applier) untaken(from int) (wants []fetch.Want, names map[int]string) {
	wants = a.Wants[from:]
	if len(a.kept) == 0 {
		return wants, nil
	}
	wants, names = slices.Clone(wants), map[int]string{}
	for n := range wants {
		if w := &wants[n]; a.kept[stage.ContentName(w.Path, w.Gen)] {
			names[n], w.Offset = stage.LocalName(a.Run, "w", from+n), 0
		}
	}
	return wants, names
}

// fetchMore asks for what has been wanted since.
func (a *applier) fetchMore(ctx context.Context) {
	if next := a.fetches[len(a.fetches)-1].to; next < len(a.Wants) {
		a.fetch(ctx, next)
	}
}

// forget lets go of what want w came to. What it returns is Sink.Forget's.
func (s *supply) forget(w int) (came, resumed, here int64) {
	for _, f := range s.fetches {
		if w < f.to {
			return f.sink.Forget(w - f.from)
		}
	}
	return 0, 0, 0
}

func (s *supply) stopFetching() {
	for _, f := range s.fetches {
		f.stop()
		<-f.over
	}
}

func (s *supply) received() (bytes int64) {
	for _, f := range s.fetches {
		bytes += f.sink.Received()
	}
	return bytes
}

// elsewhere tells whether content that could not be made for the reason err may be had
// from elsewhere: it is the trouble, and not the place where it was to go.
func elsewhere(err error) bool {
	return !errors.Is(err, tree.ErrNoSpace) && !errors.Is(err, tree.ErrReadOnly)
}

// askInstead makes a want of a copy, or of what was to come out of the trash, that
// could not be made here for the reason err. It waits for its content then.
func (a *applier) askInstead(ctx context.Context, n int, err error) bool {
	act := &a.Plan.Actions[n]
	if act.Op != plan.Copy && act.Op != plan.Undelete || act.Head.Kind != index.File || a.Source == nil || ctx.Err() != nil {
		return false
	}
	if !elsewhere(err) {
		return false
	}
	h := act.Head
	act.Op, act.From, act.Trash = plan.Create, "", ""
	if live(act.Old) {
		act.Op = plan.Update
	}
	act.Want = len(a.Wants)
	a.Wants = append(a.Wants, fetch.Want{Path: act.Path, Gen: h.Gen, Hash: h.Hash, Size: h.Size, Origin: h.Origin})
	a.users = append(a.users, []int{n})
	a.waiting[n] = true
	return true
}

// collect takes what arrived, and adds the actions that waited for it.
func (a *applier) collect(ctx context.Context) error {
	var ready []int
	var whole []*bundle
	for _, f := range a.fetches {
		for _, e := range f.sink.Take() {
			for user, n := range a.users[f.from+e.N] {
				switch {
				case e.Err != nil:
					a.leave(n, e.Err)
				case user == 0:
					a.arrived[n] = e.Staged
				default:
					a.share(ctx, n, e.Staged)
				}
				if a.waiting[n] && a.bundle(n) == nil {
					ready = append(ready, n)
				}
				delete(a.waiting, n)
				if b := a.arrive(n); b != nil {
					whole = append(whole, b)
				}
			}
			ready = append(ready, a.fill(f.from+e.N, e.Err)...)
		}
	}
	slices.SortFunc(whole, func(b, c *bundle) int { return cmp.Compare(b.n, c.n) })
	for _, b := range whole {
		if err := a.add(ctx, b.n); err != nil {
			return err
		}
	}
	slices.Sort(ready)
	for _, n := range ready {
		if err := a.add(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

// install adds the actions that were passed over, as their content arrives, until
// none is left.
func (a *applier) install(ctx context.Context) error {
	if len(a.waiting) == 0 {
		return nil
	}
	clock := time.NewTicker(tick)
	defer clock.Stop()
	for {
		if err := a.collect(ctx); err != nil {
			return err
		}
		if len(a.waiting) == 0 {
			return nil
		}
		a.fetchMore(ctx)
		a.progress()
		select {
		case <-a.bell:
		case <-clock.C:
			if len(a.steps) > 0 && time.Since(a.oldest) > batchWait {
				if err := a.flush(ctx); err != nil {
					return err
				}
			}
		}
	}
}

// share gives content to another action that needs the same.
func (a *applier) share(ctx context.Context, n int, of stage.Staged) {
	out, err := a.stage.Share(ctx, of, stage.LocalName(a.Run, "", n), a.meta(&a.Plan.Actions[n]))
	if err != nil {
		a.leave(n, err)
		return
	}
	a.arrived[n] = out
}
