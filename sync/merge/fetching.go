package merge

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"latus/index"
	"latus/sync/fetch"
	"latus/sync/plan"
	"latus/sync/tree"
)

// fetching is a part of the wants on its way. There is one for all that the plan
// wants, and others for what could not be made from this tree's own files.
type fetching struct {
	from int // its first want
	sink *sink
	stop context.CancelFunc
	over chan struct{} // closed when all has ended
}

// fetch asks the source for all wants from one on, until stopFetching is called.
func (a *applier) fetch(ctx context.Context, from int) {
	ctx, cancel := context.WithCancel(ctx)
	wants, taken := a.untaken(from)
	users, bases := a.users[from:], a.Bases[min(from, len(a.Bases)):]
	fresh := func(n int) *incoming {
		in := &incoming{out: staged{name: taken[n]}}
		if in.out.name == "" {
			in.out.name = stagedName(wants[n].Path, wants[n].Gen)
		}
		if n < len(bases) {
			in.bases = bases[n]
		}
		if len(users[n]) > 0 {
			first := users[n][0]
			in.meta, in.bundle = a.meta(&a.Plan.Actions[first]), a.bundle(first)
		}
		return in
	}
	f := &fetching{from: from, sink: newSink(ctx, a.Tree, a.stage, wants, fresh, a.bell), stop: cancel, over: make(chan struct{})}
	a.fetches = append(a.fetches, f)
	go func() {
		defer close(f.over)
		if len(wants) > 0 && a.Source != nil {
			f.sink.fetch(a.Source)
		} else {
			f.sink.give(fetch.ErrNoSource)
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
		if w := &wants[n]; a.kept[stagedName(w.Path, w.Gen)] {
			names[n], w.Offset = fmt.Sprintf("%s%s-w%d", localPrefix, a.Run, from+n), 0
		}
	}
	return wants, names
}

// fetchMore asks for what has been wanted since.
func (a *applier) fetchMore(ctx context.Context) {
	last := a.fetches[len(a.fetches)-1]
	if next := last.from + len(last.sink.in); next < len(a.Wants) {
		a.fetch(ctx, next)
	}
}

// incoming is what became of want w.
func (a *applier) incoming(w int) *incoming {
	for _, f := range a.fetches {
		if w < f.from+len(f.sink.in) {
			return f.sink.at(w - f.from)
		}
	}
	return &incoming{}
}

// forget lets go of what want w came to.
func (a *applier) forget(w int) {
	for _, f := range a.fetches {
		if w < f.from+len(f.sink.in) {
			f.sink.forget(w - f.from)
			return
		}
	}
}

func (a *applier) stopFetching() {
	for _, f := range a.fetches {
		f.stop()
		<-f.over
	}
}

func (a *applier) received() (bytes int64) {
	for _, f := range a.fetches {
		bytes += f.sink.received.Load()
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
	h := &act.Head
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
		for _, i := range f.sink.take() {
			in := f.sink.at(i)
			for user, n := range a.users[f.from+i] {
				switch {
				case in.err != nil:
					a.leave(n, in.err)
				case user == 0:
					a.arrived[n] = in.out
				default:
					a.share(ctx, n, in.out)
				}
				if a.waiting[n] && a.bundle(n) == nil {
					ready = append(ready, n)
				}
				delete(a.waiting, n)
				if b := a.arrive(n); b != nil {
					whole = append(whole, b)
				}
			}
			ready = append(ready, a.fill(f.from+i, in.err)...)
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
			if len(a.batch) > 0 && time.Since(a.oldest) > batchWait {
				if err := a.flush(ctx); err != nil {
					return err
				}
			}
		}
	}
}

// share gives content to another action that needs the same.
func (a *applier) share(ctx context.Context, n int, of staged) {
	act := &a.Plan.Actions[n]
	dir, name, release, err := a.stage.hold(of.name)
	var f tree.File
	if err == nil {
		defer release()
		f, err = dir.Read(name)
	}
	if err == nil {
		var out staged
		if out, err = a.stage.copy(ctx, f, of.fresh, false, localName(a.Run, n), a.meta(act)); err == nil {
			out.hash = of.hash
			a.arrived[n] = out
			return
		}
	}
	a.leave(n, err)
}
